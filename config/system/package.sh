#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# package.sh TREE OUT - build the Debian package of TREE's tracked files into OUT.
#
# The tree has no debian/ at its top: it is put there in a copy, which is built and removed.
set -eu
TREE=$1 OUT=$2
fail() {
	printf 'sekisho package: %s\n' "$*" >&2
	exit 1
}
WORK=$OUT/work
rm -rf "$OUT"
mkdir -p "$WORK/sekisho"
if git -C "$TREE" rev-parse --git-dir >/dev/null 2>&1; then
	git -C "$TREE" ls-files -z --cached --others --exclude-standard |
		(cd "$TREE" && while IFS= read -r -d '' f; do [ ! -e "$f" ] || printf '%s\0' "$f"; done) |
		tar -C "$TREE" --null -T - -cf - | tar -C "$WORK/sekisho" -xf -
else
	tar -C "$TREE" --exclude=./build -cf - . | tar -C "$WORK/sekisho" -xf -
fi
cp -r "$WORK/sekisho/config/system/debian" "$WORK/sekisho/debian"
(cd "$WORK/sekisho" && dpkg-buildpackage -us -uc -b) >"$OUT/build.log" 2>&1 || {
	tail -n 30 "$OUT/build.log" >&2
	fail "dpkg-buildpackage failed; $OUT/build.log says why"
}
mv "$WORK"/*.deb "$WORK"/*.changes "$WORK"/*.buildinfo "$OUT/"
rm -rf "$WORK"
