/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shift - a shard gets another owner: the main core's part. Numbers in brackets: BREAK in
 * tests/model/shards.pml, which is this protocol.
 *
 * Commands for sessions of the shard are held back [9]; those under way, and graves of the
 * shard [10], are waited for. Then the picture is published in which packets wait at the new
 * owner; when every worker has it [11], the two owners do the rest (worker/move.c), and the
 * picture in which nothing moves follows.
 *
 * Walk     maincore.c -> [session/shift] -> worker/map.h, worker/move.h
 * Thread   the main core
 */
#include "dataplane/session/table.h"
#include "dataplane/worker/move.h"
#include "dataplane/worker/worker.h"

#include <errno.h>
#include <string.h>

void dp_shift_init(struct dp_sessions *s)
{
	struct dp_map *map = &s->map[0];
	uint16_t i;

	map->moving_to = DP_MAP_NOBODY;
	for (i = 0; i < SPI_SHARDS; i++)
		map->owner[i] = s->owner[i] = (uint8_t)(i % s->conf.n_workers);
	atomic_store_explicit(&s->newest_map, map, memory_order_release);
	s->last_held = &s->held;
	for (i = 0; i < s->conf.n_workers; i++) {
		struct dp_worker *w = s->conf.worker[i];

		w->map = map;
		w->newest_map = &s->newest_map;
		w->move = s->move;
	}
}

/* All have left the former picture, so its memory is free for this one. */
static void publish(struct dp_sessions *s, uint8_t moving_to)
{
	const struct dp_map *former =
		atomic_load_explicit(&s->newest_map, memory_order_relaxed);
	struct dp_map *map = former == &s->map[0] ? &s->map[1] : &s->map[0];

	memcpy(map->owner, s->owner, sizeof(map->owner));
	map->version = former->version + 1;
	map->moving_to = moving_to;
	if (moving_to != DP_MAP_NOBODY)
		map->owner[s->shift.shard] = moving_to | DP_MAP_MOVING;
	atomic_store_explicit(&s->newest_map, map, memory_order_release);
}

static bool all_have_it(const struct dp_sessions *s)
{
	const uint32_t version =
		atomic_load_explicit(&s->newest_map, memory_order_relaxed)->version;
	uint16_t i;

	for (i = 0; i < s->conf.n_workers; i++)
		if (atomic_load_explicit(&s->conf.worker[i]->map_seen, memory_order_acquire) !=
		    version)
			return false;
	return true;
}

bool dp_shift_holds(const struct dp_sessions *s, uint16_t shard)
{
	return s->shift.shard == shard && s->shift.step != DP_SHIFT_NONE &&
	       (s->shift.step < DP_SHIFT_CLOSING || s->held);
}

void dp_shift_hold(struct dp_sessions *s, struct dp_op *op)
{
	op->next = NULL;
	*s->last_held = op;
	s->last_held = &op->next;
}

static void let_go(struct dp_sessions *s)
{
	struct dp_op *op;

	while ((op = s->held) != NULL) {
		if (dp_op_pass(s, op))
			return; /* the ring is full: go on from here */
		s->held = op->next;
		if (!s->held)
			s->last_held = &s->held;
	}
}

int dp_shard_shift(struct dp_sessions *s, uint16_t shard, uint16_t to)
{
	if (shard >= SPI_SHARDS || to >= s->conf.n_workers || s->owner[shard] == to)
		return -EINVAL;
	if (s->shift.step != DP_SHIFT_NONE)
		return -EBUSY;
	s->shift = (struct dp_shift){
		.step = DP_SHIFT_WANTED,
		.shard = shard,
		.from = s->owner[shard],
		.to = to,
	};
	return 0;
}

void dp_shift_tick(struct dp_sessions *s)
{
	struct dp_shift *t = &s->shift;

	switch (t->step) {
	case DP_SHIFT_NONE:
		return;
	case DP_SHIFT_WANTED:
		if (s->under_way[t->shard] || s->buried[t->shard])
			return;
		publish(s, (uint8_t)t->to);
		t->step = DP_SHIFT_PUBLISHED;
		return;
	case DP_SHIFT_PUBLISHED:
		if (!all_have_it(s))
			return;
		dp_move_begin(s->move, t->shard, t->from, t->to);
		t->step = DP_SHIFT_AWAY;
		return;
	case DP_SHIFT_AWAY:
		if (dp_move_phase(s->move) != DP_MOVE_OPEN)
			return;
		s->owner[t->shard] = (uint8_t)t->to;
		publish(s, DP_MAP_NOBODY);
		t->step = DP_SHIFT_SETTLED;
		return;
	case DP_SHIFT_SETTLED:
		if (!all_have_it(s))
			return;
		dp_move_go(s->move, DP_MOVE_CLOSING);
		t->step = DP_SHIFT_CLOSING;
		return;
	case DP_SHIFT_CLOSING:
		if (dp_move_phase(s->move) != DP_MOVE_DONE)
			return;
		let_go(s);
		if (s->held)
			return;
		dp_move_go(s->move, DP_MOVE_NONE);
		s->moves++;
		t->step = DP_SHIFT_NONE;
		return;
	}
}

void dp_shift_saw(struct dp_sessions *s, uint32_t sid)
{
	const struct dp_session *session = &s->session[sid];
	struct dp_entry *e = &s->entry[sid];
	const uint64_t packets = __atomic_load_n(&session->in_packets, __ATOMIC_RELAXED) +
	                         __atomic_load_n(&session->out_packets, __ATOMIC_RELAXED);

	s->load_next[session->shard] += (uint32_t)packets - e->load_packets;
	s->n_next[session->shard]++;
	e->load_packets = (uint32_t)packets;
}

void dp_shift_saw_all(struct dp_sessions *s)
{
	memcpy(s->load, s->load_next, sizeof(s->load));
	memcpy(s->n_of, s->n_next, sizeof(s->n_of));
	memset(s->load_next, 0, sizeof(s->load_next));
	memset(s->n_next, 0, sizeof(s->n_next));
}

bool dp_shards_is_moving(const struct dp_sessions *s)
{
	return s->shift.step != DP_SHIFT_NONE;
}

void dp_shards_view(const struct dp_sessions *s, struct dp_shards_view *out)
{
	uint16_t i;

	out->is_moving = __atomic_load_n(&s->shift.step, __ATOMIC_RELAXED) != DP_SHIFT_NONE;
	out->moves = __atomic_load_n(&s->moves, __ATOMIC_RELAXED);
	for (i = 0; i < SPI_SHARDS; i++) {
		out->owner[i] = __atomic_load_n(&s->owner[i], __ATOMIC_RELAXED);
		out->packets[i] = __atomic_load_n(&s->load[i], __ATOMIC_RELAXED);
		out->sessions[i] = __atomic_load_n(&s->n_of[i], __ATOMIC_RELAXED);
	}
}
