#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every file named in the Walk of a file head exists."""
import os
import re

import tree

NAME = re.compile(r"\[?([a-z0-9_]+(?:/[a-z0-9_]+)+(?:\.[ch])?|[a-z0-9_]+\.[ch])\]?")


def exists(root, path, name):
    names = [name] if name.endswith((".c", ".h")) else [name + ".c", name + ".h"]
    plane = path.split("/")[0]
    here = os.path.dirname(path)
    places = ["", plane, here, os.path.dirname(here), "common", "dataplane", "controlplane"]
    if "/" not in name and path.startswith("tests/"):
        return any(os.path.basename(f) == name for f in tree.files(root, ".c", ".h"))
    return any(os.path.isfile(os.path.join(root, p, n)) for p in places for n in names) or \
        any(os.path.isdir(os.path.join(root, p, name)) for p in places[:2])


def check(root):
    n = 0
    for path in tree.files(root, ".c", ".h"):
        walk = tree.head(tree.read(root, path)).get("Walk")
        if not walk:
            continue
        n += 1
        for m in NAME.finditer(walk):
            if not exists(root, path, m.group(1)):
                yield path, 1, f"Walk names {m.group(1)}, which does not exist"
    return f"{n} walks"


tree.run(check)
