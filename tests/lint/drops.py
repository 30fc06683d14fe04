#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/operations/drops.md is what common/stat/{verdict,counter}.h say.

drops.py ROOT           complains when it is not
drops.py --write ROOT   writes it
"""
import os
import re
import sys

import tree

PAGE = "docs/operations/drops.md"
ROW = re.compile(r'\bX\((DP_\w+), "([^"]+)",[\s\\]+(?:([+-]?\d),[\s\\]+)?"([^"]*)"\)')
BEGINNING = re.compile(r"\bX\(DP_")
SIDE = {"+1": "comes in", "-1": "goes out", "0": ""}
INTRO = """# Drops and counters

Made from `common/stat/verdict.h` and `common/stat/counter.h` by `tests/lint/drops.py --write .`;
do not edit.

Every packet ends exactly once: sent, handed to the control plane, consumed, merged into another,
or dropped under a name. So, whenever the gateway is quiet,

    rx + injected + generated + fragments = tx + punted + consumed + merged + all drops + gauges

holds exactly, and every end-to-end test checks it. See them with `sekishoctl drops` and
`sekishoctl counters`.

## Drops

| counter | what to conclude |
| --- | --- |
"""
COUNTERS = """
## Counters

| counter | side of the law | what it counts |
| --- | --- | --- |
"""


def rows(root, path):
    if not os.path.exists(os.path.join(root, path)):
        return []
    text = tree.read(root, path)
    found = ROW.findall(text)
    begun = len(BEGINNING.findall(text))
    if len(found) != begun:
        sys.exit(f"{path}: {begun} rows begin with X(DP_, {len(found)} could be read")
    return found


def page(root):
    out = INTRO
    for _, name, _, text in rows(root, "common/stat/verdict.h"):
        if name != "ok":
            out += f"| `{name}` | {text} |\n"
    out += COUNTERS
    for _, name, side, text in rows(root, "common/stat/counter.h"):
        out += f"| `{name}` | {SIDE[side]} | {text} |\n"
    return out


def check(root):
    want = page(root)
    full = os.path.join(root, PAGE)
    have = tree.read(root, PAGE) if os.path.exists(full) else want if not os.path.isdir(os.path.dirname(full)) else ""
    if have != want:
        yield PAGE, 1, "is not current; run tests/lint/drops.py --write ."
    return f"{want.count('| `')} rows"


if sys.argv[1:2] == ["--write"]:
    top = sys.argv[2]
    os.makedirs(os.path.join(top, os.path.dirname(PAGE)), exist_ok=True)
    with open(os.path.join(top, PAGE), "w") as f:
        f.write(page(top))
else:
    tree.run(check)
