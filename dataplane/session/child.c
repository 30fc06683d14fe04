/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child - pairs of SAs: made with their keys expanded, added by a rekey, removed after it.
 *
 * Walk     session/message.c -> [session/child] -> session/link.c, session/grave.c
 * Thread   the main core
 */
#include "common/wire/esp.h"
#include "dataplane/session/check.h"
#include "dataplane/session/path.h"
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

static bool takes_all(const struct dp_selector *ts)
{
	return ts->lo == 0 && ts->hi == UINT32_MAX && ts->port_lo == 0 &&
	       ts->port_hi == UINT16_MAX && !ts->proto;
}

static struct dp_life_span span(const struct msg_limit *l, uint64_t most)
{
	return (struct dp_life_span){.soft = l->soft, .hard = l->hard ? l->hard : most};
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
	dp_life_init(&in->life, &in->account, 0, span(&m->packets, 0), span(&m->bytes, 0));
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
	             span(&m->packets, dp_seq_end(m->flags)), span(&m->bytes, 0));
	memcpy(out->salt, m->out.salt, sizeof(out->salt));
	dp_outer_write(out, &m->local, &m->remote);
}

size_t dp_child_size(uint8_t suite, uint32_t window, uint32_t n_ts, uint32_t n_ts6)
{
	return sizeof(struct dp_child) + 2 * dp_suite(suite)->key_room +
	       dp_replay_words(window) * sizeof(uint64_t) + n_ts * sizeof(struct dp_selector) +
	       n_ts6 * sizeof(struct dp_selector6);
}

static uint32_t count_v4(const struct msg_child *m)
{
	uint32_t i, n = 0;

	for (i = 0; i < m->n_ts; i++)
		n += addr_is_v4(&m->ts_local[i].lo);
	return n;
}

static size_t size_of(const struct msg_child *m)
{
	const uint32_t n = count_v4(m);

	return dp_child_size(m->suite, m->replay_window, n, m->n_ts - n);
}

/* Each family's by themselves. */
static void fill_selectors(struct dp_sa_in *in, const struct msg_child *m, void *at)
{
	struct dp_selector *ts = at;
	struct dp_selector6 *ts6 = (struct dp_selector6 *)(ts + count_v4(m));
	uint32_t i;

	in->ts = ts;
	for (i = 0; i < m->n_ts; i++) {
		if (addr_is_v4(&m->ts_local[i].lo))
			ts[in->n_ts++] = selector(&m->ts_local[i]);
		else
			ts6[in->n_ts6++] = selector6(&m->ts_local[i]);
	}
	in->anywhere = in->n_ts && takes_all(&in->ts[0]);
}

/* What stands behind the pair: keys first, they are aligned as it is. */
static void fill_more(struct dp_sessions *s, struct dp_child *c, const struct msg_child *m)
{
	const size_t room = dp_suite(m->suite)->key_room;
	uint8_t *at = c->more;

	dp_crypto_expand(s->conf.crypto, m->suite, DP_CRYPTO_OPEN, &m->in, at);
	dp_crypto_expand(s->conf.crypto, m->suite, DP_CRYPTO_SEAL, &m->out, at + room);
	c->in.key = at;
	c->out.key = at + room;
	at += 2 * room;
	dp_replay_init(&c->in.replay, m->replay_window, m->seq_in, (uint64_t *)at);
	at += dp_replay_words(m->replay_window) * sizeof(uint64_t);
	fill_selectors(&c->in, m, at);
}

/* Nothing is taken when it fails. */
int dp_child_make(struct dp_sessions *s, struct dp_session *session, uint16_t tenant,
                  const struct msg_child *m, struct dp_child **out)
{
	struct dp_shard **page = &s->page[spi_shard(m->spi_in)];
	struct dp_child *c;
	int err;

	/* Who asks talks to strangers: it may send from an address of the tenant, no other. */
	if (!s->conf.serves(s->conf.ctx, &m->local.addr, tenant))
		return -EINVAL;
	if (dp_slot_is_taken(s, m->spi_in))
		return -EEXIST;
	if (!*page)
		*page = rte_zmalloc_socket("dp_shard", sizeof(**page), 64, s->conf.socket);
	if (!*page)
		return -ENOMEM;
	err = dp_child_take(s, size_of(m), &c);
	if (err)
		return err;
	fill_in(&c->in, m);
	fill_out(&c->out, m);
	fill_more(s, c, m);
	c->in.session = session;
	c->in.pair = &c->out;
	dp_slot_set(s, m->spi_in, true);
	dp_path_index(s, c);
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

	for (c = e->child; c; c = c->in.next)
		n++;
	return n;
}

int dp_session_child_add(struct dp_sessions *s, uint32_t seq, const struct msg_child_add *m)
{
	struct dp_child *child;
	struct dp_entry *e;
	struct dp_op *op;
	int err = dp_entry_find(s, m->sid, m->id, &e);

	if (err)
		return err;
	err = dp_check_child(&m->child);
	if (err)
		return err;
	/* a session moves as a whole */
	if (spi_shard(m->child.spi_in) != s->session[m->sid].shard)
		return -EINVAL;
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
	child->in.next = e->child;
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
		at = &(*at)->in.next;
	*at = op->child->in.next;
	op->child->in.next = NULL;
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
	for (c = e->child; c; c = c->in.next) {
		if (c->in.leaving)
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
	leaving->in.leaving = true;
	return 0;
}
