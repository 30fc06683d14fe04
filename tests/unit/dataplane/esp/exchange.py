#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A live exchange of ESP between the gateway's code and others', both directions, all suites,
with ESN and without, either family inside and outside: what we seal the other side must open, what it seals we must open, and
every octet of the headers in front is looked at.

The other side is scapy's ESP header around the ciphers of python3-cryptography and Python's
own hmac."""
import hashlib
import hmac
import os
import random
import struct
import subprocess
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from scapy.all import ICMP, IP, TCP, UDP, ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, Raw, raw
from scapy.layers.ipsec import ESP

ROUNDS = 12
SESSIONS = 16  # of the rig
MTU = 1400
GATEWAY, GATEWAY6 = "198.51.100.1", "2001:db8:51::1"
SERVER, SERVER6 = "10.20.0.5", "2001:db8:20::5"
UDP_FLAG, ESN_FLAG = 1, 2
EDGE = 1 << 32


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


class Gcm:
    """RFC 4106: key and salt; IV of 8 octets; ICV of 8, 12 or 16."""
    iv, block = 8, 4

    def __init__(self, key, salt, icv):
        self.key, self.salt, self.icv = key, salt, icv

    def seal(self, iv, text, head, high):
        c = Cipher(algorithms.AES(self.key), modes.GCM(self.salt + iv)).encryptor()
        c.authenticate_additional_data(aad(head, high))
        return c.update(text) + c.finalize() + c.tag[:self.icv]

    def open(self, iv, body, head, high):
        c = Cipher(algorithms.AES(self.key),
                   modes.GCM(self.salt + iv, body[-self.icv:], min_tag_length=self.icv)).decryptor()
        c.authenticate_additional_data(aad(head, high))
        try:
            return c.update(body[:-self.icv]) + c.finalize()
        except InvalidTag:
            raise SystemExit("the ICV we wrote is wrong") from None


class Chacha:
    """RFC 7634."""
    iv, block, icv = 8, 4, 16

    def __init__(self, key, salt):
        self.cipher, self.salt = ChaCha20Poly1305(key), salt

    def seal(self, iv, text, head, high):
        return self.cipher.encrypt(self.salt + iv, text, aad(head, high))

    def open(self, iv, body, head, high):
        return self.cipher.decrypt(self.salt + iv, body, aad(head, high))


class Cbc:
    """RFC 3602 or RFC 2451, with an HMAC over all before it and the upper half of the number."""
    def __init__(self, cipher, key, digest, auth, icv):
        self.cipher, self.digest, self.auth, self.icv = cipher(key), digest, auth, icv
        self.iv = self.block = self.cipher.block_size // 8

    def mac(self, octets, high):
        tail = b"" if high is None else struct.pack("!L", high)
        return hmac.new(self.auth, octets + tail, self.digest).digest()[:self.icv]

    def seal(self, iv, text, head, high):
        c = Cipher(self.cipher, modes.CBC(iv)).encryptor()
        body = c.update(text) + c.finalize()
        return body + self.mac(head + iv + body, high)

    def open(self, iv, body, head, high):
        expect("the ICV we wrote", body[-self.icv:], self.mac(head + iv + body[:-self.icv], high))
        c = Cipher(self.cipher, modes.CBC(iv)).decryptor()
        return c.update(body[:-self.icv]) + c.finalize()


def aad(head, high):
    """SPI and number: RFC 4106 section 5, with ESN all of the number."""
    return head if high is None else head[:4] + struct.pack("!L", high) + head[4:]


def cipher_of(suite, octets, salt, auth):
    """By our name; @octets(n): a key of that length."""
    words = suite.split("-")
    if words[0] == "chacha20":
        return Chacha(octets(32), salt)
    if words[2] == "gcm":
        return Gcm(octets(int(words[1]) // 8), salt, int((words + ["16"])[3]))
    digest = words[-1]
    icv = {"sha1": 12, "sha256": 16, "sha384": 24, "sha512": 32}[digest]
    hashed = auth(hashlib.new(digest).digest_size)
    if words[0] == "3des":
        return Cbc(algorithms.TripleDES, octets(24), digest, hashed, icv)
    return Cbc(algorithms.AES, octets(int(words[1]) // 8), digest, hashed, icv)


class Client:
    """The other end of a session of rig_install_message()."""

    def __init__(self, sid, suite, flags, seq, family):
        self.sid, self.flags, self.seq, self.family = sid, flags, seq, family
        self.inner = {4: f"10.99.0.{10 + sid}", 6: f"2001:db8:99::{10 + sid:x}"}
        self.addr = f"192.0.2.{10 + sid}" if family == 4 else f"2001:db8:2::{10 + sid:x}"
        self.gateway = GATEWAY if family == 4 else GATEWAY6
        self.spi_in, self.spi_out = (100 + sid) << 10 | 5, 0xc0000000 + sid
        self.ids = None
        self.ivs = set()
        self.up = cipher_of(suite, lambda n: bytes(0x10 + sid + i for i in range(n)),
                            bytes(range(0xa0, 0xa4)), lambda n: bytes(0x30 + i for i in range(n)))
        self.down = cipher_of(suite, lambda n: bytes(0x60 + sid + i for i in range(n)),
                              bytes(range(0xb0, 0xb4)), lambda n: bytes(0x40 + i for i in range(n)))

    def high(self, seq):
        return seq >> 32 if self.flags & ESN_FLAG else None

    def seal(self, packet, seq, tfc):
        """RFC 4303 section 2.4 and 2.7: octets behind the packet, padding, trailer."""
        text = packet + bytes(tfc)
        pad = -(len(text) + 2) % self.up.block
        text += bytes(range(1, pad + 1)) + bytes((pad, next_header(packet)))
        iv, head = os.urandom(self.up.iv), struct.pack("!LL", self.spi_in, seq % EDGE)
        esp = head + iv + self.up.seal(iv, text, head, self.high(seq))
        if self.family == 6:
            if self.flags & UDP_FLAG:  # RFC 6935: a checksum, or none, is both right
                return raw(IPv6(src=self.addr, dst=self.gateway) /
                           UDP(sport=4500, dport=4500, chksum=None if seq & 1 else 0) / Raw(esp))
            return raw(IPv6(src=self.addr, dst=self.gateway, nh=50) / Raw(esp))
        if self.flags & UDP_FLAG:
            return raw(IP(src=self.addr, dst=self.gateway) / UDP(sport=4500, dport=4500, chksum=0) / Raw(esp))
        return raw(IP(src=self.addr, dst=self.gateway, proto=50) / Raw(esp))

    def check_outer6(self, octets, seq, tos):
        o = IPv6(octets)
        expect("outer addresses", (o.src, o.dst), (self.gateway, self.addr))
        expect("outer length", o.plen, len(octets) - 40)
        expect("outer class: DSCP and ECN of the inner", o.tc, tos)
        expect("outer flow label", o.fl, 0)
        expect("outer hop limit", o.hlim, 64)
        if self.flags & UDP_FLAG:
            expect("ports", (o[UDP].sport, o[UDP].dport), (4500, 4500))
            expect("UDP length", o[UDP].len, len(octets) - 40)
            again = IPv6(octets)
            del again[UDP].chksum
            expect("UDP checksum over IPv6", o[UDP].chksum, IPv6(raw(again))[UDP].chksum)
        else:
            expect("next header", o.nh, 50)
        return self.check_esp(o, seq)

    def check_outer(self, octets, seq, tos):
        if self.family == 6:
            return self.check_outer6(octets, seq, tos)
        o = IP(octets)
        expect("outer addresses", (o.src, o.dst), (self.gateway, self.addr))
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
        if self.flags & UDP_FLAG:
            expect("ports", (o[UDP].sport, o[UDP].dport), (4500, 4500))
            expect("UDP length", o[UDP].len, len(octets) - 20)
            expect("UDP checksum is none", o[UDP].chksum, 0)
        else:
            expect("protocol", o.proto, 50)
        return self.check_esp(o, seq)

    def check_esp(self, o, seq):
        esp = o[ESP]
        expect("spi", esp.spi, self.spi_out)
        expect("sequence number", esp.seq, seq % EDGE)
        return raw(esp)

    def open(self, octets, seq, tos, want):
        esp = self.check_outer(octets, seq, tos)
        head, iv, body = esp[:8], esp[8:8 + self.down.iv], esp[8 + self.down.iv:]
        expect("an IV that was never used", iv in self.ivs, False)
        self.ivs.add(iv)
        text = self.down.open(iv, body, head, self.high(seq))
        expect("whole blocks", len(text) % self.down.block, 0)
        pad = -(len(want) + 2) % self.down.block
        expect("padding and trailer", text[len(want):], bytes(range(1, pad + 1)) + bytes((pad, next_header(want))))
        expect("what was opened", text[:len(want)], want)


def next_header(packet):
    return 4 if packet[0] >> 4 == 4 else 41


def tos_of(packet):
    return IP(packet).tos if packet[0] >> 4 == 4 else IPv6(packet).tc


def some_packet6(rng, src, dst):
    head = IPv6(src=src, dst=dst, hlim=rng.randint(1, 255), fl=rng.randint(0, 0xfffff),
                tc=rng.choice((0, 0, 0xb8, 0x28, 1, 2, 3)))
    body = Raw(rng.randbytes(rng.randint(0, MTU - 80)))
    return head / rng.choice((UDP(sport=rng.randint(20000, 65535), dport=5001) / body,
                              TCP(sport=rng.randint(20000, 65535), dport=5443, flags="PA") / body,
                              ICMPv6EchoRequest(id=7) / body,
                              IPv6ExtHdrDestOpt() / UDP(sport=7, dport=5001) / Raw(bytes(9)),
                              TCP(sport=9999, dport=5443, flags="S", options=[("MSS", 1340)])))


def some_packet(rng, src, dst):
    if ":" in src:
        return some_packet6(rng, src, dst)
    head = IP(src=src, dst=dst, ttl=rng.randint(1, 255), id=rng.randint(0, 65535),
              tos=rng.choice((0, 0, 0xb8, 0x28, 1, 2, 3)))
    body = Raw(rng.randbytes(rng.randint(0, MTU - 60)))
    return head / rng.choice((UDP(sport=rng.randint(20000, 65535), dport=5001) / body,
                              TCP(sport=rng.randint(20000, 65535), dport=5443, flags="PA") / body,
                              ICMP(type=8, id=7) / body,
                              TCP(sport=9999, dport=5443, flags="S", options=[("MSS", 1360)])))


def exchange(gateway, rng, client):
    for n in range(1, ROUNDS + 1):
        seq = client.seq + n
        inner, server = rng.choice(((client.inner[4], SERVER), (client.inner[6], SERVER6)))
        down = raw(some_packet(rng, server, inner))
        word, octets = gateway.ask("out", client.sid, down.hex())
        expect("sealed", word, "packet")
        client.open(bytes.fromhex(octets), seq, tos_of(down), down)

        up = raw(some_packet(rng, inner, server))
        word, octets = (gateway.ask("in", client.sid, client.seal(up, seq, rng.choice((0, 0, 1, 50))).hex()) + [""])[:2]
        expect("opened", word, "packet")
        expect("what we opened", bytes.fromhex(octets), up)


def main():
    rng = random.Random(4303)
    gateway = Gateway(sys.argv[1])
    suites = gateway.ask("suites")[1:]
    expect("AES-GCM is there", suites[:2], ["aes-128-gcm", "aes-256-gcm"])
    # Each suite in UDP, and as protocol 50 with its numbers going over a multiple of 2^32. What is
    # outside is no suite's business: some of them show that with IPv6.
    rows = [(suite, UDP_FLAG, 0, 4) for suite in suites] + \
           [(suite, ESN_FLAG, 3 * EDGE - ROUNDS // 2, 4) for suite in suites] + \
           [(suite, flags, 0, 6) for suite in suites[::6] for flags in (UDP_FLAG, ESN_FLAG)] + \
           [("aes-128-gcm", 0, 0, 4), ("aes-128-gcm", UDP_FLAG | ESN_FLAG, 0, 4)]
    for n, (suite, flags, seq, family) in enumerate(rows):
        sid = n % SESSIONS
        if n and not sid:
            expect("the gateway's end: nothing lost", gateway.end(), 0)
            gateway = Gateway(sys.argv[1])
        expect(f"install {suite}", gateway.ask("install", sid, suite, flags, seq, family), ["status", "0"])
        exchange(gateway, rng, Client(sid, suite, flags, seq, family))
    expect("the gateway's end: nothing lost", gateway.end(), 0)
    print(f"ok 1 - {len(rows) * ROUNDS} packets each way, {len(suites)} suites")


main()
