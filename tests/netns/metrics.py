#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""metrics.py bridge PORT SOCKET        TCP on 127.0.0.1 to a UNIX socket, until it is ended
metrics.py strict                     standard input through the OpenMetrics parser of Prometheus' Python client
metrics.py query URL PROMQL VALUE     until a Prometheus answers with a value that is VALUE, or "+N": N at least
"""
import json
import socket
import sys
import threading
import time
import urllib.parse
import urllib.request

WAIT_S = 60


def pump(source, sink):
    while True:
        octets = source.recv(65536)
        if not octets:
            break
        sink.sendall(octets)
    sink.shutdown(socket.SHUT_WR)


def serve(client, path):
    with client, socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(path)
        except OSError as e:
            print(f"{path}: {e}", flush=True)
            return
        there = threading.Thread(target=pump, args=(client, server), daemon=True)
        there.start()
        pump(server, client)


def bridge(port, path):
    listener = socket.create_server(("127.0.0.1", int(port)))
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, path), daemon=True).start()


def strict():
    from prometheus_client.openmetrics import parser
    families = list(parser.text_string_to_metric_families(sys.stdin.read()))
    names = [f.name for f in families]
    if len(set(names)) != len(names):
        sys.exit("a family comes twice")
    if not all(f.documentation for f in families):
        sys.exit("a family without help")
    print(f"{len(families)} families, {sum(len(f.samples) for f in families)} samples")


def value_of(url, promql):
    with urllib.request.urlopen(url + "/api/v1/query?" + urllib.parse.urlencode({"query": promql}), timeout=10) as r:
        found = json.load(r)["data"]["result"]
    return float(found[0]["value"][1]) if len(found) == 1 else None


def query(url, promql, want):
    got = None
    for _ in range(WAIT_S * 5):
        try:
            got = value_of(url, promql)
        except OSError as e:
            got = e
        if isinstance(got, float) and (got >= float(want[1:]) if want[0] == "+" else got == float(want)):
            print(int(got))
            return
        time.sleep(0.2)
    sys.exit(f"{promql} is {got}, expected {want}")


{"bridge": bridge, "strict": strict, "query": query}[sys.argv[1]](*sys.argv[2:])
