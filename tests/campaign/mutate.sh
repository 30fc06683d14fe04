#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# mutate.sh [PACKETS [SEED]] - mutated packets through the whole path under AddressSanitizer and
# UndefinedBehaviorSanitizer, a hundred million by default: with each kind of cipher, in turn.
# A session beside them must not notice, no buffer and no memory may be lost, and every packet
# has to be accounted for. A seed makes the same packets again.
set -u
SEKISHO_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export SEKISHO_HOME
cd "$SEKISHO_HOME" || exit 1

# what the data plane carries, one of each way through the cryptography
SUITES=(aes-128-gcm aes-128-cbc-sha1 3des-cbc-sha1 aes-256-cbc-sha256 chacha20-poly1305)

say() { printf '[%(%H:%M:%S)T] %s\n' -1 "$*" >&2; }
# shellcheck source=tests/profile/build.sh
. tests/profile/build.sh

for word in "$@"; do
	case $word in '' | *[!0-9]*)
		echo "campaign mutate takes a number of packets and a seed, not \"$word\"" >&2
		exit 2
		;;
	esac
done
packets=${1:-100000000} seed=${2:-$RANDOM}
say "building (build/asan)"
build_kind asan || exit 1
# what was freed stays poisoned for a while, but not so much that growth would not be seen
export ASAN_OPTIONS=quarantine_size_mb=16 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
for suite in "${SUITES[@]}"; do
	say "$suite, seed $seed"
	setarch -R build/asan/tests/campaign/campaign-mutate $((packets / ${#SUITES[@]})) "$seed" \
		"$suite" || exit 1
done
