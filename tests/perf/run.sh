#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh BUILD [OPTION..] - the bench of a build, as `./sekisho bench` runs it.
set -u

usage() {
	cat <<-'U'
	sekisho bench [OPTION..]

	  --quick              the rows that matter most, in less than a minute
	  --rows PATTERNS      only rows whose names fit, e.g. --rows 'out/aes-128-gcm/*,*/latency'
	  --list               the names of the rows
	  --json               a list of rows for programs
	  --stages             cycles by stage of the pipeline, in another program that is a little
	                       slower for it
	  --rounds N           rounds of 256 packets for each figure (101; with --quick 31)

	  --cipher NAME --size OCTETS --sessions N --rules N --tenants N
	                       rows of your own instead, out and in; without --size 64 and 1420
	                       octets

	  --plot FILE          a picture of the run, as SVG
	  --pcap-out FILE      the packets of one row into a capture file, for another engine
	  --pcap-in FILE       those of a file through the gateway of one row

	  --memif DIR          over memif instead of memory, receive included: the gateway in one process,
	                       who makes the packets in another, sockets wan.sock and lan.sock in DIR
	  --peer               with --memif: no gateway of ours; another engine connects to the sockets

	  --no-huge            state in ordinary pages; huge ones are reserved when root asks
	  --reader DIR         also while every counter is read without a pause; DPDK's telemetry
	                       socket stands below DIR meanwhile
	U
}

dir=$1 program=sekisho-bench options=() plot='' json=''
shift
while [ $# -gt 0 ]; do
	option=$1
	shift
	case $option in
	--plot)
		[ $# -gt 0 ] || {
			echo "sekisho: --plot takes a file" >&2
			exit 2
		}
		plot=$1
		shift
		;;
	--json) json=1 ;;
	--help)
		usage
		exit 0
		;;
	--stages) program=sekisho-bench-stages ;;
	*) options+=("$option") ;;
	esac
done
bench=$dir/tests/perf/$program
[ -x "$bench" ] || {
	echo "sekisho: the build made no $bench" >&2
	exit 1
}
[ -z "$json" ] || options+=(--json)
[ -n "$plot" ] || exec "$bench" "${options[@]+"${options[@]}"}"

# The picture is made of what programs read; people see that only if they asked for it.
run=$(mktemp) || exit 1
trap 'rm -f "$run"' EXIT
"$bench" --json "${options[@]+"${options[@]}"}" >"$run"
status=$?
[ -z "$json" ] || cat "$run"
"$(dirname "${BASH_SOURCE[0]}")/plot.py" "$run" "$plot" || exit 1
echo "sekisho: $plot shows the run" >&2
exit $status
