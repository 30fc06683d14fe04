/* SPDX-License-Identifier: Apache-2.0 */

/*
 * informational - the life of an established SA: probes, deletions, errors, its end.
 *
 * Walk     ike_fsm.c -> [ike/exchange/informational] -> session/
 * Source   RFC 7296 section 1.4, 1.4.1, 2.4, 2.21.3
 * Thread   the loop's
 */

#include "controlplane/ike/exchange/exchange.h"

/*
 * Child SAs the client deletes, by the SPIs it receives on; ours are deleted in return
 * (section 1.4.1). Unknown ones are passed over: they may have gone before.
 */
static unsigned delete_children(struct ike_sa *sa, const struct ike_message *m,
                                uint32_t gone[IKE_CHILDREN_MAX])
{
	struct ike_child *c;
	unsigned i, n = 0;

	for (i = 0; i < m->n_delete; i++) {
		if (m->delete[i].protocol != IKE_PROTOCOL_ESP)
			continue;
		c = cp_ike_child_by_spi_out(sa, m->delete[i].spi);
		if (!c)
			continue;
		gone[n++] = c->spi_in;
		if (sa->session)
			cp_session_child_remove(sa->session, c->spi_in);
		cp_ike_child_forget(sa, c);
	}
	return n;
}

int cp_ike_info(struct ike_sa *sa, const struct ike_message *m)
{
	uint32_t gone[IKE_CHILDREN_MAX];
	unsigned n = delete_children(sa, m, gone);
	struct ike_writer *w = cp_ike_reply_begin(sa);

	if (n)
		cp_ike_put_delete_esp(w, gone, n);
	if (n && !sa->n_child) {
		sa->end = CP_END_CLIENT;
		cp_ike_post(sa, ON_NO_CHILD);
	}
	return cp_ike_reply_send(sa);
}

int cp_ike_info_delete(struct ike_sa *sa, const struct ike_message *m UNUSED)
{
	sa->end = CP_END_CLIENT;
	cp_ike_reply_begin(sa);
	return cp_ike_reply_send(sa);
}

/* It learns who we are with the message that makes the SA stand, and does not like it. */
int cp_ike_info_rejected(struct ike_sa *sa, const struct ike_message *m)
{
	cp_ike_refuse_for(sa, CAUSE_DISTRUST_PSK);
	return cp_ike_info_delete(sa, m);
}

int cp_ike_bad_message(struct ike_sa *sa, const struct ike_message *m UNUSED)
{
	if (sa->bad_payload)
		return cp_ike_reply_notify(sa, IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD,
		                           &sa->bad_payload, sizeof(sa->bad_payload));
	return cp_ike_reply_notify(sa, IKE_N_INVALID_SYNTAX, NULL, 0);
}

static bool is_over(const struct ike_sa *sa, uint64_t now)
{
	const struct cp_tenant *t = sa->tenant;
	unsigned i;

	if (t->ike_lifetime_s && now - sa->since_ms > (uint64_t)t->ike_lifetime_s * 1000)
		return true;
	for (i = 0; i < sa->n_child; i++)
		if (t->child_lifetime_s &&
		    now - sa->child[i].since_ms > (uint64_t)t->child_lifetime_s * 1000)
			return true;
	return false;
}

/* Its keys are too old, or it has been silent for long enough to be asked. */
int cp_ike_look_after(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	uint64_t now = cp_ike_now_ms(), seen;

	if (is_over(sa, now)) {
		sa->end = CP_END_LIFETIME;
		cp_ike_post(sa, ON_SESSION_ENDED);
		return 0;
	}
	/* What came through the tunnel proves as much as a message of IKE. */
	seen = now - (uint64_t)cp_session_silent_s(sa->session) * 1000;
	if (seen > sa->heard_ms)
		sa->heard_ms = seen;
	if (sa->tenant->dpd_s && now - sa->heard_ms >= (uint64_t)sa->tenant->dpd_s * 1000 &&
	    cp_dpctl_is_up(sa->ike->deps.dpctl))
		cp_ike_probe(sa);
	return 0;
}

int cp_ike_dead(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	sa->ike->count[IKE_DEAD]++;
	sa->end = CP_END_DEAD;
	return 0;
}

int cp_ike_say_delete(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	/* What was asked before is not answered any more; new requests can come. */
	sa->request.open = false;
	cp_ike_ask_delete(sa);
	return 0;
}

int cp_ike_give_up(struct ike_sa *sa UNUSED, const struct ike_message *none UNUSED)
{
	return 0;
}
