#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""conserve.py < counters.json: does the law of conservation hold?

rx + injected + generated + fragments = tx + punted + consumed + merged + drops + gauges,
exactly. Reads what `sekishoctl counters --output json` says; prints the law with its numbers.
"""
import json
import sys

IN = ("rx", "injected", "generated", "fragments")
OUT = ("tx", "punted", "consumed", "merged")


def main():
    doc = json.load(sys.stdin)
    counters, drops, gauges = doc["counters"], doc["drops"], doc["gauges"]
    came = sum(counters[k] for k in IN)
    went = sum(counters[k] for k in OUT) + sum(drops.values()) + sum(gauges.values())
    print(" + ".join(f"{k} {counters[k]}" for k in IN), "=", " + ".join(f"{k} {counters[k]}" for k in OUT),
          f"+ drops {sum(drops.values())} + gauges {sum(gauges.values())}:",
          "holds" if came == went else f"BROKEN, {came} in, {went} out")
    return came != went or came == 0


sys.exit(main())
