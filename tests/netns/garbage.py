#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""garbage.py IF GATEWAY MAC: send the gateway what nobody should send.

Each group aims at one refusal; the last ones are random. Deterministic, so that a failure can
be repeated. The last line says how much was sent.
"""
import random
import struct
import sys

from scapy.all import ARP, ICMP, IP, TCP, UDP, Ether, Raw, conf, sendp

conf.verb = 0
SRC = "198.51.100.77"
R = random.Random(7296)


def octets(n):
    return bytes(R.randrange(256) for _ in range(n))


def ike(length=None, payloads=b"", next_payload=33, version=0x20, exchange=34, flags=8):
    total = 28 + len(payloads) if length is None else length
    return octets(8) + bytes(8) + struct.pack("!BBBBII", next_payload, version, exchange, flags, 0, total) + payloads


def ike_messages():
    yield b""
    yield octets(27)
    yield ike()
    yield ike(length=5)
    yield ike(length=0xffffffff)
    yield ike(version=0x10)
    yield ike(exchange=255)
    yield ike(payloads=b"\x00\x00\x00\x03")          # shorter than its own header
    yield ike(payloads=b"\x00\x00\xff\xff" + octets(40))  # longer than the message
    yield ike(payloads=b"\x21\x00\x00\x04" * 300)    # a chain of empty payloads
    yield ike(payloads=b"\x00\x80\x00\x08" + octets(4), next_payload=200)  # unknown, critical
    for n in (1, 4, 28, 60, 200, 1200):
        for _ in range(20):
            yield ike(payloads=octets(n), next_payload=R.choice((33, 34, 40, 41, 46, 53)))
    # SA payloads with lying lengths inside
    for _ in range(100):
        sa = bytearray(struct.pack("!BBHBBHBBBB", 0, 0, 44, 0, 0, 40, 1, 1, 0, 4) + 4 * struct.pack("!BBHBBH", 3, 0, 8, 1, 0, 12))
        sa[R.randrange(len(sa))] = R.randrange(256)
        yield ike(payloads=bytes(sa))


def frames(gateway, mac):
    eth = Ether(src="02:00:00:00:00:77", dst=mac)
    ip = IP(src=SRC, dst=gateway)
    yield eth / Raw(octets(10))                                  # runt, no IP
    yield Ether(src=eth.src, dst=mac, type=0x0800) / Raw(octets(10))
    for kind in (0x86dd, 0x88cc, 0x9000):
        yield Ether(src=eth.src, dst=mac, type=kind) / Raw(octets(60))
    yield Ether(src=eth.src, dst="02:aa:bb:cc:dd:ee") / ip / UDP(dport=500) / Raw(ike())
    yield eth / IP(src=SRC, dst="198.51.100.99") / UDP(dport=500) / Raw(ike())
    yield eth / IP(src=SRC, dst=gateway, version=5) / UDP(dport=500) / Raw(ike())
    yield eth / IP(src=SRC, dst=gateway, ihl=3) / UDP(dport=500) / Raw(ike())
    yield eth / IP(src=SRC, dst=gateway, chksum=0x1234) / UDP(dport=500) / Raw(ike())
    yield eth / IP(src=SRC, dst=gateway, len=9000) / UDP(dport=500) / Raw(ike())
    yield eth / IP(src=SRC, dst=gateway, options=[b"\x94\x04\x00\x00"]) / UDP(dport=500) / Raw(ike())
    yield eth / IP(src=SRC, dst=gateway, flags="MF") / UDP(dport=500) / Raw(octets(64))
    yield eth / IP(src=SRC, dst=gateway, frag=100) / Raw(octets(64))
    for src in ("127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.5", gateway):
        yield eth / IP(src=src, dst=gateway) / UDP(sport=500, dport=500) / Raw(ike())
    yield eth / ip / UDP(dport=500, len=9999) / Raw(octets(20))
    yield eth / ip / UDP(dport=500, len=3) / Raw(octets(20))
    yield eth / ip / TCP(dport=22, flags="S")
    yield eth / ip / UDP(dport=53) / Raw(octets(20))
    yield eth / ip / ICMP(type=13) / Raw(octets(20))
    yield eth / ip / ICMP() / Raw(octets(1400))
    # somebody claims the gateway's address, and nonsense
    yield Ether(src=eth.src, dst="ff:ff:ff:ff:ff:ff") / ARP(op=2, hwsrc=eth.src, psrc=gateway, pdst=gateway)
    yield Ether(src=eth.src, dst="ff:ff:ff:ff:ff:ff", type=0x0806) / Raw(octets(12))
    yield Ether(src=eth.src, dst="ff:ff:ff:ff:ff:ff") / ARP(op=9, psrc=SRC, pdst=gateway)
    for n in (0, 1, 3, 4, 7, 8, 15, 16, 31, 40, 200, 1400):
        yield eth / ip / UDP(sport=4500, dport=4500) / Raw(octets(n))
        yield eth / ip / UDP(sport=4500, dport=4500) / Raw(b"\xff" * n)
    for m in ike_messages():
        yield eth / ip / UDP(sport=500, dport=500) / Raw(m)
        yield eth / ip / UDP(sport=4500, dport=4500) / Raw(b"\0\0\0\0" + m)
    for _ in range(500):
        yield Ether(src=eth.src, dst=mac, type=R.choice((0x0800, 0x0806, 0x8100, R.randrange(65536)))) / Raw(octets(R.randrange(1400)))


def main(dev, gateway, mac):
    out = list(frames(gateway, mac))
    sendp(out, iface=dev, inter=0.0005)
    print(f"{len(out)} frames of garbage")


main(*sys.argv[1:])
