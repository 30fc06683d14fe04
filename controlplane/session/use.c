/* SPDX-License-Identifier: Apache-2.0 */

/*
 * use - what each tenant has in use, for one policy: counts, kept addresses, where the
 * search for a free one goes on.
 *
 * Thread   the loop's
 */

#include "controlplane/session/registry.h"

#include <errno.h>

static int by_addr(const void *a, const void *b)
{
	return addr_compare(a, b);
}

static void free_one(struct session_tenant *use)
{
	if (!use)
		return;
	free(use->per_user);
	free(use->fixed);
	free(use->next);
	free(use);
}

static struct session_tenant *new_one(const struct cp_tenant *t)
{
	struct session_tenant *use = calloc(1, sizeof(*use));
	uint32_t i;

	if (!use)
		return NULL;
	use->per_user = calloc(t->n_user + 1, sizeof(uint32_t));
	use->fixed = calloc(t->n_user + 1, sizeof(struct session_fixed));
	use->next = calloc(t->n_pool + 1, sizeof(struct addr));
	if (!use->per_user || !use->fixed || !use->next) {
		free_one(use);
		return NULL;
	}
	use->n_pool = t->n_pool;
	for (i = 0; i < t->n_pool; i++)
		use->next[i] = t->pool[i].first;
	for (i = 0; i < t->n_user; i++)
		if (!addr_is_none(&t->user[i].fixed))
			use->fixed[use->n_fixed++] =
				(struct session_fixed){t->user[i].fixed, &t->user[i]};
	qsort(use->fixed, use->n_fixed, sizeof(*use->fixed), by_addr);
	return use;
}

int cp_session_use_new(const struct cp_policy *p, struct session_tenants **out)
{
	struct session_tenants *use = calloc(1, sizeof(*use));
	uint32_t i;

	for (i = 0; use && i < p->n_tenant; i++) {
		use->at[p->tenant[i].id] = new_one(&p->tenant[i]);
		if (!use->at[p->tenant[i].id]) {
			cp_session_use_free(use);
			use = NULL;
		}
	}
	*out = use;
	return use ? 0 : -ENOMEM;
}

void cp_session_use_free(struct session_tenants *use)
{
	unsigned i;

	for (i = 0; use && i <= TENANT_MAX; i++)
		free_one(use->at[i]);
	free(use);
}

const struct cp_user *cp_session_fixed_user(const struct session_tenant *use,
                                            const struct addr *a)
{
	const struct session_fixed *f =
		bsearch(a, use->fixed, use->n_fixed, sizeof(*use->fixed), by_addr);

	return f ? f->user : NULL;
}

/* Buckets for the most sessions that the policy allows. */
uint32_t cp_session_bucket_mask(const struct cp_policy *p)
{
	uint64_t want = 0;
	uint32_t n = 1024, i;

	for (i = 0; i < p->n_tenant; i++)
		want += p->tenant[i].max_sessions;
	while (n < want && n < 1 << 20)
		n *= 2;
	return n - 1;
}
