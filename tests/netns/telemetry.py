#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Ask a running data plane on DPDK's telemetry socket, page by page.

    telemetry.py RUNTIME all              every command there is: each must answer
    telemetry.py RUNTIME COMMAND [WHERE]  its rows as "column=value ..." lines; WHERE is one
                                          column=value that a row must have
"""
import json
import socket
import sys


class Socket:
    def __init__(self, runtime):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.s.settimeout(10)
        self.s.connect(runtime + "/dpdk/sekisho/dpdk_telemetry.v2")
        self.max = json.loads(self.s.recv(65536))["max_output_len"]

    def ask(self, command):
        self.s.send(command.encode())
        answer = json.loads(self.s.recv(self.max))
        return answer[command.split(",")[0]]


def pages(s, command):
    """All rows of a table, over its pages."""
    head, _, first = command.partition(",")
    fixed = first.split(",")[:1] if head == "/sekisho/rules" else []
    rows, at = [], (first.split(",")[-1] if first and not fixed else "0")
    while True:
        page = s.ask(",".join([head, *fixed, at]))
        if page is None:
            raise SystemExit(f"{command}: no answer")
        columns = {k: v for k, v in page.items() if isinstance(v, list)}
        if len({len(v) for v in columns.values()}) > 1:
            raise SystemExit(f"{command}: columns of different length")
        rows += [dict(zip(columns, r)) for r in zip(*columns.values())]
        if not page.get("next"):
            return rows
        if int(page["next"]) <= int(at):
            raise SystemExit(f"{command}: the next page, {page['next']}, is not after {at}")
        at = str(page["next"])


def main():
    s = Socket(sys.argv[1])
    if sys.argv[2] == "all":
        known = [c for c in s.ask("/") if c.startswith("/sekisho/")]
        for c in known:
            if not s.ask(c + (",1" if c == "/sekisho/rules" else "")):
                raise SystemExit(f"{c}: nothing")
        # what makes no sense is answered too, and leaves the next question its answer
        for c in known:
            for params in ("x", "-1", "99999999999999999999", "1,2,3,4", ",,,", "4095,4294967295"):
                s.ask(f"{c},{params}")
        print(*known)
        return
    want = sys.argv[3].split("=", 1) if len(sys.argv) > 3 else None
    for row in pages(s, sys.argv[2]):
        if not want or str(row.get(want[0])) == want[1]:
            print(*(f"{k}={v}" for k, v in row.items()))


main()
