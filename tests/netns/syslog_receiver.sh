# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# syslog_receiver - rsyslogd in the gateway's namespace, as the one that gets its logs.
#
#   receiver_start PKI CERT    TLS on 127.0.0.1:6514 with PKI/CERT.crt; every message, as one line of JSON
#                              with its header, into $RECEIVED
#   receiver_kill              at once, with what it has not read yet
#   received_all               within a minute: each line of each log, unchanged, in its order
#
# Source this after scenario.sh; it defines functions only.

RECEIVER=''
RECEIVED=''

receiver_start() {
	local dir=$RUN/receiver i
	RECEIVED=$dir/received
	mkdir -p "$dir"
	cat >"$dir/conf" <<-E
		global(workDirectory="$dir" defaultNetstreamDriver="ossl" maxMessageSize="64k"
		       defaultNetstreamDriverCAFile="$1/ca.crt"
		       defaultNetstreamDriverCertFile="$1/$2.crt" defaultNetstreamDriverKeyFile="$1/$2.key")
		module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
		template(name="all" type="list") {
		  constant(value="{\"pri\":") property(name="pri")
		  constant(value=",\"host\":\"") property(name="hostname" format="json")
		  constant(value="\",\"app\":\"") property(name="app-name" format="json")
		  constant(value="\",\"msgid\":\"") property(name="msgid" format="json")
		  constant(value="\",\"time\":\"") property(name="timereported" dateFormat="rfc3339")
		  constant(value="\",\"message\":\"") property(name="msg" format="json")
		  constant(value="\"}\n")
		}
		ruleset(name="gateway") { action(type="omfile" file="$RECEIVED" template="all") }
		input(type="imtcp" port="6514" address="127.0.0.1" ruleset="gateway")
	E
	spawn rsyslogd "$dir/rsyslogd.log" ip netns exec "$NS_GW" rsyslogd -n -f "$dir/conf" -i "$dir/pid"
	RECEIVER=$SPAWNED
	for ((i = 0; i < 100; i++)); do
		ip netns exec "$NS_GW" ss -Hltn 'sport = 6514' | grep -q . && return 0
		sleep 0.1
	done
	cat "$dir/rsyslogd.log"
	return 1
}

receiver_kill() {
	kill -KILL -- "-$RECEIVER" 2>/dev/null
	wait "$RECEIVER" 2>/dev/null
	sed -i "/^$RECEIVER /d" "$LAB_RUN/procs"
	RECEIVER=
}

received_all() {
	local i out
	for ((i = 0; i < 120; i++)); do
		out=$("$LAB_HOME/received.py" "$RECEIVED" "$GW_RUNTIME"/log/*.log 2>&1) && { say "   $out"; return 0; }
		sleep 0.5
	done
	echo "$out"
	return 1
}
