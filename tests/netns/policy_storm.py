#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""policy_storm.py RUNTIME N A.json B.json [OTHER_A.json OTHER_B.json]: apply policies in turn.

N applies at the policy process' door, as fast as they are served: documents A, then B, then A
again. A pair more is a document of another tenant, changed with the first. Every answer must be
"in force" with the next revision's number. Prints how long one took in the middle and at most.
"""
import json
import os
import socket
import sys
import time


def ask(runtime, request):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(120)
    s.connect(runtime + "/policy.sock")
    s.sendall(json.dumps(request).encode() + b"\n")
    answer = b""
    while piece := s.recv(1 << 16):
        answer += piece
    return json.loads(answer)


def documents(files):
    """tenants/NAME.json of NAME-a.json and NAME-b.json"""
    return {f"tenants/{os.path.basename(f).split('-')[0]}.json": open(f).read() for f in files}


def main():
    runtime, n, files = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    turns = [documents(files[i::2]) for i in range(2)]
    sequence = ask(runtime, {"command": "status"})["sequence"]
    took = []
    for i in range(n):
        t = time.monotonic()
        answer = ask(runtime, {"command": "apply", "documents": turns[i % 2]})
        took.append(time.monotonic() - t)
        if answer.get("state") != "in force" or answer["sequence"] != sequence + 1:
            sys.exit(f"apply {i}: {json.dumps(answer)[:2000]}")
        sequence += 1
    took.sort()
    print(f"{n} applies, one in {took[n // 2] * 1000:.0f} ms, at most {took[-1] * 1000:.0f} ms; revision {sequence}")


main()
