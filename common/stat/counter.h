/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * counter - where packets come from and where they end, besides the verdicts.
 *
 * Conservation, exact whenever the gateway is quiet:
 *   rx + injected + generated + fragments
 *     = tx + punted + consumed + merged + sum of named drops + gauges
 * Each row says on which side of the law it stands.
 */

/* X(identifier, "counter", side: +1 a source, -1 an end, 0 a fact outside the law, "meaning") */
#define DP_COUNTERS(X)                                                                         \
	X(DP_RX, "rx", +1, "packets received from ports")                                      \
	X(DP_INJECTED, "injected", +1, "packets made from control-plane messages")             \
	X(DP_GENERATED, "generated", +1, "ARP, ND, ICMP packets of our own")                   \
	X(DP_FRAGMENTS, "fragments", +1, "additional packets made by fragmentation")           \
	X(DP_TX, "tx", -1, "packets given to ports")                                           \
	X(DP_PUNTED, "punted", -1, "packets handed to the control plane")                      \
	X(DP_CONSUMED, "consumed", -1, "ARP, ND, keepalives: dealt with here")                 \
	X(DP_MERGED, "merged", -1, "fragments that became part of a packet")                   \
	X(DP_RX_BYTES, "rx_bytes", 0, "octets received, Ethernet header included")             \
	X(DP_TX_BYTES, "tx_bytes", 0, "octets sent, Ethernet header included")                 \
	X(DP_HANDOFF, "handoff", 0, "packets passed to the owner worker")                      \
	X(DP_MOVE_WAITED, "move_waited", 0, "packets that waited while their shard moved")     \
	X(DP_MOVE_FLOW_LOST, "move_flow_lost", 0,                                              \
	  "flows the new owner's table had no room for")                                       \
	X(DP_ESP_IN, "esp_in", 0, "ESP packets accepted")                                      \
	X(DP_ESP_OUT, "esp_out", 0, "ESP packets made")                                        \
	X(DP_PATH_LEARNED, "path_learned", 0,                                                  \
	  "messages about a path's MTU that were believed")                                    \
	X(DP_FLOW_NEW, "flow_new", 0, "flows judged by rules")                                 \
	X(DP_LOG_LOST, "log_lost", 0, "access-control records that found no room on the link") \
	X(DP_LINK_STALE, "link_stale", 0, "link records of an old epoch, ignored")             \
	X(DP_LINK_BAD, "link_bad", 0, "link records refused by validation")

#define DP_COUNTER_ID(id, name, side, text) id,
enum dp_counter { DP_COUNTERS(DP_COUNTER_ID) DP_COUNTER_COUNT };

const char *dp_counter_name(unsigned counter);
const char *dp_counter_text(unsigned counter);
int dp_counter_side(unsigned counter);
