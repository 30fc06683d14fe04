/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * eap_codec - EAP packets to structs and back.
 *
 * Source   RFC 3748 sections 4, 5; draft-kamath-pppext-eap-mschapv2-02 section 2
 * Memory   pure: no state, no allocation, no log. Fuzzed
 */

#include "common/base/cursor.h"
#include "common/wire/eap.h"
#include "controlplane/eap/eap.h"

enum {
	EAP_NAME_MAX = 253, /* octets of an identity or user name, RFC 7542 section 2.3 */
	EAP_MSCHAPV2_AUTHENTICATOR = 20,
};

/* What a peer may say. */
enum eap_kind {
	EAP_SAYS_IDENTITY,
	EAP_SAYS_NAK,      /* "not this method", in either form */
	EAP_SAYS_RESPONSE, /* MS-CHAPv2 response to a challenge */
	EAP_SAYS_SUCCESS,  /* MS-CHAPv2: we proved ourselves to it */
	EAP_SAYS_FAILURE,  /* MS-CHAPv2: it has seen that it failed */
	EAP_SAYS_STRANGE,  /* a response to us, but none of these, or not well-formed */
};

struct eap_said {
	uint8_t id;
	enum eap_kind kind;
	uint8_t wanted[CP_EAP_WANTED_MAX], n_wanted; /* of EAP_SAYS_NAK: method types */
	char name[CP_EAP_USER_MAX]; /* identity, or MS-CHAPv2 name, with a NUL */
	uint8_t peer_challenge[16], nt_response[24]; /* of EAP_SAYS_RESPONSE */
};

/* returns 0, -EBADMSG (not an EAP response at all: to be discarded) */
int eap_decode(const void *packet, size_t len, struct eap_said *out);

/* The name without "DOMAIN\": what the challenge hash takes, RFC 2759 section 4. */
const char *eap_user_of(const char *name);

/* Packets of ours. Room for the longest is CP_EAP_PACKET_MAX; returns octets. */
size_t eap_write_identity(uint8_t id, void *packet);
size_t eap_write_challenge(uint8_t id, const uint8_t challenge[16], const char *server_name,
                           void *packet);
size_t eap_write_success_request(uint8_t id, uint8_t mschapv2_id,
                                 const uint8_t authenticator[EAP_MSCHAPV2_AUTHENTICATOR],
                                 void *packet);
size_t eap_write_failure_request(uint8_t id, uint8_t mschapv2_id, const uint8_t challenge[16],
                                 void *packet);
/* EAP-Success or EAP-Failure in answer to response @id. */
size_t eap_write_end(enum eap_code code, uint8_t id, void *packet);
