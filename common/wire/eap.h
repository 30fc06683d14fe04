/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * eap - EAP and, inside it, MS-CHAPv2 as they stand on the wire.
 *
 * Source   RFC 3748 sections 4, 5; draft-kamath-pppext-eap-mschapv2-02 section 2; RFC 2759
 *          sections 3 to 6
 */

#include "common/base/bytes.h"

#include <assert.h>

enum eap_code {
	EAP_REQUEST = 1,
	EAP_RESPONSE = 2,
	EAP_SUCCESS = 3,
	EAP_FAILURE = 4,
};

enum eap_type {
	EAP_IDENTITY = 1,
	EAP_NOTIFICATION = 2,
	EAP_NAK = 3,
	EAP_MSCHAPV2 = 26,
	EAP_EXPANDED = 254, /* vendor and a type of its own follow, RFC 3748 section 5.7 */
};

enum eap_mschapv2_op {
	EAP_MSCHAPV2_CHALLENGE = 1,
	EAP_MSCHAPV2_RESPONSE = 2,
	EAP_MSCHAPV2_SUCCESS = 3,
	EAP_MSCHAPV2_FAILURE = 4,
	EAP_MSCHAPV2_CHANGE_PASSWORD = 7,
};

/*
 * EAP header, RFC 3748 section 4. A request or response goes on with its type.
 *
 *   offset  size  field
 *        0     1  code    enum eap_code
 *        1     1  id      a response repeats its request's
 *        2     2  length  octets, this header included; what comes after is padding
 */
struct wire_eap_header {
	uint8_t code;
	uint8_t id;
	be16 length;
};
static_assert(sizeof(struct wire_eap_header) == 4, "RFC 3748 4");

/*
 * EAP-MSCHAPv2 header, after the type. Success and failure responses are the op alone.
 *
 *   offset  size  field
 *        0     1  op      enum eap_mschapv2_op
 *        1     1  id      of MS-CHAPv2; a response repeats its challenge's
 *        2     2  length  octets, this header included: EAP's length less 5
 */
struct wire_eap_mschapv2 {
	uint8_t op;
	uint8_t id;
	be16 length;
};
static_assert(sizeof(struct wire_eap_mschapv2) == 4, "draft-kamath 2");

/* Challenge, RFC 2759 section 3; the authenticator's name follows. */
struct wire_eap_mschapv2_challenge {
	uint8_t value_size; /* 16 */
	uint8_t challenge[16];
};
static_assert(sizeof(struct wire_eap_mschapv2_challenge) == 17, "RFC 2759 3");

/* Response, RFC 2759 section 4; the peer's name follows. */
struct wire_eap_mschapv2_response {
	uint8_t value_size; /* 49 */
	uint8_t peer_challenge[16];
	uint8_t reserved[8];
	uint8_t nt_response[24];
	uint8_t flags;
};
static_assert(sizeof(struct wire_eap_mschapv2_response) == 50, "RFC 2759 4");
