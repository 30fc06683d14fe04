#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The Debian package: built, looked at by lintian and systemd-analyze, then used under a systemd
# of its own (boot.sh, installed.sh). Leaves nothing but build/package.
set -u
TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$TREE" || exit 1
OUT=$TREE/build/package
DIR=$(mktemp -d /tmp/sekisho-package.XXXXXX)
fail() {
	echo "FAIL: $*"
	exit 1
}
trap 'rm -rf --one-file-system "$DIR"' EXIT

echo "-- building"
config/system/package.sh "$TREE" "$OUT" || fail "the package does not build"

echo "-- lintian"
lintian --allow-root --fail-on error,warning --no-tag-display-limit "$OUT"/*.changes || fail "lintian finds fault with the package"

echo "-- units"
dpkg-deb -x "$OUT"/sekisho_*.deb "$DIR/root"
for unit in sekisho-dataplane sekisho-controlplane; do
	# The programs are not on this machine; what they are is.
	sed -E 's#/usr/sbin/(sekisho-[a-z]+)#/bin/true#' "$DIR/root/lib/systemd/system/$unit.service" >"$DIR/$unit.service"
	out=$(systemd-analyze verify --man=no "$DIR/$unit.service" 2>&1) || fail "$unit.service: $out"
	[ -z "$out" ] || fail "$unit.service: $out"
	# 40: what starts as root with raw sockets gets no better; what a mistake adds is found.
	systemd-analyze security --offline=true --threshold=40 "$DIR/$unit.service" >"$DIR/security" 2>&1 ||
		fail "$unit.service is exposed: $(tail -n 1 "$DIR/security")"
	tail -n 1 "$DIR/security"
done
for page in "$DIR"/root/usr/share/man/man8/*.8.gz; do
	out=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
	[ -z "$out" ] || fail "$(basename "$page"): $out"
done

echo "-- in use"
cp "$OUT"/sekisho_*.deb "$DIR/"
timeout -k 10 240 unshare -mpfniuC bash tests/package/boot.sh "$DIR" tests/package/installed.sh >"$DIR/console" 2>&1
cat "$DIR/out" 2>/dev/null
if ! grep -q '^PASS: ' "$DIR/out" 2>/dev/null; then
	tail -n 20 "$DIR/console"
	fail "$(sed -n 's/^FAIL: //p' "$DIR/out" 2>/dev/null | tail -n 1)"
fi
exit 0
