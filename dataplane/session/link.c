/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link - what the main core's commands do on the owner worker, between two bursts: put SAs
 * into its table and take them out. After an unlink nothing of this worker finds them.
 *
 * Walk     worker/command.h -> [session/link]
 * Thread   the owner worker
 */
#include "dataplane/session/path.h"
#include "dataplane/session/table.h"
#include "dataplane/worker/worker.h"

static void link_sa(struct dp_worker *w, const struct dp_op *op)
{
	struct dp_sa_in *in = &op->child->in;

	w->sas->shard[spi_shard(in->spi)] = op->page;
	w->sas->shard[spi_shard(in->spi)]->slot[spi_slot(in->spi)] = in;
}

static void unlink_sa(struct dp_worker *w, struct dp_sa_in *in)
{
	w->sas->shard[spi_shard(in->spi)]->slot[spi_slot(in->spi)] = NULL;
	/* its first packet may be in lanes still: that must not make its pair the one that sends */
	in->fresh = false;
}

static void set_in(struct dp_session *s, struct dp_sa_in *in)
{
	s->in = in;
	atomic_store_explicit(&s->spi_in, in ? in->spi : 0, memory_order_relaxed);
}

void dp_session_run_install(struct dp_worker *w, struct dp_command *c)
{
	struct dp_op *op = (struct dp_op *)c;
	struct dp_session *s = op->session;

	link_sa(w, op);
	s->out = &op->child->out;
	set_in(s, &op->child->in);
	dp_path_begin(w, s);
	s->life_in = s->life_out = s->life;
	s->worker = w->index;
	atomic_store_explicit(&s->live, true, memory_order_release);
}

void dp_session_run_remove(struct dp_worker *w, struct dp_command *c)
{
	struct dp_op *op = (struct dp_op *)c;
	int i;

	for (i = 0; i < DP_SESSION_CHILDREN && op->all_children[i]; i++)
		unlink_sa(w, &op->all_children[i]->in);
	atomic_store_explicit(&op->session->live, false, memory_order_release);
	op->session->life_in = op->session->life_out = 0;
	op->session->out = NULL;
	op->session->in = NULL;
}

void dp_session_run_child_add(struct dp_worker *w, struct dp_command *c)
{
	struct dp_op *op = (struct dp_op *)c;

	link_sa(w, op);
	/* one that had no SA was not taken along when its shard moved */
	__atomic_store_n(&op->session->worker, w->index, __ATOMIC_RELEASE);
}

void dp_session_run_child_remove(struct dp_worker *w, struct dp_command *c)
{
	struct dp_op *op = (struct dp_op *)c;
	struct dp_session *s = op->session;

	unlink_sa(w, &op->child->in);
	if (s->out == &op->child->out) {
		s->out = op->heir ? &op->heir->out : NULL;
		s->from.word = 0; /* does the heir answer there? the stages find out */
	}
	if (s->in == &op->child->in)
		set_in(s, op->heir ? &op->heir->in : NULL);
	dp_path_apply(s);
}

void dp_session_switch(struct dp_sa_in *in)
{
	struct dp_session *s = in->session;

	in->fresh = false;
	s->out = in->pair;
	set_in(s, in);
	dp_path_apply(s);
}
