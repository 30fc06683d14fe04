#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Write crypto_vectors.h: answers of an independent implementation (python3-cryptography,
hashlib, Python's own integers) to what controlplane/crypto is asked in its tests.

Published vectors that need a key of somebody else are checked here too before they are
written, so a slip of the pen shows at once. Deterministic: run it again, nothing changes.

    /usr/bin/python3 tests/vector/crypto/make_vectors.py > tests/vector/crypto/crypto_vectors.h
"""
import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PRF = {"IKE_PRF_HMAC_SHA1": "sha1", "IKE_PRF_HMAC_SHA2_256": "sha256",
       "IKE_PRF_HMAC_SHA2_384": "sha384", "IKE_PRF_HMAC_SHA2_512": "sha512"}
INTEG = {"IKE_INTEG_HMAC_SHA1_96": ("sha1", 12), "IKE_INTEG_HMAC_SHA2_256_128": ("sha256", 16),
         "IKE_INTEG_HMAC_SHA2_384_192": ("sha384", 24),
         "IKE_INTEG_HMAC_SHA2_512_256": ("sha512", 32)}


def octets(label, n):
    """n octets that look random and are the same each time."""
    return hashlib.shake_256(label.encode()).digest(n)


def text(h):
    """A C string of hex, 80 digits a line."""
    h = h.hex() if isinstance(h, bytes) else h
    lines = [h[i:i + 80] for i in range(0, len(h), 80)] or [""]
    return "\n\t\t".join('"%s"' % l for l in lines)


def prf_plus(name, key, seed, n):
    out, t, i = b"", b"", 1
    while len(out) < n:
        t = hmac.new(key, t + seed + bytes([i]), name).digest()
        out, i = out + t, i + 1
    return out[:n]


def table(kind, name, rows):
    print("static const struct %s %s[] = {" % (kind, name))
    for row in rows:
        print("\t{" + ",\n\t ".join(row) + "},")
    print("};\n")


def prf_rows():
    for ident, name in PRF.items():
        for key_len, n in ((32, 20), (64, 333), (200, 64)):
            key, seed = octets("key" + ident, key_len), octets("seed" + ident, 83)
            yield ['"prf+ %s, key of %d, %d octets"' % (name, key_len, n), ident, text(key),
                   text(seed), text(prf_plus(name, key, seed, n))]


def sk_rows():
    aad, clear = octets("aad", 32), octets("clear", 96)
    for bits in (128, 192, 256):
        for ident, (name, cut) in INTEG.items():
            sk_e = octets("e%d" % bits, bits // 8)
            sk_a = octets("a" + ident, hashlib.new(name).digest_size)
            iv = octets("iv%d" % bits, 16)
            enc = Cipher(algorithms.AES(sk_e), modes.CBC(iv)).encryptor()
            body = enc.update(clear) + enc.finalize()
            icv = hmac.new(sk_a, aad + iv + body, name).digest()[:cut]
            yield ['"aes-cbc-%d, %s"' % (bits, name), "IKE_ENCR_AES_CBC", str(bits), ident,
                   text(sk_e), text(sk_a), text(aad), text(iv), text(clear), text(body), text(icv)]
        for n in (1, 96):  # an AEAD body needs no whole blocks
            sk_e, iv = octets("g%d" % bits, bits // 8 + 4), octets("giv%d" % bits, 8)
            sealed = AESGCM(sk_e[:-4]).encrypt(sk_e[-4:] + iv, clear[:n], aad)
            yield ['"aes-gcm-%d, %d octets"' % (bits, n), "IKE_ENCR_AES_GCM_16", str(bits),
                   "IKE_INTEG_NONE", text(sk_e), text(b""), text(aad), text(iv), text(clear[:n]),
                   text(sealed[:-16]), text(sealed[-16:])]
    # Test case 4 of "The Galois/Counter Mode of Operation", McGrew and Viega.
    key, salt = bytes.fromhex("feffe9928665731c6d6a8f9467308308"), bytes.fromhex("cafebabe")
    iv, aad = bytes.fromhex("facedbaddecaf888"), bytes.fromhex("feedfacedeadbeef" * 2 + "abaddad2")
    clear = bytes.fromhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                          "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
    sealed = AESGCM(key).encrypt(salt + iv, clear, aad)
    assert sealed[-16:].hex() == "5bc94fbc3221a5db94fae95ae7121a47"
    yield ['"gcm specification, test case 4"', "IKE_ENCR_AES_GCM_16", "128", "IKE_INTEG_NONE",
           text(key + salt), text(b""), text(aad), text(iv), text(clear), text(sealed[:-16]),
           text(sealed[-16:])]


def modp_2048():
    """RFC 3526 section 3, from its formula: 2^2048 - 2^1984 - 1 + 2^64 * ([2^1918 pi] + 124476)."""
    digits = 2000  # bits of guard: Machin's formula in integers
    one = 1 << (1918 + digits)

    def arctan_inverse(x):
        total = term = one // x
        n, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // n)
            n, sign = n + 2, -sign
        return total

    pi = 4 * (4 * arctan_inverse(5) - arctan_inverse(239)) >> digits
    p = 2**2048 - 2**1984 - 1 + 2**64 * (pi + 124476)
    assert pow(2, p - 1, p) == 1 and pow(2, (p - 1) // 2, p) == 1
    return p


def dh_rows():
    p = modp_2048()
    peer_x = int.from_bytes(octets("modp peer", 28), "big")
    peer = pow(2, peer_x, p)
    x = int.from_bytes(octets("modp ours", 28), "big")
    want_zero = False
    for why in ("modp-2048", "modp-2048, secret begins with a zero octet"):
        while want_zero and pow(peer, x, p) >> 2040:
            x += 1
        secret = pow(peer, x, p)
        yield ['"%s"' % why, "IKE_DH_MODP_2048", text(x.to_bytes(28, "big")),
               text(pow(2, x, p).to_bytes(256, "big")), text(peer.to_bytes(256, "big")),
               text(secret.to_bytes(256, "big"))]
        want_zero = True
    for why, ident, curve, i, r, mine, theirs, want in (
        ("RFC 5903 section 8.1", "IKE_DH_ECP_256", ec.SECP256R1(),
         "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
         "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
         "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
         "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
         "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
         "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
         "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"),
        ("RFC 5903 section 8.2", "IKE_DH_ECP_384", ec.SECP384R1(),
         "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655"
         "e35b538041e649ee3faef896783ab194",
         "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942"
         "e0308312916b8ed2960e4bd55a7448fc",
         "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6"
         "de3ac808acb4bdb4c88732aee95f41aa"
         "9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38e"
         "eb9fcff3c2c947dae69b4c634573a81c",
         "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d"
         "0d1ac43a0336def96fda41d0774a3571"
         "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1ff"
         "f83fa40142209dff5eaad96db9e6386c",
         "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
         "d603135569b9e9d09cf5d4a270f59746")):
        a = ec.derive_private_key(int(i, 16), curve)
        b = ec.derive_private_key(int(r, 16), curve)
        for k, pub in ((a, mine), (b, theirs)):
            n = k.public_key().public_numbers()
            size = curve.key_size // 8
            assert (n.x.to_bytes(size, "big") + n.y.to_bytes(size, "big")).hex() == pub
        assert a.exchange(ec.ECDH(), b.public_key()).hex() == want
        yield ['"%s"' % why, ident, text(i), text(mine), text(theirs), text(want)]
    # RFC 7748 section 6.1, Bob's side.
    bob = x25519.X25519PrivateKey.from_private_bytes(bytes.fromhex(
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
    alice = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    bob_public = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
    want = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    assert bob.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex() == bob_public
    assert bob.exchange(x25519.X25519PublicKey.from_public_bytes(
        bytes.fromhex(alice))).hex() == want
    yield ['"RFC 7748 section 6.1"', "IKE_DH_CURVE25519",
           text("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
           text(bob_public), text(alice), text(want)]


def bad_rows():
    p = modp_2048()

    def modp(v):
        return text(v.to_bytes(256, "big"))

    for why, v in (("0", 0), ("1", 1), ("p - 1", p - 1), ("p", p), ("p + 2", p + 2),
                   ("all ones", 2**2048 - 1)):
        yield ['"modp-2048, %s"' % why, "IKE_DH_MODP_2048", modp(v)]
    for ident, n, name in (("IKE_DH_ECP_256", 32, "ecp-256"), ("IKE_DH_ECP_384", 48, "ecp-384")):
        yield ['"%s, 0 0"' % name, ident, text(bytes(2 * n))]
        yield ['"%s, not on the curve"' % name, ident, text(bytes(n - 1) + b"\1" + bytes(n - 1) + b"\1")]
        yield ['"%s, beyond the field"' % name, ident, text(b"\xff" * 2 * n)]
    for why, h in (("zero", "00" * 32), ("one", "01" + "00" * 31),
                   ("order 8", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
                   ("order 8, the other",
                    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
                   ("p - 1", "ec" + "ff" * 30 + "7f"), ("p", "ed" + "ff" * 30 + "7f"),
                   ("p + 1", "ee" + "ff" * 30 + "7f")):
        yield ['"curve25519, %s"' % why, "IKE_DH_CURVE25519", text(h)]


print("/* SPDX-License-Identifier: Apache-2.0 */")
print("#pragma once\n")
print("/* Written by tests/vector/crypto/make_vectors.py; change that. */\n")
print('#include "common/wire/ike.h"\n\n#include <stdint.h>\n')
print("// clang-format off")
print("struct prf_plus_row {\n\tconst char *why;\n\tuint16_t prf;\n\tconst char *key, *seed, *out;\n};\n")
table("prf_plus_row", "prf_plus_rows", prf_rows())
print("struct sk_row {\n\tconst char *why;\n\tuint16_t encr, key_bits, integ;\n"
      "\tconst char *sk_e, *sk_a, *aad, *iv, *clear, *body, *icv;\n};\n")
table("sk_row", "sk_rows", sk_rows())
print("struct dh_row {\n\tconst char *why;\n\tuint16_t group;\n"
      "\tconst char *private_value, *public_value, *peer, *shared;\n};\n")
table("dh_row", "dh_rows", dh_rows())
print("/* What a peer may send and we may not accept. */")
print("struct dh_bad_row {\n\tconst char *why;\n\tuint16_t group;\n\tconst char *peer;\n};\n")
table("dh_bad_row", "dh_bad_rows", bad_rows())
print("// clang-format on")
