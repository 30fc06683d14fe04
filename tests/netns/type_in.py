#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run a program at a terminal of its own, type lines, and print all that the terminal showed.

    type_in.py [--signal NAME] LINE.. -- PROGRAM ARG..

A line is typed when the terminal stops echoing. With --signal, the program gets the signal
at that moment instead of the last line. The exit status is the program's (128 + signal's
number when one ended it), 125 when the terminal does not echo at the end.
"""
import fcntl
import os
import pty
import select
import signal
import sys
import termios
import time

LIMIT_S = 60


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


def read_some(fd, shown, seconds):
    if select.select([fd], [], [], seconds)[0]:
        try:
            data = os.read(fd, 4096)
        except OSError:
            return False
        shown += data
        return bool(data)
    return True


def main():
    words = sys.argv[1:]
    name = None
    if words[0] == "--signal":
        name, words = words[1], words[2:]
    lines, program = words[:words.index("--")], words[words.index("--") + 1:]
    master, slave = pty.openpty()
    pid = os.fork()
    if pid == 0:
        os.close(master)
        login(slave)
        os.execvp(program[0], program)
    shown, end = bytearray(), time.monotonic() + LIMIT_S
    prompts = 0
    while time.monotonic() < end and (lines or name):
        read_some(master, shown, 0.05)
        # Each question ends with ": ", asked while nothing is shown.
        if not echoes(slave) and shown.count(b": ") > prompts:
            prompts = shown.count(b": ")
            if name and not lines:
                os.kill(pid, getattr(signal, name))
                name = None
            else:
                os.write(master, lines.pop(0).encode() + b"\n")
        if exited(pid):
            break
    status = wait(pid, master, shown, end)
    while read_some(master, shown, 0.1) and select.select([master], [], [], 0)[0]:
        pass
    sys.stdout.buffer.write(shown)
    if not echoes(slave):
        sys.exit(125)
    sys.exit(status)


def login(slave):
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)


def exited(pid):
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def wait(pid, master, shown, end):
    while not exited(pid):
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
        read_some(master, shown, 0.05)
    status = os.waitpid(pid, 0)[1]
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


main()
