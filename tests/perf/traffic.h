/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * traffic - packets made in advance, and what came of them, compared when the clock stands.
 *
 * Every packet carries its number, so what comes out is held against what went in whatever
 * the order: each once, decrypted by OpenSSL on the way to a client, unchanged but for what
 * forwarding changes.
 *
 * Thread   one
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gateway;
struct pcap;
struct rte_mbuf;

enum traffic_order {
	TRAFFIC_RANDOM, /* sessions in no order */
	TRAFFIC_EACH,   /* one after the other */
};

struct traffic_conf {
	bool out;      /* from the inside to clients; else from clients */
	uint16_t size; /* octets of the inner packet; 0: IMIX, 7 x 64, 4 x 570, 1 x 1420 */
	uint32_t n;
	uint32_t first; /* session of the first packet, TRAFFIC_EACH */
	enum traffic_order order;
	bool new_flows; /* each packet is the first one of its flow */
	bool old_seq;   /* from clients: numbers that were used before */
	bool fragments; /* from clients: each outer packet comes in two fragments */
	/* What is wrong with them, if anything: done to the inner packet before it is sealed, and
	 * to the frame. */
	void (*spoil_inner)(uint8_t *ip, uint16_t len);
	void (*spoil_frame)(uint8_t *frame, uint16_t *len);
};

struct traffic;

/* @seq   per session: the last ESP sequence number its client used; counted up
 * returns  NULL: no memory, or OpenSSL cannot seal */
struct traffic *traffic_new(struct gateway *g, const struct traffic_conf *conf, uint32_t *seq);
void traffic_free(struct traffic *t);

bool traffic_is_out(const struct traffic *t);
uint32_t traffic_count(const struct traffic *t);
/* Octets of inner packet @i. */
uint16_t traffic_inner_len(const struct traffic *t, uint32_t i);
/* The first frame of it. */
const uint8_t *traffic_frame(const struct traffic *t, uint32_t i, uint16_t *len);
/* Packets [first, first + n) in buffers, two for a packet in fragments. returns how many
 * buffers; 0: there are too few */
uint32_t traffic_fill(const struct traffic *t, uint32_t first, uint32_t n,
                      struct rte_mbuf **pkt);

/* All of them to a capture, and those of a capture: frames whose content is not known, so that
 * traffic_is_right() has nothing to say of them. */
bool traffic_save(const struct traffic *t, struct pcap *to);
struct traffic *traffic_load(struct gateway *g, bool out, struct pcap *from);
/* How many packets were kept. */
uint32_t traffic_sent(const struct traffic *t);

/* Keep what the gateway sent, and free the buffers. */
bool traffic_keep(struct traffic *t, struct rte_mbuf **pkt, uint32_t n);
/* Is everything that was kept what it must be, and each of packets [0, n) among it once?
 * @why  room for a sentence, when it is not */
bool traffic_is_right(struct traffic *t, uint32_t n, char *why, size_t size);
