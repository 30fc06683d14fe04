#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every source file says its licence in its first lines."""
import os

import tree

LINE = "SPDX-License-Identifier: Apache-2.0"


def check(root):
    n = 0
    for path in tree.files(root):
        name = os.path.basename(path)
        full = os.path.join(root, path)
        source = name.endswith((".c", ".h", ".py", ".sh", ".ini")) or name == "meson.build" or \
            ("." not in name and os.access(full, os.X_OK))
        if not source or not os.path.isfile(full) or "/corpus/" in path:
            continue
        n += 1
        if LINE not in "".join(tree.read(root, path).split("\n")[:3]):
            yield path, 1, f"no \"{LINE}\" in the first three lines"
    return f"{n} files"


tree.run(check)
