#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fetch.py HOST BYTES POOL [DNS_NAME]: prove that a tunnel carries real traffic.

Download and upload BYTES over HTTP with SHA-256 checked, require that the server saw an
address inside POOL, resolve one name over UDP.  Exit 0 only if all of it held.  Imports
are few on purpose: in a User-Mode Linux guest each one costs a tenth of a second.
In the environment: FETCH_TIMEOUT (seconds a transfer may stall), FETCH_SERVER (the name the
server must call itself), FETCH_MARK (text to upload again and again, for tests that look for
it on a wire where it must not be).
"""
import os
import socket
import sys
import time
from _hashlib import openssl_sha256, openssl_shake_128

CHUNK = 65536
TIMEOUT = float(os.environ.get("FETCH_TIMEOUT", "30"))
SERVER = os.environ.get("FETCH_SERVER", "")
MARK = os.environ.get("FETCH_MARK", "").encode()


def stream(n, seed):
    """n pseudo-random bytes, a function of (n, seed) only."""
    block = 0
    while n > 0:
        piece = openssl_shake_128(f"{seed}/{block}".encode()).digest(min(n, CHUNK))
        block += 1
        n -= len(piece)
        yield piece


def inside(addr, cidr):
    net, bits = cidr.split("/")
    shift = 32 - int(bits)
    num = [int.from_bytes(socket.inet_aton(a), "big") >> shift for a in (addr, net)]
    return num[0] == num[1]


def connect(host):
    for attempt in range(5):
        try:
            return socket.create_connection((host, 80), 10)
        except OSError as e:
            print(f"connect attempt {attempt + 1}: {e}")
            time.sleep(0.5)
    raise OSError("no connection to the HTTP server")


def header(f):
    status = f.readline().split()
    if status[1:2] != [b"200"]:
        raise OSError(f"HTTP status {status}")
    h = {}
    while (line := f.readline()) not in (b"\r\n", b""):
        k, v = line.decode().split(":", 1)
        h[k.lower()] = v.strip()
    return h


def rate(verb, n, t0, ok):
    dt = time.monotonic() - t0
    print(f"{verb} {n} bytes in {dt:.2f}s = {n * 8 / dt / 1e6:.1f} Mbit/s sha256 {'ok' if ok else 'BAD'}")
    return ok


def dns_a(server, name):
    q = b"LA\1\0\0\1\0\0\0\0\0\0"
    q += b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0\0\1\0\1"
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(2)
    for _ in range(5):
        try:
            s.sendto(q, (server, 53))
            r = s.recv(2048)
        except OSError:
            continue
        if r[:2] == q[:2] and r[7] >= 1:
            return socket.inet_ntoa(r[-4:])
    raise OSError(f"no DNS answer from {server}")


def main(host, n, pool, name=""):
    n, seed = int(n), os.urandom(8).hex()
    body = b"".join(stream(n, seed))
    want = openssl_sha256(body).hexdigest()
    c = connect(host)
    c.settimeout(TIMEOUT)
    f = c.makefile("rb")
    print("local address", c.getsockname()[0], flush=True)

    t0, h, got = time.monotonic(), openssl_sha256(), 0
    c.sendall(f"GET /blob?n={n}&seed={seed} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    hdr = header(f)
    left = int(hdr["content-length"])
    while left > 0 and (piece := f.read(min(left, CHUNK))):
        h.update(piece)
        got += len(piece)
        left -= len(piece)
    if not rate("download", got, t0, got == n and h.hexdigest() == want):
        return 1
    ok = inside(hdr["x-client-address"], pool)
    print(f"server saw {hdr['x-client-address']}, {'inside' if ok else 'NOT INSIDE'} {pool}", flush=True)
    if not ok:
        return 1
    if SERVER and hdr["x-server-name"] != SERVER:
        print(f"the server is {hdr['x-server-name']}, not {SERVER}")
        return 1

    if MARK:
        body = (MARK * (n // len(MARK) + 1))[:n]
        want = openssl_sha256(body).hexdigest()
    t0 = time.monotonic()
    c.sendall(f"PUT /blob HTTP/1.1\r\nHost: {host}\r\nContent-Length: {n}\r\n\r\n".encode())
    c.sendall(body)
    back = f.read(int(header(f)["content-length"])).decode()
    if not rate("upload", n, t0, back == want):
        return 1
    if name:
        print(f"dns {name} = {dns_a(host, name)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except OSError as e:
        print(f"FAILED: {e!r}")
        sys.exit(1)
