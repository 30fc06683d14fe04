#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""crafted.py GATEWAY SHARED FIRST_SOURCE: an IKEv2 initiator that goes wrong on purpose.

Each case is a client of its own, at an address of its own from FIRST_SOURCE on, and must fail
for one cause. Prints "CASE SOURCE CAUSE" for each, once it has done its part; a cause that
is a matter of silence shows when the gateway's patience is over.

GATEWAY  address of the tenant vpn.lab.test; identities alice and carol have the key "lab-psk"
SHARED   address of the tenants small, one, few, eap-only, psk-only (NAME.lab.test)
"""
import hashlib
import hmac
import ipaddress
import os
import socket
import struct
import sys

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SA, KE, IDI, IDR, AUTH, NONCE, NOTIFY, TSI, TSR, SK, CP, EAP = 33, 34, 35, 36, 39, 40, 41, 44, 45, 46, 47, 48
SA_INIT, IKE_AUTH, INFORMATIONAL = 34, 35, 37
INITIATOR, RESPONSE = 0x08, 0x20
FQDN, KEY_ID = 2, 11
P256, CURVE25519 = 19, 31
PSK = b"lab-psk"


def prf(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def prf_plus(key, seed, n):
    out, t, i = b"", b"", 1
    while len(out) < n:
        t = prf(key, t, seed, bytes([i]))
        out += t
        i += 1
    return out[:n]


def transform(kind, ident, bits=0):
    attr = struct.pack("!HH", 0x800E, bits) if bits else b""
    return kind, struct.pack("!BBH", kind, 0, ident) + attr


def proposal(number, protocol, spi, *transforms):
    body = b""
    for i, (_, t) in enumerate(transforms):
        body += struct.pack("!BBH", 3 if i + 1 < len(transforms) else 0, 0, 4 + len(t)) + t
    return struct.pack("!BBHBBBB", 0, 0, 8 + len(spi) + len(body), number, protocol, len(spi), len(transforms)) + spi + body


def ike_proposal(*groups):
    return proposal(1, 1, b"", transform(1, 20, 128), transform(2, 5), *(transform(4, g) for g in groups))


def esp_proposal(spi=b"\x11\x22\x33\x44", esn=0):
    return proposal(1, 3, spi, transform(1, 20, 128), transform(5, esn))


def selectors(first, last):
    return b"\x01\0\0\0" + struct.pack("!BBHHH", 7, 0, 16, 0, 65535) + socket.inet_aton(first) + socket.inet_aton(last)


def identity(kind, text):
    return bytes([kind, 0, 0, 0]) + text.encode()


def chain(payloads):
    """[(type, body)] or [(type, body, critical)] -> type of the first, octets"""
    out = b""
    for i, p in enumerate(payloads):
        following = payloads[i + 1][0] if i + 1 < len(payloads) else 0
        out += struct.pack("!BBH", following, 0x80 if len(p) > 2 else 0, 4 + len(p[1])) + p[1]
    return payloads[0][0] if payloads else 0, out


def unchain(kind, octets):
    found = {}
    while kind and len(octets) >= 4:
        following, _, n = struct.unpack("!BBH", octets[:4])
        found.setdefault(kind, octets[4:n])
        kind, octets = (0 if kind == SK else following), octets[n:]
    return found


class Client:
    def __init__(self, source, gateway):
        self.spi_i, self.spi_r = os.urandom(8), bytes(8)
        self.nonce = os.urandom(32)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.next = 0
        self.s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.bind((source, 500))
        self.s.connect((gateway, 500))
        self.s.settimeout(5)

    def header(self, first, exchange, n, version=0x20, flags=INITIATOR):
        return self.spi_i + self.spi_r + struct.pack("!BBBBII", first, version, exchange, flags, self.next, 28 + n)

    def say_plain(self, payloads, exchange=SA_INIT, **head):
        first, body = chain(payloads)
        self.sent = self.header(first, exchange, len(body), **head) + body
        self.s.send(self.sent)

    def public(self):
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]

    def init_payloads(self, group=P256, value=None, groups=(P256,)):
        return [(SA, ike_proposal(*groups)), (KE, struct.pack("!HH", group, 0) + (value or self.public())),
                (NONCE, self.nonce)]

    def init(self):
        self.say_plain(self.init_payloads())
        answer = self.s.recv(4096)
        self.sent_init, self.got_init = self.sent, answer
        self.spi_r = answer[8:16]
        got = unchain(answer[16], answer[28:])
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + got[KE][4:])
        self.nonce_r = got[NONCE]
        seed = prf(self.nonce + self.nonce_r, self.key.exchange(ec.ECDH(), peer))
        keys = prf_plus(seed, self.nonce + self.nonce_r + self.spi_i + self.spi_r, 32 + 20 + 20 + 32 + 32)
        self.sk_ei, self.sk_er, self.sk_pi = keys[32:52], keys[52:72], keys[72:104]
        self.next = 1
        return self

    def seal(self, first, body, exchange):
        iv = os.urandom(8)
        n = 4 + len(iv) + len(body) + 1 + 16
        aad = self.header(SK, exchange, n) + struct.pack("!BBH", first, 0, n)
        return aad + iv + AESGCM(self.sk_ei[:16]).encrypt(self.sk_ei[16:] + iv, body + b"\0", aad)

    def say(self, payloads, exchange=IKE_AUTH):
        self.sent = self.seal(*chain(payloads), exchange)
        self.s.send(self.sent)
        self.next += 1

    def hear(self):
        m = self.s.recv(8192)
        clear = AESGCM(self.sk_er[:16]).decrypt(self.sk_er[16:] + m[32:40], m[40:], m[:32])
        return unchain(m[28], clear[:-1 - clear[-1]])

    def wishes(self, name, server=None, esp=None, to=("0.0.0.0", "255.255.255.255"), address=True):
        out = [(IDI, identity(KEY_ID, name))]
        if server:
            out.append((IDR, identity(FQDN, server)))
        if address:
            out.append((CP, b"\x01\0\0\0" + struct.pack("!HH", 1, 0)))
        return out + [(SA, esp or esp_proposal()), (TSI, selectors("0.0.0.0", "255.255.255.255")), (TSR, selectors(*to))]

    def psk(self, name, **wishes):
        """IKE_SA_INIT and IKE_AUTH by pre-shared key; returns the answer."""
        self.init()
        octets = self.sent_init + self.nonce_r + prf(self.sk_pi, identity(KEY_ID, name))
        auth = prf(prf(PSK, b"Key Pad for IKEv2"), octets)
        self.say(self.wishes(name, **wishes) + [(AUTH, b"\x02\0\0\0" + auth)])
        return self.hear()

    def begin_eap(self, **wishes):
        self.init().say(self.wishes("crafted", **wishes))
        return self.hear()

    def eap_identity(self, name="alice"):
        """Up to the MS-CHAPv2 challenge, whose identifier is returned."""
        ask = self.begin_eap()[EAP]
        self.say_eap(ask[1], 1, name.encode())
        return self.hear()[EAP][1]

    def say_eap(self, ident, kind, data):
        self.say([(EAP, struct.pack("!BBHB", 2, ident, 5 + len(data), kind) + data)])


# ---- cases: what the client does wrong --------------------------------------------------------


def ikev1(c):
    c.say_plain([(1, bytes(44))], exchange=2, version=0x10, flags=0)


def ikev3(c):
    c.say_plain(c.init_payloads(), version=0x30)


def malformed(c):
    c.say_plain([(SA, b"\0\0\xff\xff" + bytes(40))])


def critical(c):
    c.say_plain([(99, b"", True)] + c.init_payloads())


def group_loop(c):
    for _ in range(3):
        c.nonce = os.urandom(32)
        c.say_plain(c.init_payloads(CURVE25519, os.urandom(32), groups=(P256,)))
        c.s.recv(4096)


def off_the_curve(c):
    c.say_plain(c.init_payloads(value=b"\x01" * 64))


def silent_after_init(c):
    c.init()


def garbled(c):
    c.init()
    c.sk_ei = os.urandom(20)
    c.say(c.wishes("alice"))


def unknown_sa(c):
    c.spi_r, c.sk_ei, c.next = os.urandom(8), os.urandom(20), 1
    c.say(c.wishes("alice"))


def incomplete(c):
    c.init().say([(IDI, identity(KEY_ID, "alice"))])


def not_understood(c):
    c.init().say([(NOTIFY, b"\0")])


def critical_inside(c):
    c.init().say(c.wishes("alice") + [(99, b"", True)])


def silent_after_certificate(c):
    c.begin_eap()


def silent_in_eap(c):
    c.eap_identity()


def unexpected(c):
    c.begin_eap()
    c.say([(AUTH, b"\x02\0\0\0" + bytes(32))])


def eap_nak(c):
    c.say_eap(c.eap_identity(), 3, bytes([13, 25]))


def eap_change_password(c):
    c.say_eap(c.eap_identity(), 26, bytes([7, 0, 0, 5]))


def eap_strays(c):
    ident = c.eap_identity()
    for _ in range(9):
        c.say_eap(ident ^ 0x55, 1, b"alice")
        c.hear()


def no_address(c):
    c.psk("alice", address=False)


def elsewhere(c):
    c.psk("alice", to=("172.31.0.0", "172.31.255.255"))


def esn_unknown(c):
    c.psk("alice", esp=esp_proposal(esn=2))


def reserved_spi(c):
    c.psk("alice", esp=esp_proposal(spi=b"\0\0\0\1"))


def unknown_server(c):
    c.psk("alice", server="nobody.lab.test")


def no_server(c):
    c.psk("alice")


def eap_not_allowed(c):
    c.begin_eap(server="psk-only.lab.test")


def psk_not_allowed(c):
    c.psk("alice", server="eap-only.lab.test")


def twice(c, *names, **wishes):
    """The first gets its tunnel, the second finds no room."""
    if CP not in c.psk(names[0], **wishes):
        raise SystemExit(f"{names[0]} did not connect at first: {wishes}")
    source, gateway = c.s.getsockname()[0], c.s.getpeername()[0]
    c.s.close()
    if CP in Client(source, gateway).psk(names[1], **wishes):
        raise SystemExit(f"{names[1]} connected: {wishes}")


def pool_empty(c):
    twice(c, "alice", "bert", server="small.lab.test")


def tenant_limit(c):
    twice(c, "alice", "bert", server="one.lab.test")


def user_limit(c):
    twice(c, "alice", "alice", server="few.lab.test")


def fixed_address(c):
    twice(c, "carol", "carol")


def crowd(c):
    """One more than there may be from this address: the oldest gives way."""
    source, gateway = c.s.getsockname()[0], c.s.getpeername()[0]
    for _ in range(5):
        c.init()
        c.s.close()
        c = Client(source, gateway)


CASES = (  # name, at SHARED?, what it does, what it must fail for
    ("ikev1", 0, ikev1, "ike.version-1"),
    ("ikev3", 0, ikev3, "ike.version-unknown"),
    ("malformed", 0, malformed, "ike.malformed"),
    ("critical", 0, critical, "ike.critical-payload"),
    ("group-loop", 0, group_loop, "ike.group-not-taken-up"),
    ("off-the-curve", 0, off_the_curve, "ike.bad-key-exchange"),
    ("silent-after-init", 0, silent_after_init, "client.silent-after-init"),
    ("garbled", 0, garbled, "ike.integrity"),
    ("unknown-sa", 0, unknown_sa, "ike.unknown-sa"),
    ("incomplete", 0, incomplete, "auth.incomplete"),
    ("not-understood", 0, not_understood, "client.malformed-message"),
    ("critical-inside", 0, critical_inside, "ike.critical-payload"),
    ("silent-after-certificate", 0, silent_after_certificate, "client.silent-after-certificate"),
    ("silent-in-eap", 0, silent_in_eap, "client.silent-in-eap"),
    ("unexpected", 0, unexpected, "client.unexpected-message"),
    ("eap-nak", 0, eap_nak, "auth.eap-method-refused"),
    ("eap-change-password", 0, eap_change_password, "auth.eap-malformed"),
    ("eap-strays", 0, eap_strays, "auth.eap-too-long"),
    ("no-address", 0, no_address, "child.no-address-asked"),
    ("elsewhere", 0, elsewhere, "child.no-common-selectors"),
    ("esn-unknown", 0, esn_unknown, "child.no-common-proposal"),
    ("reserved-spi", 0, reserved_spi, "child.malformed"),
    ("unknown-server", 1, unknown_server, "auth.unknown-server-name"),
    ("no-server", 1, no_server, "auth.no-server-name"),
    ("eap-not-allowed", 1, eap_not_allowed, "auth.eap-not-allowed"),
    ("psk-not-allowed", 1, psk_not_allowed, "auth.psk-not-allowed"),
    ("pool-empty", 1, pool_empty, "lease.pool-empty"),
    ("tenant-limit", 1, tenant_limit, "limit.tenant-sessions"),
    ("user-limit", 1, user_limit, "limit.user-sessions"),
    ("fixed-address", 0, fixed_address, "lease.address-in-use"),
    ("crowd", 0, crowd, "limit.half-open"),
)


def main(gateway, shared, first):
    for i, (name, is_shared, act, cause) in enumerate(CASES):
        source = str(ipaddress.IPv4Address(first) + i)
        try:
            act(Client(source, shared if is_shared else gateway))
        except OSError as e:
            raise SystemExit(f"{name}: {e}") from e
        print(name, source, cause, flush=True)


main(*sys.argv[1:])
