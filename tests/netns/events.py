#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""events.py PAGE LOG..: every line of the logs is one that docs/operations/events.md describes:
its log, its event, its level, its keys, and an id that no other line has."""
import json
import os
import re
import sys
from datetime import datetime

FRAME = {"schema", "time", "id", "event", "level", "left_out"}


def read_page(path):
    """{"vpn": {"vpn.up": ("info", {"tenant", ..})}}"""
    logs, rows = {}, {}
    with open(path, encoding="utf-8") as page:
        for line in page:
            if m := re.match(r"## (\w+)\.log", line):
                rows = logs.setdefault(m[1], {})
            elif m := re.match(r"\| `([\w.]+)` \| (\w+) \| .* \| (`.*`) \|$", line):
                rows[m[1]] = (m[2], set(re.findall(r"`(\w+)`", m[3])))
    return logs


def check(logs, path, ids):
    name = os.path.basename(path).split(".")[0]
    with open(path, encoding="utf-8") as log:
        for n, line in enumerate(log, 1):
            record = json.loads(line)
            level, keys = logs[name].get(record["event"], (None, set()))
            strange = set(record) - FRAME - keys
            if level != record["level"]:
                yield f"{path}:{n}: {record['event']} of level {record['level']} is not on the page"
            elif strange:
                yield f"{path}:{n}: {record['event']} has {', '.join(sorted(strange))}, which the page does not list"
            if record["id"] in ids:
                yield f"{path}:{n}: the id {record['id']} stands twice"
            ids.add(record["id"])
            datetime.fromisoformat(record["time"].replace("Z", "+00:00"))


def main():
    logs, ids = read_page(sys.argv[1]), set()
    found = [what for path in sys.argv[2:] for what in check(logs, path, ids)]
    print("\n".join(found))
    sys.exit(bool(found))


main()
