/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ike_count - what arrived and what became of it.
 *
 * Every punted message is counted once in "rx" and once in one of the rows marked as its
 * end, so that nothing disappears unseen.
 */

/* X(identifier, "counter", "meaning") */
#define IKE_COUNTERS(X)                                                                        \
	X(IKE_RX, "ike.rx", "messages punted by the data plane")                               \
	X(IKE_TX, "ike.tx", "messages sent")                                                   \
	X(IKE_TX_LOST, "ike.tx_lost", "messages the link to the data plane did not take")      \
	X(IKE_IN_TAKEN, "ike.in.taken", "new requests taken up")                               \
	X(IKE_IN_ANSWER, "ike.in.answer", "answers to our own requests")                       \
	X(IKE_IN_REPEATED, "ike.in.repeated", "retransmissions, answered from the cache")      \
	X(IKE_IN_REFUSED, "ike.in.refused", "refused without state: proposal, version, KE")    \
	X(IKE_DROP_MALFORMED, "ike.drop.malformed", "not an IKE message")                      \
	X(IKE_DROP_IKEV1, "ike.drop.ikev1", "IKEv1, not spoken here")                          \
	X(IKE_DROP_NO_TENANT, "ike.drop.no_tenant", "no tenant at this local address")         \
	X(IKE_DROP_SPI, "ike.drop.spi", "for an IKE SA that does not exist here")              \
	X(IKE_DROP_BUSY, "ike.drop.busy", "repeated while the first copy is being worked on")  \
	X(IKE_DROP_ID, "ike.drop.id", "message id outside the window")                         \
	X(IKE_DROP_DIFFERS, "ike.drop.differs", "old message id with other content")           \
	X(IKE_DROP_ELSEWHERE, "ike.drop.elsewhere", "repeated from another address")           \
	X(IKE_DROP_INTEGRITY, "ike.drop.integrity", "integrity check failed")                  \
	X(IKE_DROP_EXCHANGE, "ike.drop.exchange", "exchange type or flags make no sense here") \
	X(IKE_DROP_MEMORY, "ike.drop.memory", "no memory, or crypto queue full")               \
	X(IKE_HALF_OPEN, "ike.half_open", "gauge: handshakes under way")                       \
	X(IKE_SAS, "ike.sas", "gauge: IKE SAs")                                                \
	X(IKE_EVICTED, "ike.evicted", "half-open IKE SAs that gave way to newer ones")         \
	X(IKE_ESTABLISHED, "ike.established", "handshakes that succeeded")                     \
	X(IKE_FAILED, "ike.failed", "handshakes that failed, logged or not")                   \
	X(IKE_FAILED_UNLOGGED, "ike.failed_unlogged",                                          \
	  "of these, log lines held back by the rate limit")                                   \
	X(IKE_RESENT, "ike.resent", "our requests sent again")                                 \
	X(IKE_DEAD, "ike.dead", "peers that stopped answering")                                \
	X(IKE_REKEYED_IKE, "ike.rekeyed.ike", "IKE SAs rekeyed")                               \
	X(IKE_REKEYED_CHILD, "ike.rekeyed.child", "child SAs rekeyed")

#define IKE_COUNTER_ID(id, name, text) id,
enum ike_counter { IKE_COUNTERS(IKE_COUNTER_ID) IKE_COUNTER_COUNT };
