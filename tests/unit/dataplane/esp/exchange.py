#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A live exchange of ESP between the gateway's code and scapy's, both directions, all suites:
what we seal scapy must open, what scapy seals we must open, and every octet of the headers in
front is looked at."""
import random
import subprocess
import sys

from scapy.all import ICMP, IP, TCP, UDP, Raw, raw
from scapy.layers.ipsec import ESP, SecurityAssociation

ROUNDS = 60
MTU = 1400
GATEWAY = "198.51.100.1"


class Gateway:
    def __init__(self, program):
        self.child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.child.stdin.write(" ".join(str(w) for w in words) + "\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().split()

    def end(self):
        self.child.stdin.close()
        return self.child.wait()


def expect(what, got, want):
    if got != want:
        raise SystemExit(f"{what}: {got!r} instead of {want!r}")


class Client:
    """The other end of a session of rig_install_message()."""

    def __init__(self, sid, suite, udp):
        self.sid, self.udp = sid, udp
        bits = {1: 16, 2: 32}[suite]
        self.inner, self.addr = f"10.99.0.{10 + sid}", f"192.0.2.{10 + sid}"
        self.spi_in, self.spi_out = (100 + sid) << 10 | 5, 0xc0000000 + sid
        self.ids = None
        natt = UDP(sport=4500, dport=4500) if udp else None
        self.up = SecurityAssociation(
            ESP, spi=self.spi_in, crypt_algo="AES-GCM", nat_t_header=natt,
            crypt_key=bytes(0x10 + sid + i for i in range(bits)) + bytes(range(0xa0, 0xa4)),
            tunnel_header=IP(src=self.addr, dst=GATEWAY))
        self.down = SecurityAssociation(
            ESP, spi=self.spi_out, crypt_algo="AES-GCM", nat_t_header=natt,
            crypt_key=bytes(0x60 + sid + i for i in range(bits)) + bytes(range(0xb0, 0xb4)),
            tunnel_header=IP(src=GATEWAY, dst=self.addr))

    def seal(self, packet):
        sealed = self.up.encrypt(packet)
        if self.udp:
            sealed[UDP].len = None
        return raw(sealed)

    def check_outer(self, octets, seq, tos):
        o = IP(octets)
        expect("outer addresses", (o.src, o.dst), (GATEWAY, self.addr))
        expect("outer length", o.len, len(octets))
        expect("outer tos: DSCP and ECN of the inner", o.tos, tos)
        expect("outer fragment field: DF clear", (int(o.flags), o.frag), (0, 0))
        expect("outer ttl", o.ttl, 64)
        if self.ids is not None:
            expect("outer id counts up", o.id, (self.ids + 1) & 0xffff)
        self.ids = o.id
        given = o.chksum
        again = IP(octets)
        del again.chksum
        expect("outer checksum", given, IP(raw(again)).chksum)
        if self.udp:
            expect("ports", (o[UDP].sport, o[UDP].dport), (4500, 4500))
            expect("UDP length", o[UDP].len, len(octets) - 20)
            expect("UDP checksum is none", o[UDP].chksum, 0)
        else:
            expect("protocol", o.proto, 50)
        esp = o[ESP]
        expect("spi", esp.spi, self.spi_out)
        expect("sequence number", esp.seq, seq)
        expect("ciphertext is a multiple of four", (len(esp.data) - 8 - 16) % 4, 0)
        return o

    def open(self, octets, seq, tos):
        return raw(self.down.decrypt(self.check_outer(octets, seq, tos)))


def some_packet(rng, src, dst):
    head = IP(src=src, dst=dst, ttl=rng.randint(1, 255), id=rng.randint(0, 65535),
              tos=rng.choice((0, 0, 0xb8, 0x28, 1, 2, 3)))
    body = Raw(rng.randbytes(rng.randint(0, MTU - 60)))
    return head / rng.choice((UDP(sport=rng.randint(20000, 65535), dport=5001) / body,
                              TCP(sport=rng.randint(20000, 65535), dport=5443, flags="PA") / body,
                              ICMP(type=8, id=7) / body,
                              TCP(sport=9999, dport=5443, flags="S", options=[("MSS", 1360)])))


def main():
    gateway = Gateway(sys.argv[1])
    rng = random.Random(4303)
    for sid, (suite, udp) in enumerate(((1, 1), (2, 1), (1, 0), (2, 0))):
        client = Client(sid, suite, udp)
        expect("install", gateway.ask("install", sid, suite, udp), ["status", "0"])
        for n in range(1, ROUNDS + 1):
            down = raw(some_packet(rng, "10.20.0.5", client.inner))
            word, octets = gateway.ask("out", sid, down.hex())
            expect("sealed", word, "packet")
            expect("what scapy opened", client.open(bytes.fromhex(octets), n, IP(down).tos), down)

            up = raw(some_packet(rng, client.inner, "10.20.0.5"))
            word, octets = gateway.ask("in", sid, client.seal(IP(up)).hex())
            expect("opened", word, "packet")
            expect("what we opened", bytes.fromhex(octets), up)
    expect("the gateway's end: nothing lost", gateway.end(), 0)
    print(f"ok 1 - {4 * ROUNDS} packets each way")


main()
