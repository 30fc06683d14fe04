#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Functions nobody uses here, in the whole tree; the compiler refuses some of them too
(common/base/ban.h), but only in files it is given."""
import re

import tree

BANNED = {
    "strcpy": "snprintf", "strcat": "snprintf", "strncpy": "snprintf", "strncat": "snprintf",
    "sprintf": "snprintf", "vsprintf": "vsnprintf", "gets": "fgets", "atoi": "strtoul", "atol": "strtoul",
    "atof": "strtod", "strtok": "strtok_r or a cursor", "rand": "getrandom", "srand": "getrandom",
    "random": "getrandom", "alloca": "an array with a bound", "tmpnam": "mkstemp", "mktemp": "mkstemp",
    "system": "fork and exec", "popen": "fork and exec",
}
CALL = re.compile(rf"(?<![\w.>])({'|'.join(BANNED)})\s*\(")


def check(root):
    n = 0
    for path in tree.files(root, ".c", ".h"):
        n += 1
        for i, line in enumerate(tree.code(tree.read(root, path)).split("\n"), 1):
            if line.startswith("#"):
                continue
            for m in CALL.finditer(line):
                yield path, i, f"{m.group(1)}() is banned; use {BANNED[m.group(1)]}"
    return f"{n} files"


tree.run(check)
