# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# No VPN: route to the corporate subnet straight through the gateway.
prepare() { :; }
up() { POOL=0.0.0.0/0; ip route replace "$SUBNET" via "$GATEWAY"; }
down() { ip route del "$SUBNET"; }
show() { ip addr; ip route; }
cleanup() { :; }
