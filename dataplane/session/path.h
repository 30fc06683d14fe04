/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * path - how large a packet to a client may be: the MTU of the path to it, as routers say,
 * and what of that is left inside the tunnel.
 *
 * A router that cannot pass an ESP packet on says so by ICMP, and anybody can send ICMP. It
 * is believed when it quotes enough of a packet to be one of ours: addresses and ports, the
 * SPI of the SA that sends to that client now, and a sequence number that was used lately.
 * What was learned is forgotten after a while, when a larger packet comes again.
 *
 *   outside -> dp_path_ask (any worker) -> main core: whose SPI? -> dp_path_told (the owner)
 *
 * Walk     parse/ -> [session/path] -> maincore.c -> [session/path]
 * Source   RFC 4301 section 8.2; RFC 1191 sections 5, 6.3 and 7; RFC 4303 section 2.4 for what
 *          ESP adds
 * Thread   functions say whose
 */

#include "common/stat/verdict.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_child;
struct dp_sa_out;
struct dp_session;
struct dp_sessions;
struct dp_worker;
struct rte_mbuf;

enum {
	DP_PATH_RECENT = 1 << 20, /* packets back a quoted one may lie: a second at 1 Mpps */
	DP_PATH_NEWS = 100,       /* messages a second and worker that are looked at */
};

/* How sizes are dealt with; immutable after start. */
struct dp_size_conf {
	bool cut_after;      /* what may be cut is cut as ESP, not before */
	uint8_t df;          /* enum dp_df: of outer headers */
	uint16_t path_min;   /* octets: a path is believed to be no smaller */
	uint64_t path_ticks; /* TSC: what was learned is forgotten after */
};

/* The DF bit of the outer header: RFC 4301 section 8.1. */
enum dp_df { DP_DF_CLEAR, DP_DF_COPY, DP_DF_SET };

/* Octets of the largest inner packet whose outer packet has at most @path; 0 if there is
 * none. Any thread. */
uint16_t dp_path_inner(const struct dp_sa_out *out, uint16_t path);

/* ---- worker ---------------------------------------------------------------------------- */

/* Stage: ICMP messages "too big" from outside (DP_KIND_TOO_BIG). Those with a proper quote go
 * to the main core; all others are dropped. */
void dp_path_ask(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Stage, at the owner (DP_RESUME_TOO_BIG): believed or not, the message ends here. */
void dp_path_told(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Owner: a session begins; nothing is known but the interface its packets leave by. */
void dp_path_begin(const struct dp_worker *w, struct dp_session *s);

/* Owner: fit the session's MTUs to the SA that sends now. */
void dp_path_apply(struct dp_session *s);

/* Owner: forget what was learned if that was long ago; true if the session's MTU grew. */
bool dp_path_age(struct dp_worker *w, struct dp_session *s);

/* ---- main core ------------------------------------------------------------------------- */

/* Which session sends on the SPI that a message quotes? Fills in sid; @worker: the owner.
 * returns  DP_OK, DP_DROP_PATH */
enum dp_verdict dp_path_whose(struct dp_sessions *s, struct rte_mbuf *m, uint16_t *worker);

/* A child SA is made, and taken apart: found by the SPI it sends on. */
void dp_path_index(struct dp_sessions *s, struct dp_child *c);
void dp_path_unindex(struct dp_sessions *s, struct dp_child *c);
