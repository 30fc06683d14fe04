/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message - what the control plane asks for, by type; and how an answer finds its question.
 *
 * Commands of one worker run, and come back, in the order sent; so an answer to an install
 * always precedes the answer to the removal that followed it.
 *
 * Walk     link/ -> maincore.c -> [session/message] -> session/install.c, session/child.c
 * Thread   the main core
 */
#include "dataplane/session/table.h"

#include <errno.h>

static void acknowledge(struct dp_sessions *s, uint32_t seq, uint32_t sid, int status)
{
	struct msg_ack ack = {.status = status, .sid = sid};

	/* With a full ring the answer is lost; the control plane asks again by its timer. */
	s->conf.report.send(s->conf.report.ctx, MSG_ACK, seq, &ack, sizeof(ack));
}

int dp_op_send(struct dp_sessions *s, struct dp_op *op,
               void (*run)(struct dp_worker *w, struct dp_command *c),
               void (*done)(void *ctx, struct dp_command *c))
{
	op->command = (struct dp_command){.run = run, .done = done, .ctx = s};
	op->shard = op->session->shard;
	if (!dp_shift_holds(s, op->shard))
		return dp_op_pass(s, op);
	dp_shift_hold(s, op);
	return 0;
}

int dp_op_pass(struct dp_sessions *s, struct dp_op *op)
{
	int err = dp_command_send(s->conf.worker[s->owner[op->shard]], &op->command);

	if (err)
		return err;
	op->sent = true;
	s->under_way[op->shard]++;
	return 0;
}

void dp_op_finish(struct dp_sessions *s, struct dp_op *op)
{
	if (op->sent)
		s->under_way[op->shard]--;
	/* To the next control plane the number would be an answer to something else. */
	if (op->wants_ack && op->attach == s->attach)
		acknowledge(s, op->seq, op->sid, op->status);
	dp_op_give(s, op);
}

/* The session @sid if it is there and is @id. */
int dp_entry_find(struct dp_sessions *s, uint32_t sid, uint64_t id, struct dp_entry **out)
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

void dp_sessions_message(struct dp_sessions *s, uint16_t type, uint32_t seq, const void *body)
{
	uint32_t sid = 0;
	int err;

	switch (type) {
	case MSG_SESSION_INSTALL:
		sid = ((const struct msg_session_install *)body)->sid;
		err = dp_session_install(s, seq, body);
		break;
	case MSG_SESSION_REMOVE:
		sid = ((const struct msg_session_remove *)body)->sid;
		err = dp_session_remove(s, seq, body);
		break;
	case MSG_SESSION_ADOPT:
		dp_session_adopt(s, body);
		return;
	case MSG_CHILD_ADD:
		sid = ((const struct msg_child_add *)body)->sid;
		err = dp_session_child_add(s, seq, body);
		break;
	case MSG_CHILD_REMOVE:
		sid = ((const struct msg_child_remove *)body)->sid;
		err = dp_session_child_remove(s, seq, body);
		break;
	default:
		err = -EINVAL;
	}
	if (err)
		acknowledge(s, seq, sid, err);
}
