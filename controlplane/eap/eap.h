/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * eap - the authenticator's side of one EAP conversation.
 *
 * Knows nothing of what carries it: IKE_AUTH today, PPP later. Packets go in by
 * cp_eap_input() and come out by the send hook; the end comes by the done hook, once.
 * It has no clock: the carrier's deadline comes in by cp_eap_expire().
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
	CP_EAP_STRAY_MAX = 8,    /* packets that answer nothing asked, before we give up */
	CP_EAP_WANTED_MAX = 4,   /* methods a peer names when it refuses ours */
	CP_EAP_WANTED_TEXT = 96, /* room for their names */
};

enum cp_eap_end {
	CP_EAP_SUCCESS,
	CP_EAP_WRONG_PASSWORD, /* or unknown user: who asks cannot tell, the log may */
	CP_EAP_NO_METHOD,      /* the peer refused the only method offered */
	CP_EAP_MALFORMED,
	CP_EAP_TOO_LONG,   /* more rounds than allowed */
	CP_EAP_INTERNAL,   /* keys process unreachable */
	CP_EAP_DISTRUSTED, /* the peer did not believe our proof that we know its password */
	CP_EAP_SILENT,     /* the peer did not answer */
	CP_EAP_END_COUNT
};

/* From within a hook every function of this header may be called, cp_eap_free() too. */
struct cp_eap_hooks {
	/* A packet for the peer. The EAP-Success or EAP-Failure is sent before done. */
	void (*send)(void *ctx, const void *packet, size_t len);
	/* The end. @user: identity that was authenticated (or tried), NUL-terminated; it comes
	 * from the peer and may hold any octet but NUL. "DOMAIN\" is taken off.
	 * @msk: 64 octets, only with CP_EAP_SUCCESS, else NULL. */
	void (*done)(void *ctx, enum cp_eap_end end, const char *user,
	             const struct secret *msk);
	void *ctx;
};

/*
 * @tenant       for cp_keys_mschapv2(); copied
 * @server_name  what the peer is told we are; copied, cut at 63 octets
 * returns       0, -ENOMEM, -EINVAL (tenant's name too long)
 */
int cp_eap_new(struct cp_keys *keys, const char *tenant, const char *server_name,
               const struct cp_eap_hooks *hooks, struct cp_eap **out);
/* Without a word to the peer or the hooks. NULL is fine. */
void cp_eap_free(struct cp_eap *e);

/* Send the first request (Identity). */
void cp_eap_begin(struct cp_eap *e);
/* A packet from the peer. One that answers nothing asked gets the last request again. */
void cp_eap_input(struct cp_eap *e, const void *packet, size_t len);
/*
 * The peer hung up, or the carrier's deadline passed. The end is then what was decided
 * already and not yet said: CP_EAP_WRONG_PASSWORD when the peer left without acknowledging
 * its failure, as Windows and strongSwan do; else CP_EAP_SILENT. Sends nothing.
 */
void cp_eap_expire(struct cp_eap *e);

/* After CP_EAP_NO_METHOD: the methods the peer would rather do, in words. @size as
 * CP_EAP_WANTED_TEXT or more. */
const char *cp_eap_wanted_text(const struct cp_eap *e, char *buf, size_t size);
