#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Vectors for IKEv2 made by others than us: key derivation by Python's hmac, messages by scapy.

    make_vectors.py >ike_vectors.h

Everything is derived from fixed text, so that the output never changes.
"""
import hashlib
import hmac
import logging
import socket
import struct
import sys

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.contrib.ikev2 import (  # noqa: E402
    IKEv2, IKEv2_payload_AUTH, IKEv2_payload_CP, IKEv2_payload_Delete, IKEv2_payload_IDr,
    IKEv2_payload_KE, IKEv2_payload_Nonce, IKEv2_payload_Notify, IKEv2_payload_Proposal,
    IKEv2_payload_SA, IKEv2_payload_Transform, IKEv2_payload_TSi, IKEv2_payload_TSr,
    IPv4TrafficSelector)
from scapy.packet import Raw  # noqa: E402

PRF = {2: "sha1", 5: "sha256", 6: "sha384", 7: "sha512"}
INTEG_KEY = {0: 0, 2: 20, 12: 32, 13: 48, 14: 64}


def octets(label, n):
    """n octets that look like nothing, made from a label."""
    out = b""
    i = 0
    while len(out) < n:
        out += hashlib.sha256(b"%s %d" % (label.encode(), i)).digest()
        i += 1
    return out[:n]


def prf(alg, key, data):
    return hmac.new(key, data, PRF[alg]).digest()


def prf_plus(alg, key, seed, n):
    out, t, i = b"", b"", 1
    while len(out) < n:
        t = prf(alg, key, t + seed + bytes([i]))
        out += t
        i += 1
    return out[:n]


def array(name, value):
    lines = [value[i:i + 12] for i in range(0, len(value), 12)]
    text = ",\n".join("\t" + ", ".join("0x%02x" % b for b in line) for line in lines)
    print("static const uint8_t %s[%d] = {\n%s};\n" % (name, max(len(value), 1), text))


# name, encr, key bits, integ, prf, octets of Ni, of Nr
SUITES = [
    ("gcm256_sha384", 20, 256, 0, 6, 32, 32),
    ("gcm128_sha256", 20, 128, 0, 5, 16, 32),
    ("cbc128_sha1", 12, 128, 2, 2, 20, 32),
    ("cbc256_sha256", 12, 256, 12, 5, 32, 32),
    ("cbc192_sha512_prf384", 12, 192, 14, 6, 256, 32),
]


def encr_len(encr, bits):
    return bits // 8 + (4 if encr == 20 else 0)


def expand(alg, seed, ni, nr, spi, encr, bits, integ):
    n = hashlib.new(PRF[alg]).digest_size
    a, e = INTEG_KEY[integ], encr_len(encr, bits)
    stream = prf_plus(alg, seed, ni + nr + spi, 3 * n + 2 * a + 2 * e)
    return stream


def keymat():
    rows = []
    for name, encr, bits, integ, alg, ni_len, nr_len in SUITES:
        ni, nr = octets(name + " ni", ni_len), octets(name + " nr", nr_len)
        shared, spi = octets(name + " shared", 32), octets(name + " spi", 16)
        first = expand(alg, prf(alg, ni + nr, shared), ni, nr, spi, encr, bits, integ)
        d = first[:hashlib.new(PRF[alg]).digest_size]
        rekey = expand(alg, prf(alg, d, shared + ni + nr), ni, nr, spi, encr, bits, integ)
        child = prf_plus(alg, d, ni + nr, 2 * 20)
        pfs = prf_plus(alg, d, shared + ni + nr, 2 * 36)
        for what, value in (("ni", ni), ("nr", nr), ("shared", shared), ("first", first),
                            ("rekey", rekey), ("child", child), ("pfs", pfs)):
            array("%s_%s" % (name, what), value)
        i, r = struct.unpack(">QQ", spi)
        rows.append("\t{\"%s\", {%d, %d, %d, %d, 0}, 0x%016xu, 0x%016xu, %s}," % (
            name, encr, bits, integ, alg, i, r,
            ", ".join("%s_%s, sizeof(%s_%s)" % (name, w, name, w)
                      for w in ("ni", "nr", "shared", "first", "rekey", "child", "pfs"))))
    print("// clang-format off\nstatic const struct ike_keymat_vector {\n"
          "\tconst char *why;\n\tstruct ike_suite suite;\n\tuint64_t spi_i, spi_r;\n"
          "\tconst uint8_t *ni; size_t ni_len;\n\tconst uint8_t *nr; size_t nr_len;\n"
          "\tconst uint8_t *shared; size_t shared_len;\n"
          "\tconst uint8_t *first; size_t first_len; /* SK_d .. SK_pr */\n"
          "\tconst uint8_t *rekey; size_t rekey_len; /* of its successor */\n"
          "\tconst uint8_t *child; size_t child_len; /* AES-128-GCM: in, out */\n"
          "\tconst uint8_t *pfs; size_t pfs_len;     /* AES-256-GCM with g^ir */\n"
          "} ike_keymat_vectors[] = {\n%s\n};\n// clang-format on\n" % "\n".join(rows))


def transform(kind, ident, bits=0, more=True):
    t = IKEv2_payload_Transform(next_payload=3 if more else 0, transform_type=kind,
                                transform_id=ident)
    if bits:
        t.key_length = bits
        t.length = 12
    return t


def init_response():
    """IKE_SA_INIT response: SA, KE, Nonce, two notifications."""
    t = transform(1, 20, 256) / transform(2, 6) / transform(4, 20, more=False)
    p = IKEv2_payload_Proposal(next_payload=0, proposal=2, proto=1, trans_nb=3, trans=t)
    return (IKEv2(init_SPI=octets("spi i", 8), resp_SPI=octets("spi r", 8), exch_type=34,
                  flags="Response", id=0, next_payload=33)
            / IKEv2_payload_SA(next_payload=34, prop=p)
            / IKEv2_payload_KE(next_payload=40, group=20, load=octets("ke", 96))
            / IKEv2_payload_Nonce(next_payload=41, load=octets("nonce", 32))
            / IKEv2_payload_Notify(next_payload=41, proto=0, SPIsize=0, type=16388,
                                   load=octets("natd", 20))
            / IKEv2_payload_Notify(next_payload=0, proto=0, SPIsize=0, type=16389,
                                   load=octets("natd 2", 20)))


def selector(lo, hi):
    return IPv4TrafficSelector(starting_address_v4=lo, ending_address_v4=hi, length=16,
                               start_port=0, end_port=65535)


def auth_response():
    """What stands inside the last IKE_AUTH response, here without its Encrypted payload."""
    t = transform(1, 20, 128) / transform(5, 0, more=False)
    p = IKEv2_payload_Proposal(next_payload=0, proposal=1, proto=3, trans_nb=2, trans=t,
                               SPIsize=4, SPI=octets("esp spi", 4))
    cfg = b"".join(struct.pack(">HH", kind, len(v)) + v for kind, v in (
        (1, socket.inet_aton("10.99.0.10")), (3, socket.inet_aton("10.20.0.10")),
        (13, socket.inet_aton("10.20.0.0") + socket.inet_aton("255.255.255.0"))))
    return (IKEv2(init_SPI=octets("spi i", 8), resp_SPI=octets("spi r", 8), exch_type=35,
                  flags="Response", id=5, next_payload=36)
            / IKEv2_payload_IDr(next_payload=39, IDtype=2, ID=b"vpn.lab.test")
            / IKEv2_payload_AUTH(next_payload=47, auth_type=2, load=octets("auth", 32))
            / IKEv2_payload_CP(next_payload=33, length=8 + len(cfg), CFGType=2, attributes=[Raw(cfg)])
            / IKEv2_payload_SA(next_payload=44, prop=p)
            / IKEv2_payload_TSi(next_payload=45, number_of_TSs=1,
                                traffic_selector=[selector("10.99.0.10", "10.99.0.10")])
            / IKEv2_payload_TSr(next_payload=42, number_of_TSs=2, traffic_selector=[
                selector("10.20.0.0", "10.20.0.255"), selector("10.30.0.0", "10.30.255.255")])
            / IKEv2_payload_Delete(next_payload=0, vendorID=b"\x03\x04\x00\x01" +
                                   octets("esp spi", 4)))


def main():
    print("/* SPDX-License-Identifier: Apache-2.0 */\n#pragma once\n\n"
          "/* Made by make_vectors.py, not by hand: keys by Python's hmac, messages by scapy. */\n\n"
          "#include <stddef.h>\n#include <stdint.h>\n\n"
          '#include "controlplane/ike/ike_codec.h"\n')
    keymat()
    for label, n in (("spi i", 8), ("spi r", 8), ("ke", 96), ("nonce", 32), ("natd", 20),
                     ("natd 2", 20), ("esp spi", 4), ("auth", 32)):
        array("msg_" + label.replace(" ", "_"), octets(label, n))
    array("msg_init_response", bytes(init_response()))
    array("msg_auth_response", bytes(auth_response()))
    return 0


sys.exit(main())
