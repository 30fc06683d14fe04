#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every lint is shown one tree that it must refuse and one that it must accept."""
import os
import subprocess
import tempfile

import tree

HERE = os.path.dirname(os.path.abspath(__file__))
STYLE = os.path.join(HERE, "..", "..", ".clang-format")
SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"


def head(**paragraphs):
    rows = "".join(f" * {k:<8} {v}\n" for k, v in paragraphs.items())
    return SPDX + "/*\n * x - a file.\n *\n" + rows + " */\n"


def function(lines, name="f"):
    return f"int {name}(void)\n{{\n" + "\tg();\n" * lines + "}\n"


FSM = """#define BOTH(st) [st][ON_END] = {cp_ike_stop, ST_GONE}
edges[ST_COUNT][ON_COUNT] = {
\t[ST_UP][ON_GO] = {cp_ike_go, ST_UP, ST_WAIT},
\tBOTH(ST_UP),
};
"""
FSM_LISTS = 'X(ST_UP, "up", NONE) X(ON_GO, "go") X(ON_END, "end")\n'
FSM_PAGE = """<!-- states: made by tests/lint/states.py --write . -->
| state | event | action | next |
| --- | --- | --- | --- |
| **up**: up | go | `go` | up, or wait to wait |
|  | end | `stop` | gone |
<!-- end of states -->
"""


CAUSES = 'X(CAUSE_A, "a.first", "..") X(CAUSE_B, "b.second", "..")\n'


# (lint, what it must find, {path: text that breaks the rule}, {path: text that does not})
CASES = (
    ("layers.py", "may not include controlplane/",
     {"dataplane/esp/a.c": '#include "controlplane/ike/ike.h"\n'},
     {"dataplane/esp/a.c": '#include "common/base/addr.h"\n#include "dataplane/session/session.h"\n'}),
    ("layers.py", "is fenced",
     {"controlplane/ike/a.c": "#include <openssl/evp.h>\n"},
     {"controlplane/crypto/a.c": "#include <openssl/evp.h>\n"}),
    ("layers.py", "is fenced",
     {"dataplane/esp/a.c": "#include <rte_ethdev.h>\n"},
     {"dataplane/port/a.c": "#include <rte_ethdev.h>\n"}),
    ("layers.py", "may not know the stage",
     {"dataplane/esp/a.c": '#include "dataplane/acl/acl.h"\n'},
     {"dataplane/pipeline.c": '#include "dataplane/acl/acl.h"\n'}),
    ("layers.py", "points downwards",
     {"controlplane/dpctl/a.c": '#include "controlplane/ike/ike.h"\n'},
     {"controlplane/ike/a.c": '#include "controlplane/dpctl/dpctl.h"\n'}),
    ("layers.py", "front door",
     {"controlplane/ike/a.c": '#include "controlplane/eap/inner.h"\n'},
     {"controlplane/eap/a.c": '#include "controlplane/eap/inner.h"\n'}),
    ("layers.py", "comes first",
     {"common/base/a.c": '#include <stdio.h>\n#include "common/base/a.h"\n', "common/base/a.h": "int a;\n"},
     {"common/base/a.c": '#include "common/base/a.h"\n#include <stdio.h>\n', "common/base/a.h": "int a;\n"}),
    ("layers.py", "not a path from the root",
     {"common/base/a.c": '#include "a.h"\n'}, {"common/base/a.c": '#include "common/base/b.h"\n'}),
    ("header_alone.sh", "does not compile alone",
     {"common/base/a.h": "struct a { uint8_t x; };\n"},
     {"common/base/a.h": "#include <stdint.h>\nstruct a { uint8_t x; };\n"}),
    ("walk.py", "does not exist",
     {"common/base/a.h": head(Walk="base/gone.c -> [base/a]")},
     {"common/base/a.h": head(Walk="base/b.c -> [base/a]"), "common/base/b.c": ""}),
    ("hot.py", "allocates",
     {"dataplane/esp/a.c": head(Thread="the worker that owns it") + "int f(void)\n{\n\tx = malloc(1);\n}\n"},
     {"dataplane/esp/a.c": head(Thread="the worker that owns it") + "int f_new(void)\n{\n\tx = malloc(1);\n}\n",
      "dataplane/esp/b.c": head(Thread="the main core") + "int f(void)\n{\n\tx = malloc(1);\n}\n"}),
    ("hot.py", "takes a lock",
     {"dataplane/esp/a.c": head(Thread="worker") + "int f(void)\n{\n\tpthread_mutex_lock(&m);\n}\n"},
     {"dataplane/esp/a.c": head(Thread="worker") + "int f(void)\n{\n\tg();\n}\n"}),
    ("hot.py", "makes text",
     {"dataplane/esp/a.c": head(Thread="worker") + 'int f(void)\n{\n\tprintf("x");\n}\n'},
     {"dataplane/esp/a.c": head(Thread="worker") + "int f(void)\n{\n\t/* printf(x) */\n\tg();\n}\n"}),
    ("hot.py", "system call",
     {"dataplane/esp/a.c": head(Thread="worker") + "int f(void)\n{\n\twrite(1, p, 1);\n}\n"},
     {"dataplane/port/a.c": head(Thread="worker") + "int f(void)\n{\n\tpoll(p, 1, 1);\n}\n"}),
    ("size.py", "801 lines", {"common/base/a.c": "\n" * 801}, {"common/base/a.c": "\n" * 800}),
    ("size.py", "201 lines", {"common/base/a.h": "int a;\n" * 201}, {"common/base/a.h": "int a;\n/* a */\n" * 200}),
    ("size.py", "801 lines", {"tests/a.c": "\n" * 801}, {"tests/a.c": "/* lint: table */\n" + "\n" * 801}),
    ("size.py", "f() has 101", {"common/base/a.c": function(100)}, {"common/base/a.c": function(99)}),
    ("ban.py", "strcpy() is banned", {"tests/a.c": "\tstrcpy(a, b);\n"}, {"tests/a.c": "\t/* strcpy(a, b) */\n"}),
    ("secrets.py", "use ct_equal",
     {"controlplane/ike/a.c": "\tif (memcmp(icv, want, 16))\n"},
     {"controlplane/ike/a.c": "\tif (memcmp(psk->name, want, 16))\n"}),
    ("secrets.py", "use ct_equal",
     {"controlplane/ike/a.c": "\tif (f(g(x), memcmp(&h[1], (const void *)s->auth.psk + 4, n[2])))\n"},
     {"controlplane/ike/a.c": "\tif (ct_equal(icv, want, 16))\n"}),
    ("spdx.py", "no \"SPDX", {"common/base/a.c": "int a;\n"}, {"common/base/a.c": SPDX}),
    ("shell.sh", "SC2086", {"tests/a.sh": "#!/bin/bash\nrm $1\n"}, {"tests/a.sh": '#!/bin/bash\nrm "$1"\n'}),
    ("format.sh", "clang-format -i",
     {"common/a.c": "int f( void ){return 1;}\n"}, {"common/a.c": "int f(void)\n{\n\treturn 1;\n}\n"}),
    ("states.py", "is not current",
     {"controlplane/ike/ike_fsm.c": FSM, "controlplane/ike/ike_fsm.h": FSM_LISTS, "docs/protocols/ikev2.md": "old\n"},
     {"controlplane/ike/ike_fsm.c": FSM, "controlplane/ike/ike_fsm.h": FSM_LISTS, "docs/protocols/ikev2.md": FSM_PAGE}),
    ("drops.py", "is not current",
     {"docs/operations/drops.md": "old\n"}, {}),
    ("causes.py", "no test brings",
     {"controlplane/log/cause.h": CAUSES, "controlplane/a.c": "CAUSE_A; CAUSE_B;", "tests/unit/t.c": "CAUSE_A;"},
     {"controlplane/log/cause.h": CAUSES, "controlplane/a.c": "CAUSE_A; CAUSE_B;", "tests/unit/t.c": "CAUSE_A;",
      "tests/netns/test_b.sh": "fails b.second 192.0.2.1\n"}),
    ("causes.py", "nobody refuses for",
     {"controlplane/log/cause.h": CAUSES, "controlplane/a.c": "CAUSE_A;", "tests/unit/t.c": "CAUSE_A; CAUSE_B;"}, {}),
)


def run(lint, tree_files):
    with tempfile.TemporaryDirectory() as root:
        os.symlink(os.path.abspath(STYLE), os.path.join(root, ".clang-format"))
        for path, text in tree_files.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w") as f:
                f.write(text)
        p = subprocess.run([os.path.join(HERE, lint), root], capture_output=True, text=True)
        return p.returncode, p.stdout + p.stderr


def check(root):
    for i, (lint, finding, bad, good) in enumerate(CASES):
        if not os.path.exists(os.path.join(HERE, lint)):
            yield f"tests/lint/{lint}", 1, "has a case in selftest.py and does not exist"
            continue
        rc, out = run(lint, bad)
        if rc == 0 or finding not in out:
            yield f"tests/lint/{lint}", 1, f"case {i}: did not find \"{finding}\": {out.strip()[:200]}"
        rc, out = run(lint, good)
        if rc != 0:
            yield f"tests/lint/{lint}", 1, f"case {i}: refused a tree without \"{finding}\": {out.strip()[:200]}"
    tried = {c[0] for c in CASES} | {"selftest.py"}
    for name in sorted(os.listdir(HERE)):
        if os.access(os.path.join(HERE, name), os.X_OK) and os.path.isfile(os.path.join(HERE, name)) \
                and name not in tried:
            yield f"tests/lint/{name}", 1, "has no case in selftest.py: nobody knows that it can fail"
    return f"{len(CASES)} cases"


tree.run(check)
