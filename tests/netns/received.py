#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""received.py RECEIVED LOG..: what a syslog receiver got, against the logs themselves: every line, octet
for octet; of one log in its order; a header that says the same as the line. A line may come twice."""
import json
import sys

SEVERITY = {"error": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7}
LOCAL0 = 16


def read_received(path):
    """The lines in the order in which each came first."""
    lines, n = {}, 0
    with open(path, encoding="utf-8") as received:
        for text in received:
            message, n = json.loads(text), n + 1
            record = json.loads(message["message"])
            want = {"pri": LOCAL0 * 8 + SEVERITY[record["level"]], "host": "lab", "app": "sekisho",
                    "msgid": record["event"], "time": record["time"]}
            for key, value in want.items():
                if message[key] != value:
                    sys.exit(f"the header has {key} {message[key]!r}, not {value!r}: {text}")
            lines.setdefault(message["message"], len(lines))
    return lines, n


def main():
    lines, n = read_received(sys.argv[1])
    known = 0
    for path in sys.argv[2:]:
        last = -1
        with open(path, encoding="utf-8") as log:
            for text in log:
                place = lines.get(text.rstrip("\n"))
                if place is None:
                    sys.exit(f"not received, of {path}: {text}")
                if place < last:
                    sys.exit(f"out of order, of {path}: {text}")
                last, known = place, known + 1
    if known != len(lines):
        sys.exit(f"{len(lines)} lines were received, the logs have {known}")
    print(f"{known} lines received in order, {n - known} of them twice")


main()
