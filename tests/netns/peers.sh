# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# peers - the clients of an end-to-end test.
#
#   connects KIND ARGS..           must get its data through, and nothing outside the tunnel
#   is_refused KIND ARGS..         must not connect
#   client_start NAME KIND ARGS..  in the background, up to stay (--until); client_end NAME
#
# Source this after lib.sh; it defines functions only. Needs RUN, step() and fail().

declare -A CLIENT

connects() {
	step "client: $*"
	"$LAB_HOME/client" "$@" --run "$RUN" || fail "client did not get its data through: $*"
}

is_refused() {
	step "client, to be refused: $*"
	"$LAB_HOME/client" "$@" --run "$RUN" --expect-fail || fail "client was not refused as it should: $*"
}

# client_start NAME KIND ARGS..: returns when data moves
client_start() {
	local name=$1 i
	shift
	step "client \"$name\": $*"
	"$LAB_HOME/client" "$@" --run "$RUN" --name "$name" >"$RUN/client-$name.txt" 2>&1 &
	CLIENT[$name]=$!
	for ((i = 0; i < 600; i++)); do
		[ ! -s "$RUN/$name/up" ] || return 0
		kill -0 "${CLIENT[$name]}" 2>/dev/null || break
		sleep 0.1
	done
	cat "$RUN/client-$name.txt"
	fail "client \"$name\" did not get its data through: $*"
}

# client_end NAME: it was told to end (its --until file stands); it must have been well all along
client_end() {
	wait "${CLIENT[$1]}" || {
		cat "$RUN/client-$1.txt"
		fail "client \"$1\" did not end well"
	}
	unset "CLIENT[$1]"
	grep -hE 'rounds|PASS' "$RUN/client-$1.txt" || true
}

# client_moves NAME N: it completes N more transfers, within a minute
client_moves() {
	local start i
	start=$(cat "$RUN/$1/up")
	for ((i = 0; i < 600; i++)); do
		[ "$(cat "$RUN/$1/up" 2>/dev/null || echo 0)" -lt $((start + $2)) ] || return 0
		kill -0 "${CLIENT[$1]}" 2>/dev/null || break
		sleep 0.1
	done
	cat "$RUN/client-$1.txt"
	return 1
}

# client_vanish NAME: without a word to anyone
client_vanish() {
	local pid
	pid=$(grep -E '^[0-9]+ [0-9]+ ikev2' "$LAB_RUN/procs" | tail -n 1 | cut -d' ' -f1)
	kill -KILL -- "-$pid"
	wait "${CLIENT[$1]}" 2>/dev/null
	unset "CLIENT[$1]"
}

# inner_of NAME: the address it was given
inner_of() { sed -n 's/^local address //p' "$RUN/$1/until.log" "$RUN/$1/console.log" 2>/dev/null | tail -n 1; }

# stream_echo PORT..: the corporate server sends back what comes to these UDP ports
stream_echo() {
	local i
	spawn udp-echo "$RUN/udp-echo.txt" ip netns exec "$NS_CORP" "$LAB_HOME/udp_stream.py" echo "$CORP_IP" "$@"
	for ((i = 0; i < 300; i++)); do
		grep -q ready "$RUN/udp-echo.txt" 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

# stream_start NAME NAMESPACE PORT: numbered datagrams from a client's namespace, until stream_end
# NAME, which is true when every one came back; $RUN/NAME.report counts
declare -A STREAM
stream_start() {
	step "stream \"$1\" to port $3"
	ip netns exec "$2" "$LAB_HOME/udp_stream.py" send "$CORP_IP" "$3" "$RUN/$1.end" "$RUN/$1.report" >"$RUN/stream-$1.txt" 2>&1 &
	STREAM[$1]=$!
	stream_moves "$1"
}
# stream_moves NAME: datagrams come back, within half a minute
stream_moves() {
	local from i
	from=$(stream_back "$1")
	for ((i = 0; i < 300; i++)); do
		[ "$(stream_back "$1")" -le $((from + 20)) ] || return 0
		sleep 0.1
	done
	return 1
}
stream_back() { sed -n 's/.* back \([0-9]*\) .*/\1/p' "$RUN/$1.report" 2>/dev/null | grep . || echo 0; }
stream_end() {
	local status
	touch "$RUN/$1.end"
	wait "${STREAM[$1]}"
	status=$?
	unset "STREAM[$1]"
	cat "$RUN/$1.report" "$RUN/stream-$1.txt"
	[ "$status" = 0 ] || ctl drops | grep -B1 -A1 '"count": [1-9]'
	return "$status"
}

# sizes_pass NAMESPACE OCTETS..: datagrams of these sizes, without DF, get to the corporate server
# and back
sizes_pass() {
	local ns=$1 i
	shift
	step "datagrams of $* octets"
	if [ ! -e "$RUN/sized.txt" ]; then
		spawn sized "$RUN/sized.txt" ip netns exec "$NS_CORP" "$LAB_HOME/sized.py" echo "$CORP_IP" 5201
		for ((i = 0; i < 300; i++)); do
			! grep -q ready "$RUN/sized.txt" 2>/dev/null || break
			sleep 0.1
		done
	fi
	ip netns exec "$ns" "$LAB_HOME/sized.py" ask "$CORP_IP" 5201 "$@"
}
