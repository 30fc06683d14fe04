#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""flood.py ADDRESS N: one small UDP datagram to each of N ports, each a flow of its own, not
faster than a tunnel takes them."""
import socket
import sys
import time

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(int(sys.argv[2])):
    s.sendto(b"x", (sys.argv[1], 2000 + n))
    if n % 20 == 19:
        time.sleep(0.005)
