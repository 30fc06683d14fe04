#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Say where octets are found: find_in.py [--pid PID].. [--path FILE|DIR].. TEXT..

Looks through all memory of a process that can be read, and through files. Each text is looked
for as it is and in UTF-16LE. Prints a line for each place and exits 1 when there is one; exits
3 when a process' memory could not be read at all.
"""
import os
import re
import sys


def forms(texts):
    for text in texts:
        yield text, text.encode()
        yield text + " (UTF-16)", text.encode("utf-16-le")


def look(where, data, wanted, found):
    for name, octets in wanted:
        if octets in data:
            found.append(f"{where}: {name}")


def look_at_process(pid, wanted, found):
    n = 0
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+\s*(.*)", line)
            if not m or m.group(3) in ("[vvar]", "[vsyscall]"):
                continue
            start, end = int(m.group(1), 16), int(m.group(2), 16)
            try:
                mem.seek(start)
                data = mem.read(end - start)
            except (OSError, ValueError):
                continue
            n += len(data)
            look(f"process {pid}, {line.split()[0]} {m.group(3)}", data, wanted, found)
    return n


def look_at_path(path, wanted, found):
    files = [path] if os.path.isfile(path) else \
        [os.path.join(d, f) for d, _, names in os.walk(path) for f in names]
    for name in files:
        if os.path.isfile(name):
            with open(name, "rb") as f:
                look(name, f.read(), wanted, found)


def main():
    words, pids, paths, texts = sys.argv[1:], [], [], []
    while words:
        word = words.pop(0)
        if word == "--pid":
            pids.append(int(words.pop(0)))
        elif word == "--path":
            paths.append(words.pop(0))
        else:
            texts.append(word)
    wanted, found = list(forms(texts)), []
    for pid in pids:
        if not look_at_process(pid, wanted, found):
            sys.exit(3)
    for path in paths:
        look_at_path(path, wanted, found)
    print("\n".join(found))
    sys.exit(1 if found else 0)


main()
