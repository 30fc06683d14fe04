/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * eap - the authenticator's side of one EAP conversation.
 *
 * Knows nothing of what carries it: IKE_AUTH today, PPP later. Packets go in by
 * cp_eap_input() and come out by the send hook; the end comes by the done hook, once.
 *
 * Source   RFC 3748; draft-kamath-pppext-eap-mschapv2-02
 * Thread   the loop's
 */

#include "common/base/secret.h"

#include <stddef.h>
#include <stdint.h>

struct cp_eap;
struct cp_keys;

enum {
	CP_EAP_USER_MAX = 256, /* octets of an identity, NUL included */
	CP_EAP_PACKET_MAX = 4096,
};

enum cp_eap_end {
	CP_EAP_SUCCESS,
	CP_EAP_WRONG_PASSWORD, /* or unknown user: who asks cannot tell, the log may */
	CP_EAP_NO_METHOD,      /* the peer refused the only method offered */
	CP_EAP_MALFORMED,
	CP_EAP_TOO_LONG, /* more rounds than allowed */
	CP_EAP_INTERNAL, /* keys process unreachable */
};

struct cp_eap_hooks {
	/* A packet for the peer. The EAP-Success or EAP-Failure is sent before done. */
	void (*send)(void *ctx, const void *packet, size_t len);
	/* The end. @user: identity that was authenticated (or tried), NUL-terminated.
	 * @msk: 64 octets, only with CP_EAP_SUCCESS, else NULL. */
	void (*done)(void *ctx, enum cp_eap_end end, const char *user, const struct secret *msk);
	/* Is there a user of this name who may log in? NULL: everybody. The conversation goes
	 * on either way, so that the peer cannot tell. */
	void *ctx;
};

/* @tenant  borrowed name, for cp_keys_mschapv2(); copied */
int cp_eap_new(struct cp_keys *keys, const char *tenant, const char *server_name,
               const struct cp_eap_hooks *hooks, struct cp_eap **out);
void cp_eap_free(struct cp_eap *e);

/* Send the first request (Identity). */
void cp_eap_begin(struct cp_eap *e);
/* A packet from the peer. */
void cp_eap_input(struct cp_eap *e, const void *packet, size_t len);
const char *cp_eap_end_text(enum cp_eap_end end);
