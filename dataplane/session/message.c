/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message - what the control plane asks for: checked, taken from the pools, sent to the
 * owner as a command, answered when the command comes back.
 *
 * Commands of one worker run, and come back, in the order sent; so an answer to an install
 * always precedes the answer to the removal that followed it.
 *
 * Walk     link/ -> maincore.c -> [session/message] -> worker/command.h -> session/link.c
 * Thread   the main core
 */
#include "dataplane/session/check.h"
#include "dataplane/session/table.h"

#include <rte_malloc.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
	SOFT_SHARE = 8, /* ask for a rekey when an eighth of the packets is left */
};

static void acknowledge(struct dp_sessions *s, uint32_t seq, uint32_t sid, int status)
{
	struct msg_ack ack = {.status = status, .sid = sid};

	/* With a full ring the answer is lost; the control plane asks again by its timer. */
	s->conf.report.send(s->conf.report.ctx, MSG_ACK, seq, &ack, sizeof(ack));
}

static int send(struct dp_sessions *s, struct dp_op *op,
                void (*run)(struct dp_worker *w, struct dp_command *c),
                void (*done)(void *ctx, struct dp_command *c))
{
	op->command = (struct dp_command){.run = run, .done = done, .ctx = s};
	return dp_command_send(s->conf.worker[op->session->worker], &op->command);
}

static void finish(struct dp_sessions *s, struct dp_op *op)
{
	if (op->wants_ack)
		acknowledge(s, op->seq, op->sid, op->status);
	dp_op_give(s, op);
}

/* ---- child SAs --------------------------------------------------------------------- */

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

static void fill_in(struct dp_sessions *s, struct dp_sa_in *in, const struct msg_child *m)
{
	uint32_t i;

	in->spi = m->spi_in;
	in->suite = m->suite;
	in->fresh = true;
	in->n_ts = (uint8_t)m->n_ts;
	for (i = 0; i < m->n_ts; i++)
		in->ts[i] = selector(&m->ts_local[i]);
	memcpy(in->salt, m->in.salt, sizeof(in->salt));
	dp_replay_init(&in->replay, m->replay_window);
	dp_crypto_expand(s->conf.crypto, m->suite, &m->in, in->key);
}

static void fill_out(struct dp_sessions *s, struct dp_sa_out *out, const struct msg_child *m)
{
	out->spi = m->spi_out;
	out->suite = m->suite;
	out->flags = m->flags;
	out->hard_seq = m->hard_packets ? m->hard_packets : DP_HARD_PACKETS;
	out->soft_seq = out->hard_seq - out->hard_seq / SOFT_SHARE;
	memcpy(out->salt, m->out.salt, sizeof(out->salt));
	dp_outer_write(out, &m->local, &m->remote);
	dp_crypto_expand(s->conf.crypto, m->suite, &m->out, out->key);
}

/* Nothing is taken when it fails. */
static int make_child(struct dp_sessions *s, struct dp_session *session,
                      const struct msg_child *m, struct dp_child **out)
{
	struct dp_shard **page = &s->page[spi_shard(m->spi_in)];
	struct dp_child *c;

	if (dp_slot_is_taken(s, m->spi_in))
		return -EEXIST;
	if (!*page)
		*page = rte_zmalloc_socket("dp_shard", sizeof(**page), 64, s->conf.socket);
	if (!*page)
		return -ENOMEM;
	c = dp_child_take(s);
	if (!c)
		return -ENOSPC;
	fill_in(s, &c->in, m);
	fill_out(s, &c->out, m);
	c->in.session = session;
	c->in.pair = &c->out;
	dp_slot_set(s, m->spi_in, true);
	*out = c;
	return 0;
}

static void unmake_child(struct dp_sessions *s, struct dp_child *c)
{
	dp_slot_set(s, c->in.spi, false);
	dp_child_give(s, c);
}

/* ---- install ----------------------------------------------------------------------- */

static struct dp_addr_key key_of(const struct dp_session *session)
{
	return (struct dp_addr_key){.addr = session->inner, .tenant = session->tenant};
}

static int publish(struct dp_sessions *s, struct dp_session *session)
{
	const struct dp_addr_key key = key_of(session);
	const uint64_t where = (uint64_t)session->worker << 32 | session->sid;

	/* another install with this address may have come back since ours was checked */
	if (rte_hash_lookup(s->by_addr, &key) >= 0)
		return -EEXIST;
	if (rte_hash_add_key_data(s->by_addr, &key, (void *)(uintptr_t)where))
		return -ENOSPC;
	s->entry[session->sid].published = true;
	return 0;
}

static void installed(void *ctx, struct dp_command *c)
{
	struct dp_sessions *s = ctx;
	struct dp_op *op = (struct dp_op *)c;
	struct dp_entry *e = &s->entry[op->sid];

	if (e->state == DP_ENTRY_INSTALLING) {
		e->state = DP_ENTRY_LIVE;
		op->status = publish(s, op->session);
		/* a full command ring only delays it: the deadline ends it at the next scan */
		if (op->status && dp_session_end(s, op->sid, MSG_END_REMOVED, NULL))
			e->deadline = 1;
	}
	finish(s, op);
}

static void fill_session(struct dp_sessions *s, struct dp_session *session,
                         const struct msg_session_install *m)
{
	const be32 v4 = addr_v4(&m->inner);

	memset(session, 0, sizeof(*session));
	session->id = m->id;
	session->serial = ++s->serial;
	session->sid = m->sid;
	session->tenant = m->tenant;
	session->worker = m->worker;
	session->mtu = m->mtu;
	session->n_group = m->n_group;
	memcpy(session->group, m->group, m->n_group * sizeof(m->group[0]));
	session->inner = m->inner;
	memcpy(&session->inner_v4, &v4, sizeof(v4));
	session->remote = m->child.remote;
	session->count.last_in = s->now;
}

static int install(struct dp_sessions *s, uint32_t seq, const struct msg_session_install *m)
{
	const struct dp_limits limits = {s->conf.max_sessions, s->conf.n_workers};
	const struct dp_addr_key key = {.addr = m->inner, .tenant = m->tenant};
	struct dp_session *session;
	struct dp_child *child;
	struct dp_entry *e;
	struct dp_op *op;
	int err = dp_check_install(&limits, m);

	if (err)
		return err;
	e = &s->entry[m->sid];
	session = &s->session[m->sid];
	if (e->state != DP_ENTRY_FREE || rte_hash_lookup(s->by_addr, &key) >= 0)
		return -EEXIST;
	op = dp_op_take(s);
	if (!op)
		return -EAGAIN;
	err = make_child(s, session, &m->child, &child);
	if (err)
		goto give_op;

	fill_session(s, session, m);
	op->seq = seq;
	op->sid = m->sid;
	op->wants_ack = true;
	op->session = session;
	op->child = child;
	op->page = s->page[spi_shard(m->child.spi_in)];
	err = send(s, op, dp_session_run_install, installed);
	if (err)
		goto unmake;

	*e = (struct dp_entry){
		.state = DP_ENTRY_INSTALLING,
		.position = -1,
		.attach = s->attach,
		.orphan_s = m->orphan_s,
		.child = child,
	};
	s->live++;
	s->high = RTE_MAX(s->high, m->sid + 1);
	return 0;

unmake:
	unmake_child(s, child);
give_op:
	dp_op_give(s, op);
	return err;
}

/* ---- remove ------------------------------------------------------------------------ */

static void removed(void *ctx, struct dp_command *c)
{
	struct dp_sessions *s = ctx;
	struct dp_op *op = (struct dp_op *)c;
	struct dp_entry *e = &s->entry[op->sid];

	e->state = DP_ENTRY_DYING;
	s->live--;
	s->dying++;
	dp_session_bury(s, op->sid, e->child, true);
	e->child = NULL;
	finish(s, op);
}

int dp_session_end(struct dp_sessions *s, uint32_t sid, enum msg_end why,
                   const struct dp_ack *ack)
{
	struct dp_session *session = &s->session[sid];
	const struct dp_addr_key key = key_of(session);
	struct dp_entry *e = &s->entry[sid];
	struct dp_op *op = dp_op_take(s);
	struct dp_child *child;
	int n = 0, err;

	if (!op)
		return -EAGAIN;
	op->sid = sid;
	op->session = session;
	if (ack) {
		op->wants_ack = true;
		op->seq = ack->seq;
		op->status = ack->status;
	}
	for (child = e->child; child; child = child->next)
		if (!child->leaving)
			op->all_children[n++] = child;
	err = send(s, op, dp_session_run_remove, removed);
	if (err) {
		dp_op_give(s, op);
		return err;
	}
	/* Who still finds the address hands the packet to an owner that no longer knows it. */
	if (e->published)
		e->position = rte_hash_del_key(s->by_addr, &key);
	e->published = false;
	e->state = DP_ENTRY_REMOVING;
	e->end = (uint8_t)why;
	return 0;
}

/* The session @sid if it is there and is @id. */
static int find(struct dp_sessions *s, uint32_t sid, uint64_t id, struct dp_entry **out)
{
	struct dp_entry *e;

	if (sid >= s->conf.max_sessions)
		return -EINVAL;
	e = &s->entry[sid];
	if (e->state != DP_ENTRY_INSTALLING && e->state != DP_ENTRY_LIVE)
		return -ENOENT;
	if (s->session[sid].id != id)
		return -ESTALE;
	*out = e;
	return 0;
}

static int remove_session(struct dp_sessions *s, uint32_t seq,
                          const struct msg_session_remove *m)
{
	const struct dp_ack ack = {.seq = seq};
	struct dp_entry *e;
	int err = find(s, m->sid, m->id, &e);

	return err ? err : dp_session_end(s, m->sid, MSG_END_REMOVED, &ack);
}

/* ---- rekey ------------------------------------------------------------------------- */

static void child_added(void *ctx, struct dp_command *c)
{
	finish(ctx, (struct dp_op *)c);
}

static int count_children(const struct dp_entry *e)
{
	const struct dp_child *c;
	int n = 0;

	for (c = e->child; c; c = c->next)
		n++;
	return n;
}

static int child_add(struct dp_sessions *s, uint32_t seq, const struct msg_child_add *m)
{
	const struct dp_limits limits = {s->conf.max_sessions, s->conf.n_workers};
	struct dp_child *child;
	struct dp_entry *e;
	struct dp_op *op;
	int err = find(s, m->sid, m->id, &e);

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
	err = make_child(s, &s->session[m->sid], &m->child, &child);
	if (err)
		goto give_op;

	op->seq = seq;
	op->sid = m->sid;
	op->wants_ack = true;
	op->session = &s->session[m->sid];
	op->child = child;
	op->page = s->page[spi_shard(m->child.spi_in)];
	err = send(s, op, dp_session_run_child_add, child_added);
	if (err)
		goto unmake;
	child->next = e->child;
	e->child = child;
	return 0;

unmake:
	unmake_child(s, child);
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
	finish(s, op);
}

static int child_remove(struct dp_sessions *s, uint32_t seq, const struct msg_child_remove *m)
{
	struct dp_child *c, *leaving = NULL, *heir = NULL;
	struct dp_entry *e;
	struct dp_op *op;
	int err = find(s, m->sid, m->id, &e);

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
	err = send(s, op, dp_session_run_child_remove, child_removed);
	if (err) {
		dp_op_give(s, op);
		return err;
	}
	leaving->leaving = true;
	return 0;
}

void dp_sessions_message(struct dp_sessions *s, uint16_t type, uint32_t seq, const void *body)
{
	uint32_t sid = 0;
	int err;

	switch (type) {
	case MSG_SESSION_INSTALL:
		sid = ((const struct msg_session_install *)body)->sid;
		err = install(s, seq, body);
		break;
	case MSG_SESSION_REMOVE:
		sid = ((const struct msg_session_remove *)body)->sid;
		err = remove_session(s, seq, body);
		break;
	case MSG_CHILD_ADD:
		sid = ((const struct msg_child_add *)body)->sid;
		err = child_add(s, seq, body);
		break;
	case MSG_CHILD_REMOVE:
		sid = ((const struct msg_child_remove *)body)->sid;
		err = child_remove(s, seq, body);
		break;
	default:
		err = -EINVAL;
	}
	if (err)
		acknowledge(s, seq, sid, err);
}
