/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/session/registry.h"

#include <errno.h>

/* A user's own address. Whoever holds it and cannot be asked gives way: a session that is
 * closing, or one that a former control plane left behind. */
static int choose_fixed(struct cp_sessions *all, const struct cp_tenant *t,
                        const struct cp_user *user, struct addr *out)
{
	struct cp_session *holder = cp_session_at(all, t->id, &user->fixed);

	*out = user->fixed;
	if (!holder)
		return 0;
	if (holder->state == SESSION_ORPHAN)
		cp_session_closing(holder, CP_END_REPLACED);
	return holder->state == SESSION_CLOSING ? -EAGAIN : -EADDRINUSE;
}

/*
 * Next-fit: an address that was just given back is the last to be given out again. Each
 * step either finds a free address or passes a lease or a fixed one, so the search ends
 * after as many steps as there are of these.
 */
static bool choose_from(struct cp_sessions *all, const struct cp_tenant *t,
                        const struct cp_pool *pool, struct addr *next, bool *closing,
                        struct addr *out)
{
	const struct session_tenant *use = cp_session_use(all, t);
	uint64_t steps = (uint64_t)all->n + use->n_fixed + 1;
	struct addr a = *next;
	struct cp_session *holder;

	for (; steps; steps--) {
		if (addr_compare(&a, &pool->first) < 0 || addr_compare(&a, &pool->last) > 0)
			a = pool->first;
		holder = cp_session_at(all, t->id, &a);
		if (!holder && !cp_session_fixed_user(use, &a)) {
			*out = a;
			*next = addr_next(&a);
			return true;
		}
		*closing |= holder && holder->state == SESSION_CLOSING;
		a = addr_next(&a);
	}
	return false;
}

int cp_session_choose_address(struct cp_sessions *all, const struct cp_tenant *t,
                              const struct cp_user *user, struct addr *out)
{
	struct session_tenant *use = cp_session_use(all, t);
	bool closing = false;
	uint32_t i;

	if (user && !addr_is_none(&user->fixed))
		return choose_fixed(all, t, user, out);
	for (i = 0; i < t->n_pool; i++)
		if (choose_from(all, t, &t->pool[i], &use->next[i], &closing, out))
			return 0;
	return closing ? -EAGAIN : -ENOSPC;
}
