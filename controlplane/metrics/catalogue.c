/* SPDX-License-Identifier: Apache-2.0 */
/* lint: table */

/*
 * Rows of one family stand together: its head is written once.
 */

#include "controlplane/metrics/catalogue.h"

#define COUNTER(name, unit, help)                   \
	{                                           \
		name, CP_METRIC_COUNTER, unit, help \
	}
#define GAUGE(name, unit, help)                   \
	{                                         \
		name, CP_METRIC_GAUGE, unit, help \
	}
#define INFO(name, help)                         \
	{                                        \
		name, CP_METRIC_INFO, NULL, help \
	}

#define WORKER CP_METRICS_WORKERS, CP_METRICS_COLUMNS, ""
#define PORT   CP_METRICS_PORTS, CP_METRICS_COLUMNS, ""
#define COUNT  CP_METRICS_COUNTERS, CP_METRICS_ONE, ""
#define IKE    CP_METRICS_CONTROL, CP_METRICS_ONE, "ike"
#define LINK   CP_METRICS_CONTROL, CP_METRICS_ONE, "link"

#define RING   CP_METRICS_RINGS, CP_METRICS_COLUMNS, ""
#define TENANT CP_METRICS_TENANTS, CP_METRICS_COLUMNS, ""
#define RULE   CP_METRICS_RULES, CP_METRICS_COLUMNS, ""

#define BY_RING                            \
	{                                  \
		{"ring", "ring"},          \
		{                          \
			"worker", "worker" \
		}                          \
	}
#define BY_TENANT                        \
	{                                \
		{                        \
			"tenant", "name" \
		}                        \
	}
#define BY_RULE                        \
	{                              \
		{"tenant", "name"},    \
		{                      \
			"rule", "rule" \
		}                      \
	}
#define BY_WORKER                      \
	{                              \
		{"worker", "worker"},  \
		{                      \
			"core", "core" \
		}                      \
	}
#define BY_PORT                        \
	{                              \
		{                      \
			"port", "port" \
		}                      \
	}

/* clang-format off */
const struct cp_metrics_row cp_metrics_catalogue[] = {
	/* ---- the gathering itself -------------------------------------------------------- */
	{GAUGE("sekisho_up", NULL, "1 when this side of the gateway answered, else 0; its other metrics are missing then"),
		CP_METRICS_SELF, CP_METRICS_EACH, "up", "", {{"side", NULL}}},
	{INFO("sekisho_build", "version of the program that serves this text"),
		CP_METRICS_SELF, CP_METRICS_WORDS, "build", NULL, {{"version", "version"}}},
	{COUNTER("sekisho_scrapes", NULL, "requests for this text at the local socket"), CP_METRICS_SELF, CP_METRICS_ONE, "scrapes", "requests"},
	{COUNTER("sekisho_failed_scrapes", NULL, "connections to the local socket that got no text"), CP_METRICS_SELF, CP_METRICS_ONE, "scrapes", "refused", {{"reason", "=refused"}}},
	{COUNTER("sekisho_failed_scrapes", NULL, "connections to the local socket that got no text"), CP_METRICS_SELF, CP_METRICS_ONE, "scrapes", "timeouts", {{"reason", "=timeout"}}},

	/* ---- packets, all workers together ------------------------------------------------ */
	{COUNTER("sekisho_received_packets", "packets", "packets received from ports"), COUNT, "rx"},
	{COUNTER("sekisho_sent_packets", "packets", "packets given to ports"), COUNT, "tx"},
	{COUNTER("sekisho_received_bytes", "bytes", "octets received, Ethernet header included"), COUNT, "rx_bytes"},
	{COUNTER("sekisho_sent_bytes", "bytes", "octets sent, Ethernet header included"), COUNT, "tx_bytes"},
	{COUNTER("sekisho_injected_packets", "packets", "packets made from messages of the control plane"), COUNT, "injected"},
	{COUNTER("sekisho_generated_packets", "packets", "ARP, ND and ICMP packets made by the data plane"), COUNT, "generated"},
	{COUNTER("sekisho_fragment_packets", "packets", "additional packets made by fragmentation"), COUNT, "fragments"},
	{COUNTER("sekisho_punted_packets", "packets", "packets handed to the control plane"), COUNT, "punted"},
	{COUNTER("sekisho_consumed_packets", "packets", "ARP, keepalives and the like, dealt with by the data plane"), COUNT, "consumed"},
	{COUNTER("sekisho_merged_packets", "packets", "fragments that became part of a packet"), COUNT, "merged"},
	{COUNTER("sekisho_handoff_packets", "packets", "packets passed to the worker that owns their session"), COUNT, "handoff"},
	{COUNTER("sekisho_move_waited_packets", "packets", "packets that waited while their shard moved to another worker"), COUNT, "move_waited"},
	{COUNTER("sekisho_move_lost_flows", "flows", "flows the new worker had no room for when their shard moved"), COUNT, "move_flow_lost"},
	{COUNTER("sekisho_esp_received_packets", "packets", "ESP packets accepted"), COUNT, "esp_in"},
	{COUNTER("sekisho_esp_sent_packets", "packets", "ESP packets made"), COUNT, "esp_out"},
	{COUNTER("sekisho_path_messages", "messages", "messages about a path's MTU that were believed"), COUNT, "path_learned"},
	{COUNTER("sekisho_judged_flows", "flows", "flows judged by access rules"), COUNT, "flow_new"},
	{COUNTER("sekisho_dropped_packets", "packets", "packets dropped, by reason (docs/operations/drops.md says what to conclude)"),
		CP_METRICS_DROPS, CP_METRICS_EACH, "", "", {{"reason", NULL}}},
	{GAUGE("sekisho_waiting_packets", "packets", "packets on their way inside the data plane, now"),
		CP_METRICS_GAUGES, CP_METRICS_EACH, "", "", {{"where", NULL}}},
	{GAUGE("sekisho_unaccounted_packets", "packets", "packets that came less those that went or are held; 0 whenever the gateway is quiet, else report it"),
		CP_METRICS_LAW, CP_METRICS_ONE, "", "difference"},
	{COUNTER("sekisho_access_records_lost", NULL, "access-control records of workers that found no room on the link"), COUNT, "log_lost"},
	{COUNTER("sekisho_dataplane_link_ignored_records", "records", "records of the control plane that were not taken"), COUNT, "link_stale", {{"reason", "=stale"}}},
	{COUNTER("sekisho_dataplane_link_ignored_records", "records", "records of the control plane that were not taken"), COUNT, "link_bad", {{"reason", "=bad"}}},

	/* ---- the data plane ----------------------------------------------------------------- */
	{INFO("sekisho_dataplane", "what the data plane runs with"),
		CP_METRICS_INFO, CP_METRICS_WORDS, "", NULL, {{"library", "dpdk"}, {"policy_revision", "policy_revision"}}},
	{GAUGE("sekisho_dataplane_uptime_seconds", "seconds", "since the data plane started"), CP_METRICS_INFO, CP_METRICS_ONE, "", "uptime_s"},
	{GAUGE("sekisho_dataplane_attached", NULL, "1 when a control plane is attached"), CP_METRICS_INFO, CP_METRICS_ONE, "", "attached"},
	{COUNTER("sekisho_dataplane_attaches", NULL, "control planes that attached"), CP_METRICS_INFO, CP_METRICS_ONE, "", "attaches"},
	{COUNTER("sekisho_dataplane_stalls", NULL, "times a worker did not come round in time"), CP_METRICS_INFO, CP_METRICS_ONE, "", "stalls"},
	{GAUGE("sekisho_dataplane_sessions", NULL, "sessions that forward"), CP_METRICS_INFO, CP_METRICS_ONE, "", "sessions"},
	{GAUGE("sekisho_dataplane_sessions_ending", NULL, "sessions that ended and whose place is not free yet"), CP_METRICS_INFO, CP_METRICS_ONE, "", "sessions_ending"},
	{GAUGE("sekisho_dataplane_sessions_limit", NULL, "sessions there is room for"), CP_METRICS_INFO, CP_METRICS_ONE, "", "sessions_max"},
	{GAUGE("sekisho_packet_buffers", NULL, "packet buffers"), CP_METRICS_INFO, CP_METRICS_ONE, "", "buffers"},
	{GAUGE("sekisho_packet_buffers_free", NULL, "packet buffers that are free"), CP_METRICS_INFO, CP_METRICS_ONE, "", "buffers_free"},
	{GAUGE("sekisho_hugepages", NULL, "1 when packet memory is in hugepages"), CP_METRICS_INFO, CP_METRICS_ONE, "", "hugepages"},

	/* ---- each worker --------------------------------------------------------------------- */
	{COUNTER("sekisho_worker_loops", NULL, "turns of the worker's loop, busy or not"), WORKER, "loops", BY_WORKER},
	{COUNTER("sekisho_worker_received_packets", "packets", "packets the worker took from ports"), WORKER, "rx", BY_WORKER},
	{COUNTER("sekisho_worker_sent_packets", "packets", "packets the worker gave to ports"), WORKER, "tx", BY_WORKER},
	{COUNTER("sekisho_worker_esp_received_packets", "packets", "ESP packets the worker accepted"), WORKER, "esp_in", BY_WORKER},
	{COUNTER("sekisho_worker_esp_sent_packets", "packets", "ESP packets the worker made"), WORKER, "esp_out", BY_WORKER},
	{COUNTER("sekisho_worker_handoff_packets", "packets", "packets the worker passed to their owner"), WORKER, "handoff", BY_WORKER},
	{GAUGE("sekisho_worker_flows", NULL, "flows the worker knows"), WORKER, "flows", BY_WORKER},

	/* ---- each port ----------------------------------------------------------------------- */
	{INFO("sekisho_port", "the device behind a port"), PORT, NULL, {{"port", "port"}, {"device", "device"}, {"mac", "mac"}}},
	{GAUGE("sekisho_port_up", NULL, "1 when the link is up"), PORT, "up", BY_PORT},
	{GAUGE("sekisho_port_mtu_bytes", "bytes", "the largest IP packet"), PORT, "mtu", BY_PORT},
	{GAUGE("sekisho_port_speed_bytes_per_second", "bytes_per_second", "speed of the link as the device says; 0: it does not"), PORT, "mbps", BY_PORT, 125000},
	{COUNTER("sekisho_port_missed_packets", "packets", "packets the device had no place for: workers are too slow"), PORT, "rx_missed", BY_PORT},
	{COUNTER("sekisho_port_unbuffered_packets", "packets", "packets the device had no buffer for"), PORT, "rx_no_buffer", BY_PORT},
	{COUNTER("sekisho_port_receive_errors", NULL, "packets the device received damaged"), PORT, "rx_errors", BY_PORT},
	{COUNTER("sekisho_port_send_errors", NULL, "packets the device failed to send"), PORT, "tx_errors", BY_PORT},

	/* ---- rings and memory ---------------------------------------------------------------- */
	{GAUGE("sekisho_ring_size", NULL, "room of a ring between cores or programs: entries, of the link's octets"), RING, "size", BY_RING},
	{GAUGE("sekisho_ring_used", NULL, "what is in it now"), RING, "used", BY_RING},
	{GAUGE("sekisho_ring_peak", NULL, "the most that was ever in it"), RING, "peak", BY_RING},
	{COUNTER("sekisho_ring_refused", NULL, "entries or records that found no room; of the link since it was attached"), RING, "full", BY_RING},
	{COUNTER("sekisho_ike_punted", NULL, "IKE messages handed to the control plane, by class: new (begin a handshake), open (go on with one), known (from where a client is)"),
		CP_METRICS_PUNTS, CP_METRICS_COLUMNS, "", "passed", {{"class", "class"}}},
	{COUNTER("sekisho_ike_refused", NULL, "IKE messages that were not looked at, by class and by whose rate was used up"),
		CP_METRICS_PUNTS, CP_METRICS_COLUMNS, "", "source", {{"class", "class"}, {"whose", "=source"}}},
	{COUNTER("sekisho_ike_refused", NULL, "IKE messages that were not looked at, by class and by whose rate was used up"),
		CP_METRICS_PUNTS, CP_METRICS_COLUMNS, "", "prefix", {{"class", "class"}, {"whose", "=prefix"}}},
	{COUNTER("sekisho_ike_refused", NULL, "IKE messages that were not looked at, by class and by whose rate was used up"),
		CP_METRICS_PUNTS, CP_METRICS_COLUMNS, "", "local", {{"class", "class"}, {"whose", "=local"}}},
	{COUNTER("sekisho_ike_refused", NULL, "IKE messages that were not looked at, by class and by whose rate was used up"),
		CP_METRICS_PUNTS, CP_METRICS_COLUMNS, "", "total", {{"class", "class"}, {"whose", "=total"}}},
	{GAUGE("sekisho_memory_used", NULL, "how much is used of what has a bound"),
		CP_METRICS_MEMORY, CP_METRICS_COLUMNS, "", "used", {{"what", "what"}}},
	{GAUGE("sekisho_memory_limit", NULL, "the bound"),
		CP_METRICS_MEMORY, CP_METRICS_COLUMNS, "", "max", {{"what", "what"}}},

	/* ---- tenants and their rules ----------------------------------------------------------- */
	{GAUGE("sekisho_tenant_sessions", NULL, "sessions of the tenant that forward"), TENANT, "sessions", BY_TENANT},
	{GAUGE("sekisho_tenant_sessions_limit", NULL, "sessions the tenant may have"), TENANT, "sessions_max", BY_TENANT},
	{GAUGE("sekisho_tenant_certificate_expiry_timestamp_seconds", "seconds", "when the first certificate of the tenant's chain ends, since the epoch"), TENANT, "certificate_expires", BY_TENANT},
	{GAUGE("sekisho_tenant_flows", NULL, "flows of the tenant"), TENANT, "flows", BY_TENANT},
	{GAUGE("sekisho_tenant_flows_limit", NULL, "flows the tenant may have; 0: no limit of its own"), TENANT, "flows_limit", BY_TENANT},
	{COUNTER("sekisho_tenant_refused", NULL, "what the tenant was refused because it has as much as it may, by what it was"), TENANT, "flows_refused", {{"tenant", "name"}, {"what", "=flows"}}},
	{COUNTER("sekisho_tenant_refused", NULL, "what the tenant was refused because it has as much as it may, by what it was"), TENANT, "buffers_refused", {{"tenant", "name"}, {"what", "=buffers"}}},
	{COUNTER("sekisho_tenant_refused", NULL, "what the tenant was refused because it has as much as it may, by what it was"), TENANT, "punts_refused", {{"tenant", "name"}, {"what", "=punts"}}},
	{COUNTER("sekisho_tenant_policed_packets", "packets", "packets of the tenant that were faster than its rate or a tunnel's"), TENANT, "policed", BY_TENANT},
	{GAUGE("sekisho_tenant_rules", NULL, "access rules of the tenant, its default deny included"), TENANT, "rules", BY_TENANT},
	{GAUGE("sekisho_tenant_users", NULL, "users of the tenant"), TENANT, "users", BY_TENANT},
	{COUNTER("sekisho_rule_packets", "packets", "inner packets of flows the rule judged, both directions; (default deny) is a rule, too"), RULE, "packets", BY_RULE},
	{COUNTER("sekisho_rule_bytes", "bytes", "octets of these packets; their sum over a tenant's rules is its traffic"), RULE, "bytes", BY_RULE},
	{COUNTER("sekisho_rule_flows", "flows", "flows the rule judged"), RULE, "flows", BY_RULE},
	{GAUGE("sekisho_rules_left_out", NULL, "rules without metrics: beyond the bound of this text, or without counters of their own"), CP_METRICS_SELF, CP_METRICS_ONE, "", "rules_left_out"},

	/* ---- the control plane ----------------------------------------------------------------- */
	{GAUGE("sekisho_controlplane_uptime_seconds", "seconds", "since the control plane started"), CP_METRICS_STATUS, CP_METRICS_ONE, "", "uptime_s"},
	{INFO("sekisho_policy", "the policy the control plane works with"),
		CP_METRICS_STATUS, CP_METRICS_WORDS, "", NULL, {{"gateway", "name"}, {"revision", "policy/revision"}, {"state", "policy/state"}}},
	{GAUGE("sekisho_policy_in_force", NULL, "1 when the data plane forwards by the control plane's policy"), CP_METRICS_SELF, CP_METRICS_ONE, "", "policy_in_force"},
	{GAUGE("sekisho_tenants", NULL, "tenants of the policy"), CP_METRICS_STATUS, CP_METRICS_ONE, "policy", "tenants"},
	{GAUGE("sekisho_sessions", NULL, "sessions of all tenants, those that open and close included"), CP_METRICS_STATUS, CP_METRICS_ONE, "", "sessions"},
	{GAUGE("sekisho_link_up", NULL, "1 when the control plane is attached to a data plane"), CP_METRICS_STATUS, CP_METRICS_ONE, "link", "up"},
	{GAUGE("sekisho_process_connected", NULL, "1 when the session process reaches this one"),
		CP_METRICS_STATUS, CP_METRICS_INSIDE, "processes", "connected", {{"process", NULL}}},
	{COUNTER("sekisho_process_restarts", NULL, "times the supervisor had to start this process again"),
		CP_METRICS_STATUS, CP_METRICS_INSIDE, "processes", "restarts", {{"process", NULL}}},
	{COUNTER("sekisho_log_lost_records", "records", "records of the session process that did not reach the logs"), CP_METRICS_STATUS, CP_METRICS_ONE, "", "log_lost"},
	{COUNTER("sekisho_link_records", "records", "records between the control plane and the data plane"), LINK, "sent", {{"direction", "=down"}}},
	{COUNTER("sekisho_link_records", "records", "records between the control plane and the data plane"), LINK, "received", {{"direction", "=up"}}},
	{COUNTER("sekisho_link_failed_records", "records", "records the control plane could not send or did not take"), LINK, "refused", {{"reason", "=no_room"}}},
	{COUNTER("sekisho_link_failed_records", "records", "records the control plane could not send or did not take"), LINK, "bad", {{"reason", "=bad"}}},
	{COUNTER("sekisho_link_failed_records", "records", "records the control plane could not send or did not take"), LINK, "stale", {{"reason", "=stale"}}},
	{COUNTER("sekisho_link_attaches", NULL, "times the control plane attached"), LINK, "attaches"},
	{COUNTER("sekisho_link_unwelcome", NULL, "times a data plane did not let the control plane attach"), LINK, "unwelcome"},

	/* ---- IKE --------------------------------------------------------------------------------- */
	{COUNTER("sekisho_ike_received_messages", "messages", "IKE messages from the data plane"), IKE, "ike.rx"},
	{COUNTER("sekisho_ike_sent_messages", "messages", "IKE messages sent"), IKE, "ike.tx"},
	{COUNTER("sekisho_ike_unsent_messages", "messages", "IKE messages the link had no room for"), IKE, "ike.tx_lost"},
	{COUNTER("sekisho_ike_handled_messages", "messages", "IKE messages that were dealt with, by what they were"),
		CP_METRICS_CONTROL, CP_METRICS_EACH, "ike", "ike.in.", {{"as", NULL}}},
	{COUNTER("sekisho_ike_dropped_messages", "messages", "IKE messages that were not dealt with, by reason"),
		CP_METRICS_CONTROL, CP_METRICS_EACH, "ike", "ike.drop.", {{"reason", NULL}}},
	{COUNTER("sekisho_ike_handshakes", NULL, "handshakes that came to an end"), IKE, "ike.established", {{"result", "=established"}}},
	{COUNTER("sekisho_ike_handshakes", NULL, "handshakes that came to an end"), IKE, "ike.failed", {{"result", "=failed"}}},
	{COUNTER("sekisho_ike_failures", NULL, "failed handshakes by cause: sekishoctl explain, explain.md"),
		CP_METRICS_CONTROL, CP_METRICS_EACH, "ike", "ike.cause.", {{"cause", NULL}}},
	{COUNTER("sekisho_ike_unlogged_failures", NULL, "failed handshakes without a line in the log, which has a rate limit"), IKE, "ike.failed_unlogged"},
	{GAUGE("sekisho_ike_half_open", NULL, "handshakes under way"), IKE, "ike.half_open"},
	{GAUGE("sekisho_ike_sas", NULL, "IKE SAs"), IKE, "ike.sas"},
	{COUNTER("sekisho_ike_evicted", NULL, "handshakes under way that gave way to newer ones"), IKE, "ike.evicted"},
	{COUNTER("sekisho_ike_resent_requests", NULL, "requests of ours that were sent again"), IKE, "ike.resent"},
	{COUNTER("sekisho_ike_dead_peers", NULL, "peers that stopped answering"), IKE, "ike.dead"},
	{COUNTER("sekisho_ike_rekeyed_sas", NULL, "SAs that were given new keys"),
		CP_METRICS_CONTROL, CP_METRICS_EACH, "ike", "ike.rekeyed.", {{"kind", NULL}}},

	/* ---- sockets between processes ------------------------------------------------------------ */
	{COUNTER("sekisho_ipc_refused_messages", "messages", "messages of the session process that found no room"),
		CP_METRICS_CONTROL, CP_METRICS_ONE, "keys", "refused", {{"process", "=keys"}}},
	{COUNTER("sekisho_ipc_refused_messages", "messages", "messages of the session process that found no room"),
		CP_METRICS_CONTROL, CP_METRICS_ONE, "log_ipc", "refused", {{"process", "=log"}}},
	{COUNTER("sekisho_ctl_requests", NULL, "questions of sekishoctl"), CP_METRICS_CONTROL, CP_METRICS_ONE, "ctl", "requests"},
	{COUNTER("sekisho_ctl_failed_requests", NULL, "questions of sekishoctl that were not answered"),
		CP_METRICS_CONTROL, CP_METRICS_ONE, "ctl", "refused", {{"reason", "=refused"}}},
	{COUNTER("sekisho_ctl_failed_requests", NULL, "questions of sekishoctl that were not answered"),
		CP_METRICS_CONTROL, CP_METRICS_ONE, "ctl", "strangers", {{"reason", "=stranger"}}},
	{COUNTER("sekisho_ctl_failed_requests", NULL, "questions of sekishoctl that were not answered"),
		CP_METRICS_CONTROL, CP_METRICS_ONE, "ctl", "timeouts", {{"reason", "=timeout"}}},
};
/* clang-format on */

const size_t cp_metrics_catalogue_n =
	sizeof(cp_metrics_catalogue) / sizeof(cp_metrics_catalogue[0]);

const char *cp_metrics_source_name(enum cp_metrics_source source)
{
	static const char *const name[CP_METRICS_SOURCE_COUNT] = {
		[CP_METRICS_INFO] = "/sekisho/info",
		[CP_METRICS_COUNTERS] = "/sekisho/counters",
		[CP_METRICS_DROPS] = "/sekisho/drops",
		[CP_METRICS_GAUGES] = "/sekisho/gauges",
		[CP_METRICS_LAW] = "/sekisho/conservation",
		[CP_METRICS_WORKERS] = "/sekisho/workers",
		[CP_METRICS_PORTS] = "/sekisho/ports",
		[CP_METRICS_RINGS] = "/sekisho/rings",
		[CP_METRICS_PUNTS] = "/sekisho/punts",
		[CP_METRICS_MEMORY] = "/sekisho/memory",
		[CP_METRICS_TENANTS] = "/sekisho/tenants",
		[CP_METRICS_RULES] = "/sekisho/rules",
		[CP_METRICS_STATUS] = "status",
		[CP_METRICS_CONTROL] = "counters",
		[CP_METRICS_NAMES] = "tenants",
		[CP_METRICS_SELF] = "",
	};

	return name[source];
}
