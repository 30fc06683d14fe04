/* SPDX-License-Identifier: Apache-2.0 */
/*
 * install - a session begins and ends: taken from the tables, sent to its owner, published
 * when the owner has it; taken out of the hash, and buried when the owner has let go.
 *
 * Walk     session/message.c -> [session/install] -> session/link.c, session/grave.c
 * Thread   the main core
 */
#include "dataplane/session/check.h"
#include "dataplane/session/table.h"

#include <errno.h>
#include <string.h>

/* False: it has no address of this family. */
static bool key_of(const struct dp_session *session, int family, struct dp_addr_key *key)
{
	*key = (struct dp_addr_key){.addr = family ? session->inner6 : session->inner,
	                            .tenant = session->tenant};
	return !addr_is_none(&key->addr);
}

static int publish(struct dp_sessions *s, struct dp_session *session)
{
	const uint64_t where = (uint64_t)session->shard << 32 | session->sid;
	struct dp_addr_key key;
	int i;

	for (i = 0; i < DP_FAMILIES; i++) {
		if (!key_of(session, i, &key))
			continue;
		/* another install with this address may have come back since ours was
		 * checked */
		if (rte_hash_lookup(s->by_addr, &key) >= 0)
			return -EEXIST;
		if (rte_hash_add_key_data(s->by_addr, &key, (void *)(uintptr_t)where))
			return -ENOSPC;
		s->entry[session->sid].published[i] = true;
	}
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
			e->deadline = DP_DEADLINE_NOW;
	}
	dp_op_finish(s, op);
}

/* 0 stands for none. */
static uint32_t next_life(struct dp_sessions *s)
{
	if (!++s->life)
		s->life = 1;
	return s->life;
}

static void fill_session(struct dp_sessions *s, struct dp_session *session,
                         const struct msg_session_install *m)
{
	const be32 v4 = addr_v4(&m->inner);

	memset(session, 0, sizeof(*session));
	session->id = m->id;
	session->life = next_life(s);
	session->sid = m->sid;
	session->tenant = m->tenant;
	session->shard = (uint16_t)spi_shard(m->child.spi_in);
	session->worker = s->owner[session->shard];
	session->mtu = session->mtu_in = session->mtu_most = m->mtu;
	session->user = m->user;
	session->inner = m->inner;
	session->inner6 = m->inner6;
	memcpy(&session->inner_v4, &v4, sizeof(v4));
	session->remote = m->child.remote;
	session->last_in = session->last_data_in = session->last_data_out = s->now;
}

/* Does a session have one of the addresses that @m asks for? */
static bool is_taken(const struct dp_sessions *s, const struct msg_session_install *m)
{
	const struct dp_addr_key key = {.addr = m->inner, .tenant = m->tenant};
	const struct dp_addr_key key6 = {.addr = m->inner6, .tenant = m->tenant};

	return (!addr_is_none(&m->inner) && rte_hash_lookup(s->by_addr, &key) >= 0) ||
	       (!addr_is_none(&m->inner6) && rte_hash_lookup(s->by_addr, &key6) >= 0);
}

int dp_session_install(struct dp_sessions *s, uint32_t seq, const struct msg_session_install *m)
{
	const struct dp_limits limits = {s->conf.max_sessions, s->conf.n_workers};
	struct dp_session *session;
	struct dp_child *child;
	struct dp_entry *e;
	struct dp_op *op;
	int err = dp_check_install(&limits, m);

	if (err)
		return err;
	e = &s->entry[m->sid];
	session = &s->session[m->sid];
	if (e->state != DP_ENTRY_FREE || is_taken(s, m))
		return -EEXIST;
	op = dp_op_take(s);
	if (!op)
		return -EAGAIN;
	err = dp_child_make(s, session, m->tenant, &m->child, &child);
	if (err)
		goto give_op;

	fill_session(s, session, m);
	op->seq = seq;
	op->sid = m->sid;
	op->wants_ack = true;
	op->session = session;
	op->child = child;
	op->page = s->page[spi_shard(m->child.spi_in)];
	err = dp_op_send(s, op, dp_session_run_install, installed);
	if (err)
		goto unmake;

	*e = (struct dp_entry){
		.state = DP_ENTRY_INSTALLING,
		.position = {-1, -1},
		.attach = s->attach,
		.orphan_s = m->orphan_s,
		.child = child,
	};
	s->live++;
	s->of_tenant[m->tenant]++;
	s->high = RTE_MAX(s->high, m->sid + 1);
	return 0;

unmake:
	dp_child_unmake(s, child);
give_op:
	dp_op_give(s, op);
	return err;
}

static void removed(void *ctx, struct dp_command *c)
{
	struct dp_sessions *s = ctx;
	struct dp_op *op = (struct dp_op *)c;
	struct dp_entry *e = &s->entry[op->sid];

	e->state = DP_ENTRY_DYING;
	s->live--;
	s->of_tenant[s->session[op->sid].tenant]--;
	s->dying++;
	dp_session_bury(s, op->sid, e->child, true);
	e->child = NULL;
	dp_op_finish(s, op);
}

int dp_session_end(struct dp_sessions *s, uint32_t sid, enum msg_end why,
                   const struct dp_ack *ack)
{
	struct dp_session *session = &s->session[sid];
	struct dp_entry *e = &s->entry[sid];
	struct dp_op *op = dp_op_take(s);
	struct dp_child *child;
	struct dp_addr_key key;
	int n = 0, i, err;

	if (!op)
		return -EAGAIN;
	op->sid = sid;
	op->session = session;
	if (ack) {
		op->wants_ack = true;
		op->seq = ack->seq;
		op->status = ack->status;
	}
	/* One that leaves is taken out by its own command, which is before this one; it may be
	 * freed before this one runs. */
	for (child = e->child; child; child = child->in.next)
		if (!child->in.leaving)
			op->all_children[n++] = child;
	err = dp_op_send(s, op, dp_session_run_remove, removed);
	if (err) {
		dp_op_give(s, op);
		return err;
	}
	/* Who still finds the address hands the packet to an owner that no longer knows it. */
	for (i = 0; i < DP_FAMILIES; i++) {
		if (e->published[i] && key_of(session, i, &key))
			e->position[i] = rte_hash_del_key(s->by_addr, &key);
		e->published[i] = false;
	}
	e->state = DP_ENTRY_REMOVING;
	e->end = (uint8_t)why;
	return 0;
}

int dp_session_remove(struct dp_sessions *s, uint32_t seq, const struct msg_session_remove *m)
{
	const struct dp_ack ack = {.seq = seq};
	struct dp_entry *e;
	int err = dp_entry_find(s, m->sid, m->id, &e);

	return err ? err : dp_session_end(s, m->sid, MSG_END_REMOVED, &ack);
}

void dp_session_adopt(struct dp_sessions *s, const struct msg_session_adopt *m)
{
	struct dp_entry *e;

	/* One that is to end anyway stays so: see the end of an install. */
	if (dp_entry_find(s, m->sid, m->id, &e) == 0 && e->deadline != DP_DEADLINE_NOW)
		e->deadline = 0;
}
