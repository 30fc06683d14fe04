/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/quota/share.h"

#include "dataplane/quota/quota.h"

#include <errno.h>
#include <stdlib.h>

enum {
	EQUAL = DP_SHARE_ALL / 32,
};

/* What was seen of one worker's tenant, one way. */
struct seen {
	uint64_t offered;
	uint64_t demand; /* octets a round, the older the less they count */
};

struct dp_shares {
	uint16_t n_workers;
	struct seen *seen; /* [2 * worker + way][tenant] */
};

int dp_shares_new(uint16_t n_workers, struct dp_shares **out)
{
	struct dp_shares *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->n_workers = n_workers;
	s->seen = calloc(2ul * n_workers * (TENANT_MAX + 1), sizeof(*s->seen));
	if (!s->seen) {
		free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

void dp_shares_free(struct dp_shares *s)
{
	if (!s)
		return;
	free(s->seen);
	free(s);
}

static struct dp_tenant_police *police_of(struct dp_worker *w, uint32_t tenant, unsigned way)
{
	return way ? &w->use[tenant].down : &w->use[tenant].up;
}

static void divide(struct dp_shares *s, struct dp_worker *const *worker, uint32_t tenant,
                   unsigned way)
{
	uint64_t all = 0, demand[DP_WORKERS_MAX];
	const uint32_t n = s->n_workers;
	uint32_t i;

	for (i = 0; i < n; i++) {
		struct seen *seen = &s->seen[(2ul * i + way) * (TENANT_MAX + 1) + tenant];
		const uint64_t offered = __atomic_load_n(
			&police_of(worker[i], tenant, way)->offered, __ATOMIC_RELAXED);

		seen->demand = (seen->demand + (offered - seen->offered)) / 2;
		seen->offered = offered;
		demand[i] = seen->demand;
		all += demand[i];
	}
	for (i = 0; i < n; i++) {
		/* 2^20 parts of less than 2^40 octets in a tenth of a second: no overflow */
		const uint64_t share =
			all ? EQUAL / n + (DP_SHARE_ALL - EQUAL) * demand[i] / all : 0;

		atomic_store_explicit(&police_of(worker[i], tenant, way)->given,
		                      (uint32_t)share, memory_order_relaxed);
	}
}

void dp_shares_divide(struct dp_shares *s, struct dp_worker *const *worker,
                      const struct dp_limits_table *limits)
{
	uint32_t tenant;

	if (s->n_workers == 1 || !limits->polices)
		return;
	for (tenant = 1; tenant <= TENANT_MAX; tenant++) {
		if (limits->of[tenant].rate.up.bits)
			divide(s, worker, tenant, 0);
		if (limits->of[tenant].rate.down.bits)
			divide(s, worker, tenant, 1);
	}
}
