#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of controlplane/log/cause.h is said by the control plane, and brought about by a test.

A row nobody names is a promise of the page that is not kept. A test names a row by its
identifier (in C) or by its stable id (in a scenario); a table of all rows does not count.
"""
import os
import re

import tree

LIST = "controlplane/log/cause.h"
ROW = re.compile(r'X\((CAUSE_\w+),\s*(?:\\\n\s*)?"([^"]+)"')


def text_of(root, skip, *where):
    return "\n".join(tree.read(root, p) for p in where if p not in skip)


def check(root):
    if not os.path.exists(os.path.join(root, LIST)):
        return "no causes"
    source = tree.read(root, LIST)
    code = text_of(root, {"controlplane/log/cause.c"}, *tree.files(root, ".c", under=("controlplane",)))
    tests = text_of(root, {"tests/unit/controlplane/log/test_cause.c"},
                    *tree.files(root, ".c", ".sh", ".py", under=("tests/unit", "tests/netns")))
    rows = ROW.findall(source)
    for ident, name in rows:
        line = source[:source.index(ident)].count("\n") + 1
        if not re.search(rf"\b{ident}\b", code):
            yield LIST, line, f"nobody refuses for {name}"
        elif not re.search(rf"\b{ident}\b|[\" ]{re.escape(name)}[\" \n]", tests):
            yield LIST, line, f"no test brings {name} about"
    return f"{len(rows)} rows"


tree.run(check)
