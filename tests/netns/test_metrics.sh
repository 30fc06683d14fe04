#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Metrics as others read them: a real Prometheus scrapes the socket through a bridge that runs as the
# scraper's account, and sees traffic move; its promtool and its Python client judge the text.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
SCRAPER=61009 PORT=9469 WEB=127.0.0.1:9470
METRICS=$LAB_HOME/metrics.py
gateway_set appliance.json "accounts.scraper=\"$SCRAPER\""
gateway
# shellcheck disable=SC2317 # called by must
sekishoctl() { "$GW_BUILD/controlplane/sekishoctl" --runtime "$GW_RUNTIME" "$@"; }
# as_user UID COMMAND..: from where everybody can read
# shellcheck disable=SC2317 # called by reads
as_user() { (cd / && exec setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}"); }
install -m 755 "$METRICS" "$RUN/metrics.py"

step "who may read"
# reads UID: 0 when this user gets the text
# shellcheck disable=SC2317 # called by must
reads() {
	as_user "$1" /usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
text = b"".join(iter(lambda: s.recv(65536), b""))
sys.exit(b"200 OK" not in text or b"# EOF" not in text)' "$GW_RUNTIME/metrics.sock" 2>"$RUN/reads.txt"
}
must "the scraper cannot read: $(cat "$RUN/reads.txt" 2>/dev/null)" reads "$SCRAPER"
reads 65534 && fail "anybody can read"
grep -q "Permission denied" "$RUN/reads.txt" || fail "another user fails for another reason: $(cat "$RUN/reads.txt")"
[ "$(stat -c %a:%u "$GW_RUNTIME/metrics.sock")" = "600:$SCRAPER" ] || fail "the socket's mode"

step "judges of the text"
connects ikev2-eap
must "sekishoctl metrics fails" sekishoctl metrics >"$RUN/metrics.txt"
must "the strict parser refuses it" "$METRICS" strict <"$RUN/metrics.txt"
must "sekishoctl metrics --textfile fails" sekishoctl metrics --textfile >"$RUN/metrics.prom"
out=$(promtool check metrics <"$RUN/metrics.prom" 2>&1) || fail "promtool: $out"
[ -z "$out" ] || fail "promtool complains: $out"

step "a Prometheus"
cat >"$RUN/prometheus.yml" <<-Y
	global: {scrape_interval: 1s, scrape_timeout: 1s}
	scrape_configs:
	  - job_name: sekisho
	    static_configs: [{targets: ["127.0.0.1:$PORT"]}]
Y
in_ns "$NS_GW" ip link set lo up
spawn bridge "$RUN/bridge.log" ip netns exec "$NS_GW" setpriv --reuid "$SCRAPER" --regid "$SCRAPER" --clear-groups \
	/usr/bin/python3 "$RUN/metrics.py" bridge "$PORT" "$GW_RUNTIME/metrics.sock"
spawn prometheus "$RUN/prometheus.log" ip netns exec "$NS_GW" prometheus --config.file="$RUN/prometheus.yml" \
	--storage.tsdb.path="$RUN/tsdb" --web.listen-address="$WEB"
# shellcheck disable=SC2317 # called by must
sees() { # PROMQL VALUE
	in_ns "$NS_GW" "$METRICS" query "http://$WEB" "$1" "$2"
}
must "the scrape fails: $(tail -n 3 "$RUN/prometheus.log")" sees 'up{job="sekisho"}' 1
must "a side is not up" sees 'sum(sekisho_up)' 2
must "the policy is not in force" sees sekisho_policy_in_force 1
must "no handshake was counted" sees 'sekisho_ike_handshakes_total{result="established"}' 1
must "no type is known" sees 'count(sekisho_build_info)' 1
before=$(sees sekisho_esp_received_packets_total +1) || fail "no traffic was counted: $before"
client_start mover ikev2-eap --until "$RUN/enough" --timeout 200
must "the session is not seen" sees 'sekisho_sessions' 1
after=$(sees sekisho_esp_received_packets_total "+$((before + 50))") || fail "the counter does not move: $after"
must "no rate" sees 'rate(sekisho_received_bytes_total[30s]) > bool 0' 1
touch "$RUN/enough"
client_end mover

step "a data plane that is gone"
must "packets are not accounted for" conserved
must "the data plane does not end" end_program "$DATAPLANE" "the data plane"
DATAPLANE=
must "its absence is not seen" sees 'sekisho_up{side="dataplane"}' 0
must "the other side went with it" sees 'sekisho_up{side="controlplane"}' 1
pass "Prometheus saw ESP packets go from $before to $after; the scraper's account alone can read"
