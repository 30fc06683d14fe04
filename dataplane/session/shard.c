/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shard - the sessions of a shard that moves, a piece of its slots at a time.
 *
 * A session stands in the shard once for each of its SAs. Commands for it are held back
 * meanwhile (session/shift.c), so nothing comes and nothing goes.
 *
 * Walk     worker/move.c -> [session/shard]
 * Thread   the worker that has the shard
 */
#include "dataplane/session/table.h"
#include "dataplane/worker/worker.h"

enum {
	SLOTS_A_TURN = 1024,
};

/* The next SA of the shard from *at on, within a piece that ends at @end. */
static struct dp_sa_in *next_sa(const struct dp_shard *page, uint32_t *at, uint32_t end)
{
	while (*at < end) {
		struct dp_sa_in *in = page->slot[(*at)++];

		if (in)
			return in;
	}
	return NULL;
}

static uint32_t end_of_piece(uint32_t at)
{
	return RTE_MIN(at + SLOTS_A_TURN, (uint32_t)SPI_SLOTS);
}

bool dp_shard_mark(struct dp_worker *w, uint16_t shard, bool moves, uint32_t *at)
{
	const struct dp_shard *page = w->sas->shard[shard];
	const uint32_t end = end_of_piece(*at);
	const struct dp_sa_in *in;

	if (!page)
		return true;
	while ((in = next_sa(page, at, end)) != NULL) {
		struct dp_session *s = in->session;

		if (moves) {
			s->special |= DP_SPECIAL_MOVES;
			s->special_out |= DP_SPECIAL_MOVES;
		} else {
			s->special &= (uint16_t)~DP_SPECIAL_MOVES;
			s->special_out &= (uint16_t)~DP_SPECIAL_MOVES;
		}
	}
	return *at == SPI_SLOTS;
}

bool dp_shard_is_idle(struct dp_worker *w, uint16_t shard, uint32_t *at)
{
	const struct dp_shard *page = w->sas->shard[shard];
	const uint32_t end = end_of_piece(*at);
	const struct dp_sa_in *in;

	if (!page)
		return true;
	while ((in = next_sa(page, at, end)) != NULL) {
		if (!in->jobs && !in->pair->jobs)
			continue;
		--*at; /* here again at the next turn */
		return false;
	}
	return *at == SPI_SLOTS;
}

bool dp_shard_pass_on(struct dp_worker *w, uint16_t shard, uint16_t to, uint32_t *at,
                      uint32_t *flows)
{
	const struct dp_shard *page = w->sas->shard[shard];
	const uint32_t end = end_of_piece(*at);
	const struct dp_sa_in *in;

	if (!page)
		return true;
	while ((in = next_sa(page, at, end)) != NULL) {
		struct dp_session *s = in->session;

		in->pair->adj = 0; /* it is of a table of this worker's */
		if (s->worker != w->index)
			continue;
		*flows += s->flows;
		/* the last that this worker does to it */
		__atomic_store_n(&s->worker, to, __ATOMIC_RELEASE);
	}
	return *at == SPI_SLOTS;
}

struct dp_shard *dp_shard_leave(struct dp_worker *w, uint16_t shard)
{
	struct dp_shard *page = w->sas->shard[shard];

	w->sas->shard[shard] = NULL;
	return page;
}

void dp_shard_take(struct dp_worker *w, uint16_t shard, struct dp_shard *page)
{
	w->sas->shard[shard] = page;
}
