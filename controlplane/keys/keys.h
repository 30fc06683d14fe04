/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys - questions to the process that holds the long-term secrets.
 *
 * The keys process holds private keys, pre-shared keys and NT hashes, parses nothing from
 * the network, and answers three questions. Whoever asks (the session process) never sees
 * a long-term secret. An answer comes as a call of @answer from the event loop, always,
 * and never from inside the asking call; when the keys process dies, each open question is
 * answered with -EPIPE.
 *
 * Thread   the loop's
 */

#include "common/base/secret.h"

#include <stddef.h>
#include <stdint.h>

struct cp_ipc;
struct cp_keys;

enum {
	CP_KEYS_NAME_MAX = 256, /* user names, identities, certificate names; NUL included */
	CP_KEYS_SIGNATURE_MAX = 1024,
	CP_KEYS_OCTETS_MAX = 20480, /* signed octets of an AUTH payload */
	CP_KEYS_MAC_MAX = 64,
	CP_KEYS_OPEN_MAX = 4096, /* questions asked and not yet answered */
};

/* How to sign, RFC 7427 section 3; RFC 7296 section 3.8 for the older methods. */
enum cp_keys_scheme {
	CP_KEYS_RSA_PKCS1_SHA1, /* AUTH method 1 as old peers want it */
	CP_KEYS_RSA_PKCS1_SHA256,
	CP_KEYS_RSA_PKCS1_SHA384,
	CP_KEYS_RSA_PKCS1_SHA512,
	CP_KEYS_RSA_PSS_SHA256, /* salt as long as the digest, MGF1 with the same hash */
	CP_KEYS_RSA_PSS_SHA384,
	CP_KEYS_RSA_PSS_SHA512,
	CP_KEYS_ECDSA_SHA256, /* DER Ecdsa-Sig-Value */
	CP_KEYS_ECDSA_SHA384,
	CP_KEYS_ECDSA_SHA512,
	CP_KEYS_ECDSA_RAW_SHA256, /* AUTH methods 9..11: r | s, RFC 4754 section 7 */
	CP_KEYS_ECDSA_RAW_SHA384,
	CP_KEYS_ECDSA_RAW_SHA512,
};

struct cp_keys_signature {
	size_t len;
	uint8_t octet[CP_KEYS_SIGNATURE_MAX];
};

struct cp_keys_psk {
	size_t len;                   /* of mac */
	uint8_t mac[CP_KEYS_MAC_MAX]; /* our AUTH data */
};

struct cp_keys_mschapv2 {
	uint8_t authenticator[20]; /* AuthenticatorResponse, RFC 2759 section 8.7, before hex */
	struct secret msk;         /* 64 octets, draft-kamath-pppext-eap-mschapv2 / RFC 3079 */
};

/* @ipc  to the keys process; borrowed, and its messages are ours until cp_keys_free(). A
 *       keys process that was started again is reached by cp_ipc_again() on it.
 * returns 0, -ENOMEM */
int cp_keys_new(struct cp_ipc *ipc, struct cp_keys **out);
/* Open questions go unanswered. */
void cp_keys_free(struct cp_keys *k);

/*
 * Sign @octets with the private key of certificate @cert of @tenant.
 *
 * answer   status 0, -ENOENT (no such key, or none that can sign this way), -EPIPE, -EIO;
 *          result only with 0
 * returns  0, or -ENOBUFS, -EMSGSIZE, -EPIPE: then there will be no answer (so for each
 *          question on this page)
 */
int cp_keys_sign(struct cp_keys *k, const char *tenant, const char *cert,
                 enum cp_keys_scheme scheme, const void *octets, size_t len,
                 void (*answer)(void *ctx, int status, const struct cp_keys_signature *result),
                 void *ctx);

/*
 * Check the peer's PSK AUTH and make ours (RFC 7296 section 2.15):
 * AUTH = prf(prf(PSK, "Key Pad for IKEv2"), octets).
 *
 * @peer_id     the peer's identity as text: the PSK is looked up by (tenant, identity),
 *              then by (tenant, "*")
 * @prf         IKEv2 transform id of the PRF
 * @peer_octets, @peer_auth  what the peer signed, and its AUTH data
 * @our_octets  what we sign
 * answer       status 0, -EACCES (it does not match), -ENOENT (no PSK for this identity; the
 *              same work was done, and the peer gets the same answer), -EPIPE, -EIO
 */
int cp_keys_psk(struct cp_keys *k, const char *tenant, const char *peer_id, uint16_t prf,
                const void *peer_octets, size_t peer_len, const void *peer_auth,
                size_t peer_auth_len, const void *our_octets, size_t our_len,
                void (*answer)(void *ctx, int status, const struct cp_keys_psk *result),
                void *ctx);

/*
 * Check an MS-CHAPv2 response (RFC 2759 section 8) and make what follows from it.
 * An unknown user takes the same time and path as a wrong password. After failures the
 * next answer for that (tenant, user) comes late, whatever it says.
 *
 * @user    as the challenge hash takes it: without "DOMAIN\" (RFC 2759 section 4)
 * answer   status 0, -EACCES (wrong password or no such user), -EPIPE, -EIO
 */
int cp_keys_mschapv2(struct cp_keys *k, const char *tenant, const char *user,
                     const uint8_t auth_challenge[16], const uint8_t peer_challenge[16],
                     const uint8_t nt_response[24],
                     void (*answer)(void *ctx, int status,
                                    const struct cp_keys_mschapv2 *result),
                     void *ctx);

/* Forget every open question of @ctx: its answer will not be called. */
void cp_keys_forget(struct cp_keys *k, const void *ctx);
