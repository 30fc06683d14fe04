#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes dataplane/crypto/answers.h: what every ESP suite must compute, asked at each start.

Published where there is a publication: AES-GCM from draft-mcgrew-gcm-test-01, ChaCha20-Poly1305
from RFC 7634 appendix A, AES-CBC from NIST SP 800-38A F.2, the first block of 3DES from NIST
SP 800-67 appendix B, HMAC keys and digests from RFC 2202 and RFC 4231. They are checked here
before anything is written. Combined forms (CBC with an HMAC over header, IV and text; ESN;
truncated ICVs) are published nowhere: they come from python3-cryptography and Python's hmac.

    /usr/bin/python3 tests/vector/suites/make_answers.py > dataplane/crypto/answers.h
"""
import hashlib
import hmac
import os
import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:
    from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
X = bytes.fromhex

# NIST SP 800-38A F.2: keys, IV, text, and what CBC makes of it.
CBC_TEXT = X("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
             "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
CBC_IV = X("000102030405060708090a0b0c0d0e0f")
CBC = {
    16: (X("2b7e151628aed2a6abf7158809cf4f3c"),
         X("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
           "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7")),
    24: (X("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"),
         X("4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
           "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd")),
    32: (X("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
         X("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
           "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b")),
}
# NIST SP 800-67 appendix B: three keys, the text's first block and its cipher.
TDES_KEY = X("0123456789abcdef23456789abcdef01456789abcdef0123")
TDES_TEXT, TDES_FIRST = b"The qufck brown fox jumped over", X("a826fd8ce53b855f")
# draft-mcgrew-gcm-test-01: key, nonce, AAD, text, sealed.
GCM = {
    16: (X("4c80cdefbb5d10da906ac73c3613a634"), X("2e443b684956ed7e3b244cfe"), X("000043218765432100000000"),
         X("45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000"
           "00000000045f736970045f756470037369700963796265726369747902646b00"
           "0021000101020201"),
         X("fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34"
           "cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce"
           "61bc17d768fd9732459018148f6cbe722fd04796562dfdb4")),
    32: (X("abbccddef00112233445566778899aababbccddef00112233445566778899aab"), X("112233440102030405060708"),
         X("4a2cbfe300000002"),
         X("4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee000000000"
           "7002400020bf0000020405b40101040201020201"),
         X("ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763"
           "748a637985771d347f0545659f14e99def842d8eb335f4eecfdbf831824b4c49"
           "15956c96")),
}
# NIST's (McGrew and Viega) test case 8 key; sealed by python3-cryptography.
GCM_192 = X("feffe9928665731c6d6a8f9467308308feffe9928665731c")
# RFC 7634 appendix A.
CHACHA = (X("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"), X("a0a1a2a31011121314151617"),
          X("0102030400000005"),
          X("45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
            "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
            "2425262728292a2b2c2d2e2f303132333435363701020204"),
          X("24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
            "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
            "cbec163fac469b502773f6fb94e664da9165b82829f641e076aaa8266b7fb0f7"
            "b11b369907e1ad43"))
HASH = {"SHA1_96": "sha1", "SHA256_128": "sha256", "SHA384_192": "sha384", "SHA512_256": "sha512"}
HEAD = X("c0000001deadbeef")  # SPI and the lower half of the sequence number
SEQ_HIGH = X("00000007")


def published():
    """What others have printed comes out of this Python too."""
    for key, sealed in CBC.values():
        assert Cipher(algorithms.AES(key), modes.CBC(CBC_IV)).encryptor().update(CBC_TEXT) == sealed
    for key, nonce, aad, plain, sealed in GCM.values():
        assert AESGCM(key).encrypt(nonce, plain, aad) == sealed
    key, nonce, aad, plain, sealed = CHACHA
    assert ChaCha20Poly1305(key).encrypt(nonce, plain, aad) == sealed
    assert tdes(bytes(8), TDES_TEXT[:8]) == TDES_FIRST
    # RFC 2202 test case 1; RFC 4231 test case 1
    assert hmac.digest(b"\x0b" * 20, b"Hi There", "sha1") == X("b617318655057264e28bc0b6fb378c8ef146be00")
    for name, first in (("sha256", "b0344c61d8db38535ca8afceaf0bf12b"), ("sha384", "afd03944d84895626b0825f4ab46907f"),
                        ("sha512", "87aa7cdea5ef619d4ff0b4241a1d6cb0")):
        assert hmac.digest(b"\x0b" * 20, b"Hi There", name)[:16] == X(first)


def tdes(iv, text):
    return Cipher(TripleDES(TDES_KEY), modes.CBC(iv)).encryptor().update(text)


def suites():
    text = open(os.path.join(ROOT, "common/msg/suite.h"), encoding="utf-8").read()
    for m in re.finditer(r"X\((MSG_SUITE_\w+), \"([^\"]+)\", (\w+),([^)]*)\)", text):
        fields = [f.strip() for f in m[4].replace("\\", " ").split(",")]
        key, _, _, _, auth, auth_len, icv = fields
        yield m[1], m[3], int(key), auth, int(auth_len), int(icv)


def answer(cipher, key_len, auth, auth_len, icv_len):
    """key, auth key, nonce or IV, AAD or header, text, sealed, ICV, ICV with ESN"""
    if cipher in ("GCM", "CHACHA"):
        if cipher == "CHACHA":
            key, nonce, aad, plain, sealed = CHACHA
        elif key_len == 24:
            key, (_, nonce, aad, plain, _) = GCM_192, GCM[16]
            sealed = AESGCM(key).encrypt(nonce, plain, aad)
        else:
            key, nonce, aad, plain, sealed = GCM[key_len]
        return key, b"", nonce, aad, plain, sealed[:-16], sealed[-16:][:icv_len], b""
    if cipher == "CBC":
        (key, sealed), iv, plain = CBC[key_len], CBC_IV, CBC_TEXT
    else:
        key, iv, plain = TDES_KEY, bytes(8), (TDES_TEXT + b" the lazy dog's back 1234567890..")[:64]
        sealed = tdes(iv, plain)
    mac_key = b"\x0b" * 20 + bytes(range(auth_len - 20))  # RFC 2202 and RFC 4231, test case 1, and more
    covered = HEAD + iv + sealed
    return (key, mac_key, iv, HEAD, plain, sealed, hmac.digest(mac_key, covered, HASH[auth])[:icv_len],
            hmac.digest(mac_key, covered + SEQ_HIGH, HASH[auth])[:icv_len])


def text(octets):
    h = octets.hex()
    lines = [h[i:i + 64] for i in range(0, len(h), 64)] or [""]
    return "\n\t\t\t ".join(f'"{line}"' for line in lines)


def main():
    published()
    print("""/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* lint: table */
// clang-format off

/*
 * answers - what every suite must compute, in hex. Written by
 * tests/vector/suites/make_answers.py, which says where each comes from. Inside crypto/ only.
 */

#include "common/msg/suite.h"

#include <stdint.h>

struct answer {
\tuint8_t suite;
\tconst char *key, *auth;
\tconst char *iv;    /* AEAD: the nonce */
\tconst char *head;  /* SPI and sequence number; AEAD: the AAD */
\tconst char *plain, *sealed, *icv;
\tconst char *icv_esn; /* HMAC: with ANSWER_SEQ_HIGH behind the text */
};

enum {
\tANSWER_SEQ_HIGH = %d,
\tANSWER_TEXT_MAX = 96,
};

static const struct answer answers[] = {""" % int.from_bytes(SEQ_HIGH, "big"))
    for name, cipher, key_len, auth, auth_len, icv_len in suites():
        key, mac, iv, head, plain, sealed, icv, esn = answer(cipher, key_len, auth, auth_len, icv_len)
        print("\t{\n\t\t.suite = %s," % name)
        for field, value in (("key", key), ("auth", mac), ("iv", iv), ("head", head), ("plain", plain),
                             ("sealed", sealed), ("icv", icv), ("icv_esn", esn)):
            print("\t\t.%s = %s," % (field, text(value)))
        print("\t},")
    print("};")


main()
