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
	cp_ike_refuse(sa->ike, sa, &sa->path, sa->tenant, r);
	cp_ike_put_notify(begin(sa), why, NULL, 0);
	err = cp_ike_reply_send(sa);
	if (!err)
		cp_ike_post(sa, ON_NO_CHILD);
	return err;
}

/* The notifications cp_ike_child_choose() and cp_ike_child_narrow() give, in words. */
static int refuse_child(struct ike_sa *sa, enum ike_notify why)
{
	const struct ike_message *m = &sa->hs->auth->m;
	const struct cp_tenant *t = sa->tenant;
	char offered[EVENT_TEXT_MAX] = "", expected[EVENT_TEXT_MAX] = "";
	struct ike_refusal r = {.offered = offered, .expected = expected};

	if (why == IKE_N_NO_PROPOSAL_CHOSEN) {
		r.reason = "no common ESP proposal";
		r.remedy = "add one of the client's algorithms to the tenant's esp proposals, "
			   "or the "
			   "other way round";
		cp_ike_offer_text(&m->sa, IKE_PROTOCOL_ESP, offered, sizeof(offered));
		cp_ike_have_text(t->esp, t->n_esp, expected, sizeof(expected));
	} else if (why == IKE_N_TS_UNACCEPTABLE) {
		r.reason = "the client asks for destinations none of which this tenant has";
		r.expected = "the tenant's subnets, or 0.0.0.0/0";
		r.remedy = "let the client ask for 0.0.0.0/0; the gateway narrows it";
		cp_ike_ts_text(&m->tsr, offered, sizeof(offered));
	} else {
		r.reason = "the client's child SA request is not sound";
	}
	return no_child(sa, why, &r);
}

static int refuse_no_address(struct ike_sa *sa)
{
	static const struct ike_refusal r = {
		.reason = "the client asks for no inner address",
		.offered = "no CFG_REQUEST for INTERNAL_IP4_ADDRESS",
		.remedy = "let the client request a virtual IP address (strongSwan: vips = "
			  "0.0.0.0)",
	};

	return no_child(sa, IKE_N_FAILED_CP_REQUIRED, &r);
}

static const struct {
	int err;
	struct ike_refusal r;
} lease_errors[] = {
	{-ENOSPC,
         {.reason = "no address left in the tenant's pools",
          .remedy = "enlarge the tenant's pools"}},
	{-EAGAIN,
         {.reason = "the address is still in use by a session that is ending",
          .remedy = "try again in a moment"}},
	{-EADDRINUSE,
         {.reason = "the user's fixed address is in use by another session",
          .remedy = "end the other session, or give the user no fixed address"}},
	{-EUSERS,
         {.reason = "the tenant has as many sessions as it may",
          .remedy = "raise the tenant's max_sessions"}},
	{-EDQUOT,
         {.reason = "the user has as many sessions as one may",
          .remedy = "end another session of the user, or raise max_sessions_per_user"}},
	{-ENOTCONN,
         {.reason = "the data plane is not ready", .remedy = "try again in a moment"}},
	{0, {.reason = "internal: no session can be opened", .remedy = "see the system log"}},
};

static int refuse_lease(struct ike_sa *sa, int err)
{
	unsigned i;

	for (i = 0; lease_errors[i].err && lease_errors[i].err != err; i++)
		;
	return no_child(sa, IKE_N_INTERNAL_ADDRESS_FAILURE, &lease_errors[i].r);
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
		.protocol = "ikev2",
		.auth = sa->auth,
		.client = sa->client->name,
		.ike_cipher = sa->suite_text,
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

	cp_ike_put_cfg(w, sa->tenant, sa->user, inner);
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
	if (err)
		return refuse_lease(sa, err);
	sa->ike->count[IKE_ESTABLISHED]++;
	cp_ike_peer_enter(sa);
	return answer(sa, &plan, &inner, spi_in);
}
