#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""top.py SEKISHOCTL RUNTIME USER TENANT: "sekishoctl top" on a pseudo-terminal, as a person uses it.

The user's session must be there and have traffic. Each step waits up to a minute for what it wants to
see; prints one line a step. Frames are taken apart by the sequences a terminal would obey.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

WAIT_S = 60
TAKE, GIVE = b"\x1b[?1049h\x1b[?25l\x1b[?7l", b"\x1b[?7h\x1b[?25h\x1b[?1049l"


class Top:
    def __init__(self, argv, term="xterm", size=(40, 140)):
        self.seen = b""
        self.master, self.slave = pty.openpty()
        self.resize(*size)
        self.was = termios.tcgetattr(self.slave)
        tell, told = os.pipe()
        self.shell = os.fork()
        if self.shell == 0:
            self.be_shell(argv, dict(os.environ, TERM=term), told)
        os.close(told)
        self.pid = int(os.read(tell, 16))
        os.close(tell)

    def be_shell(self, argv, environment, told):
        """As a shell does: a session, and the program as a job in its foreground, which can be stopped."""
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        for sig in (signal.SIGHUP, signal.SIGTTOU, signal.SIGINT):
            signal.signal(sig, signal.SIG_IGN)
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            os.tcsetpgrp(self.slave, os.getpgrp())
            for sig in (signal.SIGHUP, signal.SIGTTOU, signal.SIGINT):
                signal.signal(sig, signal.SIG_DFL)
            for fd in range(3):
                os.dup2(self.slave, fd)
            os.closerange(3, 100)
            os.execve(argv[0], argv, environment)
        os.write(told, str(pid).encode())
        os.close(self.master)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os._exit(status if status >= 0 else 128 - status)

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds=0.2):
        while select.select([self.master], [], [], seconds)[0]:
            try:
                octets = os.read(self.master, 65536)
            except OSError:
                return
            if not octets:
                return
            self.seen += octets
            seconds = 0

    def press(self, octets):
        os.write(self.master, octets)

    def frame(self):
        """Lines of the last whole picture."""
        whole = self.seen.split(b"\x1b[H")[1:]
        whole = [f for f in whole if f.endswith(b"\x1b[K\x1b[J") or b"\x1b[K\x1b[J" in f]
        if not whole:
            return []
        return re.split("\x1b\\[K\r+\n", whole[-1].split(b"\x1b[K\x1b[J")[0].decode())

    def until(self, what, holds):
        end = time.time() + WAIT_S
        while time.time() < end:
            self.read()
            found = holds(self.frame())
            if found:
                print(f"   {what}")
                return found
        sys.exit(f"not seen: {what}; the last picture:\n" + "\n".join(self.frame()))

    def ended(self):
        """Its status, when it ends."""
        end = time.time() + WAIT_S
        while time.time() < end:
            self.read(0.05)
            pid, status = os.waitpid(self.shell, os.WNOHANG)
            if pid:
                self.read(0.05)
                return os.waitstatus_to_exitcode(status)
        sys.exit("it does not end")

    def close(self):
        os.close(self.slave)
        os.close(self.master)


def must(what, holds):
    if not holds:
        sys.exit(f"not so: {what}")
    print(f"   {what}")


def row_of(frame, user):
    rows = [line for line in frame if line.startswith(user + " ")]
    return rows[0] if rows else None


def restored(top):
    must("the screen and the cursor are given back", top.seen.rstrip().endswith(GIVE))
    must("the terminal's settings are as before", termios.tcgetattr(top.slave) == top.was)


def by_hand(argv, user, tenant):
    top = Top(argv)
    top.until("the user's session", lambda f: row_of(f, user))
    must("it took the screen", TAKE in top.seen)
    first = top.until("traffic", lambda f: re.search(r" [1-9][0-9.]* [kMG] ", row_of(f, user) or ""))
    age = row_of(top.frame(), user)
    top.until("numbers move", lambda f: row_of(f, user) not in (None, age))
    must("no key is needed for that", first)
    top.press(b"s")
    top.until("sorted by the next column", lambda f: any("*OUT BIT/S" in line for line in f))
    top.press(b"t")
    top.until("one tenant only", lambda f: f and f[-1].startswith("1 sessions  " + tenant + " "))
    top.press(b"t")
    top.until("all again", lambda f: f and "all tenants" in f[-1])
    top.press(b"\x1b[A\x1b[B\x1b[5~\x1b[6~\x1bOA\x1b[99;99Z\x1b\x1b[\x00\xff\xfe%n\x1b]0;x\x07" + bytes(range(0x80, 0x100)))
    top.press(b"\x1b[H")
    top.resize(16, 50)
    small = top.until("a smaller picture", lambda f: f and len(f) <= 16 and max(map(len, f)) <= 50 and f)
    must("which has the head in it", small[0].startswith("sekisho"))
    top.resize(50, 200)
    top.until("a larger picture, after garbage", lambda f: row_of(f, user) and max(map(len, f)) > 50)
    top.press(b"q")
    must("q ends it with status 0", top.ended() == 0)
    restored(top)
    top.close()


def by_signal(argv, user, sig):
    top = Top(argv)
    top.until("the user's session", lambda f: row_of(f, user))
    os.kill(top.pid, sig)
    must(f"{sig.name} ends it", top.ended() == 0)
    restored(top)
    top.close()


def by_stop(argv, user):
    top = Top(argv)
    top.until("the user's session", lambda f: row_of(f, user))
    os.kill(top.pid, signal.SIGTSTP)
    top.until("a stop", lambda f: open(f"/proc/{top.pid}/stat").read().split(") ")[1][0] == "T")
    restored(top)
    top.seen = b""
    os.kill(top.pid, signal.SIGCONT)
    top.until("it comes back to its screen", lambda f: TAKE in top.seen and row_of(f, user))
    top.press(b"q")
    must("and ends", top.ended() == 0)
    restored(top)
    top.close()


def by_loss(argv, user):
    top = Top(argv)
    top.until("the user's session", lambda f: row_of(f, user))
    os.close(top.slave)
    os.close(top.master)
    end = time.time() + WAIT_S
    while time.time() < end:
        if os.waitpid(top.shell, os.WNOHANG)[0]:
            print("   it ends when its terminal is gone")
            return
        time.sleep(0.05)
    os.kill(top.pid, signal.SIGKILL)
    sys.exit("it does not end when its terminal is gone")


def on_dumb(argv, user):
    top = Top(argv, term="dumb")
    end = time.time() + WAIT_S
    while top.seen.count(user.encode() + b" ") < 2:
        top.read()
        if time.time() > end:
            sys.exit("a dumb terminal gets nothing")
    must("a dumb terminal gets one table after another, and no sequence", b"\x1b" not in top.seen)
    os.kill(top.pid, signal.SIGINT)
    must("and an interrupt ends it", top.ended() == 128 + signal.SIGINT)
    top.close()


def main():
    program, runtime, user, tenant = sys.argv[1:]
    argv = [program, "top", "--runtime", runtime]
    by_hand(argv, user, tenant)
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        by_signal(argv, user, sig)
    by_stop(argv, user)
    by_loss(argv, user)
    on_dumb(argv, user)


main()
