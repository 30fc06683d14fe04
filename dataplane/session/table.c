/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/session/table.h"

#include "dataplane/session/path.h"
#include "dataplane/worker/move.h"

#include <rte_malloc.h>

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
	LINE = 64,
};

/* Half as many again as sessions: a rekey holds two pairs for a moment, and not all clients
 * rekey at once. */
static uint32_t children_for(uint32_t max_sessions)
{
	return max_sessions + max_sessions / 2 + DP_SESSION_CHILDREN;
}

static int make_pools(struct dp_sessions *s)
{
	const int socket = s->conf.socket;
	const uint32_t max = s->conf.max_sessions;
	uint32_t i;

	s->max_child = children_for(max);
	s->session = rte_zmalloc_socket("dp_session", max * sizeof(*s->session), LINE, socket);
	s->entry = rte_zmalloc_socket("dp_entry", max * sizeof(*s->entry), LINE, socket);
	s->slab.socket = socket;
	s->grave_pool = rte_zmalloc_socket(
		"dp_grave", (s->max_child + max) * sizeof(*s->grave_pool), LINE, socket);
	if (getrandom(&s->spi_secret, sizeof(s->spi_secret), 0) != sizeof(s->spi_secret))
		return -EIO;
	s->spi_secret |= 1;
	s->n_by_spi_out = rte_align32pow2(s->max_child);
	s->by_spi_out = rte_zmalloc_socket(
		"dp_by_spi_out", s->n_by_spi_out * sizeof(struct dp_child *), LINE, socket);
	if (!s->session || !s->entry || !s->grave_pool || !s->by_spi_out)
		return -ENOMEM;

	for (i = s->max_child + max; i-- > 0;) {
		s->grave_pool[i].next = s->free_grave;
		s->free_grave = &s->grave_pool[i];
	}
	s->last_grave = &s->graves;
	for (i = DP_OPS; i-- > 0;) {
		s->op[i].all = s;
		s->op[i].next = s->free_op;
		s->free_op = &s->op[i];
	}
	return 0;
}

int dp_sessions_new(const struct dp_sessions_conf *conf, struct dp_sessions **out)
{
	struct rte_hash_parameters hash = {
		.name = "dp_by_addr",
		.key_len = sizeof(struct dp_addr_key),
		.socket_id = conf->socket,
		.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF,
	};
	struct dp_sessions *s;
	int err;

	if (!conf->max_sessions || !conf->n_workers || conf->n_workers >= DP_MAP_MOVING)
		return -EINVAL;
	s = rte_zmalloc_socket("dp_sessions", sizeof(*s), LINE, conf->socket);
	if (!s)
		return -ENOMEM;
	s->conf = *conf;
	err = make_pools(s);
	if (err)
		goto free_all;

	hash.entries = DP_HASH_SLACK * DP_FAMILIES * RTE_MAX(conf->max_sessions, 64u);
	if (dp_move_new(conf->socket, &s->move)) {
		err = -ENOMEM;
		goto free_all;
	}
	s->by_addr = rte_hash_create(&hash);
	if (!s->by_addr) {
		err = -ENOMEM;
		goto free_all;
	}
	dp_shift_init(s);
	*out = s;
	return 0;

free_all:
	dp_sessions_free(s);
	return err;
}

void dp_sessions_free(struct dp_sessions *s)
{
	uint32_t i;

	if (!s)
		return;
	rte_hash_free(s->by_addr);
	dp_move_free(s->move);
	for (i = 0; i < SPI_SHARDS; i++)
		rte_free(s->page[i]);
	dp_slab_fini(&s->slab);
	rte_free(s->by_spi_out);
	rte_free(s->grave_pool);
	rte_free(s->entry);
	rte_free(s->session);
	rte_free(s);
}

int dp_sa_table_new(int socket, struct dp_sa_table **out)
{
	*out = rte_zmalloc_socket("dp_sa_table", sizeof(**out), LINE, socket);
	return *out ? 0 : -ENOMEM;
}

void dp_sa_table_free(struct dp_sa_table *t)
{
	rte_free(t);
}

int dp_child_take(struct dp_sessions *s, size_t size, struct dp_child **out)
{
	struct dp_child *c;

	if (s->n_child >= s->max_child)
		return -ENOSPC;
	c = dp_slab_take(&s->slab, size);
	if (!c)
		return -ENOMEM;
	c->in.size = (uint16_t)size;
	s->n_child++;
	*out = c;
	return 0;
}

void dp_child_give(struct dp_sessions *s, struct dp_child *c)
{
	dp_path_unindex(s, c);
	dp_slab_give(&s->slab, c, c->in.size);
	s->n_child--;
}

struct dp_op *dp_op_take(struct dp_sessions *s)
{
	struct dp_op *op = s->free_op;

	if (!op)
		return NULL;
	s->free_op = op->next;
	s->n_op++;
	*op = (struct dp_op){.all = s, .attach = s->attach};
	return op;
}

void dp_op_give(struct dp_sessions *s, struct dp_op *op)
{
	op->next = s->free_op;
	s->free_op = op;
	s->n_op--;
}

bool dp_sessions_has_room(const struct dp_sessions *s)
{
	/* Nor does anything overtake what is held back: the answer to a client would. */
	return s->n_op + DP_OPS_SPARE <= DP_OPS && !s->held;
}

bool dp_slot_is_taken(const struct dp_sessions *s, uint32_t spi)
{
	return s->taken[spi_shard(spi)][spi_slot(spi) / 64] >> spi_slot(spi) % 64 & 1;
}

void dp_slot_set(struct dp_sessions *s, uint32_t spi, bool taken)
{
	uint64_t *word = &s->taken[spi_shard(spi)][spi_slot(spi) / 64];
	const uint64_t bit = 1ULL << spi_slot(spi) % 64;

	*word = taken ? *word | bit : *word & ~bit;
}

void dp_sessions_gauge(const struct dp_sessions *s, struct dp_sessions_gauge *out)
{
	*out = (struct dp_sessions_gauge){
		.live = s->live,
		.dying = s->dying,
		.children = s->n_child,
		.children_max = s->max_child,
	};
}
