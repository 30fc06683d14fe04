/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child - pairs of SAs: made with their keys expanded, added by a rekey, removed after it.
 *
 * Walk     session/message.c -> [session/child] -> session/link.c, session/grave.c
 * Thread   the main core
 */
#include "common/wire/esp.h"
#include "dataplane/session/check.h"
#include "dataplane/session/table.h"

#include <rte_malloc.h>

#include <errno.h>
#include <string.h>

static struct dp_selector selector(const struct msg_ts *ts)
{
	return (struct dp_selector){
		.lo = be32_get(addr_v4(&ts->lo)),
		.hi = be32_get(addr_v4(&ts->hi)),
		.port_lo = ts->port_lo,
		.port_hi = ts->port_hi,
		.proto = ts->proto,
	};
}

static struct dp_selector6 selector6(const struct msg_ts *ts)
{
	return (struct dp_selector6){
		.lo = ts->lo,
		.hi = ts->hi,
		.port_lo = ts->port_lo,
		.port_hi = ts->port_hi,
		.proto = ts->proto,
	};
}

/* Each family's by themselves. returns 0, -ENOMEM */
static int fill_selectors(struct dp_sa_in *in, const struct msg_child *m, int socket)
{
	uint32_t i, n6 = 0;

	for (i = 0; i < m->n_ts; i++)
		n6 += !addr_is_v4(&m->ts_local[i].lo);
	if (n6) {
		in->ts6 = rte_zmalloc_socket("dp_selectors", n6 * sizeof(*in->ts6), 0, socket);
		if (!in->ts6)
			return -ENOMEM;
	}
	for (i = 0; i < m->n_ts; i++) {
		if (addr_is_v4(&m->ts_local[i].lo))
			in->ts[in->n_ts++] = selector(&m->ts_local[i]);
		else
			in->ts6[in->n_ts6++] = selector6(&m->ts_local[i]);
	}
	return 0;
}

static bool takes_all(const struct dp_selector *ts)
{
	return ts->lo == 0 && ts->hi == UINT32_MAX && ts->port_lo == 0 &&
	       ts->port_hi == UINT16_MAX && !ts->proto;
}

static struct dp_life_limit limit(const struct msg_limit *l, uint64_t most)
{
	return (struct dp_life_limit){.soft = l->soft, .hard = l->hard ? l->hard : most};
}

static void fill_in(struct dp_sa_in *in, const struct msg_child *m)
{
	const struct dp_suite *suite = dp_suite(m->suite);

	in->spi = m->spi_in;
	in->suite = m->suite;
	in->fresh = true;
	in->head_len = (uint8_t)(sizeof(struct wire_esp) + suite->iv_len);
	in->icv_len = suite->icv_len;
	in->block = suite->block;
	in->flags = m->flags;
	memcpy(in->salt, m->in.salt, sizeof(in->salt));
	dp_life_init(&in->life, &in->account, 0, limit(&m->packets, 0), limit(&m->bytes, 0));
	in->anywhere = in->n_ts && takes_all(&in->ts[0]);
}

static void fill_out(struct dp_sa_out *out, const struct msg_child *m)
{
	const struct dp_suite *suite = dp_suite(m->suite);

	out->spi = m->spi_out;
	out->suite = m->suite;
	out->flags = m->flags;
	out->head_len = (uint8_t)(sizeof(struct wire_esp) + suite->iv_len);
	out->icv_len = suite->icv_len;
	out->block = suite->block;
	out->seq = m->seq_out;
	dp_life_init(&out->life, &out->account, m->seq_out,
	             limit(&m->packets, dp_seq_end(m->flags)), limit(&m->bytes, 0));
	memcpy(out->salt, m->out.salt, sizeof(out->salt));
	dp_outer_write(out, &m->local, &m->remote);
}

static void fill_keys(struct dp_sessions *s, struct dp_child *c, const struct msg_child *m)
{
	dp_replay_init(&c->in.replay, m->replay_window, m->seq_in, c->bit);
	dp_crypto_expand(s->conf.crypto, m->suite, DP_CRYPTO_OPEN, &m->in, c->key_in);
	dp_crypto_expand(s->conf.crypto, m->suite, DP_CRYPTO_SEAL, &m->out, c->key_out);
	c->in.key = c->key_in;
	c->out.key = c->key_out;
}

/* Nothing is taken when it fails. */
int dp_child_make(struct dp_sessions *s, struct dp_session *session, uint16_t tenant,
                  const struct msg_child *m, struct dp_child **out)
{
	struct dp_shard **page = &s->page[spi_shard(m->spi_in)];
	struct dp_child *c;

	/* Who asks talks to strangers: it may send from an address of the tenant, no other. */
	if (!s->conf.serves(s->conf.ctx, &m->local.addr, tenant))
		return -EINVAL;
	if (dp_slot_is_taken(s, m->spi_in))
		return -EEXIST;
	if (!*page)
		*page = rte_zmalloc_socket("dp_shard", sizeof(**page), 64, s->conf.socket);
	if (!*page)
		return -ENOMEM;
	c = dp_child_take(s);
	if (!c)
		return -ENOSPC;
	if (fill_selectors(&c->in, m, s->conf.socket)) {
		dp_child_give(s, c);
		return -ENOMEM;
	}
	fill_in(&c->in, m);
	fill_out(&c->out, m);
	fill_keys(s, c, m);
	c->in.session = session;
	c->in.pair = &c->out;
	dp_slot_set(s, m->spi_in, true);
	*out = c;
	return 0;
}

void dp_child_unmake(struct dp_sessions *s, struct dp_child *c)
{
	dp_slot_set(s, c->in.spi, false);
	dp_child_give(s, c);
}

static void child_added(void *ctx, struct dp_command *c)
{
	dp_op_finish(ctx, (struct dp_op *)c);
}

static int count_children(const struct dp_entry *e)
{
	const struct dp_child *c;
	int n = 0;

	for (c = e->child; c; c = c->next)
		n++;
	return n;
}

int dp_session_child_add(struct dp_sessions *s, uint32_t seq, const struct msg_child_add *m)
{
	const struct dp_limits limits = {s->conf.max_sessions, s->conf.n_workers};
	struct dp_child *child;
	struct dp_entry *e;
	struct dp_op *op;
	int err = dp_entry_find(s, m->sid, m->id, &e);

	if (err)
		return err;
	err = dp_check_child(&limits, &m->child, s->session[m->sid].worker);
	if (err)
		return err;
	if (count_children(e) >= DP_SESSION_CHILDREN)
		return -ENOSPC;
	op = dp_op_take(s);
	if (!op)
		return -EAGAIN;
	err = dp_child_make(s, &s->session[m->sid], s->session[m->sid].tenant, &m->child,
	                    &child);
	if (err)
		goto give_op;

	op->seq = seq;
	op->sid = m->sid;
	op->wants_ack = true;
	op->session = &s->session[m->sid];
	op->child = child;
	op->page = s->page[spi_shard(m->child.spi_in)];
	err = dp_op_send(s, op, dp_session_run_child_add, child_added);
	if (err)
		goto unmake;
	child->next = e->child;
	e->child = child;
	return 0;

unmake:
	dp_child_unmake(s, child);
give_op:
	dp_op_give(s, op);
	return err;
}

static void child_removed(void *ctx, struct dp_command *c)
{
	struct dp_sessions *s = ctx;
	struct dp_op *op = (struct dp_op *)c;
	struct dp_child **at = &s->entry[op->sid].child;

	while (*at != op->child)
		at = &(*at)->next;
	*at = op->child->next;
	op->child->next = NULL;
	dp_session_bury(s, op->sid, op->child, false);
	dp_op_finish(s, op);
}

int dp_session_child_remove(struct dp_sessions *s, uint32_t seq,
                            const struct msg_child_remove *m)
{
	struct dp_child *c, *leaving = NULL, *heir = NULL;
	struct dp_entry *e;
	struct dp_op *op;
	int err = dp_entry_find(s, m->sid, m->id, &e);

	if (err)
		return err;
	for (c = e->child; c; c = c->next) {
		if (c->leaving)
			continue;
		if (c->in.spi == m->spi_in)
			leaving = c;
		else if (!heir)
			heir = c;
	}
	if (!leaving)
		return -ENOENT;
	op = dp_op_take(s);
	if (!op)
		return -EAGAIN;
	op->seq = seq;
	op->sid = m->sid;
	op->wants_ack = true;
	op->session = &s->session[m->sid];
	op->child = leaving;
	op->heir = heir;
	err = dp_op_send(s, op, dp_session_run_child_remove, child_removed);
	if (err) {
		dp_op_give(s, op);
		return err;
	}
	leaving->leaving = true;
	return 0;
}
