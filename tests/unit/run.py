#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""run.py BUILD_DIR PREFIX REPORT [NAME..]: run the cmocka programs of a build.

Every cmocka test is entered in the ledger by itself; a program that ends badly without a
failing test (a crash, a sanitizer's report, no test at all) is a failure of its own. A program
that speaks no TAP is one test, judged by its exit status.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

LIMIT_S = 300
OK = re.compile(r"^(not )?ok \d+(?: -)? ?(.*)$")


def programs(build):
    out = subprocess.run(["meson", "introspect", "--tests", build],
                         check=True, capture_output=True, text=True).stdout
    return {t["name"]: t for t in json.loads(out) if "sekisho:unit" in t["suite"] or "unit" in t["suite"]}


def environment():
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    env.setdefault("ASAN_OPTIONS", "detect_leaks=1")
    env.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1")
    env.setdefault("TSAN_OPTIONS", "halt_on_error=1:second_deadlock_stack=1")
    return env


def without_aslr():
    """Sanitizers of this compiler's age fail now and then on kernels with much randomness."""
    tool = ["setarch", "-R"]
    works = subprocess.run(tool + ["true"], capture_output=True).returncode == 0
    return tool if works else []


def run(test, prefix_cmd, build):
    start = time.monotonic()
    try:
        p = subprocess.run(prefix_cmd + test["cmd"], env=dict(environment(), **test["env"]),
                           cwd=test["workdir"] or build, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S)
        out, rc = p.stdout.decode(errors="replace"), p.returncode
    except subprocess.TimeoutExpired as e:
        out, rc = (e.stdout or b"").decode(errors="replace"), "timeout"
    return out, rc, time.monotonic() - start


def judge(program, out, rc):
    """[(verdict, test, reason)] of one program's output"""
    rows = []
    for line in out.splitlines():
        m = OK.match(line)
        if not m:
            continue
        name = m[2].strip()
        if "SKIP" in name:
            rows.append(("SKIP", name.replace("# SKIP", "").strip() or program, "the test asked for it"))
        else:
            rows.append(("FAIL" if m[1] else "PASS", name, ""))
    if rc == "timeout":
        rows.append(("FAIL", "(program)", f"still running after {LIMIT_S} s"))
    elif rc != 0 and not any(v == "FAIL" for v, _, _ in rows):
        how = f"killed by signal {-rc}" if rc < 0 else f"exit status {rc}"
        rows.append(("FAIL", "(program)", how))
    elif rc == 0 and not rows:
        speaks_tap = re.search(r"^1\.\.\d+$", out, re.M)
        rows.append(("FAIL", "(program)", "it ran no test") if speaks_tap else ("PASS", "(program)", ""))
    return rows


def main(build, prefix, report, *names):
    tests = programs(build)
    if names:
        tests = {k: t for k, t in tests.items() if any(k.startswith(n) for n in names)}
    wrapper = without_aslr() if prefix != "unit" else []
    failed = False
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool, \
            open(report, "a") as ledger:
        jobs = {pool.submit(run, t, wrapper, build): k for k, t in tests.items()}
        for job in concurrent.futures.as_completed(jobs):
            program = jobs[job]
            out, rc, seconds = job.result()
            rows = judge(program, out, rc)
            for verdict, name, reason in rows:
                ledger.write(f"{verdict}\t{prefix}/{program}/{name}\t{reason}\n")
            bad = any(v == "FAIL" for v, _, _ in rows)
            failed |= bad
            print(f"{'FAIL' if bad else 'PASS'}  {prefix}/{program}: "
                  f"{len(rows)} tests in {seconds:.1f} s", flush=True)
            if bad:
                lines = [x for x in out.splitlines() if not x.startswith("ok ")]
                print("\n".join("      " + x for x in lines[-60:]), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
