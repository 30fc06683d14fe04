#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/protocols/ikev2.md prints the table of controlplane/ike/ike_fsm.c.

states.py ROOT           complains when it does not
states.py --write ROOT   writes it, between the two marks
"""
import os
import re
import sys

import tree

PAGE, TABLE, LISTS = "docs/protocols/ikev2.md", "controlplane/ike/ike_fsm.c", "controlplane/ike/ike_fsm.h"
FROM, TO = "<!-- states: made by tests/lint/states.py --write . -->\n", "<!-- end of states -->\n"
MACRO = re.compile(r"^#define (\w+)\((\w+)\)((?:.*\\\n)*.*\n)", re.M)
EDGE = re.compile(r"\[(\w+)\]\s*\[(\w+)\]\s*=\s*\{(\w+),\s*(\w+)(?:,\s*(\w+))?\}")


def words(text):
    return dict(re.findall(r'X\((\w+), "([^"]*)"', text))


def edges(source):
    """[(state, event, action, next, wait)], the macros of the table expanded where they stand"""
    macros = {name: (arg, body) for name, arg, body in MACRO.findall(source)}
    m = re.search(r"edges\[ST_COUNT\]\[ON_COUNT\] = \{\n(.*?)\n\};", source, re.S)
    text = m.group(1) if m else ""
    for name, (arg, body) in macros.items():
        text = re.sub(rf"\b{name}\((\w+)\)",
                      lambda use, arg=arg, body=body: re.sub(rf"\b{arg}\b", use.group(1), body), text)
    return EDGE.findall(text)


def plain(name, prefix):
    return name.removeprefix(prefix).lower().replace("_", " ")


def rendered(root):
    names = words(tree.read(root, LISTS))
    out, last = "| state | event | action | next |\n| --- | --- | --- | --- |\n", None
    for state, event, action, after, wait in edges(tree.read(root, TABLE)):
        shown = f"**{plain(state, 'ST_')}**: {names.get(state, '?')}" if state != last else ""
        then = plain(after, "ST_") + (f", or {plain(wait, 'ST_')} to wait" if wait else "")
        out += f"| {shown} | {names.get(event, event)} | `{action.removeprefix('cp_ike_')}` | {then} |\n"
        last = state
    return out


def split(root):
    page = tree.read(root, PAGE)
    before, mark, rest = page.partition(FROM)
    table, end, after = rest.partition(TO)
    return before + mark, table, end + after, bool(mark and end)


def check(root):
    if not os.path.exists(os.path.join(root, TABLE)):
        return "no table"
    if not os.path.exists(os.path.join(root, PAGE)):
        yield PAGE, 1, "does not exist"
        return ""
    before, table, after, marked = split(root)
    if not marked or table != rendered(root):
        yield PAGE, before.count("\n") + 1, "is not current; run tests/lint/states.py --write ."
    return f"{table.count(chr(10)) - 2} transitions"


if sys.argv[1:2] == ["--write"]:
    top = sys.argv[2]
    before, _, after, marked = split(top)
    if not marked:
        sys.exit(f"{PAGE} has no marks")
    with open(os.path.join(top, PAGE), "w") as f:
        f.write(before + rendered(top) + after)
else:
    tree.run(check)
