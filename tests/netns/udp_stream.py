#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Numbered datagrams there and back, and what became of each.

    udp_stream.py echo ADDRESS PORT..               answers on each port
    udp_stream.py send ADDRESS PORT UNTIL REPORT    sends until the file UNTIL is there

send keeps a few datagrams on their way and no more, a thousand a second at most, so that no
queue of the lab can overflow, and goes on without one that does not come back. REPORT is rewritten while it runs:
"sent N back N lost N". Exit 0 only if every datagram came back, once.
"""
import os
import select
import socket
import sys
import time

AHEAD = 8       # on their way at a time
GIVE_UP_S = 10  # one that took so long is lost
PACE_S = 0.001  # between two


def echo(address, ports):
    sockets = []
    for port in ports:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((address, int(port)))
        sockets.append(s)
    print("ready", flush=True)
    while True:
        for s in select.select(sockets, [], [])[0]:
            data, peer = s.recvfrom(2048)
            s.sendto(data, peer)


class Stream:
    def __init__(self, address, port, report):
        self.s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.connect((address, int(port)))
        self.s.setblocking(False)
        self.report_file, self.reported = report, 0.0
        self.sent = self.back = self.twice = 0
        self.waiting = {}  # number: when sent
        self.lost = set()
        self.next = 0.0

    def send(self):
        self.next = time.monotonic() + PACE_S
        self.sent += 1
        self.waiting[self.sent] = time.monotonic()
        try:
            self.s.send(b"%d" % self.sent + b"." * 200)
        except OSError:
            pass  # refused somewhere: it will not come back

    def take(self):
        try:
            number = int(self.s.recv(2048).rstrip(b"."))
        except OSError:
            return
        if number in self.waiting:
            del self.waiting[number]
            self.back += 1
        elif number in self.lost:
            self.lost.discard(number)  # late, but there
            self.back += 1
        else:
            self.twice += 1

    def give_up(self):
        now = time.monotonic()
        for number in [k for k, t in self.waiting.items() if now - t > GIVE_UP_S]:
            print(f"{time.strftime('%T')}: number {number}, sent {now - self.waiting[number]:.1f} s ago, is lost", flush=True)
            del self.waiting[number]
            self.lost.add(number)
        if now - self.reported > 0.2:
            self.reported = now
            self.report()

    def report(self):
        with open(self.report_file + ".new", "w") as f:
            f.write(f"sent {self.sent} back {self.back} lost {len(self.lost)} twice {self.twice}\n")
        os.rename(self.report_file + ".new", self.report_file)

    def run(self, until):
        while not os.path.exists(until):
            if len(self.waiting) < AHEAD and time.monotonic() >= self.next:
                self.send()
            if select.select([self.s], [], [], PACE_S)[0]:
                self.take()
            self.give_up()
        while self.waiting:
            if select.select([self.s], [], [], 0.1)[0]:
                self.take()
            self.give_up()
        self.report()
        return self.sent > 0 and self.back == self.sent and not self.twice


def main():
    if sys.argv[1] == "echo":
        echo(sys.argv[2], sys.argv[3:])
    stream = Stream(sys.argv[2], sys.argv[3], sys.argv[5])
    sys.exit(not stream.run(sys.argv[4]))


main()
