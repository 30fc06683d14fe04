#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include what: docs/ARCHITECTURE.md, "Dependency rules", as data.

Change a row here only together with that page.
"""
import os
import re

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

# Third parties: header pattern -> places (prefixes) that may include it.
FENCES = (
    (r"rte_ethdev\.h|rte_eth_\w+\.h|rte_dev\.h", ("dataplane/port/", "tests/perf/")),
    (r"rte_\w+\.h", ("dataplane/", "tests/unit/dataplane/", "tests/perf/", "tests/campaign/",
                     "tests/fuzz/")),
    (r"intel-ipsec-mb\.h", ("dataplane/crypto/", "tests/unit/dataplane/", "tests/perf/")),
    (r"openssl/.*", ("controlplane/crypto/", "controlplane/keys/", "controlplane/tls/",
                     "dataplane/crypto/", "tests/unit/", "tests/perf/")),
    (r"jansson\.h", ("controlplane/policy/", "controlplane/portal/", "controlplane/ctl/", "controlplane/metrics/",
                     "controlplane/keys/", "controlplane/revision/",
                     "dataplane/conf/", "tests/unit/")),
    (r"event2/.*", ("controlplane/", "tests/unit/controlplane/", "tests/sim/")),
    (r"cmocka\.h", ("tests/",)),
)

# Planes: who may include whose headers. tests/ may include all of one plane and common.
PLANES = {
    "common": ("common",),
    "dataplane": ("common", "dataplane"),
    "controlplane": ("common", "controlplane"),
}

# The data plane. A stage may include the ground and common, never another stage; the ground
# includes the ground. Who puts things together may include everything.
DP_GROUND = {"conf", "crypto", "iface", "parse", "port", "quota", "session", "stat", "worker"}
DP_COMPOSES = {"balance.c", "balance.h", "fast", "main.c", "maincore.c", "maincore.h", "parts.c", "parts.h", "pipeline.c", "pipeline.h",
               "telemetry", "worker", "policy", "link", "proc"}
# Single steps beside that: (folder, header) and why.
DP_ALSO = {
    ("session", "dataplane/esp/replay.h"),  # the window stands in the session's inbound SA
    ("acl", "dataplane/link/link.h"),       # records of the access-control log
    ("punt", "dataplane/link/link.h"),      # what goes to the control plane
}

# The control plane points downwards. A folder may include those of a lower level, and the
# services; services include services.
CP_LEVEL = {"takeover": 7, "portal": 6, "ctl": 6, "revision": 6, "ike": 5, "l2tp": 5, "pptp": 5, "sstp": 5, "web": 5,
            "eap": 4, "ppp": 4, "auth": 3, "session": 2, "dpctl": 1}
CP_SERVICE = {"syslog", "crypto", "policy", "door", "log", "metrics", "proc", "keys", "tls", "store"}
# Files that put a process together may include everything.
CP_ROOT = re.compile(r"(^controlplane/main\.c|_main\.c)$")

# Headers beside a folder's front door (FOLDER.h) that others may include.
DOORS = {
    "dataplane/acl/flow.h",
    "dataplane/crypto/gcm.h",
    "dataplane/esp/aad.h",
    "dataplane/port/give.h",
    "dataplane/punt/guard.h",
    "dataplane/punt/peers.h",
    "dataplane/quota/limits.h",
    "dataplane/quota/police.h",
    "dataplane/quota/share.h",
    "dataplane/esp/replay.h",
    "dataplane/neigh/cache.h",
    "dataplane/neigh/adj.h",
    "dataplane/parse/packet.h",
    "dataplane/session/path.h",
    "dataplane/session/sessions.h",
    "dataplane/stat/bucket.h",
    "dataplane/worker/command.h",
    "dataplane/worker/handoff.h",
    "dataplane/worker/map.h",
    "dataplane/worker/move.h",
    "controlplane/crypto/legacy.h",
    "controlplane/crypto/certificate.h",
    "controlplane/crypto/tls_client.h",
    "controlplane/crypto/seal.h",
    "controlplane/keys/keys_door.h",
    "controlplane/keys/keys_server.h",
    "controlplane/keys/keys_vault.h",
    "controlplane/metrics/metrics_msg.h",
    "controlplane/log/cause.h",
    "controlplane/policy/bundle.h",
    "controlplane/policy/diff.h",
    "controlplane/policy/history.h",
    "controlplane/policy/numbers.h",
    "controlplane/policy/secrets.h",
    "controlplane/policy/warnings.h",
    "controlplane/policy/secrets_request.h",
    "controlplane/policy/secrets_vault.h",
    "controlplane/policy/wiping.h",
    "controlplane/policy/zone.h",
    "controlplane/proc/child.h",
    "controlplane/proc/control.h",
    "controlplane/proc/ipc.h",
    "controlplane/proc/stage.h",
}


def third_party(path, name):
    for pattern, places in FENCES:
        if re.fullmatch(pattern, name):
            if not path.startswith(places):
                return f"<{name}> is fenced: only in {', '.join(places)}"
            return None
    return None


def plane_rule(path, name):
    mine, theirs = path.split("/")[0], name.split("/")[0]
    if theirs not in PLANES and theirs != "tests":
        return f'"{name}" is not a path from the root'
    if mine in PLANES and theirs not in PLANES[mine]:
        return f"{mine}/ may not include {theirs}/"
    if mine == "common" and path.startswith("common/base/") and not name.startswith("common/base/"):
        return "common/base includes nothing but itself"
    return None


def door_rule(path, name):
    """Only a folder's front door is for others."""
    folder, file = os.path.split(name)
    if folder == os.path.dirname(path) or name.startswith("common/") or path.startswith("tests/") \
            or CP_ROOT.search(path):
        return None
    if folder.count("/") == 0 or file == os.path.basename(folder) + ".h" or name in DOORS:
        return None
    if os.path.dirname(path).startswith(folder + "/") or folder.startswith(os.path.dirname(path) + "/"):
        return None  # ike/exchange and ike are one house
    return f'"{name}" is inside {folder}/; its front door is {os.path.basename(folder)}.h'


def dp_rule(path, name):
    if not (path.startswith("dataplane/") and name.startswith("dataplane/")):
        return None
    mine, theirs = path.split("/")[1], name.split("/")[1]
    if mine == theirs or mine in DP_COMPOSES or theirs in DP_GROUND or (mine, name) in DP_ALSO:
        return None
    return f"the stage {mine} may not know the stage {theirs}" if mine not in DP_GROUND else \
        f"{mine} is ground that stages stand on; it may not know {theirs}"


def cp_rule(path, name):
    if not (path.startswith("controlplane/") and name.startswith("controlplane/")) or CP_ROOT.search(path):
        return None
    mine, theirs = path.split("/")[1], name.split("/")[1]
    if mine == theirs or theirs in CP_SERVICE:
        return None
    if theirs not in CP_LEVEL:
        return f"{theirs}/ has no level in layers.py"
    if mine in CP_SERVICE:
        return f"the service {mine} may not know {theirs}"
    if CP_LEVEL.get(mine, 0) <= CP_LEVEL[theirs]:
        return f"{mine} may not include {theirs}: the control plane points downwards"
    return None


def own_header_first(root, path, names):
    own = path[:-2] + ".h"
    if path.endswith(".c") and os.path.isfile(os.path.join(root, own)) and names and names[0] != own:
        return f'its own header "{own}" comes first'
    return None


def check(root):
    n = 0
    for path in tree.files(root, ".c", ".h", under=("common", "dataplane", "controlplane", "tests")):
        text = tree.code(tree.read(root, path), strings=True)
        found = [(m.group(1), m.group(2), text.count("\n", 0, m.start(1)) + 1) for m in INCLUDE.finditer(text)]
        n += len(found)
        what = own_header_first(root, path, [name for _, name, _ in found])
        if what:
            yield path, 1, what
        for mark, name, line in found:
            rules = [third_party] if mark == "<" else [plane_rule, door_rule, dp_rule, cp_rule]
            for rule in rules:
                what = rule(path, name)
                if what:
                    yield path, line, what
                    break
    return f"{n} includes"


tree.run(check)
