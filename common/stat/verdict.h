/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * verdict - every fate a packet can have in the data plane, as one list.
 *
 * The enum, the counter names, the telemetry and docs/operations/drops.md come from it. A
 * packet has exactly one verdict other than DP_OK; dp_drop() and its kin count it.
 */

/* X(identifier, "counter", "what the operator should conclude") */
#define DP_VERDICTS(X)                                                                         \
	X(DP_OK, "ok", "carried on to the next stage")                                         \
	X(DP_DROP_RUNT, "drop.runt", "shorter than its own headers say")                       \
	X(DP_DROP_ETHERTYPE, "drop.ethertype", "neither IP nor ARP; harmless on most LANs")    \
	X(DP_DROP_VLAN, "drop.vlan", "no interface with this VLAN on this port")               \
	X(DP_DROP_NOT_OURS, "drop.not_ours", "MAC or IP destination is not the gateway's")     \
	X(DP_DROP_IP_HEADER, "drop.ip_header", "bad version, length or checksum")              \
	X(DP_DROP_IP_OPTIONS, "drop.ip_options", "IPv4 options are not carried")               \
	X(DP_DROP_IP6_CHAIN, "drop.ip6_chain",                                                 \
	  "IPv6 extension headers that are too many, malformed or not carried")                \
	X(DP_DROP_FRAGMENT, "drop.fragment", "an IP fragment where none may be")               \
	X(DP_DROP_FRAG_FORM, "drop.frag_form", "a fragment whose place or length cannot be")   \
	X(DP_DROP_FRAG_TINY, "drop.frag_tiny",                                                 \
	  "a first fragment without the whole header above IP: meant to get past rules")       \
	X(DP_DROP_FRAG_OVERLAP, "drop.frag_overlap",                                           \
	  "fragments of a packet overlap or contradict each other: all of it")                 \
	X(DP_DROP_FRAG_DUPLICATE, "drop.frag_duplicate", "a fragment that had come already")   \
	X(DP_DROP_FRAG_MANY, "drop.frag_many",                                                 \
	  "a packet in more than 64 fragments: all of it")                                     \
	X(DP_DROP_FRAG_SIZE, "drop.frag_size",                                                 \
	  "fragments of a packet larger than reassembly_octets")                               \
	X(DP_DROP_FRAG_TIMEOUT, "drop.frag_timeout",                                           \
	  "fragments whose packet was not whole in time")                                      \
	X(DP_DROP_FRAG_FULL, "drop.frag_full",                                                 \
	  "fragments that gave way to newer ones: max_reassemblies")                           \
	X(DP_DROP_TTL, "drop.ttl", "hop limit used up: a loop or a traceroute")                \
	X(DP_DROP_MARTIAN, "drop.martian", "a source address that cannot be real")             \
	X(DP_DROP_ARP, "drop.arp", "malformed ARP, or a claim on an address of ours")          \
	X(DP_DROP_ND, "drop.nd",                                                               \
	  "malformed neighbour discovery, or a claim on an address of ours")                   \
	X(DP_DROP_ICMP, "drop.icmp", "ICMP to the gateway that it does not answer")            \
	X(DP_DROP_PATH, "drop.path",                                                           \
	  "a message about the path that quotes no packet sent lately: forged, or too short")  \
	X(DP_DROP_NO_SERVICE, "drop.no_service", "to the gateway, but nothing listens there")  \
	X(DP_DROP_UDP, "drop.udp", "UDP length or checksum is wrong")                          \
	X(DP_DROP_NO_SA, "drop.no_sa", "SPI unknown: an old tunnel or a scan")                 \
	X(DP_DROP_REPLAY, "drop.replay", "ESP sequence number seen before")                    \
	X(DP_DROP_STALE, "drop.stale", "ESP sequence number left of the replay window")        \
	X(DP_DROP_AUTH, "drop.auth", "ESP integrity check failed")                             \
	X(DP_DROP_CRYPTO_BUSY, "drop.crypto_busy", "more 3DES than a worker has time for")     \
	X(DP_DROP_ESP_FORM, "drop.esp_form", "ESP length, padding or next header is wrong")    \
	X(DP_DROP_DUMMY, "drop.dummy",                                                         \
	  "an ESP packet with nothing in it, sent to hide traffic")                            \
	X(DP_DROP_ECN, "drop.ecn",                                                             \
	  "congestion mark from outside on a flow that takes no marks")                        \
	X(DP_DROP_SELECTOR, "drop.selector", "destination outside the negotiated selectors")   \
	X(DP_DROP_SPOOF, "drop.spoof", "inner source is not the address assigned to the user") \
	X(DP_DROP_RULE, "drop.rule", "refused by an access rule or by default deny")           \
	X(DP_DROP_NO_FLOW, "drop.no_flow",                                                     \
	  "to a client, but no flow of the client asked for it")                               \
	X(DP_DROP_FLOW_FULL, "drop.flow_full", "flow table of the worker is full")             \
	X(DP_DROP_QUOTA_FLOWS, "drop.quota_flows", "tenant has as many flows as it may")       \
	X(DP_DROP_QUOTA_BUFFERS, "drop.quota_buffers",                                         \
	  "as many packets of its tenant wait for a worker as may")                            \
	X(DP_DROP_POLICER, "drop.policer", "faster than the user's or the tenant's rate")      \
	X(DP_DROP_NO_SESSION, "drop.no_session", "inner address belongs to no session")        \
	X(DP_DROP_SEQ_END, "drop.seq_end", "ESP sequence numbers used up; rekey did not come") \
	X(DP_DROP_LIFETIME, "drop.lifetime",                                                   \
	  "an ESP SA carried as much as it may; rekey did not come")                           \
	X(DP_DROP_NO_ROUTE, "drop.no_route", "no route in this tenant's table")                \
	X(DP_DROP_IFACE_GONE, "drop.iface_gone",                                               \
	  "its interface went away with a change of policy")                                   \
	X(DP_DROP_NO_NEIGHBOUR, "drop.no_neighbour", "next hop did not answer ARP or ND")      \
	X(DP_DROP_ARP_QUEUE, "drop.arp_queue", "too many packets wait for one next hop")       \
	X(DP_DROP_TOO_BIG, "drop.too_big", "larger than the path, must not be fragmented")     \
	X(DP_DROP_TENANT, "drop.tenant", "egress belongs to another tenant: report this")      \
	X(DP_DROP_TX_FULL, "drop.tx_full", "port's transmit ring is full")                     \
	X(DP_DROP_HANDOFF_FULL, "drop.handoff_full", "owner worker cannot keep up")            \
	X(DP_DROP_MOVE_FULL, "drop.move_full", "too many packets waited while a shard moved")  \
	X(DP_DROP_PUNT_FULL, "drop.punt_full", "control plane cannot keep up")                 \
	X(DP_DROP_PUNT_RATE, "drop.punt_rate",                                                 \
	  "more IKE messages than may come from there, or to there, or at all")                \
	X(DP_DROP_PUNT_SIZE, "drop.punt_size", "larger than a record of the link")             \
	X(DP_DROP_NO_CONTROL, "drop.no_control", "no control plane is attached")               \
	X(DP_DROP_RATE, "drop.rate", "more ARP, ND or ICMP than it deals with")                \
	X(DP_DROP_MAIN_FULL, "drop.main_full", "main core cannot keep up")                     \
	X(DP_DROP_NO_BUFFER, "drop.no_buffer", "packet pool is empty")

#define DP_VERDICT_ID(id, name, text) id,
enum dp_verdict { DP_VERDICTS(DP_VERDICT_ID) DP_VERDICT_COUNT };

/* "drop.replay"; "?" out of range. */
const char *dp_verdict_name(unsigned verdict);
/* What the operator should conclude. */
const char *dp_verdict_text(unsigned verdict);
