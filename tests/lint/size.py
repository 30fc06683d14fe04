#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Files end at 800 lines, functions at 100, headers at 200. Rows of lists do not count."""
import re

import tree

FILE, FUNCTION, HEADER = 800, 100, 200
# One struct for each message of the link or of a protocol; rows of tests: lists, written as C.
LISTS = ("common/msg/msg.h", "common/wire/", "tests/")
ROW = re.compile(r"^\s*(X\(.*\\?|\{.*\},?|\"(\\.|[^\"])*\",?)$|^\s*\[\w+\]( *\[\w+\])* *= .*,$")


def weight(text):
    """Lines that are not rows of a table."""
    return sum(1 for line in text.split("\n")[:-1] if not ROW.match(line))


def check(root):
    n = 0
    for path in tree.files(root, ".c", ".h", ".py", ".sh"):
        text = tree.read(root, path)
        n += 1
        if path.startswith("tests/vector/"):
            continue
        limit = HEADER if path.endswith(".h") and not path.startswith(LISTS) else FILE
        if weight(text) > limit:
            yield path, 1, f"{weight(text)} lines, at most {limit}"
        if not path.endswith((".c", ".h")):
            continue
        for name, first, last, body in tree.functions(text):
            if weight(body) > FUNCTION:
                yield path, first, f"{name}() has {weight(body)} lines, at most {FUNCTION}"
    return f"{n} files"


tree.run(check)
