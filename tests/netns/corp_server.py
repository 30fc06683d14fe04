#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""corp_server.py ADDRESS PORT [NAME]: HTTP server of the corporate side.

Content is a function of (n, seed), so the client can compute the expected digest by itself
and nothing is shared by disk.
  GET /blob?n=BYTES&seed=S   BYTES pseudo-random bytes; X-Client-Address tells who asked,
                             X-Server-Name which server answered
  PUT /blob                  answers with the SHA-256 of what was received
"""
import hashlib
import http.server
import socketserver
import sys
from urllib.parse import parse_qs, urlparse

from fetch import CHUNK, stream


NAME = sys.argv[3] if len(sys.argv) > 3 else "corp"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.send_header("X-Client-Address", self.client_address[0])
        self.send_header("X-Server-Name", NAME)
        self.end_headers()

    def do_GET(self):
        q = parse_qs(urlparse(self.path).query)
        n, seed = int(q["n"][0]), q["seed"][0]
        self.reply(n)
        for piece in stream(n, seed):
            self.wfile.write(piece)

    def do_PUT(self):
        left, h = int(self.headers["Content-Length"]), hashlib.sha256()
        while left > 0:
            piece = self.rfile.read(min(left, CHUNK))
            if not piece:
                return
            h.update(piece)
            left -= len(piece)
        body = h.hexdigest().encode()
        self.reply(len(body))
        self.wfile.write(body)

    def log_message(self, fmt, *args):
        print(self.client_address[0], fmt % args, flush=True)


class Server(http.server.ThreadingHTTPServer):
    # HTTPServer.server_bind() looks up the host's name: five seconds where there is no DNS
    server_bind = socketserver.TCPServer.server_bind


if __name__ == "__main__":
    Server((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
