#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Code whose head says "Thread   the worker ..." allocates nothing, takes no lock, makes no
text and no system call. Functions that run before or after (…_init, …_new, …) may, and
dataplane/port may make the system calls that ports need."""
import re

import tree

BEFORE = re.compile(r"_(init|fini|new|free|create|destroy|setup|start|stop)$|^main$")
BANNED = (
    ("allocates", r"(?:m|c|re)alloc|free|strdup|posix_memalign|aligned_alloc|"
                  r"rte_(?:m|z|c|re)alloc\w*|rte_zmalloc\w*|rte_free|mmap|munmap"),
    ("takes a lock", r"pthread_(?:mutex|rwlock|spin|cond)_\w+|rte_(?:spin|rw|seq|ticket|mcs)lock_\w+|"
                     r"rte_rcu_qsbr_synchronize|mtx_lock|sem_wait"),
    ("makes text", r"(?:f|s|sn|vsn|vf|d|as)?printf|f?puts|f?putc|RTE_LOG|rte_log|syslog|perror|strerror"),
    ("makes a system call", r"read|write|readv|writev|send|sendto|sendmsg|recv|recvfrom|recvmsg|open|close|"
                            r"ioctl|poll|ppoll|epoll_wait|select|eventfd_(?:read|write)|nanosleep|usleep|sleep|"
                            r"clock_gettime|gettimeofday|time|getrandom|sched_yield|rte_eth_stats_get|rte_delay_ms"),
)
PATTERN = [(what, re.compile(rf"(?<![\w.>])({names})\s*\(")) for what, names in BANNED]


def is_hot(text):
    return re.match(r"(the |a |each )?(owner )?worker", tree.head(text).get("Thread", "")) is not None


def check(root):
    n = 0
    for path in tree.files(root, ".c", ".h", under=("dataplane", "common")):
        text = tree.read(root, path)
        if not is_hot(text):
            continue
        n += 1
        for name, first, last, body in tree.functions(text):
            if BEFORE.search(name):
                continue
            for what, pattern in PATTERN:
                if what == "makes a system call" and path.startswith("dataplane/port/"):
                    continue
                for m in pattern.finditer(body):
                    line = last - body.count("\n", m.start())
                    yield path, line, f"{name}() runs on a worker and {what}: {m.group(1)}()"
    return f"{n} files of worker code"


tree.run(check)
