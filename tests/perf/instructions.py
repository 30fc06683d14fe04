#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Instructions a packet takes outside the cryptography, held against instructions.budget.

instructions.py BUILD [--all] [--update]

Runs sekisho-count of BUILD under callgrind, one suite a run, and sums what was executed in the
worker's loop, but for the objects and functions of LEFT_OUT. Time and load change nothing of it:
two runs differ by less than one in a thousand. --all prints the functions of each row, --update
writes the counts as the new budgets, with ROOM.

The numbers are those of the code path that valgrind's processor takes, which has no AVX-512; in
the gateway's own code there is no difference.
"""
import collections
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
BUDGET = os.path.join(HERE, "instructions.budget")
ROOM = 1.02  # of a budget above what was counted when it was set
SUITES = ("aes-128-gcm", "aes-128-cbc-sha1")
# Objects and functions that are not counted: the library of the cryptography; the bench's own
# receive; ageing, which goes by the clock.
LEFT_OUT = re.compile(r"libIPSec_MB|^(__wrap_dp_port_rx|dp_flows_age|dp_flow_walk\w*)(?:'|$)")
NOT_THERE = 77  # exit status of sekisho-count: the data plane does not have the suite
COST = re.compile(r"^(?:\+\d+|-\d+|\*|\d+) (\d+)$")


def budgets():
    rows = {}
    with open(BUDGET, encoding="utf-8") as f:
        for line in f:
            line = line.split("#")[0].split()
            if line:
                rows[line[0]] = int(line[1])
    return rows


def self_costs(path):
    """{(object, function): instructions} of one dump: callgrind's profile format, version 1."""
    names, at, called = {}, {"ob": "", "fn": ""}, False
    costs = collections.Counter()
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            line = line.rstrip("\n")
            head, _, rest = line.partition("=")
            if head in ("ob", "fn", "cob", "cfn", "fl", "fi", "fe", "cfi", "cfl"):
                number, _, name = rest.partition(" ")
                kind = "ob" if head.endswith("ob") else "fn" if head.endswith("fn") else "fl"
                if name:
                    names[kind, number] = name
                if head in at:
                    at[head] = names.get((kind, number), "?")
            elif head == "calls":
                called = True  # the next line is what the called function took, not this one
            elif COST.match(line):
                if not called:
                    costs[at["ob"], at["fn"]] += int(COST.match(line)[1])
                called = False
    return costs


def count(build, suite, scratch):
    """[(row, instructions a packet, {function: instructions a packet})], or None."""
    program = os.path.join(build, "tests/perf/sekisho-count")
    out = os.path.join(scratch, suite)
    run = subprocess.run(
        ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no",
         "--toggle-collect=dp_worker_run", "--dump-before=count_row", program, suite],
        capture_output=True, text=True, check=False)
    if run.returncode == NOT_THERE:
        return None
    if run.returncode:
        sys.exit(f"{program} {suite} under callgrind ended with status {run.returncode}:\n{run.stderr[-2000:]}")
    rows = []
    # A dump is written when count_row() is entered, so dump k + 1 has what follows line k.
    for k, line in enumerate(run.stdout.splitlines(), 1):
        name, packets = line.split()
        if name == "-":
            continue
        by = collections.Counter()
        for (obj, fn), n in self_costs(f"{out}.{k + 1}").items():
            if not LEFT_OUT.search(obj) and not LEFT_OUT.search(fn):
                by[fn] += n / int(packets)
        rows.append((name, sum(by.values()), by))
    return rows


def write(rows):
    with open(BUDGET, encoding="utf-8") as f:
        head = "".join(line for line in f if line.startswith("#"))
    with open(BUDGET, "w", encoding="utf-8") as f:
        f.write(head)
        for name, n, _ in rows:
            f.write(f"{name:<40} {n * ROOM:.0f}\n")


def main():
    words = [a for a in sys.argv[1:] if not a.startswith("--")]
    if len(words) != 1:
        sys.exit(__doc__)
    budget, rows, wrong = budgets(), [], 0
    scratch = tempfile.mkdtemp(prefix="sekisho-count-")
    try:
        for suite in SUITES:
            rows += count(words[0], suite, scratch) or []
    finally:
        shutil.rmtree(scratch)
    if "--update" in sys.argv:
        write(rows)
        budget = budgets()
    for name, n, by in rows:
        most = budget.get(name)
        verdict = "no budget: run instructions.py --update" if most is None else \
            f"OVER: {n - most:.0f} instructions too many a packet" if n > most else ""
        wrong += bool(verdict)
        print(f"{name:<40} {n:8.1f} of {most or 0:6d}  {verdict}")
        if verdict or "--all" in sys.argv:
            for fn, k in by.most_common(40 if "--all" in sys.argv else 15):
                print(f"    {k:8.1f}  {fn}")
    if wrong:
        sys.exit(f"{wrong} rows take more instructions than tests/perf/instructions.budget allows. Take them out, "
                 "or raise the budget and say in the commit what they are for.")
    if not rows:
        sys.exit("nothing was counted")
    print(f"{len(rows)} rows within their budgets")


main()
