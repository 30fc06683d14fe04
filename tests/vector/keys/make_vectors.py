#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Write keys_vectors.h: PSK AUTH and MS-CHAPv2 as another implementation computes them.

HMAC and SHA-1 are hashlib's, MD4 the openssl program's (legacy provider), DES that of
python3-cryptography. RFC 2759 section 9.2 and RFC 3079 section 3.5.3 are checked before
anything is written. Deterministic.

    /usr/bin/python3 tests/vector/keys/make_vectors.py > tests/vector/keys/keys_vectors.h
"""
import hashlib
import hmac
import subprocess

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PRF = {"IKE_PRF_HMAC_SHA1": "sha1", "IKE_PRF_HMAC_SHA2_256": "sha256",
       "IKE_PRF_HMAC_SHA2_384": "sha384", "IKE_PRF_HMAC_SHA2_512": "sha512"}


def octets(label, n):
    return hashlib.shake_256(label.encode()).digest(n)


def sha1(*parts):
    return hashlib.sha1(b"".join(parts)).digest()


def md4(data):
    out = subprocess.run(["openssl", "dgst", "-provider", "legacy", "-provider", "default", "-md4",
                          "-binary"], input=data, capture_output=True, check=True)
    return out.stdout


def des(key7, block):
    bits = "".join("{:08b}".format(b) for b in key7)
    key = bytes(int(bits[i:i + 7] + "0", 2) for i in range(0, 56, 7))
    enc = Cipher(algorithms.TripleDES(key * 3), modes.ECB()).encryptor()
    return enc.update(block) + enc.finalize()


def mschapv2(user, password, auth, peer):
    nt_hash = md4(password.encode("utf-16-le"))
    hash_hash = md4(nt_hash)
    challenge = sha1(peer, auth, user.encode())[:8]
    keys = nt_hash + bytes(5)
    response = b"".join(des(keys[i:i + 7], challenge) for i in (0, 7, 14))
    authenticator = sha1(sha1(hash_hash, response, b"Magic server to client signing constant"),
                         challenge, b"Pad to make it do more than one iteration")
    master = sha1(hash_hash, response, b"This is the MPPE Master Key")[:16]

    def start(magic):
        return sha1(master, bytes(40), magic, b"\xf2" * 40)[:16]

    receive = start(b"On the client side, this is the send key; "
                    b"on the server side, it is the receive key.")
    send = start(b"On the client side, this is the receive key; "
                 b"on the server side, it is the send key.")
    return nt_hash, response, authenticator, receive + send + bytes(32), master, send


def c_text(h):
    h = h.hex() if isinstance(h, bytes) else h
    lines = [h[i:i + 80] for i in range(0, len(h), 80)] or [""]
    return "\n\t\t".join('"%s"' % l for l in lines)


def c_string(s):
    return '"%s"' % "".join(c if c.isascii() and c not in '\\"' else
                            "".join("\\%03o" % b for b in c.encode()) for c in s)


def table(kind, name, rows):
    print("static const struct %s %s[] = {" % (kind, name))
    for row in rows:
        print("\t{" + ",\n\t ".join(row) + "},")
    print("};\n")


def mschapv2_rows():
    auth = bytes.fromhex("5b5d7c7d7b3f2f3e3c2c602132262628")
    peer = bytes.fromhex("21402324255e262a28295f2b3a337c7e")
    got = mschapv2("User", "clientPass", auth, peer)
    assert got[0].hex() == "44ebba8d5312b8d611474411f56989ae"
    assert got[1].hex() == "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df"
    assert got[2].hex() == "407a5589115fd0d6209f510fe9c04566932cda56"
    assert got[4].hex() == "fdece3717a8c838cb388e527ae3cdd31"
    assert got[5].hex() == "8b7cdc149b993a1ba118cb153f56dccb"
    rows = [("RFC 2759 section 9.2, RFC 3079 section 3.5.3", "User", "clientPass", auth, peer)]
    for user, password in (("alice", "correct horse"), ("bob@example.org", "pässwörd"),
                           ("嘉瀬", "関所\U0001f511"), ("x" * 127, "")):
        rows.append((user, user, password, octets("auth" + user, 16), octets("peer" + user, 16)))
    for why, user, password, auth, peer in rows:
        nt_hash, response, authenticator, msk = mschapv2(user, password, auth, peer)[:4]
        yield [c_string(why), c_string(user), c_string(password), c_text(auth), c_text(peer),
               c_text(response), c_text(authenticator), c_text(msk)]


def psk_rows():
    for ident, name in PRF.items():
        psk, theirs, ours = octets("psk" + ident, 20), octets("t" + ident, 700), octets("o", 451)
        key = hmac.new(psk, b"Key Pad for IKEv2", name).digest()
        yield ['"%s"' % name, ident, c_text(psk), c_text(theirs),
               c_text(hmac.new(key, theirs, name).digest()), c_text(ours),
               c_text(hmac.new(key, ours, name).digest())]


print("/* SPDX-License-Identifier: Apache-2.0 */")
print("#pragma once\n")
print("/* Written by tests/vector/keys/make_vectors.py; change that. */\n")
print('#include "common/wire/ike.h"\n')
print("// clang-format off")
print("struct mschapv2_row {\n\tconst char *why, *user, *password, *auth, *peer;\n"
      "\tconst char *response, *authenticator, *msk;\n};\n")
table("mschapv2_row", "mschapv2_rows", mschapv2_rows())
print("struct psk_row {\n\tconst char *why;\n\tuint16_t prf;\n"
      "\tconst char *psk, *theirs, *their_auth, *ours, *our_auth;\n};\n")
table("psk_row", "psk_rows", psk_rows())
print("// clang-format on")
