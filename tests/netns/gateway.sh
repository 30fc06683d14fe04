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
sys.exit(not (s["dataplane"]["attached"] and s["dataplane"]["policy_revision"]))' 2>/dev/null && return 0
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
	[ $status = 0 ] || echo "$2 ended with status $status"
	return $status
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
gateway_log() { cat "$GW_RUNTIME/log/$1.jsonl" 2>/dev/null; }
