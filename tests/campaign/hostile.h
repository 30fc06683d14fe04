/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * hostile - a whole gateway under packets that nobody should send, with one session beside
 * them that does nothing wrong.
 *
 * Two tenants with the same inner addresses. Most packets lie in memory of exactly their
 * size: AddressSanitizer does not see a read past the end inside an mbuf. What is sent is
 * looked at: the good session's packets are all there and right, and nothing that carries
 * one tenant's tag leaves towards the other.
 *
 * Thread   one
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hostile;

struct hostile_totals {
	uint64_t packets;       /* mutated */
	uint64_t good;          /* of the good session, there and back */
	uint64_t lan, wan;      /* packets the gateway sent, good ones included */
	uint64_t esp_in, drops; /* accepted from tunnels; named drops */
};

/* EAL is up, with the devices net_ring0 and net_ring1.
 *
 * @suite   enum msg_suite, of all sessions
 * returns  0, -errno and @why */
int hostile_up(uint8_t suite, uint64_t seed, struct hostile **out, char *why, size_t size);
void hostile_down(struct hostile *h);

/* A burst of mutated packets, and a good one each way. returns 0, or -EPROTO and @why */
int hostile_round(struct hostile *h, char *why, size_t size);
/* One packet as a fuzzer wants it; the first octet says what is done with the others:
 * its lowest two bits 0: a frame outside, 1: inside, 2: an inner packet from a client, sealed
 * here, 3: one to a client, with Ethernet put before it; the next four: which session; 0x40:
 * a frame keeps its destination; 0x80: there is room around it in memory. */
void hostile_feed(struct hostile *h, const uint8_t *octets, size_t len);

/*
 * The main core's own loop in a thread beside the worker, as in the product: with the link to
 * the control plane, sessions' and next hops' clocks. While it is off, rounds do what they need
 * of it. returns 0, -errno
 */
int hostile_main_core(struct hostile *h, bool on);
/* The attach socket. */
const char *hostile_door(const struct hostile *h);

struct hostile_link_stat {
	uint64_t attaches, broken, bad, stale;
};
void hostile_link_stat(const struct hostile *h, struct hostile_link_stat *out);

/* Nothing is under way any more: every packet is accounted for, every buffer is back, and no
 * memory was taken since the first call. returns 0, or -EPROTO and @why */
int hostile_settle(struct hostile *h, char *why, size_t size);
/* For the test of hostile_settle(). */
void hostile_lose_buffer(struct hostile *h);
struct hostile_totals hostile_totals(const struct hostile *h);
/* Which drops there were, a line each. */
void hostile_print_drops(const struct hostile *h);
