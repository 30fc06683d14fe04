#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Secrets and tags are compared with ct_equal, never with memcmp or strcmp: the time such a
compare takes tells a stranger how much of his guess was right."""
import re

import tree

COMPARE = re.compile(r"(?<!\w)(memcmp|bcmp|strn?cmp|strn?casecmp)\s*\(([^;]*)")
SECRET = re.compile(r"(?i)(?:^|[^a-z])(icv|tag|mac|hmac|psk|secret|password|nt_?hash|digest|auth_data|"
                    r"response|authenticator|skeyseed|sk_\w+|msk|key_?octets?|session_key)(?![a-z])")


def check(root):
    n = 0
    for path in tree.files(root, ".c", ".h", under=("common", "dataplane", "controlplane")):
        n += 1
        text = tree.code(tree.read(root, path))
        for m in COMPARE.finditer(text):
            args = m.group(2).split("\n\n")[0]
            s = SECRET.search(args)
            if s:
                yield path, text.count("\n", 0, m.start()) + 1, f"{m.group(1)}() on \"{s.group(1)}\"; use ct_equal"
    return f"{n} files"


tree.run(check)
