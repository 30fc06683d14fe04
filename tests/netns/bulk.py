#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Datagrams in one direction as fast as asked, and how many arrived.

    bulk.py sink ADDRESS PORT REPORT             counts; REPORT is rewritten while it runs
    bulk.py send ADDRESS PORT KBPS SECONDS       of 1000 octets of payload; prints how many

REPORT: "octets N packets N", octets of IP packets.
"""
import socket
import sys
import time

PAYLOAD = 1000
HEADERS = 28  # IPv4 and UDP


def sink(address, port, report):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind((address, int(port)))
    s.settimeout(0.2)
    octets = packets = 0
    due = 0.0
    print("ready", flush=True)
    while True:
        try:
            octets += len(s.recv(65536)) + HEADERS
            packets += 1
        except TimeoutError:
            pass
        if time.monotonic() >= due:
            with open(report, "w", encoding="ascii") as f:
                f.write(f"octets {octets} packets {packets}\n")
            due = time.monotonic() + 0.1


def send(address, port, kbps, seconds):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    gap = (PAYLOAD + HEADERS) * 8 / (int(kbps) * 1000)
    begin = time.monotonic()
    n = 0
    while time.monotonic() - begin < float(seconds):
        while n * gap < time.monotonic() - begin:
            try:
                s.sendto(b"b" * PAYLOAD, (address, int(port)))
            except OSError:
                pass  # a tunnel's queue is full, or its route is being renewed
            n += 1
        time.sleep(0.002)
    print(f"sent {n}")


if __name__ == "__main__":
    {"sink": sink, "send": send}[sys.argv[1]](*sys.argv[2:])
