#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Write seal_vectors.h: sealed values as python3-cryptography makes them. Deterministic.

    /usr/bin/python3 tests/vector/seal/make_vectors.py > tests/vector/seal/seal_vectors.h

With --open it is the judge of what the product sealed: lines "key tenant kind name text" in,
the values in hexadecimal out.
"""
import base64
import hashlib
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def octets(label, n):
    return hashlib.shake_256(label.encode()).digest(n)


def derive(key, salt):
    okm = HKDF(algorithm=hashes.SHA256(), length=44, salt=salt, info=b"sekisho seal 1").derive(key)
    return AESGCM(okm[:32]), okm[32:]


def aad(tenant, kind, name):
    return b"".join(part.encode() + b"\0" for part in ("sekisho1", tenant, kind, name))


def seal(key, salt, tenant, kind, name, value):
    body = bytes([len(value)]) + value
    body += bytes(-len(body) % 32)
    gcm, nonce = derive(key, salt)
    whole = hashlib.sha256(key).digest()[:8] + salt + gcm.encrypt(nonce, body, aad(tenant, kind, name))
    return "sekisho1:" + base64.b64encode(whole).decode()


def unseal(key, tenant, kind, name, text):
    whole = base64.b64decode(text.removeprefix("sekisho1:"), validate=True)
    assert whole[:8] == hashlib.sha256(key).digest()[:8]
    gcm, nonce = derive(key, whole[8:40])
    body = gcm.decrypt(nonce, whole[40:], aad(tenant, kind, name))
    assert len(body) % 32 == 0 and not any(body[1 + body[0]:])
    return body[1:1 + body[0]]


ROWS = (
    ("a password's hash", "lab", "password", "alice", 16),
    ("a key of one octet", "lab", "psk", "*", 1),
    ("a key that fills its step", "lab", "psk", "vpn.example", 31),
    ("a key one octet longer", "blue", "psk", "vpn.example", 32),
    ("the longest", "a", "psk", "\u3042 b", 159),
)


def c_string(text):
    return '"' + "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else
                         "".join(f"\\{b:03o}" for b in c.encode()) for c in text) + '"'


def main():
    print("/* SPDX-License-Identifier: Apache-2.0 */\n/* lint: table */\n#pragma once\n")
    print("/* Written by tests/vector/seal/make_vectors.py. */\n")
    print("static const struct seal_row {\n"
          "\tconst char *why, *key, *tenant, *kind, *name, *value, *text;\n} seal_rows[] = {")
    print("\t// clang-format off")
    for why, tenant, kind, name, n in ROWS:
        key, salt, value = octets(why + " key", 32), octets(why + " salt", 32), octets(why + " value", n)
        cells = (why, key.hex(), tenant, kind, name, value.hex(), seal(key, salt, tenant, kind, name, value))
        print("\t{" + ", ".join(c_string(c) for c in cells) + "},")
    print("\t// clang-format on\n};")


if sys.argv[1:] == ["--open"]:
    for line in sys.stdin:
        key_hex, *place, text = line.rstrip("\n").split("\t")
        print(unseal(bytes.fromhex(key_hex), *place, text).hex())
else:
    main()
