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

int cp_ike_auth_fail(struct ike_sa *sa, const struct ike_refusal *r)
{
	cp_ike_refuse(sa->ike, sa, &sa->path, sa->tenant, r);
	cp_ike_reply_notify(sa, IKE_N_AUTHENTICATION_FAILED, NULL, 0);
	return -EACCES;
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

static int choose_tenant(struct ike_sa *sa, const struct ike_message *m)
{
	char named[CP_IDENTITY_MAX] = "";
	struct ike_refusal r = {
		.reason = "no tenant of this name at this address",
		.offered = "no server identity",
		.expected = "the identity of one of the tenants that share the address",
		.remedy = "set the client's remote id to the tenant's identity",
	};

	if (sa->tenant)
		return 0;
	if (cp_ike_has(m, IKE_PAYLOAD_IDR))
		r.offered = cp_ike_id_text(&m->idr, named, sizeof(named));
	sa->tenant = find_tenant(sa, named[0] ? named : NULL);
	return sa->tenant ? 0 : cp_ike_auth_fail(sa, &r);
}

/* The proposal was agreed before the tenant was known: it must be one of this tenant's. */
static int check_suite(struct ike_sa *sa)
{
	const struct cp_tenant *t = sa->tenant;
	char expected[EVENT_TEXT_MAX];
	const struct ike_refusal r = {
		.reason = "no common IKE proposal",
		.offered = sa->suite_text,
		.expected = cp_ike_have_text(t->ike, t->n_ike, expected, sizeof(expected)),
		.remedy = "tenants that share an address need the same ike proposals",
	};
	uint32_t i;

	for (i = 0; i < t->n_ike; i++)
		if (strcmp(t->ike[i].text, sa->suite_text) == 0)
			return 0;
	return cp_ike_auth_fail(sa, &r);
}

int cp_ike_auth_begin(struct ike_sa *sa, const struct ike_message *m)
{
	static const struct ike_refusal incomplete = {
		.reason = "IKE_AUTH lacks an identity, a proposal or traffic selectors",
	};
	struct ike_handshake *hs = sa->hs;
	int err;

	if (!cp_ike_has(m, IKE_PAYLOAD_IDI) || !cp_ike_has(m, IKE_PAYLOAD_SA) ||
	    !cp_ike_has(m, IKE_PAYLOAD_TSI) || !cp_ike_has(m, IKE_PAYLOAD_TSR))
		return cp_ike_auth_fail(sa, &incomplete);
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

int cp_ike_auth_user(struct ike_sa *sa, const char *name, bool must_exist)
{
	static const struct ike_refusal unknown = {
		.reason = "unknown user",
		.remedy = "add the user to the tenant's users",
	};
	static const struct ike_refusal disabled = {
		.reason = "the user is disabled",
		.remedy = "enable the user in the tenant's users",
	};

	sa->user = cp_tenant_user(sa->tenant, name);
	if (!sa->user)
		return must_exist ? cp_ike_auth_fail(sa, &unknown) : 0;
	return sa->user->enabled ? 0 : cp_ike_auth_fail(sa, &disabled);
}

/* ---- how it ends early ---------------------------------------------------------------- */

int cp_ike_auth_other(struct ike_sa *sa, const struct ike_message *m)
{
	const struct ike_refusal r = {
		.reason = "the client authenticates in a way that is not offered here",
		.offered = m->n_cert ? "a certificate" : "a signature",
		.expected = "EAP, or a pre-shared key",
		.remedy =
			"set the client to EAP (user name and password) or to a pre-shared key",
	};
	int err = cp_ike_auth_begin(sa, m);

	return err ? err : cp_ike_auth_fail(sa, &r);
}

int cp_ike_auth_peer_refuses(struct ike_sa *sa, const struct ike_message *m UNUSED)
{
	if (!cp_ike_eap_decided(sa))
		cp_ike_refuse_sa(
			sa, "the client broke off: it does not accept our authentication",
			"the client must trust the CA of the tenant's certificate, and "
			"the certificate must name the server as the client does");
	cp_ike_reply_begin(sa);
	return cp_ike_reply_send(sa);
}

int cp_ike_auth_bad_message(struct ike_sa *sa, const struct ike_message *m)
{
	cp_ike_refuse_sa(sa, "the client's message cannot be understood", NULL);
	return cp_ike_bad_message(sa, m);
}

static const struct {
	const char *reason, *remedy;
} silence[ST_COUNT] = {
	[ST_HALF_OPEN] = {"the client did not go on after IKE_SA_INIT",
                          "let UDP 4500 and IP fragments pass between client and gateway"},
	[ST_EAP_PEER] = {"the client stopped answering",
                         "the client must trust the CA of the tenant's certificate, and the "
                         "certificate must name the server as the client does"},
	[ST_EAP_DONE] = {"the client stopped answering after its password was accepted", NULL},
};

int cp_ike_auth_deadline(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	const char *reason = silence[sa->state].reason;

	if (!cp_ike_eap_decided(sa))
		cp_ike_refuse_sa(sa,
		                 reason ? reason : "deadline passed: the gateway is too busy",
		                 silence[sa->state].remedy);
	return 0;
}

int cp_ike_auth_evict(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	cp_ike_refuse_sa(
		sa, "gave way to newer handshakes",
		"raise half_open_max or half_open_per_source if these are real clients");
	return 0;
}
