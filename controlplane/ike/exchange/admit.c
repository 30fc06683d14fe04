/* SPDX-License-Identifier: Apache-2.0 */

/*
 * admit - may who has proven to be this user come in: by the policy, with this device; and
 * what becomes of a handshake when the policy changes in its middle.
 *
 * Walk     auth_eap.c, auth_psk.c, ike_policy.c -> [ike/exchange/admit] -> establish.c
 * Thread   the loop's
 */

#include "controlplane/ike/exchange/exchange.h"
#include "controlplane/ike/ike_client.h"

#include <errno.h>
#include <time.h>

/* ---- devices --------------------------------------------------------------------------- */

static const struct {
	uint8_t type;
	const char *name;
} id_kinds[] = {
	{IKE_ID_IPV4_ADDR, "IPv4 address"},         {IKE_ID_FQDN, "name"},
	{IKE_ID_RFC822_ADDR, "mail address"},       {IKE_ID_IPV6_ADDR, "IPv6 address"},
	{IKE_ID_DER_ASN1_DN, "distinguished name"}, {IKE_ID_KEY_ID, "key id"},
};

static const char *id_kind(uint8_t type)
{
	unsigned i;

	for (i = 0; i < sizeof(id_kinds) / sizeof(id_kinds[0]); i++)
		if (id_kinds[i].type == type)
			return id_kinds[i].name;
	return "unknown";
}

static const char *devices(const struct cp_user *u, char *buf, size_t size)
{
	struct ike_text text = cp_ike_text(buf, size);
	uint32_t i;

	for (i = 0; i < u->n_device; i++)
		cp_ike_text_add(&text, "%s%s", i ? ", " : "", u->device[i]);
	return buf;
}

static void log_device(struct ike_sa *sa, enum event_id id)
{
	const struct endpoint remote = {sa->path.remote.addr, sa->path.remote.port};
	char bound[EVENT_TEXT_MAX];
	struct event_record r;

	cp_log_begin(sa->ike->deps.log, &r, id);
	event_text(&r, EK_TENANT, sa->tenant->name);
	event_text(&r, EK_USER, sa->user->name);
	event_text(&r, EK_DEVICE, sa->identity);
	event_text(&r, EK_DEVICE_KIND, id_kind(sa->id_type));
	event_text(&r, EK_PROTOCOL, "ikev2");
	event_text(&r, EK_CLIENT, sa->client->name);
	event_endpoint(&r, EK_REMOTE, &remote);
	if (id == EV_DEVICE_REFUSED) {
		event_text(&r, EK_REASON, cp_cause_text(CAUSE_DEVICE));
		event_text(&r, EK_EXPECTED, devices(sa->user, bound, sizeof(bound)));
		event_text(&r, EK_REMEDY, cp_cause_remedy(CAUSE_DEVICE));
	}
	cp_log_send(sa->ike->deps.log, &r);
}

int cp_ike_auth_device(struct ike_sa *sa)
{
	char bound[EVENT_TEXT_MAX];
	const struct ike_refusal why = {
		.cause = CAUSE_DEVICE,
		.offered = sa->identity,
		.expected = bound,
	};

	if (!sa->user->n_device)
		return 0;
	if (cp_session_is_device(sa->user, sa->identity)) {
		log_device(sa, EV_DEVICE_ACCEPTED);
		return 0;
	}
	log_device(sa, EV_DEVICE_REFUSED);
	devices(sa->user, bound, sizeof(bound));
	return cp_ike_auth_fail_as(sa, &why);
}

/* ---- users ------------------------------------------------------------------------------ */

static bool is_expired(const struct cp_user *u)
{
	return u->expires && (int64_t)time(NULL) >= u->expires;
}

int cp_ike_auth_user(struct ike_sa *sa, const char *name, bool must_exist)
{
	sa->user = cp_tenant_user(sa->tenant, name);
	if (!sa->user)
		return must_exist ? cp_ike_auth_fail(sa, CAUSE_UNKNOWN_USER) : 0;
	if (!sa->user->enabled)
		return cp_ike_auth_fail(sa, CAUSE_USER_DISABLED);
	return is_expired(sa->user) ? cp_ike_auth_fail(sa, CAUSE_USER_EXPIRED) : 0;
}

bool cp_ike_auth_holds(const struct ike_sa *sa, const struct cp_tenant *t)
{
	const struct cp_user *u = cp_tenant_user(t, sa->user ? sa->user->name : sa->identity);

	if (!u)
		return !sa->user;
	return u->enabled && !is_expired(u) &&
	       (strcmp(sa->auth, "eap-mschapv2") != 0 || cp_session_is_device(u, sa->identity));
}

/* ---- a policy in the middle -------------------------------------------------------------- */

/* When the client waits for an answer it gets it, else it has to ask first. */
int cp_ike_auth_policy(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	if (!sa->request.open) {
		cp_ike_refuse_for(sa, CAUSE_POLICY);
		return IKE_WAIT;
	}
	cp_ike_auth_fail(sa, CAUSE_POLICY);
	return 0;
}

int cp_ike_auth_stale(struct ike_sa *sa, const struct ike_message *m UNUSED)
{
	return cp_ike_reply_notify(sa, IKE_N_AUTHENTICATION_FAILED, NULL, 0);
}
