/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * sessions - the main core's side: install, remove, rekey, report.
 *
 * Walk     link/ -> maincore.c -> [session/sessions] -> worker/command.h -> the owner
 * Thread   the main core
 * Memory   one table, made at start; SAs from session/slab.h, as large as their suite asks
 */

#include "common/msg/msg.h"
#include "common/msg/spi.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_crypto;
struct dp_sa_table;
struct dp_sessions;
struct dp_worker;
struct rte_rcu_qsbr;

/* How the main core answers: into its up ring of the present attach. returns 0, or -EAGAIN
 * when there is no room now; the report is then tried again or given up, as the type says. */
struct dp_report {
	int (*send)(void *ctx, uint16_t type, uint32_t seq, const void *body, uint32_t len);
	void *ctx;
};

struct dp_sessions_conf {
	uint32_t max_sessions;
	uint16_t n_workers;
	int socket;
	uint64_t hz;
	struct dp_worker *const *worker;
	struct rte_rcu_qsbr *rcu;
	const struct dp_crypto *crypto; /* the main core's */
	struct dp_report report;
	/* Do clients of @tenant arrive at @local? A tunnel ends at no other address. */
	bool (*serves)(void *ctx, const struct addr *local, uint16_t tenant);
	void *ctx; /* for serves */
};

/* returns 0, -ENOMEM, -EINVAL */
int dp_sessions_new(const struct dp_sessions_conf *conf, struct dp_sessions **out);
/* Workers have stopped. Every key is wiped. */
void dp_sessions_free(struct dp_sessions *s);

/* A worker's SA table. returns 0, -ENOMEM */
int dp_sa_table_new(int socket, struct dp_sa_table **out);
void dp_sa_table_free(struct dp_sa_table *t);

/* Is there room for one more command? If not, leave records in the down ring until
 * commands have come back: nothing is lost, the control plane waits. */
bool dp_sessions_has_room(const struct dp_sessions *s);

/*
 * A record between SESSION_INSTALL and CHILD_REMOVE, copied out of the ring, length checked
 * against its type. Every field is checked here; the answer (MSG_ACK with @seq) goes out
 * when the owner has done it. The caller wipes @body: it holds keys.
 */
void dp_sessions_message(struct dp_sessions *s, uint16_t type, uint32_t seq, const void *body);

/* A control plane has attached: report every session, then MSG_ORPHANS_END. */
void dp_sessions_attached(struct dp_sessions *s, uint64_t now);
/* It has gone: sessions live on for their orphan_s. */
void dp_sessions_detached(struct dp_sessions *s, uint64_t now);

/* A little work each turn of the main core: usage, limits, orphans' end, what died. */
void dp_sessions_tick(struct dp_sessions *s, uint64_t now);

/*
 * Give a shard to another worker. One moves at a time; dp_sessions_tick() goes on with it.
 *
 * returns  0 (begun), -EBUSY (one is under way), -EINVAL (no such shard or worker, or it has it)
 */
int dp_shard_shift(struct dp_sessions *s, uint16_t shard, uint16_t to);

struct dp_shards_view {
	bool is_moving;
	uint64_t moves; /* that came to their end */
	uint8_t owner[SPI_SHARDS];
	uint32_t packets[SPI_SHARDS]; /* of about the latest second, both ways */
	uint32_t sessions[SPI_SHARDS];
};
bool dp_shards_is_moving(const struct dp_sessions *s);
/* Any thread; what moves right now is still its old owner's. */
void dp_shards_view(const struct dp_sessions *s, struct dp_shards_view *out);

struct dp_sessions_gauge {
	uint32_t live, dying, children, children_max;
};
void dp_sessions_gauge(const struct dp_sessions *s, struct dp_sessions_gauge *out);

/* ---- any thread ----------------------------------------------------------------------- */

/* Live sessions of a tenant. */
uint32_t dp_sessions_of_tenant(const struct dp_sessions *s, uint16_t tenant);

struct dp_session_view {
	struct msg_session_usage usage;
	uint16_t tenant;
	uint16_t worker;
	struct addr inner;
};

/* The first live session at or after @sid; returns its sid + 1, or 0 when there is none. */
uint32_t dp_sessions_next(struct dp_sessions *s, uint32_t sid, uint64_t now,
                          struct dp_session_view *out);
