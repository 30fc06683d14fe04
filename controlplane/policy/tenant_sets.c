/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/tenant_parts.h"

#include <errno.h>

/* A user's groups in ascending order, and how fast he is: the same set is the same octets. */
struct membership {
	uint64_t key;
	struct msg_rates rate;
	uint16_t n;
	uint16_t group[MSG_GROUPS_MAX];
};

static int by_number(const void *a, const void *b)
{
	const uint16_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int compare_sets(const struct membership *x, const struct membership *y)
{
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	if (memcmp(&x->rate, &y->rate, sizeof(x->rate)))
		return memcmp(&x->rate, &y->rate, sizeof(x->rate));
	return memcmp(x->group, y->group, x->n * sizeof(x->group[0]));
}

static int by_set(const void *a, const void *b)
{
	const struct membership *x = a, *y = b;
	const int order = compare_sets(x, y);

	return order ? order : (x->key > y->key) - (x->key < y->key);
}

static void put_set(struct cp_tenant *t, const struct membership *m)
{
	struct msg_group_set *set = &t->set[t->n_set];

	set->set = t->n_set++;
	set->n = m->n;
	set->tunnel = m->rate;
	memcpy(set->group, m->group, m->n * sizeof(m->group[0]));
}

static void put_user(struct cp_tenant *t, uint64_t key, uint32_t set)
{
	struct msg_users *pack = t->n_pack ? &t->pack[t->n_pack - 1] : NULL;

	if (!pack || pack->n == MSG_USERS_PACK)
		pack = &t->pack[t->n_pack++];
	pack->key[pack->n] = key;
	pack->set[pack->n++] = set;
}

/* Users who may not log in are left out: what they have open ends. */
static uint32_t collect(const struct cp_tenant *t, struct membership *m)
{
	uint32_t i, n = 0;

	for (i = 0; i < t->n_user; i++) {
		const struct cp_user *u = &t->user[i];

		if (!u->enabled)
			continue;
		m[n].key = u->key;
		m[n].rate = u->rate;
		m[n].n = u->n_group;
		memcpy(m[n].group, u->group, u->n_group * sizeof(u->group[0]));
		qsort(m[n].group, m[n].n, sizeof(m[n].group[0]), by_number);
		n++;
	}
	return n;
}

int cp_tenant_sets(struct cp_tenant *t)
{
	struct membership *m = calloc(t->n_user + 1, sizeof(*m));
	uint32_t i, n;

	t->set = calloc(t->n_user + 1, sizeof(*t->set));
	t->pack = calloc(t->n_user / MSG_USERS_PACK + 1, sizeof(*t->pack));
	if (!m || !t->set || !t->pack) {
		free(m);
		return -ENOMEM;
	}
	n = collect(t, m);
	qsort(m, n, sizeof(*m), by_set);
	for (i = 0; i < n; i++) {
		if (!i || compare_sets(&m[i - 1], &m[i]))
			put_set(t, &m[i]);
		put_user(t, m[i].key, t->n_set - 1);
	}
	free(m);
	return 0;
}
