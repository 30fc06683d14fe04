#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""ping6.py ADDRESS OCTETS COUNT: ICMPv6 echo requests; exit 0 when each came back whole in two
seconds."""
import os
import socket
import struct
import sys
import time


def echo(s, address, number, data):
    head = struct.pack("!BBHHH", 128, 0, 0, os.getpid() & 0xffff, number)
    s.sendto(head + data, (address, 0))  # the kernel fills in the checksum
    end = time.monotonic() + 2
    while (left := end - time.monotonic()) > 0:
        s.settimeout(left)
        try:
            answer, who = s.recvfrom(65535)
        except socket.timeout:
            return False
        if answer[0] == 129 and answer[4:8] == head[4:8]:
            return answer[8:] == data and who[0] == address
    return False


def main():
    address, size, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as s:
        got = sum(echo(s, address, n, os.urandom(size)) for n in range(count))
    print(f"{got} of {count} echoes of {size} octets came back from {address}")
    return got != count


sys.exit(main())
