#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""log_sums.py LOG..: "MISSING LOST LINES". A sender numbers its records from 0 on, so what is missing between
the lines of all logs can be counted; and what the logs themselves say was lost."""
import json
import sys


def main():
    seen, lost, lines = {}, 0, 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as log:
            for record in map(json.loads, log):
                origin, serial = record["id"].split("-")
                seen.setdefault(origin, set()).add(int(serial))
                lines += 1
                if record["event"] == "log.lost":
                    lost += record["count"]
    print(sum(max(s) + 1 - len(s) for s in seen.values()), lost, lines)


main()
