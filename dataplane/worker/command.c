/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command - commands and packets between the main core and a worker, over two rings.
 *
 * Thread   each call says whose
 */
#include "dataplane/worker/command.h"

#include "dataplane/quota/quota.h"
#include "dataplane/worker/worker.h"

#include <rte_ring.h>

#include <errno.h>

/*
 * Both structs are aligned to more than one octet, so the lowest bit is free to say which
 * of them a pointer is.
 */
enum {
	IS_COMMAND = 1,
};

static void *as_entry(struct dp_command *c)
{
	return (void *)((uintptr_t)c | IS_COMMAND);
}

static struct dp_command *as_command(void *entry)
{
	return (uintptr_t)entry & IS_COMMAND
	               ? (struct dp_command *)((uintptr_t)entry & ~(uintptr_t)IS_COMMAND)
	               : NULL;
}

static int put(struct rte_ring *ring, void *entry, struct dp_ring_use *use)
{
	if (!rte_ring_sp_enqueue(ring, entry))
		return 0;
	use->full++;
	return -EAGAIN;
}

int dp_command_send(struct dp_worker *w, struct dp_command *c)
{
	/* Its answer needs a place too, or the worker would have to wait for one. */
	if (w->commands == w->commands_max)
		return -EAGAIN;
	if (put(w->from_main, as_entry(c), &w->from_main_use))
		return -EAGAIN;
	w->commands++;
	return 0;
}

int dp_command_packet(struct dp_worker *w, struct rte_mbuf *m)
{
	return put(w->from_main, m, &w->from_main_use);
}

uint16_t dp_command_run(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t max)
{
	uint16_t n = 0;
	void *entry;

	dp_ring_saw(&w->from_main_use, rte_ring_count(w->from_main));
	while (n < max && !rte_ring_sc_dequeue(w->from_main, &entry)) {
		struct dp_command *c = as_command(entry);

		if (!c) {
			pkt[n++] = entry;
			continue;
		}
		c->run(w, c);
		/* dp_command_send() and dp_command_up() keep this place free. */
		rte_ring_sp_enqueue(w->to_main, entry);
	}
	return n;
}

int dp_command_up(struct dp_worker *w, struct rte_mbuf *m)
{
	const uint16_t tenant = dp_pkt(m)->tenant;
	int err;

	if (rte_ring_free_count(w->to_main) <= w->commands_max) {
		w->to_main_use.full++;
		return -EAGAIN;
	}
	if (!dp_quota_to_main(w, tenant))
		return -EDQUOT;
	dp_pkt(m)->worker = w->index;
	err = put(w->to_main, m, &w->to_main_use);
	w->use[tenant].to_main += !err;
	return err;
}

uint16_t dp_command_reap(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t max)
{
	uint16_t n = 0;
	void *entry;

	dp_ring_saw(&w->to_main_use, rte_ring_count(w->to_main));
	while (n < max && !rte_ring_sc_dequeue(w->to_main, &entry)) {
		struct dp_command *c = as_command(entry);

		if (!c) {
			pkt[n++] = entry;
			atomic_fetch_add_explicit(&w->use[dp_pkt(entry)->tenant].by_main, 1,
			                          memory_order_relaxed);
			continue;
		}
		w->commands--;
		c->done(c->ctx, c);
	}
	return n;
}
