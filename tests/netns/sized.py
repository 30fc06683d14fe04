#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sized.py echo ADDRESS PORT          send every datagram back, until killed
sized.py ask ADDRESS PORT OCTETS..  one datagram of each size; each has to come back the same

Without DF, so whoever has to may cut them: ping of any size, where UDP is what may pass.
"""
import socket
import sys

IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0
TRIES, WAIT_S = 5, 3


def endpoint():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
    return s


def echo(where):
    s = endpoint()
    s.bind(where)
    print("ready", flush=True)
    while True:
        s.sendto(*s.recvfrom(65536))


def comes_back(s, where, octets):
    """Datagrams may be lost; a size that cannot pass loses every one."""
    text = bytes(i * 31 & 255 for i in range(octets))
    for _ in range(TRIES):
        s.sendto(text, where)
        try:
            while s.recv(65536) != text:
                pass
            return True
        except TimeoutError:
            pass
    return False


def ask(where, sizes):
    s = endpoint()
    s.settimeout(WAIT_S)
    lost = [n for n in sizes if not comes_back(s, where, n)]
    print("lost:", lost or "none")
    return len(lost)


def main(what, address, port, *sizes):
    where = (address, int(port))
    return echo(where) if what == "echo" else ask(where, [int(n) for n in sizes])


sys.exit(main(*sys.argv[1:]))
