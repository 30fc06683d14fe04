#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# rules.sh [FLOWS [SEED]] - access rules against a slow reading of them, ten million flows by
# default, and what large policies cost. A seed makes the same policies and flows again.
set -u
SEKISHO_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export SEKISHO_HOME
cd "$SEKISHO_HOME" || exit 1

say() { printf '[%(%H:%M:%S)T] %s\n' -1 "$*" >&2; }
# shellcheck source=tests/profile/build.sh
. tests/profile/build.sh

for word in "$@"; do
	case $word in '' | *[!0-9]*)
		echo "campaign rules takes a number of flows and a seed, not \"$word\"" >&2
		exit 2
		;;
	esac
done
say "building (build/release)"
build_kind release || exit 1
exec build/release/tests/campaign/campaign-rules "${1:-10000000}" ${2:+"$2"}
