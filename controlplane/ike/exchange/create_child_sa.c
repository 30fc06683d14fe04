/* SPDX-License-Identifier: Apache-2.0 */

/*
 * create_child_sa - the client gives its child SA new keys, with or without a
 * Diffie-Hellman exchange of their own.
 *
 * We never begin a rekey, so two rekeys never meet (section 2.8.1); the client deletes the
 * old pair when it has moved over.
 *
 * Walk     ike_fsm.c -> [ike/exchange/create_child_sa] -> child.c -> session/
 * Source   RFC 7296 section 1.3.1, 1.3.3, 2.8, 2.25
 * Thread   the loop's
 */

#include "controlplane/ike/exchange/exchange.h"

#include <errno.h>

static int refuse(struct ike_sa *sa, enum ike_notify why)
{
	return cp_ike_reply_notify(sa, why, NULL, 0);
}

int cp_ike_child_more(struct ike_sa *sa, const struct ike_message *m UNUSED)
{
	/* One tunnel a client: section 1.3.1 has a word for it. */
	return refuse(sa, IKE_N_NO_ADDITIONAL_SAS);
}

int cp_ike_create_later(struct ike_sa *sa, const struct ike_message *m UNUSED)
{
	return refuse(sa, IKE_N_TEMPORARY_FAILURE);
}

/* The SA that REKEY_SA names, by the SPI the client receives on. */
static bool knows_child(struct ike_sa *sa, const struct ike_message *m, uint32_t *spi)
{
	struct cursor c = cp_ike_notify_find(m, IKE_N_REKEY_SA)->spi;

	*spi = cursor_u32(&c);
	return !c.bad && cp_ike_child_by_spi_out(sa, *spi);
}

static int install(struct ike_sa *sa, const struct ike_message *m, struct ike_child_plan *plan,
                   const struct cp_crypto_dh_result *dh)
{
	const struct cp_octets ni = {m->nonce.at, m->nonce.left};
	uint8_t nonce[IKE_NONCE_OURS];
	const struct cp_octets nr = {nonce, sizeof(nonce)};
	struct ike_writer *w;
	uint32_t spi_in;

	cp_crypto_random(nonce, sizeof(nonce));
	if (cp_ike_child_install(sa, plan, dh ? &dh->shared : NULL, &ni, &nr, false, &spi_in))
		return refuse(sa, IKE_N_TEMPORARY_FAILURE);
	cp_session_ciphers(sa->session, NULL, plan->choice.text);
	sa->ike->count[IKE_REKEYED_CHILD]++;
	w = cp_ike_reply_begin(sa);
	cp_ike_put_child(w, plan, spi_in);
	cp_ike_put(w, IKE_PAYLOAD_NONCE, nonce, sizeof(nonce));
	if (dh)
		cp_ike_put_ke(w, plan->choice.suite.dh, dh->public_value, dh->public_len);
	cp_ike_put_ts(w, IKE_PAYLOAD_TSI, plan->tsi, plan->n_tsi);
	cp_ike_put_ts(w, IKE_PAYLOAD_TSR, plan->tsr, plan->n_tsr);
	return cp_ike_reply_send(sa);
}

/* The same for the request as it came and, after the pool's answer, as it was kept. */
static int plan_rekey(struct ike_sa *sa, const struct ike_message *m,
                      struct ike_child_plan *plan)
{
	const struct addr inner = cp_session_inner(sa->session);
	int err = cp_ike_child_choose(sa, m, true, plan);

	return err ? err : cp_ike_child_narrow(sa, m, &inner, plan);
}

static int ask_pool(struct ike_sa *sa, const struct ike_message *m)
{
	int err;

	sa->held = cp_ike_hold(m);
	err = sa->held ? cp_ike_ask_dh(sa, m) : -ENOMEM;
	if (err == -EINVAL)
		return refuse(sa, IKE_N_INVALID_SYNTAX);
	return err ? refuse(sa, IKE_N_TEMPORARY_FAILURE) : IKE_WAIT;
}

int cp_ike_child_rekey(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_child_plan plan = {0};
	uint32_t spi;
	be16 group;
	int err;

	if (!knows_child(sa, m, &spi)) {
		cp_ike_put_notify_esp(cp_ike_reply_begin(sa), IKE_N_CHILD_SA_NOT_FOUND, spi);
		return cp_ike_reply_send(sa);
	}
	err = plan_rekey(sa, m, &plan);
	if (err)
		return refuse(sa, (enum ike_notify)err);
	if (!plan.choice.suite.dh)
		return install(sa, m, &plan, NULL);
	if (!cp_ike_has(m, IKE_PAYLOAD_KE) || m->ke_group != plan.choice.suite.dh) {
		group = be16_from(plan.choice.suite.dh);
		return cp_ike_reply_notify(sa, IKE_N_INVALID_KE_PAYLOAD, &group, sizeof(group));
	}
	return ask_pool(sa, m);
}

int cp_ike_child_rekey_dh(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	const struct ike_message *m = &sa->held->m;
	struct ike_child_plan plan = {0};
	int err = plan_rekey(sa, m, &plan);

	/* Another group than the pool was asked about: the policy has changed. */
	if (!err && plan.choice.suite.dh != m->ke_group)
		err = IKE_N_NO_PROPOSAL_CHOSEN;
	return err ? refuse(sa, (enum ike_notify)err) : install(sa, m, &plan, sa->dh);
}

/* The pool found fault with the client's value (RFC 6989 section 2.5), or did not answer. */
int cp_ike_child_rekey_bad(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	cp_crypto_forget(sa->ike->deps.crypto, sa);
	return refuse(sa, sa->dh_failed ? IKE_N_INVALID_SYNTAX : IKE_N_TEMPORARY_FAILURE);
}
