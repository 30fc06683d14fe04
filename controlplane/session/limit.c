/* SPDX-License-Identifier: Apache-2.0 */

/*
 * limit - as many sessions as a user, a tenant and the data plane may have, and who gives
 * way to one more.
 *
 * Walk     session.c -> [session/limit]
 * Thread   the loop's
 */

#include "controlplane/session/registry.h"

#include <errno.h>

/* Has @a less claim to its place than @b? Idle for longer, of equals the older one. */
static bool is_worse(const struct cp_session *a, const struct cp_session *b)
{
	if (a->idle_since_ms != b->idle_since_ms)
		return a->idle_since_ms < b->idle_since_ms;
	return a->since_ms < b->since_ms;
}

/* Who gives way: of the tenant, or of one of its users. */
static struct cp_session *who_gives_way(const struct cp_sessions *all,
                                        const struct cp_tenant *t, const struct cp_user *user)
{
	struct cp_session *s, *worst = NULL;
	uint32_t i;

	for (i = 0; i < all->max_sessions; i++) {
		s = all->by_sid[i];
		if (!s || s->tenant != t || s->state == SESSION_CLOSING ||
		    (user && s->user != user))
			continue;
		if (!worst || is_worse(s, worst))
			worst = s;
	}
	return worst;
}

/* The limit may have shrunk below what there is: with one more it holds again. */
static bool give_way(struct cp_sessions *all, const struct cp_session_ask *ask,
                     const uint32_t *n, uint32_t max, const struct cp_user *user)
{
	const struct cp_tenant *t = ask->tenant;
	struct cp_session *s;

	while (*n >= max) {
		s = t->when_full == CP_FULL_REPLACE_OLD ? who_gives_way(all, t, user) : NULL;
		if (!s)
			return false;
		snprintf(s->note, sizeof(s->note), "%u of the %s", max,
		         user ? "user" : "tenant");
		cp_session_end(s, CP_END_LIMIT);
	}
	return true;
}

static int deny(struct cp_sessions *all, enum session_counter which, int err)
{
	all->count[which]++;
	return err;
}

int cp_session_make_room(struct cp_sessions *all, const struct cp_session_ask *ask)
{
	const struct cp_tenant *t = ask->tenant;
	struct session_tenant *use = cp_session_use(all, t);

	if (!all->up || !all->orphans_known)
		return -ENOTCONN;
	if (ask->user && !give_way(all, ask, &use->per_user[ask->user - t->user],
	                           t->max_sessions_per_user, ask->user))
		return deny(all, SESSION_DENIED_USER, -EDQUOT);
	if (!give_way(all, ask, &use->n, t->max_sessions, NULL))
		return deny(all, SESSION_DENIED_TENANT, -EUSERS);
	if (all->n_free_sid)
		return 0;
	/* Who is closing gives its place back in a moment. */
	if (all->n_closing)
		return -EAGAIN;
	return deny(all, SESSION_DENIED_DATAPLANE, -ENFILE);
}
