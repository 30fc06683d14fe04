/* SPDX-License-Identifier: Apache-2.0 */

/*
 * break_off - handshakes that the client, or the clock, ends: what was the last thing the
 * client heard from us? That is what it did not like, or did not get.
 *
 * Walk     ike_fsm.c -> [ike/exchange/break_off] -> ike_refuse.c
 * Source   RFC 7296 section 2.21.2
 * Thread   the loop's
 */

#include "controlplane/ike/exchange/exchange.h"

#include <time.h>

static bool is_dated(const struct cp_certificate *c)
{
	time_t now = time(NULL);

	return c->n && (now < c->not_before || now > c->not_after);
}

/*
 * Our certificate was the last it heard. Many clients go away without a word, so what we
 * know to be wrong ourselves comes first; else @cause.
 */
static void refuse_certificate(struct ike_sa *sa, enum cp_cause cause)
{
	const struct cp_certificate *c = cp_ike_certificate(sa);
	char named[CP_IDENTITY_MAX] = "", until[96] = "";
	struct ike_refusal why = {.cause = cause};
	struct tm t;

	if (is_dated(c)) {
		why.cause = CAUSE_CERTIFICATE_EXPIRED;
		if (time(NULL) > c->not_after && gmtime_r(&c->not_after, &t))
			strftime(until, sizeof(until),
			         "a certificate that is valid now; ours was until %Y-%m-%d "
			         "%H:%M UTC",
			         &t);
		else if (gmtime_r(&c->not_before, &t))
			strftime(until, sizeof(until),
			         "a certificate that is valid now; ours will be from %Y-%m-%d "
			         "%H:%M UTC",
			         &t);
		why.expected = until;
	} else if (sa->hs->other_name) {
		why.cause = CAUSE_OTHER_SERVER;
		why.offered = cp_ike_id_text(&sa->hs->auth->m.idr, named, sizeof(named));
		why.expected = sa->tenant->identity;
	}
	cp_ike_refuse(sa, &why);
}

/* EAP has begun, and no answer to it has come yet. */
static bool is_at_certificate(const struct ike_sa *sa)
{
	return sa->state == ST_EAP_PEER && !sa->hs->eap_heard;
}

int cp_ike_auth_peer_refuses(struct ike_sa *sa, const struct ike_message *m UNUSED)
{
	if (is_at_certificate(sa))
		refuse_certificate(sa, CAUSE_DISTRUST);
	else if (!cp_ike_eap_decided(sa))
		cp_ike_refuse_for(sa, CAUSE_BROKE_OFF);
	cp_ike_reply_begin(sa);
	return cp_ike_reply_send(sa);
}

int cp_ike_auth_bad_message(struct ike_sa *sa, const struct ike_message *m)
{
	cp_ike_refuse_for(sa, sa->bad_payload ? CAUSE_CRITICAL : CAUSE_NOT_UNDERSTOOD);
	return cp_ike_bad_message(sa, m);
}

/* Where it is not the client's turn, we are late. */
static enum cp_cause silence(const struct ike_sa *sa)
{
	switch (sa->state) {
	case ST_HALF_OPEN:
		return sa->garbled ? CAUSE_INTEGRITY : CAUSE_SILENT_INIT;
	case ST_EAP_PEER:
		return CAUSE_SILENT_EAP;
	case ST_EAP_DONE:
		return CAUSE_SILENT_PROVEN;
	default:
		return CAUSE_BUSY;
	}
}

int cp_ike_auth_deadline(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	if (is_at_certificate(sa))
		refuse_certificate(sa, CAUSE_SILENT_CERTIFICATE);
	else if (!cp_ike_eap_decided(sa))
		cp_ike_refuse_for(sa, silence(sa));
	return 0;
}

int cp_ike_auth_evict(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	cp_ike_refuse_for(sa, CAUSE_EVICTED);
	return 0;
}
