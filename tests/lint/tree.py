# SPDX-License-Identifier: Apache-2.0
"""tree - what the lints share: the files, C without comments, functions, file heads.

A lint is an executable here: it takes the root of the tree, prints one finding a line as
"path:line: what", and exits 1 when there was any; its last line says what it looked at.
"""
import os
import re
import sys

SKIP = {"build", ".git", "__pycache__"}


def files(root, *suffixes, under=("",)):
    """Paths relative to root, sorted, that end in one of suffixes."""
    found = []
    for top in under:
        for where, dirs, names in os.walk(os.path.join(root, top)):
            dirs[:] = [d for d in dirs if d not in SKIP]
            found += [os.path.relpath(os.path.join(where, n), root) for n in names
                      if not suffixes or n.endswith(suffixes)]
    return sorted(set(found))


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        return f.read()


_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code(text, strings=False):
    """C without comments (and without what stands in strings), line numbers unchanged."""
    def blank(m):
        t = m.group()
        if t[0] == "/":
            return "\n" * t.count("\n")
        return t if strings else t[0] + t[-1]
    return _TOKEN.sub(blank, text)


def functions(text):
    """(name, first line, last line, body) of each function: Linux braces, as clang-format leaves it."""
    lines = code(text).split("\n")
    out, start = [], None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line == "}" and start is not None:
            head = start - 1
            while head > 0 and lines[head - 1].strip() and not lines[head - 1].startswith(("#", "}")) \
                    and not lines[head - 1].rstrip().endswith(";"):
                head -= 1
            names = re.findall(r"(\w+)\s*\(", " ".join(lines[head:start]))
            names = [n for n in names if n not in ("__attribute__", "SECRET")]
            out.append((names[0] if names else "?", head + 1, i + 1, "\n".join(lines[start:i + 1])))
            start = None
    return out


_PARA = re.compile(r"^ \* ([A-Z][a-z]+)  +(\S.*)$")


def head(text):
    """{"Walk": "...", "Thread": "..."} of the first comment that is not the licence."""
    m = re.search(r"/\*\n(.*?)\*/", text, re.S)
    out, key = {}, None
    for line in (m.group(1).split("\n") if m else []):
        p = _PARA.match(line)
        if p:
            key = p.group(1)
            out[key] = p.group(2).strip()
        elif key and re.match(r"^ \*  +\S", line):
            out[key] += " " + line[2:].strip()
        else:
            key = None
    return out


def run(check):
    """Entry point of a lint: check(root) yields (path, line, what) and returns a summary."""
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    found = 0
    gen = check(root)
    summary = ""
    while True:
        try:
            path, line, what = next(gen)
        except StopIteration as end:
            summary = end.value or ""
            break
        found += 1
        print(f"{path}:{line}: {what}")
    if not found:
        print(summary)
    sys.exit(1 if found else 0)
