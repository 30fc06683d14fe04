/* SPDX-License-Identifier: Apache-2.0 */

/*
 * rekey_ike - the client gives the IKE SA new keys: a successor is made, takes over session
 * and child SAs, and the old one waits to be deleted.
 *
 * Walk     ike_fsm.c -> [ike/exchange/rekey_ike] -> ike_table.c
 * Source   RFC 7296 section 1.3.2, 2.8, 2.18
 * Thread   the loop's
 */

#include "controlplane/ike/exchange/exchange.h"

#include <errno.h>

static int refuse(struct ike_sa *sa, enum ike_notify why)
{
	return cp_ike_reply_notify(sa, why, NULL, 0);
}

int cp_ike_rekey(struct ike_sa *sa, const struct ike_message *m)
{
	const struct cp_tenant *t = sa->tenant;
	struct ike_choice choice;
	be16 group;
	int err;

	if (cp_ike_select(&m->sa, t->ike, t->n_ike, &choice))
		return refuse(sa, IKE_N_NO_PROPOSAL_CHOSEN);
	if (choice.spi.left != IKE_SPI_LEN)
		return refuse(sa, IKE_N_INVALID_SYNTAX);
	if (!cp_ike_has(m, IKE_PAYLOAD_KE) || m->ke_group != choice.suite.dh) {
		group = be16_from(choice.suite.dh);
		return cp_ike_reply_notify(sa, IKE_N_INVALID_KE_PAYLOAD, &group, sizeof(group));
	}
	sa->held = cp_ike_hold(m);
	err = sa->held ? cp_ike_ask_dh(sa, m) : -ENOMEM;
	if (err == -EINVAL)
		return refuse(sa, IKE_N_INVALID_SYNTAX);
	return err ? refuse(sa, IKE_N_TEMPORARY_FAILURE) : IKE_WAIT;
}

/* Everything that belongs to the client and not to the keys goes over. */
static void hand_over(struct ike_sa *old, struct ike_sa *next)
{
	next->nat = old->nat;
	next->tenant = old->tenant;
	next->user = old->user;
	next->client = old->client;
	next->auth = old->auth;
	next->id_type = old->id_type;
	memcpy(next->identity, old->identity, sizeof(next->identity));
	memcpy(next->who, old->who, sizeof(next->who));
	memcpy(next->child, old->child, sizeof(next->child));
	next->n_child = old->n_child;
	next->session = old->session;
	cp_session_own(next->session, cp_ike_session_ended, next);
	cp_session_ciphers(next->session, next->suite_text, NULL);
	old->session = NULL;
	old->n_child = 0;
	cp_ike_peer_leave(old);
	cp_ike_peer_enter(next);
}

/* The successor; NULL when there is no memory or the derivation fails. */
static struct ike_sa *make_successor(struct ike_sa *sa, const struct ike_choice *choice,
                                     const struct cp_octets *ni, const struct cp_octets *nr)
{
	struct cursor spi = choice->spi;
	const be64 *spi_i = cursor_take(&spi, sizeof(*spi_i));
	struct ike_sa *next =
		be64_get(*spi_i) ? cp_ike_sa_new(sa->ike, &sa->path, be64_get(*spi_i)) : NULL;

	if (!next)
		return NULL;
	next->suite = choice->suite;
	snprintf(next->suite_text, sizeof(next->suite_text), "%s", choice->text);
	if (!cp_ike_derive_rekey(sa->ike->deps.crypto, &next->suite, sa->suite.prf, &sa->keys.d,
	                         &sa->dh->shared, ni, nr, next->spi_i, next->spi_r,
	                         &next->keys))
		return next;
	cp_ike_sa_free(next);
	return NULL;
}

static int answer(struct ike_sa *sa, const struct ike_sa *next, const struct ike_choice *choice,
                  const struct cp_octets *nr)
{
	const be64 spi_r = be64_from(next->spi_r);
	struct ike_writer *w = cp_ike_reply_begin(sa);

	cp_ike_put_sa(w, choice->number, IKE_PROTOCOL_IKE, &spi_r, sizeof(spi_r),
	              &choice->suite, IKE_ESN_UNSAID);
	cp_ike_put(w, IKE_PAYLOAD_NONCE, nr->at, nr->len);
	cp_ike_put_ke(w, choice->suite.dh, sa->dh->public_value, sa->dh->public_len);
	return cp_ike_reply_send(sa);
}

int cp_ike_rekey_dh(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	const struct ike_message *m = &sa->held->m;
	const struct cp_octets ni = {m->nonce.at, m->nonce.left};
	uint8_t nonce[IKE_NONCE_OURS];
	const struct cp_octets nr = {nonce, sizeof(nonce)};
	struct ike_choice choice;
	struct ike_sa *next;
	int err;

	/* It was chosen from these octets before, and is again unless the policy changed. */
	if (cp_ike_select(&m->sa, sa->tenant->ike, sa->tenant->n_ike, &choice) ||
	    choice.suite.dh != m->ke_group) {
		err = refuse(sa, IKE_N_NO_PROPOSAL_CHOSEN);
		return err ? err : IKE_WAIT;
	}
	cp_crypto_random(nonce, sizeof(nonce));
	next = make_successor(sa, &choice, &ni, &nr);
	if (!next)
		return -ENOMEM;
	err = answer(sa, next, &choice, &nr);
	if (err) {
		cp_ike_sa_free(next);
		return err;
	}
	sa->ike->count[IKE_REKEYED_IKE]++;
	hand_over(sa, next);
	cp_ike_event(next, ON_INHERIT, NULL);
	return 0;
}

int cp_ike_rekey_bad(struct ike_sa *sa, const struct ike_message *none)
{
	return cp_ike_child_rekey_bad(sa, none);
}
