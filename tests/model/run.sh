#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh MODEL - check a model exhaustively at the sizes below; then with each of its
# precautions taken away (BREAK=1..), which has to be found out. The last line says what was
# seen: PASS, FAIL or SKIP. What SPIN makes goes to build/model.
set -eu
cd "$(dirname "$0")/../.."
model=$PWD/tests/model/$1.pml dir=$PWD/build/model/$1

# What is right, at sizes that show each order of each pair of things.
good='ASKED=2
ASKED=3 PACKETS=1
ASKED=1 MOVES=2
ASKED=2 MOVES=2 PACKETS=1
ASKED=0 MOVES=2
ASKED=0 PACKETS=3'
# What each precaution is for is said where BREAK stands in the model.
broken='BREAK=1
BREAK=2
BREAK=3 ASKED=0 PACKETS=3
BREAK=4
BREAK=5
BREAK=6
BREAK=7
BREAK=8
BREAK=9
BREAK=10
BREAK=11
BREAK=12'

command -v spin >/dev/null || {
	echo "SKIP: spin is not installed"
	exit 77
}

# verify SIZES: true when no order of events violates anything, and all were seen
verify() {
	local defines=() size
	for size in $1; do defines+=("-D$size"); done
	rm -rf "$dir"
	mkdir -p "$dir"
	cd "$dir"
	spin -a "${defines[@]}" "$model" >spin.log
	gcc -O1 -w -DSAFETY -DCOLLAPSE -DMEMLIM=4096 -o pan pan.c
	./pan -m100000 -w23 >pan.log
	if grep -q 'errors: 0$' pan.log && ! grep -q 'max search depth too small\|Search not completed' pan.log; then
		states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
		return 0
	fi
	grep -q 'errors: [1-9]' pan.log || {
		tail -n 20 pan.log
		echo "FAIL: $1: not searched to the end"
		exit 1
	}
	return 1
}

total=0 found=0
while read -r sizes; do
	if ! verify "$sizes"; then
		spin -t -p -g -k "$dir/$1.pml.trail" "$model" 2>/dev/null | tail -n 60 || true
		grep '^pan:' "$dir/pan.log"
		echo "FAIL: $sizes: see the trail in build/model/$1"
		exit 1
	fi
	echo "$sizes: $states states"
	total=$((total + states))
done <<<"$good"
while read -r sizes; do
	if verify "$sizes"; then
		echo "FAIL: $sizes: a precaution that nothing needs, or a property that cannot fail"
		exit 1
	fi
	echo "$sizes: $(grep -m 1 '^pan:' "$dir/pan.log")"
	found=$((found + 1))
done <<<"$broken"
echo "PASS: $total states, no order violates a property; $found precautions, each needed"
