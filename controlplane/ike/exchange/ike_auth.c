/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_auth - what every IKE_AUTH has in common: whose client it is, who it says it is, and
 * how a handshake fails.
 *
 * Walk     ike_fsm.c -> [ike/exchange/ike_auth] -> auth_eap.c, auth_psk.c
 * Source   RFC 7296 section 1.2, 2.15, 2.21.2
 * Thread   the loop's
 */

#include "controlplane/ike/exchange/exchange.h"

#include <errno.h>
#include <strings.h>

int cp_ike_auth_fail_as(struct ike_sa *sa, const struct ike_refusal *r)
{
	cp_ike_refuse(sa, r);
	cp_ike_reply_notify(sa, IKE_N_AUTHENTICATION_FAILED, NULL, 0);
	return -EACCES;
}

int cp_ike_auth_fail(struct ike_sa *sa, enum cp_cause cause)
{
	const struct ike_refusal why = {.cause = cause};

	return cp_ike_auth_fail_as(sa, &why);
}

static bool is_local(const struct cp_tenant *t, const struct addr *local)
{
	uint32_t i;

	for (i = 0; i < t->n_local; i++)
		if (addr_equal(&t->local[i], local))
			return true;
	return false;
}

/* Of the tenants that share this address: the one the client names, or the only one. */
static const struct cp_tenant *find_tenant(const struct ike_sa *sa, const char *named)
{
	const struct cp_policy *p = sa->ike->deps.policy;
	const struct cp_tenant *only = NULL;
	uint32_t i, n = 0;

	for (i = 0; i < p->n_tenant; i++) {
		if (!is_local(&p->tenant[i], &sa->path.local.addr))
			continue;
		if (named && strcasecmp(named, p->tenant[i].identity) == 0)
			return &p->tenant[i];
		only = &p->tenant[i];
		n++;
	}
	return n == 1 ? only : NULL;
}

/* Identities of the tenants at this address: what the client could have asked for. */
static const char *identities(const struct ike_sa *sa, char *buf, size_t size)
{
	const struct cp_policy *p = sa->ike->deps.policy;
	struct ike_text text = cp_ike_text(buf, size);
	uint32_t i;

	for (i = 0; i < p->n_tenant; i++)
		if (is_local(&p->tenant[i], &sa->path.local.addr))
			cp_ike_text_add(&text, "%s%s", text.used ? ", " : "",
			                p->tenant[i].identity);
	return buf;
}

static int choose_tenant(struct ike_sa *sa, const struct ike_message *m)
{
	char named[CP_IDENTITY_MAX] = "", expected[IKE_OFFER_TEXT];
	struct ike_refusal why = {.cause = CAUSE_NO_SERVER};

	if (cp_ike_has(m, IKE_PAYLOAD_IDR))
		cp_ike_id_text(&m->idr, named, sizeof(named));
	if (!sa->tenant)
		sa->tenant = find_tenant(sa, named[0] ? named : NULL);
	if (sa->tenant) {
		sa->hs->other_name = named[0] && strcasecmp(named, sa->tenant->identity) != 0;
		return 0;
	}
	if (named[0]) {
		why.cause = CAUSE_UNKNOWN_SERVER;
		why.offered = named;
	}
	why.expected = identities(sa, expected, sizeof(expected));
	return cp_ike_auth_fail_as(sa, &why);
}

/* The proposal was agreed before the tenant was known: it must be one of this tenant's. */
static int check_suite(struct ike_sa *sa)
{
	const struct cp_tenant *t = sa->tenant;
	char expected[IKE_OFFER_TEXT];
	const struct ike_refusal why = {
		.cause = CAUSE_OTHER_PROPOSAL,
		.offered = sa->suite_text,
		.expected = cp_ike_have_text(t->ike, t->n_ike, expected, sizeof(expected)),
	};
	uint32_t i;

	for (i = 0; i < t->n_ike; i++)
		if (strcmp(t->ike[i].text, sa->suite_text) == 0)
			return 0;
	return cp_ike_auth_fail_as(sa, &why);
}

int cp_ike_auth_begin(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_handshake *hs = sa->hs;
	int err;

	if (!cp_ike_has(m, IKE_PAYLOAD_IDI) || !cp_ike_has(m, IKE_PAYLOAD_SA) ||
	    !cp_ike_has(m, IKE_PAYLOAD_TSI) || !cp_ike_has(m, IKE_PAYLOAD_TSR))
		return cp_ike_auth_fail(sa, CAUSE_INCOMPLETE);
	sa->id_type = m->idi.type;
	cp_ike_id_text(&m->idi, sa->identity, sizeof(sa->identity));
	snprintf(sa->who, sizeof(sa->who), "%s", sa->identity);
	err = choose_tenant(sa, m);
	if (!err)
		err = check_suite(sa);
	if (err)
		return err;
	hs->id_ours_len = cp_ike_id_ours(sa->tenant, &sa->path.local.addr, hs->id_ours,
	                                 sizeof(hs->id_ours));
	hs->auth = cp_ike_hold(m);
	return hs->auth ? 0 : -ENOMEM;
}

/* What the tenant takes, in words. */
static const char *methods(const struct cp_tenant *t)
{
	if (!t->auth[CP_AUTH_EAP_MSCHAPV2])
		return "a pre-shared key";
	return t->auth[CP_AUTH_PSK] ? "EAP-MSCHAPv2 or a pre-shared key" : "EAP-MSCHAPv2";
}

int cp_ike_auth_other(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_refusal why = {
		.cause = CAUSE_METHOD,
		.offered = m->n_cert ? "a signature by a certificate" : "a signature",
	};
	int err = cp_ike_auth_begin(sa, m);

	if (err)
		return err;
	why.expected = methods(sa->tenant);
	return cp_ike_auth_fail_as(sa, &why);
}
