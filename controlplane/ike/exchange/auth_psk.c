/* SPDX-License-Identifier: Apache-2.0 */

/*
 * auth_psk - both sides prove a pre-shared key, which only the keys process knows.
 *
 * Walk     ike_fsm.c -> [ike/exchange/auth_psk] -> keys/ -> establish.c
 * Source   RFC 7296 section 2.15
 * Thread   the loop's
 */

#include "controlplane/ike/exchange/exchange.h"

#include <errno.h>

static void on_psk(void *ctx, int status, const struct cp_keys_psk *result)
{
	struct ike_sa *sa = ctx;
	struct ike_handshake *hs = sa->hs;

	if (!status && result->len <= sizeof(hs->our_auth)) {
		memcpy(hs->our_auth, result->mac, result->len);
		hs->our_auth_len = result->len;
	}
	hs->psk_status = status;
	cp_ike_event(sa, hs->our_auth_len ? ON_PSK : ON_PSK_BAD, NULL);
}

int cp_ike_psk_begin(struct ike_sa *sa, const struct ike_message *m)
{
	static const struct ike_refusal not_allowed = {
		CAUSE_PSK_NOT_ALLOWED, "a pre-shared key", "EAP-MSCHAPv2", NULL};
	struct cp_ike *ike = sa->ike;
	struct ike_handshake *hs = sa->hs;
	size_t ours, theirs;
	struct cursor id;
	int err;

	sa->auth = "psk";
	err = cp_ike_auth_begin(sa, m);
	if (err)
		return err;
	if (!sa->tenant->auth[CP_AUTH_PSK])
		return cp_ike_auth_fail_as(sa, &not_allowed);
	id = cursor_over(hs->id_ours, hs->id_ours_len);
	ours = cp_ike_signed_octets(sa, true, &id, ike->ours, sizeof(ike->ours));
	theirs =
		cp_ike_signed_octets(sa, false, &m->idi.body, ike->theirs, sizeof(ike->theirs));
	if (!ours || !theirs)
		return -EMSGSIZE;
	return cp_keys_psk(ike->deps.keys, sa->tenant->name, sa->identity, sa->suite.prf,
	                   ike->theirs, theirs, m->auth.at, m->auth.left, ike->ours, ours,
	                   on_psk, sa);
}

int cp_ike_psk_ok(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	int err = cp_ike_auth_user(sa, sa->identity, false);

	if (!err)
		cp_ike_post(sa, ON_ADMIT);
	return err;
}

int cp_ike_psk_bad(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	const struct ike_refusal unknown = {CAUSE_PSK_UNKNOWN, sa->identity,
	                                    "an identity that has a key, or a key for any",
	                                    NULL};

	if (sa->hs->psk_status == -ENOENT)
		cp_ike_auth_fail_as(sa, &unknown);
	else
		cp_ike_auth_fail(sa, sa->hs->psk_status == -EACCES ? CAUSE_PSK_WRONG
		                                                   : CAUSE_NO_KEYS);
	return 0;
}
