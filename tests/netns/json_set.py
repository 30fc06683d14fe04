#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""json_set.py FILE [PATH=JSON | PATH- ]..: change a document in place.

PATH is names and indexes joined by dots ("pools.0.first"); a "+" for an index appends.
"""
import json
import sys


def step(node, key):
    return node[int(key) if isinstance(node, list) else key]


def main(path, *edits):
    with open(path) as f:
        doc = json.load(f)
    for edit in edits:
        where, _, value = edit.partition("=")
        *way, last = where.rstrip("-").split(".")
        node = doc
        for key in way:
            node = step(node, key)
        if where.endswith("-") and not _:
            del node[int(last) if isinstance(node, list) else last]
        elif last == "+":
            node.append(json.loads(value))
        else:
            node[int(last) if isinstance(node, list) else last] = json.loads(value)
    with open(path, "w") as f:
        json.dump(doc, f, indent=2)
        f.write("\n")


main(*sys.argv[1:])
