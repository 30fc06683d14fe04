# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# gateway - the gateway under test in a lab: its configuration, its two programs, what it says.
#
# Source this after lib.sh and lab_load; it defines functions only. SEKISHO_BUILD names the
# build directory, relative to the tree.

SEKISHO_TREE=$(cd "$LAB_HOME/../.." && pwd)

# gateway_config: the lab's example with the lab's certificates, to be changed by gateway_set
gateway_config() {
	GW_DIR=$LAB_RUN/gateway
	GW_CONFIG=$GW_DIR/config GW_RUNTIME=$GW_DIR/run
	GW_BUILD=$SEKISHO_TREE/${SEKISHO_BUILD:-build/release}
	mkdir -p "$GW_DIR"
	cp -r "$SEKISHO_TREE/config/example/lab" "$GW_CONFIG"
	mkdir -p "$GW_CONFIG/pki"
	cp "$LAB_RUN"/pki/ca.crt "$LAB_RUN"/pki/server* "$GW_CONFIG/pki/"
	chmod 600 "$GW_CONFIG"/pki/*.key "$GW_CONFIG"/secrets/*.json
}

# gateway_set FILE EDIT..: see json_set.py
gateway_set() {
	local file=$1
	shift
	"$LAB_HOME/json_set.py" "$GW_CONFIG/$file" "$@"
}

dataplane_start() {
	install -d -m 755 "$GW_RUNTIME"
	spawn dataplane "$GW_DIR/dataplane.log" ip netns exec "$NS_GW" \
		"$GW_BUILD/dataplane/sekisho-dataplane" --config "$GW_CONFIG/dataplane.json" --runtime "$GW_RUNTIME"
	DATAPLANE=$SPAWNED
}

controlplane_start() {
	spawn controlplane "$GW_DIR/controlplane.log" ip netns exec "$NS_GW" \
		"$GW_BUILD/controlplane/sekisho-controlplane" --config "$GW_CONFIG" --runtime "$GW_RUNTIME"
	CONTROLPLANE=$SPAWNED
}

# Every process of the control plane at once, without a chance to say good-bye.
controlplane_kill() {
	kill -KILL -- "-$CONTROLPLANE" 2>/dev/null
	wait "$CONTROLPLANE" 2>/dev/null
	sed -i "/^$CONTROLPLANE /d" "$LAB_RUN/procs"
	CONTROLPLANE=
}

# gateway_ready: wait until the control plane is attached and has given its policy
gateway_ready() {
	local i
	for ((i = 0; i < 600; i++)); do
		ctl status 2>/dev/null | "$PY" -c '
import json, sys
s = json.load(sys.stdin)
sys.exit(not (s["link"]["up"] and s["policy"]["state"] == "in force"))' 2>/dev/null && return 0
		proc_start "$DATAPLANE" >/dev/null && proc_start "$CONTROLPLANE" >/dev/null || return 1
		sleep 0.1
	done
	return 1
}

gateway_start() {
	dataplane_start
	controlplane_start
	gateway_ready || {
		tail -n 20 "$GW_DIR"/*.log
		return 1
	}
	# What stood on these addresses before had another MAC.
	ip -n "$NS_CORP" neigh flush dev eth0
}

# end_program PID LABEL: ask it to end; false unless it does so with status 0 in 20 seconds
end_program() {
	local i status
	[ -n "$1" ] || return 0
	kill -TERM "$1" 2>/dev/null
	for ((i = 0; i < 200; i++)); do
		proc_start "$1" >/dev/null || break
		sleep 0.1
	done
	if proc_start "$1" >/dev/null; then
		echo "$2 does not end"
		reap "$1" 1
		return 1
	fi
	wait "$1"
	status=$?
	reap "$1" 1
	[ "$status" = 0 ] || echo "$2 ended with status $status"
	return "$status"
}

gateway_stop() {
	local bad=0
	end_program "${CONTROLPLANE:-}" "the control plane" || bad=1
	end_program "${DATAPLANE:-}" "the data plane" || bad=1
	CONTROLPLANE='' DATAPLANE=''
	return $bad
}

# ctl COMMAND..: sekishoctl of this gateway, as JSON
ctl() {
	"$GW_BUILD/controlplane/sekishoctl" --runtime "$GW_RUNTIME" --output json "$@"
}

# gateway_log LOG: the JSON lines of a log (vpn, access, system)
gateway_log() { cat "$GW_RUNTIME/log/$1.log" 2>/dev/null; }

# logged LOG EVENT [KEY|KEY=TEXT]..: within five seconds, a line of that event that has these keys,
# and these texts in their values
logged() {
	local i
	for ((i = 0; i < 50; i++)); do
		gateway_log "$1" | "$PY" -c '
import json, sys
def fits(d):
    return d["event"] == sys.argv[1] and all(
        k in d and v in str(d[k]) for k, _, v in (a.partition("=") for a in sys.argv[2:]))
sys.exit(not any(fits(json.loads(line)) for line in sys.stdin))' "${@:2}" && return 0
		sleep 0.1
	done
	echo "no line of the $1 log is ${*:2}; it has:"
	gateway_log "$1" | tail -n 5
	return 1
}

# counter NAME: its value now
counter() {
	ctl counters | "$PY" -c 'import json, sys
d = json.load(sys.stdin)
n = sys.argv[1]
print(d["drops"][n] if n.startswith("drop.") else d["counters"][n])' "$1"
}

# telemetry COMMAND [WHERE]: see telemetry.py
telemetry() { "$PY" "$LAB_HOME/telemetry.py" "$GW_RUNTIME" "$@"; }

# conserved: nothing in flight any more and nothing lost, within ten seconds
conserved() {
	local i law=''
	for ((i = 0; i < 100; i++)); do
		law=$(ctl counters | "$LAB_HOME/conserve.py" 2>&1) && { say "   law: $law"; return 0; }
		sleep 0.1
	done
	echo "$law"
	return 1
}

# sessions_gone: no session is left, within ten seconds
sessions_gone() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ "$(ctl sessions | "$PY" -c 'import json, sys; print(len(json.load(sys.stdin)["sessions"]))')" = 0 ] && return 0
		sleep 0.1
	done
	ctl sessions
	return 1
}

# session_is KEY=VALUE..: the only session has these values
session_is() {
	ctl sessions | "$PY" -c '
import json, sys
rows = json.load(sys.stdin)["sessions"]
bad = [a for a in sys.argv[1:] if len(rows) != 1 or str(rows[0].get(a.split("=")[0])) != a.split("=", 1)[1]]
if bad:
    print("not so:", *bad, "in", json.dumps(rows))
sys.exit(bool(bad))' "$@"
}

# refusal: the last refusal in the words of the log
refusal() {
	gateway_log vpn | grep '"event":"vpn.refused"' | tail -n 1 |
		"$PY" -c 'import json, sys; d = json.load(sys.stdin); print(d["stage"] + ": " + d["reason"] if "stage" in d else d["reason"])'
}

# process_of NAME: the pid of a process of the control plane, from the last line that it runs
process_of() {
	gateway_log system | "$PY" -c '
import json, sys
pids = [d["pid"] for d in map(json.loads, sys.stdin) if d["event"] == "proc.start" and d["process"] == sys.argv[1]]
print(pids[-1] if pids else "")
sys.exit(not pids)' "$1"
}
# process_changes NAME PID: it comes back as another process, within a minute
process_changes() {
	local i now
	for ((i = 0; i < 600; i++)); do
		now=$(process_of "$1") && [ -n "$now" ] && [ "$now" != "$2" ] && return 0
		sleep 0.1
	done
	return 1
}

# tenant_add NAME ADDRESS IDENTITY CERTIFICATE PORT PASSWORD: a copy of the tenant "lab" at another
# address and on another wire, with the same addresses inside
tenant_add() {
	cp "$GW_CONFIG/tenants/lab.json" "$GW_CONFIG/tenants/$1.json"
	cp "$GW_CONFIG/secrets/lab.json" "$GW_CONFIG/secrets/$1.json"
	gateway_set "tenants/$1.json" "label=\"$1\"" "gateway.addresses=[\"$2\"]" "gateway.identity=\"$3\"" \
		"gateway.certificate=\"$4\"" "interfaces.0.port=\"$5\""
	gateway_set "secrets/$1.json" "users.alice.password=\"$6\""
	gateway_set dataplane.json "ports.+={\"name\": \"$5\", \"device\": \"net_af_packet_$5,iface=$5\"}"
}

# two_workers: on machines with one core, both share it
two_workers() {
	gateway_set dataplane.json "workers=[0, $(($(nproc) > 1))]"
}

gateway_mac() { ip -n "$NS_GW" -br link show "$1" | awk '{print $3}'; }
