/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_sa_init - the first exchange: algorithms, Diffie-Hellman, nonces, NAT detection.
 *
 * What can be refused is refused before there is any state.
 *
 * Walk     ike_main.c, ike_fsm.c -> [ike/exchange/ike_sa_init] -> crypto/
 * Source   RFC 7296 section 1.2, 2.6, 2.7, 2.23; RFC 7427 section 4
 * Thread   the loop's
 */

#include "controlplane/ike/exchange/exchange.h"
#include "controlplane/ike/ike_client.h"

#include <errno.h>

static const char stage[] = "IKE_SA_INIT";

static bool listens_at(const struct cp_tenant *t, const struct addr *local)
{
	uint32_t i;

	for (i = 0; i < t->n_local; i++)
		if (addr_equal(&t->local[i], local))
			return true;
	return false;
}

/*
 * A local address may be shared: whose client this is shows in IKE_AUTH. Until then the
 * first tenant there that has a proposal in common stands for all of them.
 */
static const struct cp_tenant *choose(struct cp_ike *ike, const struct msg_punt *path,
                                      const struct ike_offer *offer, struct ike_choice *choice,
                                      const struct cp_tenant **any)
{
	const struct cp_policy *p = ike->deps.policy;
	const struct cp_tenant *t;
	uint32_t i;

	*any = NULL;
	for (i = 0; i < p->n_tenant; i++) {
		t = &p->tenant[i];
		if (path->tenant ? t->id != path->tenant : !listens_at(t, &path->local.addr))
			continue;
		if (!*any)
			*any = t;
		if (cp_ike_select(offer, t->ike, t->n_ike, choice) == 0)
			return t;
	}
	return NULL;
}

static enum ike_counter no_proposal(struct cp_ike *ike, const struct msg_punt *path,
                                    const struct ike_message *m, const struct cp_tenant *t)
{
	char offered[IKE_OFFER_TEXT], expected[IKE_OFFER_TEXT], nearest[IKE_OFFER_TEXT];
	struct ike_nearest near;
	struct ike_refusal why = {.cause = CAUSE_IKE_PROPOSAL};

	cp_ike_reply_stateless(ike, path, &m->head, IKE_N_NO_PROPOSAL_CHOSEN, NULL, 0);
	cp_ike_nearest(&m->sa, IKE_PROTOCOL_IKE, t->ike, t->n_ike, &near);
	if (near.lacks == 1u << IKE_TRANSFORM_DH)
		why.cause = CAUSE_IKE_GROUP;
	why.offered = cp_ike_offer_text(&m->sa, IKE_PROTOCOL_IKE, offered, sizeof(offered));
	why.expected = cp_ike_have_text(t->ike, t->n_ike, expected, sizeof(expected));
	why.nearest = cp_ike_nearest_text(&m->sa, &near, nearest, sizeof(nearest));
	cp_ike_refuse_message(ike, path, m, stage, &why);
	return IKE_IN_REFUSED;
}

/* It does not fit the group in @choice; the client is asked to change it. */
static enum ike_counter other_group(struct cp_ike *ike, const struct msg_punt *path,
                                    const struct ike_message *m,
                                    const struct ike_choice *choice)
{
	const struct ike_transform has = {.type = IKE_TRANSFORM_DH, .id = m->ke_group};
	const struct ike_transform asked = {.type = IKE_TRANSFORM_DH, .id = choice->suite.dh};
	const be16 group = be16_from(choice->suite.dh);
	char offered[32], expected[32];
	struct ike_text a = cp_ike_text(offered, sizeof(offered));
	struct ike_text b = cp_ike_text(expected, sizeof(expected));
	const struct ike_refusal why = {CAUSE_GROUP_LOOP, offered, expected, NULL};

	/* Section 1.2: the client asks again with this group; not a failure yet. */
	cp_ike_reply_stateless(ike, path, &m->head, IKE_N_INVALID_KE_PAYLOAD, &group,
	                       sizeof(group));
	if (!cp_ike_refuse_group(ike, path, m->head.spi_i))
		return IKE_IN_REFUSED;
	cp_ike_text_transform(&a, &has);
	cp_ike_text_transform(&b, &asked);
	cp_ike_refuse_message(ike, path, m, stage, &why);
	return IKE_IN_REFUSED;
}

static enum ike_counter refused(struct cp_ike *ike, const struct msg_punt *path,
                                const struct ike_message *m, enum cp_cause cause,
                                enum ike_counter count)
{
	const struct ike_refusal why = {.cause = cause};

	cp_ike_refuse_message(ike, path, m, stage, &why);
	return count;
}

static void note_hashes(struct ike_handshake *hs, const struct ike_message *m)
{
	const struct ike_notify_payload *n =
		cp_ike_notify_find(m, IKE_N_SIGNATURE_HASH_ALGORITHMS);
	struct cursor c;
	uint16_t id;

	if (!n)
		return;
	for (c = n->data; c.left >= sizeof(be16);) {
		id = cursor_u16(&c);
		if (id <= IKE_HASH_SHA2_512)
			hs->hashes |= (uint16_t)(1 << id);
	}
}

static void on_later(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	cp_ike_drain(ctx);
}

static int begin_handshake(struct ike_sa *sa, const void *octets, size_t len,
                           const struct ike_message *m)
{
	struct ike_handshake *hs = calloc(1, sizeof(*hs));

	if (!hs)
		return -ENOMEM;
	sa->hs = hs;
	event_assign(&hs->later, sa->ike->deps.loop, -1, 0, on_later, sa);
	hs->request = malloc(len);
	if (!hs->request)
		return -ENOMEM;
	memcpy(hs->request, octets, len);
	hs->request_len = len;
	hs->natd = cp_ike_notify_find(m, IKE_N_NAT_DETECTION_SOURCE_IP);
	note_hashes(hs, m);
	return 0;
}

static void note_choice(struct ike_sa *sa, const struct ike_choice *c)
{
	sa->suite = c->suite;
	sa->hs->proposal = c->number;
	snprintf(sa->suite_text, sizeof(sa->suite_text), "%s", c->text);
}

enum ike_counter cp_ike_init_request(struct cp_ike *ike, const struct msg_punt *path,
                                     const void *octets, size_t len,
                                     const struct ike_message *m,
                                     const uint8_t digest[IKE_DIGEST])
{
	const struct cp_tenant *t, *any;
	struct ike_choice choice;
	struct ike_sa *sa;

	if (!cp_ike_has(m, IKE_PAYLOAD_SA) || !cp_ike_has(m, IKE_PAYLOAD_KE) ||
	    !cp_ike_has(m, IKE_PAYLOAD_NONCE))
		return refused(ike, path, m, CAUSE_MALFORMED, IKE_DROP_MALFORMED);
	t = choose(ike, path, &m->sa, &choice, &any);
	if (!any)
		return refused(ike, path, m, CAUSE_NO_TENANT, IKE_DROP_NO_TENANT);
	if (!t)
		return no_proposal(ike, path, m, any);
	if (choice.suite.dh != m->ke_group)
		return other_group(ike, path, m, &choice);
	if (m->ke.left != cp_crypto_dh_public_len(choice.suite.dh))
		return refused(ike, path, m, CAUSE_BAD_KE, IKE_DROP_MALFORMED);

	sa = cp_ike_sa_new(ike, path, m->head.spi_i);
	if (!sa)
		return IKE_DROP_MEMORY;
	if (begin_handshake(sa, octets, len, m)) {
		cp_ike_sa_free(sa);
		return IKE_DROP_MEMORY;
	}
	cp_ike_sa_enlist(sa);
	/* A shared address has no tenant yet: IKE_AUTH finds it. */
	sa->tenant = path->tenant ? t : NULL;
	note_choice(sa, &choice);
	sa->client = cp_ike_client_of(m);
	sa->nat = cp_ike_natd_is_nat(ike, m, path);
	sa->nonce_i_len = m->nonce.left;
	memcpy(sa->nonce_i, m->nonce.at, m->nonce.left);
	sa->request =
		(struct ike_request){.exchange = IKE_SA_INIT, .open = true, .path = *path};
	memcpy(sa->request.digest, digest, IKE_DIGEST);
	sa->recv_next = 1;
	cp_ike_event(sa, ON_INIT, m);
	return IKE_IN_TAKEN;
}

static void on_dh(void *ctx, int status, const struct cp_crypto_dh_result *result)
{
	struct ike_sa *sa = ctx;

	sa->dh = result;
	sa->dh_failed = status != 0;
	cp_ike_event(sa, status ? ON_DH_BAD : ON_DH, NULL);
}

int cp_ike_ask_dh(struct ike_sa *sa, const struct ike_message *m)
{
	sa->dh_failed = false;
	return cp_crypto_dh(sa->ike->deps.crypto, m->ke_group, m->ke.at, m->ke.left, on_dh, sa);
}

int cp_ike_init_begin(struct ike_sa *sa, const struct ike_message *m)
{
	return cp_ike_ask_dh(sa, m);
}

static void put_hashes(struct ike_writer *w)
{
	static const be16 ours[] = {
		{{0, IKE_HASH_SHA2_256}}, {{0, IKE_HASH_SHA2_384}}, {{0, IKE_HASH_SHA2_512}}};

	cp_ike_put_notify(w, IKE_N_SIGNATURE_HASH_ALGORITHMS, ours, sizeof(ours));
}

int cp_ike_init_answer(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	struct ike_handshake *hs = sa->hs;
	const struct cp_octets ni = {sa->nonce_i, sa->nonce_i_len};
	const struct cp_octets nr = {sa->nonce_r, sizeof(sa->nonce_r)};
	struct ike_writer *w;
	int err;

	cp_crypto_random(sa->nonce_r, sizeof(sa->nonce_r));
	err = cp_ike_derive(sa->ike->deps.crypto, &sa->suite, &sa->dh->shared, &ni, &nr,
	                    sa->spi_i, sa->spi_r, &sa->keys);
	if (err)
		return err;
	w = cp_ike_reply_begin(sa);
	cp_ike_put_sa(w, hs->proposal, IKE_PROTOCOL_IKE, NULL, 0, &sa->suite, IKE_ESN_UNSAID);
	cp_ike_put_ke(w, sa->suite.dh, sa->dh->public_value, sa->dh->public_len);
	cp_ike_put(w, IKE_PAYLOAD_NONCE, sa->nonce_r, sizeof(sa->nonce_r));
	if (hs->natd)
		cp_ike_natd_put(sa, w);
	if (hs->hashes)
		put_hashes(w);
	err = cp_ike_reply_send(sa);
	if (err)
		return err;
	hs->response_len = sa->request.reply_len;
	hs->response = malloc(hs->response_len);
	if (!hs->response)
		return -ENOMEM;
	memcpy(hs->response, sa->request.reply, hs->response_len);
	return 0;
}

int cp_ike_init_bad_ke(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	/* An unprotected answer may be forged and says nothing the client could use. */
	cp_ike_refuse_for(sa, CAUSE_BAD_KE);
	return 0;
}
