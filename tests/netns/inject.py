#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""inject.py PCAP IF GATEWAY KIND N: send N of the captured ESP packets to the gateway again.

KIND replay: as they were; auth: one bit of the ciphertext changed and the sequence number moved
ahead, so that the window does not refuse it first; no_sa: with an SPI nobody uses.
Prints how many were sent.
"""
import sys

from scapy.all import IP, UDP, Ether, PcapReader, Raw, conf, sendp

conf.verb = 0


def captured(path, gateway, n):
    found = []
    for p in PcapReader(path):
        if IP in p and p[IP].dst == gateway and UDP in p and p[UDP].dport == 4500:
            esp = bytes(p[UDP].payload)
            if len(esp) > 60 and esp[:4] != b"\0\0\0\0":
                found.append((p, esp))
    return found[-n:] if len(found) >= n else sys.exit(f"only {len(found)} ESP packets captured")


def change(kind, esp, i):
    if kind == "auth":
        ahead = int.from_bytes(esp[4:8], "big") + 100000 + i
        esp = esp[:4] + ahead.to_bytes(4, "big") + esp[8:30] + bytes([esp[30] ^ 1]) + esp[31:]
    elif kind == "no_sa":
        esp = b"\xff\xff\xff\xf0" + esp[4:]
    return esp


def main(path, dev, gateway, kind, n):
    out = []
    for i, (p, esp) in enumerate(captured(path, gateway, int(n))):
        out.append(Ether(src=p[Ether].src, dst=p[Ether].dst) / IP(src=p[IP].src, dst=p[IP].dst, id=i + 1) /
                   UDP(sport=p[UDP].sport, dport=4500, chksum=0) / Raw(change(kind, esp, i)))
    sendp(out, iface=dev)
    print(len(out))


main(*sys.argv[1:])
