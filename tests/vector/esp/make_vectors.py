#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes esp_vectors.h: ESP packets from a client, made by scapy and python3-cryptography, and
what the gateway must make of each. Run by hand after a change here:

    /usr/bin/python3 tests/vector/esp/make_vectors.py > tests/vector/esp/esp_vectors.h

Rows are one story for each SA: sequence numbers grow, so the order matters. Good packets are
sealed by scapy's IPsec; packets that no honest peer sends are built by hand around AESGCM.
"""
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from scapy.all import ICMP, IP, TCP, UDP, IPv6, Raw, raw
from scapy.layers.ipsec import ESP, SecurityAssociation

GATEWAY = "198.51.100.1"
MTU = 1400

# As rig_install_message() has them: tests/unit/dataplane/rig.c.
class Sa:
    def __init__(self, sid, suite, udp):
        self.sid, self.suite, self.udp = sid, suite, udp
        self.spi = (100 + sid) << 10 | 5
        bits = 16 if suite == "MSG_SUITE_AES128_GCM16" else 32
        self.key = bytes((0x10 + sid + i) & 255 for i in range(bits))
        self.salt = bytes(range(0xa0, 0xa4))
        self.inner = f"10.99.0.{10 + sid}"
        self.remote = f"192.0.2.{10 + sid}"
        self.seq = 0

    def header(self, **more):
        return IP(src=self.remote, dst=GATEWAY, ttl=61, id=7, **more)

    def honest(self, packet, seq):
        """Sealed by scapy."""
        sa = SecurityAssociation(ESP, spi=self.spi, crypt_algo="AES-GCM",
                                 crypt_key=self.key + self.salt,
                                 tunnel_header=self.header(),
                                 nat_t_header=UDP(sport=4500, dport=4500) if self.udp else None)
        sealed = sa.encrypt(IP(raw(packet)), seq_num=seq, iv=struct.pack(">Q", seq ^ 0x5555))
        if self.udp:
            sealed[UDP].len = None  # scapy leaves that of an empty datagram
            sealed[UDP].chksum = 0
        return raw(IP(raw(sealed)))

    def crafted(self, text, seq, tos=0, spi=None, cut=0):
        """Any plaintext, trailer and all, under the right key."""
        head = struct.pack(">II", self.spi if spi is None else spi, seq)
        iv = struct.pack(">Q", seq)
        esp = head + iv + AESGCM(self.key).encrypt(self.salt + iv, text, head)
        return self.wrapped(esp[:len(esp) - cut], tos)

    def wrapped(self, esp, tos=0):
        if self.udp:
            return raw(self.header(tos=tos) / UDP(sport=4500, dport=4500, chksum=0) / Raw(esp))
        return raw(self.header(tos=tos, proto=50) / Raw(esp))


def trailer(octets, pad=None, next_header=4, fill=None):
    octets = raw(octets)
    if pad is None:
        pad = -(len(octets) + 2) % 4
    fill = bytes(range(1, pad + 1)) if fill is None else fill
    return octets + fill + bytes((pad, next_header))


def story(sa, add):
    def inner(**more):
        return IP(**{"src": sa.inner, "dst": "10.20.0.5", "ttl": 64, "id": 99, **more})

    def send(why, verdict="ok", packet=None, text=None, want=None, seq=None, **more):
        if seq is None:
            sa.seq += 1
            seq = sa.seq
        if text is None:
            packet = inner() / UDP(sport=1000, dport=80) / Raw(b"carried") if packet is None else packet
            wire = sa.crafted(trailer(packet), seq, **more) if more else sa.honest(packet, seq)
            want = raw(packet) if want is None else raw(want)
        else:
            wire = sa.crafted(text, seq, **more)
        add(sa, why, wire, verdict, want if verdict == "ok" else None)
        return wire

    # carried
    for size in list(range(0, 9)) + [63, 64, 65, 255, 512, 1000, MTU - 28]:
        send(f"{size} octets of UDP", packet=inner() / UDP(sport=1000, dport=80) / Raw(bytes(i & 255 for i in range(size))))
    send("TCP", packet=inner() / TCP(sport=1000, dport=443, flags="A") / Raw(b"hello"))
    send("ICMP echo", packet=inner() / ICMP(type=8, id=3, seq=4) / Raw(b"ping"))
    send("a protocol without ports", packet=inner(proto=47) / Raw(bytes(20)))
    plain = raw(inner() / UDP(sport=1, dport=2) / Raw(b"abc"))
    send("traffic flow confidentiality: octets behind the packet", text=trailer(plain + bytes(101)), want=plain)
    send("most padding", text=trailer(plain, pad=255 - (255 + len(plain) + 2) % 4), want=plain)

    # numbers
    first = send("in order")
    add(sa, "the same packet again", first, "drop.replay", None)
    sa.seq += 5
    send("some lost")
    late = sa.seq - 3
    send("one of them late", seq=late)
    send("and once more", "drop.replay", seq=late)
    sa.seq += 100
    send("far ahead")
    send("left of the window", "drop.stale", seq=sa.seq - 64)
    send("left edge of the window", seq=sa.seq - 63)
    send("number zero", "drop.stale", seq=0)

    # not authentic
    good = sa.crafted(trailer(plain), sa.seq + 1)
    at = 28 if sa.udp else 20
    for what, where in (("the ICV", len(good) - 1), ("the ciphertext", at + 20), ("the IV", at + 9),
                        ("the sequence number", at + 4)):
        bad = bytearray(good)
        bad[where] ^= 1
        add(sa, f"one bit of {what} turned", bytes(bad), "drop.auth", None)
    bad = bytearray(good)
    bad[at + 3] ^= 2
    add(sa, "another generation of the SPI", bytes(bad), "drop.no_sa", None)
    add(sa, "the packet itself, after the forgeries", good, "ok", plain)
    sa.seq += 1

    # not ESP
    for n in (8, 12, 16, 31, 35):
        add(sa, f"{n} octets of ESP", sa.wrapped(good[at:at + n]), "drop.runt", None)
    add(sa, "ciphertext not a multiple of four", sa.wrapped(good[at:-1]), "drop.esp_form", None)
    send("padding not 1, 2, 3", "drop.esp_form", text=trailer(plain, fill=b"\0" * (-(len(plain) + 2) % 4 or 4),
                                                              pad=-(len(plain) + 2) % 4 or 4))
    send("more padding than packet", "drop.esp_form", text=b"\1\2\3\4\5\6\xff\4")
    send("nothing but a trailer", "drop.runt", text=b"\1\2\2\4")
    send("a dummy packet", "drop.dummy", text=trailer(bytes(50), next_header=59))
    send("IPv6 by its next header, zeros inside", "drop.ip_header", text=trailer(bytes(50), next_header=41))
    send("IPv4 called IPv6", "drop.ip_header", text=trailer(plain + bytes(20), next_header=41))
    send("IPv6, of which the session has none", "drop.spoof",
         text=trailer(IPv6(src="2001:db8:99::10", dst="2001:db8:20::5") / UDP() / Raw(b"x"), next_header=41))
    send("TCP inside, transport mode", "drop.esp_form", text=trailer(bytes(50), next_header=6))

    # not an IPv4 packet we carry
    def broken(change):
        octets = bytearray(plain)
        change(octets)
        return trailer(bytes(octets))

    def set_octet(i, v):
        return lambda o: o.__setitem__(i, v)

    send("version 6 in an IPv4 header", "drop.ip_header", text=broken(set_octet(0, 0x65)))
    send("header of 16 octets", "drop.ip_header", text=broken(set_octet(0, 0x44)))
    send("bad header checksum", "drop.ip_header", text=broken(set_octet(10, plain[10] ^ 1)))
    send("longer than what was carried", "drop.runt", text=trailer(raw(inner(len=200) / UDP() / Raw(b"x"))))
    send("shorter than its own header", "drop.ip_header", text=trailer(raw(inner(len=19) / UDP() / Raw(b"x"))))
    send("IP options", "drop.ip_options", text=trailer(raw(inner(options=b"\x83\x03\x04\0", proto=17) / UDP() / Raw(b"x"))))
    send("first fragment", "held", text=trailer(raw(inner(flags="MF") / UDP() / Raw(bytes(32)))))
    send("later fragment", "held", text=trailer(raw(inner(frag=4, proto=17) / Raw(bytes(32)))))
    send("another client's address", "drop.spoof", text=trailer(inner(src="10.99.0.99") / UDP()))
    send("an address of the inside", "drop.spoof", text=trailer(inner(src="10.20.0.5") / UDP()))
    send("loopback as source", "drop.martian", text=trailer(inner(src="127.0.0.1") / UDP()))
    send("UDP cut off", "drop.runt", text=trailer(raw(inner(proto=17) / Raw(b"1234567"))))
    send("TCP cut off", "drop.runt", text=trailer(raw(inner(proto=6) / Raw(bytes(19)))))
    send("UDP length too large", "drop.udp", text=trailer(raw(inner() / UDP(len=100) / Raw(b"x"))))

    # congestion marks, RFC 6040 section 4.2
    names = ("Not-ECT", "ECT(1)", "ECT(0)", "CE")
    for i in range(4):
        for o in range(4):
            want = i
            if i == 2 and o == 1:
                want = 1
            if i in (1, 2) and o == 3:
                want = 3
            if i == 0 and o == 3:
                want = None
            send(f"{names[i]} inside {names[o]}", "ok" if want is not None else "drop.ecn",
                 packet=inner(tos=0xb8 | i) / UDP() / Raw(b"marked"), tos=o,
                 want=inner(tos=0xb8 | (want or 0)) / UDP() / Raw(b"marked"))

    # MSS
    def syn(options, flags="S"):
        return inner() / TCP(sport=1000, dport=80, flags=flags, options=options)

    send("MSS too large", packet=syn([("MSS", 1460)]), want=syn([("MSS", MTU - 40)]))
    send("MSS in the answer", packet=syn([("MSS", 9000)], "SA"), want=syn([("MSS", MTU - 40)], "SA"))
    send("MSS at an odd place", packet=syn([("NOP", None), ("MSS", 1460), ("NOP", None), ("WScale", 7)]),
         want=syn([("NOP", None), ("MSS", MTU - 40), ("NOP", None), ("WScale", 7)]))
    send("MSS behind other options", packet=syn([("SAckOK", b""), ("Timestamp", (1, 2)), ("MSS", 1461)]),
         want=syn([("SAckOK", b""), ("Timestamp", (1, 2)), ("MSS", MTU - 40)]))
    send("MSS that fits", packet=syn([("MSS", MTU - 40)]))
    send("no MSS", packet=syn([("WScale", 7)]))
    send("MSS without SYN is no MSS", packet=syn([("MSS", 1460)], "A"))
    bad = bytearray(raw(syn([("MSS", 1460)])))
    bad[41] = 0
    send("an option of length zero", packet=IP(bytes(bad)))
    bad[41] = 200
    send("an option longer than the header", packet=IP(bytes(bad)))


def selectors(sa, add):
    """The same SA shape, but it may carry TCP to 10.20.0.0/16, ports 80 to 443, and pings."""
    def send(why, verdict, packet):
        sa.seq += 1
        add(sa, why, sa.honest(packet, sa.seq), verdict, raw(packet) if verdict == "ok" else None)

    def inner(dst):
        return IP(src=sa.inner, dst=dst, id=99)

    send("inside all selectors", "ok", inner("10.20.3.4") / TCP(dport=80))
    send("last port", "ok", inner("10.20.3.4") / TCP(dport=443))
    send("next port", "drop.selector", inner("10.20.3.4") / TCP(dport=444))
    send("port before", "drop.selector", inner("10.20.3.4") / TCP(dport=79))
    send("another protocol", "drop.selector", inner("10.20.3.4") / UDP(dport=80))
    send("first address", "ok", inner("10.20.0.0") / TCP(dport=80))
    send("last address", "ok", inner("10.20.255.255") / TCP(dport=80))
    send("address before", "drop.selector", inner("10.19.255.255") / TCP(dport=80))
    send("address behind", "drop.selector", inner("10.21.0.0") / TCP(dport=80))
    send("echo request is type 8, code 0", "ok", inner("10.20.0.5") / ICMP(type=8))
    send("timestamp request", "drop.selector", inner("10.20.0.5") / ICMP(type=13))


def main():
    rows = []

    def add(sa, why, wire, verdict, want):
        rows.append((sa.sid, why, wire, verdict, want))

    for sid, suite, udp in ((0, "MSG_SUITE_AES128_GCM16", True), (1, "MSG_SUITE_AES256_GCM16", True),
                            (2, "MSG_SUITE_AES128_GCM16", False)):
        story(Sa(sid, suite, udp), add)
    selectors(Sa(3, "MSG_SUITE_AES128_GCM16", True), add)

    print("/* SPDX-License-Identifier: Apache-2.0 */")
    print("/* Made by make_vectors.py; do not edit. */")
    print("#pragma once\n")
    print("static const struct {\n\tunsigned sid;\n\tconst char *why, *wire, *verdict, *inner;\n} esp_vectors[] = {")
    for sid, why, wire, verdict, want in rows:
        inner = f'"{want.hex()}"' if want is not None else "NULL"
        print(f'\t{{{sid}, "{why}",\n\t "{wire.hex()}",\n\t "{verdict}",\n\t {inner}}},')
    print("};")
    print(f"{len(rows)} rows", file=sys.stderr)


main()
