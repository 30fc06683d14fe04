/* SPDX-License-Identifier: Apache-2.0 */

/*
 * establish - the end of IKE_AUTH: the client is who it says; it gets an address, a child
 * SA, and the answer that tells it so.
 *
 * Walk     auth_eap.c, auth_psk.c -> [ike/exchange/establish] -> session/
 * Source   RFC 7296 section 1.2, 2.4 (INITIAL_CONTACT), 2.19, 2.21.2
 * Thread   the loop's
 */

#include "controlplane/ike/exchange/exchange.h"
#include "controlplane/ike/ike_client.h"

#include <errno.h>

static struct ike_writer *begin(struct ike_sa *sa)
{
	const struct ike_handshake *hs = sa->hs;
	struct ike_writer *w = cp_ike_reply_begin(sa);

	if (!hs->introduced)
		cp_ike_put(w, IKE_PAYLOAD_IDR, hs->id_ours, hs->id_ours_len);
	cp_ike_put_kind(w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, hs->our_auth,
	                hs->our_auth_len);
	return w;
}

/* Section 2.21.2: the IKE SA stands, the child SA does not. Such a client has nothing to
 * stay for: ST_EMPTY gives it time to leave by itself. */
static int no_child(struct ike_sa *sa, enum ike_notify why, const struct ike_refusal *r)
{
	int err;

	if (sa->session)
		cp_session_close(sa->session, CP_END_CLIENT);
	sa->session = NULL;
	cp_ike_refuse(sa, r);
	cp_ike_put_notify(begin(sa), why, NULL, 0);
	err = cp_ike_reply_send(sa);
	if (!err)
		cp_ike_post(sa, ON_NO_CHILD);
	return err;
}

static void subnets_text(const struct cp_tenant *t, char *buf, size_t size)
{
	struct ike_text text = cp_ike_text(buf, size);
	char lo[ADDR_TEXT], hi[ADDR_TEXT];
	struct addr last;
	uint32_t i;

	for (i = 0; i < t->n_subnet; i++) {
		last = prefix_last(&t->subnet[i]);
		cp_ike_text_add(&text, "%s%s-%s", i ? ", " : "",
		                addr_format(&t->subnet[i].addr, lo, sizeof(lo)),
		                addr_format(&last, hi, sizeof(hi)));
	}
}

/* The notifications cp_ike_child_choose() and cp_ike_child_narrow() give, in words. */
static int refuse_child(struct ike_sa *sa, enum ike_notify why)
{
	const struct ike_message *m = &sa->hs->auth->m;
	const struct cp_tenant *t = sa->tenant;
	char offered[IKE_OFFER_TEXT] = "", expected[IKE_OFFER_TEXT] = "";
	char nearest[IKE_OFFER_TEXT] = "";
	struct ike_refusal r = {CAUSE_CHILD_MALFORMED, offered, expected, nearest};
	struct ike_nearest near;

	if (why == IKE_N_NO_PROPOSAL_CHOSEN &&
	    cp_ike_nearest(&m->sa, IKE_PROTOCOL_ESP, t->esp, t->n_esp, &near) && near.lacks) {
		r.cause = CAUSE_ESP_PROPOSAL;
		cp_ike_offer_text(&m->sa, IKE_PROTOCOL_ESP, offered, sizeof(offered));
		cp_ike_have_text(t->esp, t->n_esp, expected, sizeof(expected));
		cp_ike_nearest_text(&m->sa, &near, nearest, sizeof(nearest));
	} else if (why == IKE_N_TS_UNACCEPTABLE) {
		r.cause = CAUSE_SELECTORS;
		cp_ike_ts_text(&m->tsr, offered, sizeof(offered));
		subnets_text(t, expected, sizeof(expected));
	}
	return no_child(sa, why, &r);
}

static int refuse_no_address(struct ike_sa *sa)
{
	static const struct ike_refusal r = {CAUSE_NO_ADDRESS_ASKED, "no configuration request",
	                                     "a request for INTERNAL_IP4_ADDRESS", NULL};

	return no_child(sa, IKE_N_FAILED_CP_REQUIRED, &r);
}

static const struct {
	int err;
	enum cp_cause cause;
} lease_errors[] = {
	{-ENOSPC, CAUSE_POOL_EMPTY},         {-EAGAIN, CAUSE_ADDRESS_ENDING},
	{-EADDRINUSE, CAUSE_ADDRESS_IN_USE}, {-EUSERS, CAUSE_TENANT_LIMIT},
	{-EDQUOT, CAUSE_USER_LIMIT},         {-ENFILE, CAUSE_DATAPLANE_REFUSED},
	{-ENOTCONN, CAUSE_NO_DATAPLANE},     {0, CAUSE_INTERNAL},
};

static int refuse_lease(struct ike_sa *sa, int err)
{
	struct ike_refusal why = {0};
	unsigned i;

	for (i = 0; lease_errors[i].err && lease_errors[i].err != err; i++)
		;
	why.cause = lease_errors[i].cause;
	return no_child(sa, IKE_N_INTERNAL_ADDRESS_FAILURE, &why);
}

/*
 * INITIAL_CONTACT: the client has forgotten every other SA of its identity. Ours of the
 * same tenant, user and identity go without a word (section 2.4). Where no user was proven,
 * as with a key that many share, the identity is a mere claim: then only what came from the
 * same address goes.
 */
static void replace_others(struct ike_sa *sa)
{
	struct ike_sa *old, *next;

	if (!cp_ike_notify_find(&sa->hs->auth->m, IKE_N_INITIAL_CONTACT))
		return;
	for (old = cp_ike_peer_same(sa, NULL); old; old = next) {
		next = cp_ike_peer_same(sa, old);
		if (!sa->user && !addr_equal(&old->path.remote.addr, &sa->path.remote.addr))
			continue;
		old->end = CP_END_REPLACED;
		cp_ike_event(old, ON_REPLACED, NULL);
	}
}

static int open_session(struct ike_sa *sa, const struct ike_child_plan *plan)
{
	const struct cp_session_ask ask = {
		.tenant = sa->tenant,
		.user = sa->user,
		.identity = sa->who,
		.device = sa->identity,
		.protocol = "ikev2",
		.auth = sa->auth,
		.client = sa->client->name,
		.ike_cipher = sa->suite_text,
		.attempt = sa->spi_i,
		.cipher = plan->choice.text,
		.worker = sa->path.worker,
		.ended = cp_ike_session_ended,
		.ctx = sa,
	};

	return cp_session_open(sa->ike->deps.sessions, &ask, &sa->session);
}

/* An address that is being given back is worth waiting for, but not for ever. */
static bool may_wait(const struct ike_sa *sa)
{
	uint64_t limit = (uint64_t)sa->ike->deps.policy->appliance.half_open_s * 1000;

	return cp_ike_now_ms() - sa->since_ms < limit;
}

static int answer(struct ike_sa *sa, const struct ike_child_plan *plan,
                  const struct addr *inner, uint32_t spi_in)
{
	struct ike_writer *w = begin(sa);

	cp_ike_put_cfg(w, cp_session_network(sa->session), inner);
	cp_ike_put_child(w, plan, spi_in);
	cp_ike_put_ts(w, IKE_PAYLOAD_TSI, plan->tsi, plan->n_tsi);
	cp_ike_put_ts(w, IKE_PAYLOAD_TSR, plan->tsr, plan->n_tsr);
	return cp_ike_reply_send(sa);
}

int cp_ike_establish(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	const struct ike_message *m = &sa->hs->auth->m;
	const struct cp_octets ni = {sa->nonce_i, sa->nonce_i_len};
	const struct cp_octets nr = {sa->nonce_r, sizeof(sa->nonce_r)};
	struct ike_child_plan plan = {0};
	struct addr inner;
	uint32_t spi_in;
	int err;

	if (!cp_ike_wants_address(m))
		return refuse_no_address(sa);
	err = cp_ike_child_choose(sa, m, false, &plan);
	if (err)
		return refuse_child(sa, (enum ike_notify)err);
	replace_others(sa);
	err = open_session(sa, &plan);
	if (err == -EAGAIN && may_wait(sa))
		return IKE_WAIT;
	if (err)
		return refuse_lease(sa, err);
	inner = cp_session_inner(sa->session);
	err = cp_ike_child_narrow(sa, m, &inner, &plan);
	if (err)
		return refuse_child(sa, (enum ike_notify)err);
	err = cp_ike_child_install(sa, &plan, NULL, &ni, &nr, true, &spi_in);
	if (err) /* no room here is none of the pool's */
		return refuse_lease(sa, err == -ENOSPC ? -EIO : err);
	sa->ike->count[IKE_ESTABLISHED]++;
	cp_ike_peer_enter(sa);
	return answer(sa, &plan, &inner, spi_in);
}
