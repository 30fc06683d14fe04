# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# packages - install what a command needs and the machine lacks.
#
# Reads packages.txt. Installing must change nothing but files: no service is started
# (policy-rc.d, for the length of our call only) and none is enabled that was not there.
#
# Source this; it defines functions only. Needs SEKISHO_HOME, say() and die().

PACKAGES_LIST=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/packages.txt

# packages_of SECTION...: their names, one per line
packages_of() {
	local section
	for section in "$@"; do
		sed -n "/^\\[$section\\]\$/,/^\\[/{/^[a-z0-9]/p}" "$PACKAGES_LIST"
	done
}

# packages_missing SECTION...: those that are not installed, one per line
packages_missing() {
	local want have
	want=$(packages_of "$@" | sort -u)
	# shellcheck disable=SC2086 # a list of words
	have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $want 2>/dev/null |
		sed -n 's/^installed //p' | sort -u)
	comm -23 <(printf '%s\n' "$want") <(printf '%s\n' "$have")
}

# packages_need SECTION...: install what is missing, or end with one clear sentence
packages_need() {
	local missing n
	if ! command -v dpkg-query apt-get >/dev/null; then
		die "this needs Debian 12: packages are installed with apt-get, which is not here"
	fi
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	n=$(wc -l <<<"$missing")
	[ "$(id -u)" = 0 ] ||
		die "$n Debian packages are missing and installing them needs root; run this with sudo (missing: ${missing//$'\n'/ })"
	say "installing $n Debian packages: ${missing//$'\n'/ }"
	# In a subshell, so that its trap undoes policy-rc.d however this ends.
	# shellcheck disable=SC2086 # a list of words
	(packages_install $missing) ||
		die "installing packages failed; build/log/apt-install.log says why. With a working network and package mirror, run the same command again"
}

packages_install() {
	local rc_d=/usr/sbin/policy-rc.d units_before units_after
	if [ ! -e $rc_d ]; then
		trap 'rm -f '$rc_d EXIT
		trap 'exit 130' INT TERM
		printf '#!/bin/sh\n# for the length of "sekisho" installing packages\nexit 101\n' >$rc_d
		chmod 755 $rc_d
	fi
	units_before=$(packages_units)
	export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
	packages_apt update || say "package lists could not be renewed; trying with the old ones"
	packages_apt install --no-install-recommends "$@" || return 1
	# strongSwan's service would start with the next boot: only what was there stays enabled.
	units_after=$(packages_units)
	comm -13 <(printf '%s\n' "$units_before") <(printf '%s\n' "$units_after") | while read -r unit; do
		[ -z "$unit" ] || systemctl disable --quiet "$unit" 2>/dev/null || true
	done
}

# Services that start with the machine.
packages_units() {
	command -v systemctl >/dev/null || return 0
	find /etc/systemd/system/*.wants -name '*.service' -printf '%f\n' 2>/dev/null | sort -u
}

# apt waits for another apt instead of failing. Everything it says goes to a log, a line now and
# then to who waits.
packages_apt() {
	local log=$SEKISHO_HOME/build/log/apt-$1.log
	mkdir -p "$SEKISHO_HOME/build/log"
	apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
		-o Dpkg::Options::=--force-confold "$@" </dev/null 2>&1 | tee "$log" | awk '
		/^(E|W|Err):/ { print "    " $0; fflush() }
		/newly installed/ { total = $3 }
		/^Need to get/ { print "    " $0; fflush() }
		/^Unpacking / && ++unpacked % 50 == 0 { print "    unpacked " unpacked " of " total; fflush() }
		/^Setting up / && ++ready % 50 == 0 { print "    set up " ready " of " total; fflush() }' >&2
	return "${PIPESTATUS[0]}"
}
