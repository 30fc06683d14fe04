#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make.py > frames.inc: frames made by scapy, with what the data plane must make of each.

make.py --seeds DIR writes them as a corpus for tests/fuzz/fuzz_parse.c: one octet for the
port, then the frame.

The world they come to: port 0 (MAC 02:00:00:00:00:01) is 198.51.100.1/24 in VRF_OUTER, where
clients of tenant 1 arrive, and 2001:db8:51::1/64 likewise; VLAN 5 of it is 203.0.113.1/24, where nobody does; port 1
(02:00:00:00:00:02) is 10.20.0.1/24 and 2001:db8:20::1/64 of tenant 1, its VLAN 7 has the same
addresses, of tenant 2.
"""
import os
import struct
import sys

from scapy.all import (ARP, ICMP, IP, TCP, UDP, AH, Dot1Q, Ether, ICMPv6EchoRequest, ICMPv6MLReport2, ICMPv6ND_NA, ICMPv6ND_NS,
                       ICMPv6ND_RA, ICMPv6NDOptSrcLLAddr, IPOption_NOP, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                       IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN, Raw, conf, raw)

conf.verb = 0
WAN, LAN, PEER = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:99"
OUT = Ether(dst=WAN, src=PEER)
IN = Ether(dst=LAN, src=PEER)
TO_US = IP(src="192.0.2.7", dst="198.51.100.1")
INSIDE = IP(src="10.20.0.10", dst="10.99.0.5")
TO_US6 = IPv6(src="2001:db8:7::7", dst="2001:db8:51::1")
INSIDE6 = IPv6(src="2001:db8:20::10", dst="2001:db8:99::5")
GROUP = Ether(dst="33:33:ff:00:00:01", src=PEER)
SOLICITED = "ff02::1:ff00:1"
PING6 = ICMPv6EchoRequest(id=1, seq=1, data=b"abc")
IKE6 = UDP(sport=500, dport=500) / Raw(bytes(28))


def patched(frame, at, octets):
    b = bytearray(raw(frame))
    b[at:at + len(octets)] = octets
    return bytes(b)


def cut(frame, n):
    return raw(frame)[:n]


ESP = struct.pack("!II", 0xC0401234, 1) + bytes(40)
UDP_ESP = OUT / TO_US / UDP(sport=4501, dport=4500)

# why, port, frame, verdict, kind, tenant
ROWS = [
    ("IKE to port 500", 0, OUT / TO_US / UDP(sport=500, dport=500) / Raw(bytes(28)), "DP_OK", "IKE", 1),
    ("IKE behind the marker", 0, UDP_ESP / Raw(bytes(4) + b"\1" * 28), "DP_OK", "IKE_NATT", 1),
    ("ESP in UDP", 0, UDP_ESP / Raw(ESP), "DP_OK", "ESP_UDP", 1),
    ("ESP as protocol 50", 0, OUT / IP(src="192.0.2.7", dst="198.51.100.1", proto=50) / Raw(ESP), "DP_OK", "ESP", 1),
    ("keepalive", 0, UDP_ESP / Raw(b"\xff"), "DP_OK", "KEEPALIVE", 1),
    ("one octet that is no keepalive", 0, UDP_ESP / Raw(b"\0"), "DP_DROP_RUNT", "NONE", 0),
    ("too short for an SPI and a number", 0, UDP_ESP / Raw(b"\1" * 7), "DP_DROP_RUNT", "NONE", 0),
    ("nothing in UDP 4500", 0, UDP_ESP, "DP_DROP_RUNT", "NONE", 0),
    ("ESP cut after its SPI", 0, OUT / IP(src="192.0.2.7", dst="198.51.100.1", proto=50) / Raw(ESP[:4]), "DP_DROP_RUNT", "NONE", 0),
    ("a UDP port without a service", 0, OUT / TO_US / UDP(dport=53) / Raw(b"x"), "DP_DROP_NO_SERVICE", "NONE", 0),
    ("TCP to the outer address", 0, OUT / TO_US / TCP(dport=443), "DP_DROP_NO_SERVICE", "NONE", 0),
    ("ping", 0, OUT / TO_US / ICMP(id=1, seq=1) / Raw(b"abc"), "DP_OK", "LOCAL", 1),
    ("IKE to an address where no clients arrive", 0, OUT / Dot1Q(vlan=5) / IP(src="192.0.2.7", dst="203.0.113.1") / UDP(dport=500) / Raw(bytes(28)), "DP_DROP_NO_SERVICE", "NONE", 0),
    ("ping to an address where no clients arrive", 0, OUT / Dot1Q(vlan=5) / IP(src="192.0.2.7", dst="203.0.113.1") / ICMP(), "DP_OK", "LOCAL", 0),
    ("the address of one VLAN asked for on another", 0, OUT / Dot1Q(vlan=5) / TO_US / ICMP(), "DP_OK", "LOCAL", 1),
    ("for somebody else", 0, OUT / IP(src="192.0.2.7", dst="198.51.100.99") / ICMP(), "DP_DROP_NOT_OURS", "NONE", 0),
    ("for another MAC", 0, Ether(dst="02:00:00:00:00:77", src=PEER) / TO_US / ICMP(), "DP_DROP_NOT_OURS", "NONE", 0),
    ("broadcast IP", 0, Ether(dst="ff:ff:ff:ff:ff:ff", src=PEER) / TO_US / ICMP(), "DP_DROP_NOT_OURS", "NONE", 0),
    ("from our own address", 0, OUT / IP(src="198.51.100.1", dst="198.51.100.1") / ICMP(), "DP_DROP_MARTIAN", "NONE", 0),
    ("from 127.0.0.1", 0, OUT / IP(src="127.0.0.1", dst="198.51.100.1") / ICMP(), "DP_DROP_MARTIAN", "NONE", 0),
    ("from a multicast address", 0, OUT / IP(src="224.0.0.1", dst="198.51.100.1") / ICMP(), "DP_DROP_MARTIAN", "NONE", 0),
    ("from 0.0.0.0", 0, OUT / IP(src="0.0.0.0", dst="198.51.100.1") / ICMP(), "DP_DROP_MARTIAN", "NONE", 0),
    ("VLAN nobody made", 0, OUT / Dot1Q(vlan=6) / TO_US / ICMP(), "DP_DROP_VLAN", "NONE", 0),
    ("priority tag, VLAN 0", 0, OUT / Dot1Q(vlan=0, prio=5) / TO_US / ICMP(), "DP_OK", "LOCAL", 1),
    ("two tags", 0, OUT / Dot1Q(vlan=5) / Dot1Q(vlan=5) / TO_US / ICMP(), "DP_DROP_ETHERTYPE", "NONE", 0),
    ("neither IP nor ARP", 0, Ether(dst=WAN, src=PEER, type=0x88cc) / Raw(bytes(46)), "DP_DROP_ETHERTYPE", "NONE", 0),
    ("IPv6 in the clothes of IPv4", 0, Ether(dst=WAN, src=PEER, type=0x0800) / TO_US6 / PING6, "DP_DROP_IP_HEADER", "NONE", 0),
    ("IPv4 in the clothes of IPv6", 0, Ether(dst=WAN, src=PEER, type=0x86dd) / TO_US / ICMP() / Raw(bytes(40)), "DP_DROP_IP_HEADER", "NONE", 0),
    ("cut in the Ethernet header", 0, cut(OUT / TO_US / ICMP(), 13), "DP_DROP_RUNT", "NONE", 0),
    ("cut in the VLAN tag", 0, cut(OUT / Dot1Q(vlan=5) / TO_US / ICMP(), 17), "DP_DROP_RUNT", "NONE", 0),
    ("cut in the IP header", 0, cut(OUT / TO_US / ICMP(), 33), "DP_DROP_RUNT", "NONE", 0),
    ("cut in the UDP header", 0, cut(OUT / TO_US / UDP(dport=500) / Raw(bytes(28)), 40), "DP_DROP_RUNT", "NONE", 0),
    ("shorter than IP says", 0, cut(OUT / TO_US / UDP(dport=500) / Raw(bytes(28)), 60), "DP_DROP_RUNT", "NONE", 0),
    ("padded, as Ethernet does", 0, raw(OUT / TO_US / UDP(sport=4501, dport=4500) / Raw(b"\xff")) + bytes(17), "DP_OK", "KEEPALIVE", 1),
    ("IP version 5", 0, patched(OUT / TO_US / ICMP(), 14, b"\x55"), "DP_DROP_IP_HEADER", "NONE", 0),
    ("IP header of four words", 0, patched(OUT / TO_US / ICMP(), 14, b"\x44"), "DP_DROP_IP_HEADER", "NONE", 0),
    ("bad IP checksum", 0, patched(OUT / TO_US / ICMP(), 24, b"\0\0"), "DP_DROP_IP_HEADER", "NONE", 0),
    ("IP total below its header", 0, patched(OUT / TO_US / ICMP(), 16, b"\0\x13"), "DP_DROP_IP_HEADER", "NONE", 0),
    ("IP options", 0, OUT / IP(src="192.0.2.7", dst="198.51.100.1", options=[IPOption_NOP()]) / ICMP(), "DP_DROP_IP_OPTIONS", "NONE", 0),
    ("first fragment", 0, OUT / IP(src="192.0.2.7", dst="198.51.100.1", flags="MF") / UDP(dport=500) / Raw(bytes(28)), "DP_OK", "FRAGMENT", 1),
    ("later fragment", 0, OUT / IP(src="192.0.2.7", dst="198.51.100.1", frag=100, proto=17) / Raw(bytes(28)), "DP_OK", "FRAGMENT", 1),
    ("fragment of ESP", 0, OUT / IP(src="192.0.2.7", dst="198.51.100.1", frag=100, proto=50) / Raw(bytes(28)), "DP_OK", "FRAGMENT", 1),
    ("fragment of a ping to us", 0, OUT / IP(src="192.0.2.7", dst="198.51.100.1", frag=100, proto=1) / Raw(bytes(28)), "DP_OK", "FRAGMENT", 1),
    ("fragment of TCP to us", 0, OUT / IP(src="192.0.2.7", dst="198.51.100.1", frag=100, proto=6) / Raw(bytes(28)), "DP_DROP_NO_SERVICE", "NONE", 0),
    ("fragment to somebody else", 0, OUT / IP(src="192.0.2.7", dst="198.51.100.9", frag=100, proto=17) / Raw(bytes(28)), "DP_DROP_NOT_OURS", "NONE", 0),
    ("fragment with our address as its source", 0, OUT / IP(src="198.51.100.1", dst="198.51.100.1", frag=100, proto=17) / Raw(bytes(28)), "DP_DROP_MARTIAN", "NONE", 0),
    ("fragment from inside", 1, IN / IP(src="10.20.0.10", dst="10.99.0.5", frag=100, proto=17) / Raw(bytes(28)), "DP_OK", "FRAGMENT", 1),
    ("fragment from inside to us", 1, IN / IP(src="10.20.0.10", dst="10.20.0.1", frag=100, proto=17) / Raw(bytes(28)), "DP_DROP_NO_SERVICE", "NONE", 0),
    ("UDP longer than IP", 0, OUT / TO_US / UDP(dport=500, len=99) / Raw(bytes(28)), "DP_DROP_UDP", "NONE", 0),
    ("UDP shorter than its header", 0, OUT / TO_US / UDP(dport=500, len=7) / Raw(bytes(28)), "DP_DROP_UDP", "NONE", 0),
    ("keepalive by UDP length, garbage behind", 0, OUT / TO_US / UDP(sport=4501, dport=4500, len=9) / Raw(b"\xff\1\2\3\4\5\6\7\x08"), "DP_OK", "KEEPALIVE", 1),
    ("from inside to a client", 1, IN / INSIDE / TCP(sport=80, dport=40000, flags="SA"), "DP_OK", "INNER", 1),
    ("from inside, other tenant, same addresses", 1, IN / Dot1Q(vlan=7) / INSIDE / UDP(sport=53, dport=5353) / Raw(b"x"), "DP_OK", "INNER", 2),
    ("from inside to the gateway: ping", 1, IN / IP(src="10.20.0.10", dst="10.20.0.1") / ICMP(), "DP_OK", "LOCAL", 1),
    ("from inside to the gateway: IKE is not served there", 1, IN / IP(src="10.20.0.10", dst="10.20.0.1") / UDP(dport=500) / Raw(bytes(28)), "DP_DROP_NO_SERVICE", "NONE", 0),
    ("TCP header longer than the packet", 1, IN / INSIDE / TCP(dataofs=15), "DP_DROP_RUNT", "NONE", 0),
    ("TCP header of four words", 1, IN / INSIDE / TCP(dataofs=4), "DP_DROP_RUNT", "NONE", 0),
    ("ICMP of four octets", 1, IN / IP(src="10.20.0.10", dst="10.99.0.5", proto=1) / Raw(b"\x08\0\0\0"), "DP_DROP_RUNT", "NONE", 0),
    ("another protocol", 1, IN / IP(src="10.20.0.10", dst="10.99.0.5", proto=47) / Raw(b"\0\0\x08\0"), "DP_OK", "INNER", 1),
    ("ARP request, broadcast", 1, Ether(dst="ff:ff:ff:ff:ff:ff", src=PEER) / ARP(psrc="10.20.0.10", pdst="10.20.0.1", hwsrc=PEER), "DP_OK", "ARP", 1),
    ("ARP reply to us", 0, OUT / ARP(op=2, psrc="198.51.100.10", pdst="198.51.100.1", hwsrc=PEER, hwdst=WAN), "DP_OK", "ARP", 0),
    ("ARP to another MAC", 0, Ether(dst="02:00:00:00:00:77", src=PEER) / ARP(), "DP_DROP_NOT_OURS", "NONE", 0),
    ("ARP cut short", 0, cut(OUT / ARP(), 40), "DP_DROP_RUNT", "NONE", 0),

    ("6: IKE to port 500", 0, OUT / TO_US6 / IKE6, "DP_OK", "IKE", 1),
    ("6: IKE behind the marker", 0, OUT / TO_US6 / UDP(sport=4501, dport=4500) / Raw(bytes(4) + b"\1" * 28), "DP_OK", "IKE_NATT", 1),
    ("6: ESP in UDP", 0, OUT / TO_US6 / UDP(sport=4501, dport=4500) / Raw(ESP), "DP_OK", "ESP_UDP", 1),
    ("6: ESP as next header 50", 0, OUT / IPv6(src="2001:db8:7::7", dst="2001:db8:51::1", nh=50) / Raw(ESP), "DP_OK", "ESP", 1),
    ("6: ESP behind options for the destination", 0, OUT / TO_US6 / IPv6ExtHdrDestOpt(nh=50, options=[PadN(optdata=bytes(4))]) / Raw(ESP), "DP_OK", "ESP", 1),
    ("6: keepalive", 0, OUT / TO_US6 / UDP(sport=4501, dport=4500) / Raw(b"\xff"), "DP_OK", "KEEPALIVE", 1),
    ("6: TCP to the outer address", 0, OUT / TO_US6 / TCP(dport=443), "DP_DROP_NO_SERVICE", "NONE", 0),
    ("6: ping", 0, OUT / TO_US6 / PING6, "DP_OK", "LOCAL", 1),
    ("6: ping of IPv4 in IPv6", 0, OUT / IPv6(src="2001:db8:7::7", dst="2001:db8:51::1", nh=1) / ICMP(), "DP_DROP_NO_SERVICE", "NONE", 0),
    ("6: where no IPv6 is", 0, OUT / Dot1Q(vlan=5) / IPv6(src="2001:db8:7::7", dst="2001:db8:5::1") / PING6, "DP_DROP_NOT_OURS", "NONE", 0),
    ("6: for somebody else", 0, OUT / IPv6(src="2001:db8:7::7", dst="2001:db8:51::99") / PING6, "DP_DROP_NOT_OURS", "NONE", 0),
    ("6: from an address of one link, which no packet but ND has", 0, OUT / IPv6(src="fe80::99", dst="fe80::ff:fe00:1") / PING6, "DP_DROP_MARTIAN", "NONE", 0),
    ("6: for another MAC", 0, Ether(dst="02:00:00:00:00:77", src=PEER) / TO_US6 / PING6, "DP_DROP_NOT_OURS", "NONE", 0),
    ("6: to us, for a group's MAC", 0, GROUP / TO_US6 / PING6, "DP_DROP_NOT_OURS", "NONE", 0),
    ("6: ping to all nodes", 0, Ether(dst="33:33:00:00:00:01", src=PEER) / IPv6(src="fe80::99", dst="ff02::1") / PING6, "DP_DROP_NOT_OURS", "NONE", 0),
    ("6: a router advertises", 0, Ether(dst="33:33:00:00:00:01", src=PEER) / IPv6(src="fe80::99", dst="ff02::1", hlim=255) / ICMPv6ND_RA(), "DP_DROP_NOT_OURS", "NONE", 0),
    ("6: a router advertises to us alone", 0, OUT / IPv6(src="fe80::99", dst="2001:db8:51::1", hlim=255) / ICMPv6ND_RA(), "DP_DROP_ICMP", "NONE", 0),
    ("6: a report of groups", 0, OUT / IPv6(src="fe80::99", dst="2001:db8:51::1") / ICMPv6MLReport2(), "DP_DROP_ICMP", "NONE", 0),
    ("6: solicitation to our group", 0, GROUP / IPv6(src="2001:db8:51::10", dst=SOLICITED) / ICMPv6ND_NS(tgt="2001:db8:51::1") / ICMPv6NDOptSrcLLAddr(lladdr=PEER), "DP_OK", "ND", 0),
    ("6: probe", 0, GROUP / IPv6(src="::", dst=SOLICITED) / ICMPv6ND_NS(tgt="2001:db8:51::1"), "DP_OK", "ND", 0),
    ("6: advertisement to us", 1, IN / IPv6(src="2001:db8:20::10", dst="2001:db8:20::1") / ICMPv6ND_NA(tgt="2001:db8:20::10"), "DP_OK", "ND", 1),
    ("6: from ::", 0, OUT / IPv6(src="::", dst="2001:db8:51::1") / PING6, "DP_DROP_MARTIAN", "NONE", 0),
    ("6: from ::1", 0, OUT / IPv6(src="::1", dst="2001:db8:51::1") / PING6, "DP_DROP_MARTIAN", "NONE", 0),
    ("6: from a group", 0, OUT / IPv6(src="ff0e::1", dst="2001:db8:51::1") / PING6, "DP_DROP_MARTIAN", "NONE", 0),
    ("6: from an IPv4 address", 0, OUT / IPv6(src="::ffff:192.0.2.7", dst="2001:db8:51::1") / PING6, "DP_DROP_MARTIAN", "NONE", 0),
    ("6: from our own address", 0, OUT / IPv6(src="2001:db8:51::1", dst="2001:db8:51::1") / PING6, "DP_DROP_MARTIAN", "NONE", 0),
    ("6: hop-by-hop options, then UDP", 0, OUT / TO_US6 / IPv6ExtHdrHopByHop(options=[PadN(optdata=bytes(4))]) / IKE6, "DP_OK", "IKE", 1),
    ("6: hop-by-hop options not first", 0, OUT / TO_US6 / IPv6ExtHdrDestOpt() / IPv6ExtHdrHopByHop() / IKE6, "DP_DROP_IP6_CHAIN", "NONE", 0),
    ("6: source route of type 0", 0, patched(OUT / TO_US6 / IPv6ExtHdrRouting(type=0, segleft=0) / IKE6, 54, b"\x11\0\0\0"), "DP_DROP_IP6_CHAIN", "NONE", 0),
    ("6: routing header with somewhere left to go", 0, OUT / TO_US6 / IPv6ExtHdrRouting(type=4, segleft=1, addresses=["2001:db8:51::1"]) / IKE6, "DP_DROP_IP6_CHAIN", "NONE", 0),
    ("6: routing header that has done its work", 0, OUT / TO_US6 / IPv6ExtHdrRouting(type=4, segleft=0, addresses=["2001:db8:51::1"]) / IKE6, "DP_OK", "IKE", 1),
    ("6: authentication header", 0, OUT / IPv6(src="2001:db8:7::7", dst="2001:db8:51::1", nh=51) / AH(nh=17, payloadlen=4, icv=bytes(12)) / IKE6, "DP_DROP_IP6_CHAIN", "NONE", 0),
    ("6: eight headers", 0, OUT / TO_US6 / (IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt()) / IKE6, "DP_OK", "IKE", 1),
    ("6: nine headers", 0, OUT / TO_US6 / (IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt()) / IKE6, "DP_DROP_IP6_CHAIN", "NONE", 0),
    ("6: one header of 264 octets", 0, OUT / TO_US6 / IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(250)), PadN(optdata=bytes(4)), PadN()]) / IKE6, "DP_DROP_IP6_CHAIN", "NONE", 0),
    ("6: chain longer than the packet", 0, patched(OUT / TO_US6 / IPv6ExtHdrDestOpt() / IKE6, 55, b"\x20"), "DP_DROP_RUNT", "NONE", 0),
    ("6: first fragment", 0, OUT / TO_US6 / IPv6ExtHdrFragment(m=1, id=7) / IKE6, "DP_OK", "FRAGMENT", 1),
    ("6: later fragment", 0, OUT / TO_US6 / IPv6ExtHdrFragment(offset=10, id=7, nh=17) / Raw(bytes(28)), "DP_OK", "FRAGMENT", 1),
    ("6: a whole packet as its own fragment", 0, OUT / TO_US6 / IPv6ExtHdrFragment(id=7) / IKE6, "DP_OK", "IKE", 1),
    ("6: cut in the header", 0, cut(OUT / TO_US6 / PING6, 53), "DP_DROP_RUNT", "NONE", 0),
    ("6: shorter than it says", 0, cut(OUT / TO_US6 / IKE6, 80), "DP_DROP_RUNT", "NONE", 0),
    ("6: no length, as a jumbogram", 0, patched(OUT / TO_US6 / IKE6, 18, b"\0\0"), "DP_DROP_RUNT", "NONE", 0),
    ("6: padded, as Ethernet does", 0, raw(OUT / TO_US6 / UDP(sport=4501, dport=4500) / Raw(b"\xff")) + bytes(17), "DP_OK", "KEEPALIVE", 1),
    ("6: from inside to a client", 1, IN / INSIDE6 / TCP(sport=80, dport=40000, flags="SA"), "DP_OK", "INNER", 1),
    ("6: from inside, other tenant, same addresses", 1, IN / Dot1Q(vlan=7) / INSIDE6 / UDP(sport=53, dport=5353) / Raw(b"x"), "DP_OK", "INNER", 2),
    ("6: from inside to the gateway: ping", 1, IN / IPv6(src="2001:db8:20::10", dst="2001:db8:20::1") / PING6, "DP_OK", "LOCAL", 1),
    ("6: no next header", 1, IN / IPv6(src="2001:db8:20::10", dst="2001:db8:99::5", nh=59), "DP_OK", "INNER", 1),
    ("6: TCP header longer than the packet", 1, IN / INSIDE6 / TCP(dataofs=15), "DP_DROP_RUNT", "NONE", 0),
    ("6: ICMPv6 of four octets", 1, IN / IPv6(src="2001:db8:20::10", dst="2001:db8:99::5", nh=58) / Raw(b"\x80\0\0\0"), "DP_DROP_RUNT", "NONE", 0),
]

if sys.argv[1:2] == ["--seeds"]:
    os.makedirs(sys.argv[2], exist_ok=True)
    for why, port, frame, *_ in ROWS:
        name = "".join(c if c.isalnum() else "-" for c in why.lower())
        with open(os.path.join(sys.argv[2], name), "wb") as f:
            f.write(bytes([port]) + raw(frame))
else:
    print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by make.py; do not edit. */")
    for why, port, frame, verdict, kind, tenant in ROWS:
        print(f'{{"{why}", {port}, "{raw(frame).hex()}",\n {verdict}, DP_KIND_{kind}, {tenant}}},')
