/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * mutate - packets of every kind that comes in, and what an attacker makes of them.
 *
 * Outer frames, inner packets and the octets of both; whether something is sealed is the
 * caller's business. All chance comes from one seed.
 *
 * Thread   one
 */

#include "common/msg/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MUTATE_MAX = 1900,   /* octets of a packet */
	MUTATE_INNER = 1500, /* of one that is still to be sealed */
	MUTATE_TAG = 8,      /* octets that say whose packet it is */
};

struct mutate {
	uint64_t seed;
	uint8_t mac[2][6]; /* of the gateway: outside, inside */
};

struct packet {
	uint16_t len;
	uint8_t octet[MUTATE_MAX];
};

uint32_t mutate_below(struct mutate *m, uint32_t n);

/* A sound inner packet of the session's client, or for it: one of a dozen kinds. Where it
 * has room for it, its end is @tag. */
void mutate_inner(struct mutate *m, const struct msg_session_install *s, bool from_client,
                  const uint8_t tag[MUTATE_TAG], struct packet *out);
/* A sound frame from outside that is not the ESP of a session: IKE, ICMP, ARP, ND, IPv6... */
void mutate_outer(struct mutate *m, const struct msg_session_install *s, struct packet *out);

/* Flip, overwrite, cut, stretch: up to a few changes at or after @from, at headers more often
 * than in the middle of nowhere. Half of the time sums are right again afterwards. */
void mutate_octets(struct mutate *m, struct packet *p, uint16_t from);
/* Cut an IPv4 packet in an Ethernet frame into fragments, wrongly now and then. returns how
 * many of @out */
uint16_t mutate_fragments(struct mutate *m, const struct packet *p, struct packet *out,
                          uint16_t max);
