#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Files end at 800 lines, functions at 100, headers at 200 lines of code. Rows of lists do not
count, nor do files that are a table and say so: /* lint: table */."""
import re

import tree

FILE, FUNCTION, HEADER = 800, 100, 200
TABLE = "/* lint: table */"
ROW = re.compile(r"^\s*(X\(.*\\?|\{.*\},?|\"(\\.|[^\"])*\",?)$|^\s*\[\w+\]( *\[\w+\])* *= .*,$")


def weight(text):
    """Lines that are not rows of a table."""
    return sum(1 for line in text.split("\n")[:-1] if not ROW.match(line))


def code_weight(text):
    return weight("\n".join(line for line in tree.code(text, strings=True).split("\n") if line.strip()) + "\n")


def check(root):
    n = 0
    for path in tree.files(root, ".c", ".h", ".py", ".sh"):
        text = tree.read(root, path)
        n += 1
        if TABLE in text or path.startswith("tests/vector/"):
            continue
        if path.endswith(".h"):
            lines, limit = code_weight(text), HEADER
        else:
            lines, limit = weight(text), FILE
        if lines > limit:
            yield path, 1, f"{lines} lines, at most {limit}"
        if not path.endswith((".c", ".h")):
            continue
        for name, first, last, body in tree.functions(text):
            if weight(body) > FUNCTION:
                yield path, first, f"{name}() has {weight(body)} lines, at most {FUNCTION}"
    return f"{n} files"


tree.run(check)
