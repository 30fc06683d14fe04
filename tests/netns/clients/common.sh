# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Small helpers shared by what runs inside namespaces and guests.
wait_for() { # SECONDS CMD...: poll until CMD succeeds
	local end=$((SECONDS + $1))
	shift
	while [ "$SECONDS" -lt "$end" ]; do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}
# guest_modules NAME...: load what will be needed, then stop the kernel from asking
# modprobe: every miss (crypto asks for a dozen "-all" aliases per SA) costs 0.3 s in a guest.
guest_modules() {
	modprobe -a "$@" 2>/dev/null
	echo >/proc/sys/kernel/modprobe
}
