/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_policy - another policy: every IKE SA finds its tenant and its user there.
 *
 * Established ones have lost their session by now if they may not stay: what is left of them
 * says DELETE. A handshake has used its tenant's settings up to where it stands; if one of
 * those changed it cannot end well, and the client is better told now.
 *
 * Walk     proc/session_main.c -> [ike/ike_policy] -> ike_fsm.c
 * Thread   the loop's
 */

#include "controlplane/ike/exchange/exchange.h"

#include <strings.h>

static bool is_local(const struct cp_tenant *t, const struct addr *local)
{
	uint32_t i;

	for (i = 0; i < t->n_local; i++)
		if (addr_equal(&t->local[i], local))
			return true;
	return false;
}

static bool has_suite(const struct cp_tenant *t, const char *text)
{
	uint32_t i;

	for (i = 0; i < t->n_ike; i++)
		if (strcmp(t->ike[i].text, text) == 0)
			return true;
	return false;
}

struct change {
	const struct cp_policy *from, *to;
	const struct cp_ike_pki *from_pki, *to_pki;
};

/* What a client has been told from its IKE_AUTH request on, or is about to be. */
static bool is_same_gateway(const struct change *c, const struct cp_tenant *was,
                            const struct cp_tenant *is)
{
	return strcasecmp(was->identity, is->identity) == 0 &&
	       memcmp(was->auth, is->auth, sizeof(was->auth)) == 0 &&
	       strcmp(was->certificate, is->certificate) == 0 &&
	       cp_certificate_equal(&c->from_pki->at[was - c->from->tenant],
	                            &c->to_pki->at[is - c->to->tenant]);
}

static bool fits(const struct change *c, const struct ike_sa *sa, const struct cp_tenant *was,
                 const struct cp_tenant *is)
{
	if (!was)
		return true; /* IKE_AUTH will ask */
	if (!is || (sa->user && !cp_tenant_user(is, sa->user->name)))
		return false;
	if (!sa->half_open || sa->state == ST_LINGER)
		return true;
	if (!is_local(is, &sa->path.local.addr) || !has_suite(is, sa->suite_text))
		return false;
	/* Who waits for an address has been let in; nobody asks about him after this. */
	if (sa->state == ST_LEASE && !cp_ike_auth_holds(sa, is))
		return false;
	return !sa->hs || !sa->hs->auth || is_same_gateway(c, was, is);
}

/* A number is a tenant's as long as its name lives: another name is another tenant. */
static const struct cp_tenant *find_again(const struct cp_policy *p,
                                          const struct cp_tenant *was)
{
	const struct cp_tenant *t = was ? cp_policy_tenant(p, was->id) : NULL;

	return t && strcmp(t->name, was->name) == 0 ? t : NULL;
}

static void repoint(const struct change *c, struct ike_sa *sa)
{
	const struct cp_tenant *was = sa->tenant, *is = find_again(c->to, was);

	sa->stale = !fits(c, sa, was, is);
	/* The index goes by the tenant's number. */
	if (!is)
		cp_ike_peer_leave(sa);
	sa->user = is && sa->user ? cp_tenant_user(is, sa->user->name) : NULL;
	sa->tenant = is;
}

/* Those that do not fit, and whose state knows what to do about it: not what is over. */
static void refuse_stale(struct cp_ike *ike)
{
	struct ike_sa *sa, *next;
	uint32_t i;

	for (i = 0; i <= ike->spi_mask; i++) {
		for (sa = ike->by_spi[i]; sa; sa = next) {
			next = sa->next_spi;
			if (!sa->stale || !cp_ike_edge(sa->state, ON_POLICY)->act)
				continue;
			sa->stale = false;
			sa->end = CP_END_TENANT_REMOVED;
			cp_ike_event(sa, ON_POLICY, NULL);
		}
	}
}

void cp_ike_policy(struct cp_ike *ike, const struct cp_policy *next,
                   struct cp_ike_pki *take_pki)
{
	const struct change c = {ike->deps.policy, next, ike->pki, take_pki};
	struct ike_sa *sa;
	uint32_t i;

	for (i = 0; i <= ike->spi_mask; i++)
		for (sa = ike->by_spi[i]; sa; sa = sa->next_spi)
			repoint(&c, sa);
	cp_ike_pki_free(ike->pki);
	ike->pki = take_pki;
	ike->deps.policy = next;
	refuse_stale(ike);
}
