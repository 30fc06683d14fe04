#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Secrets and tags are compared with ct_equal, never with memcmp or strcmp: the time such a
compare takes tells a stranger how much of his guess was right."""
import re

import tree

COMPARE = re.compile(r"(?<!\w)(memcmp|bcmp|strn?cmp|strn?casecmp)\s*\(")
SECRET = re.compile(r"(?i)^(icv|tag|mac|hmac|psk|secret|password|nt_?hash|digest|auth_data|response|"
                    r"authenticator|skeyseed|sk_\w+|msk|key_?octets?|session_key)\d*$")


def arguments(text, at):
    """The arguments of the call whose parenthesis opens before @at."""
    out, depth, start = [], 1, at
    for i in range(at, min(len(text), at + 400)):
        depth += text[i] in "([" and 1 or text[i] in ")]" and -1 or 0
        if depth == 0 or (depth == 1 and text[i] == ","):
            out.append(text[start:i])
            start = i + 1
        if depth == 0:
            break
    return out


def what_is_compared(argument):
    """The last name of an expression: octet of a.b->octet + 4, icv of (const void *)p->icv[0]."""
    names = re.findall(r"[A-Za-z_]\w*", re.sub(r"\[[^]]*\]|\+.*|\([^()]*\*\)", "", argument))
    return names[-1] if names else ""


def check(root):
    n = 0
    for path in tree.files(root, ".c", ".h", under=("common", "dataplane", "controlplane")):
        n += 1
        text = tree.code(tree.read(root, path))
        for m in COMPARE.finditer(text):
            for name in map(what_is_compared, arguments(text, m.end())[:2]):
                if SECRET.match(name):
                    yield path, text.count("\n", 0, m.start()) + 1, f"{m.group(1)}() on \"{name}\"; use ct_equal"
    return f"{n} files"


tree.run(check)
