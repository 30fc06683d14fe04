/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys_msg - what passes between keys.c (who asks) and keys_server.c (who holds the keys).
 *
 * Both ends come from one build and run on one machine, so the structs travel as they
 * are. The server still trusts no length and no text in them: who asks also parses what
 * strangers send. A question is its struct, with some followed by octets whose number the
 * struct says; an answer is exactly its struct.
 */

#include "controlplane/keys/keys.h"

#include <assert.h>

enum keys_msg {
	KEYS_ASK_SIGN = 1,
	KEYS_ASK_PSK,
	KEYS_ASK_MSCHAPV2,
	KEYS_ANSWER = 0x100, /* added to the question's type */
};

enum {
	KEYS_TENANT_MAX = 64,
};

struct keys_sign_ask {
	char tenant[KEYS_TENANT_MAX]; /* text ends with a NUL, always */
	char cert[KEYS_TENANT_MAX];
	uint32_t scheme; /* enum cp_keys_scheme */
	uint32_t len;
	uint8_t octets[];
};

struct keys_psk_ask {
	char tenant[KEYS_TENANT_MAX];
	char peer_id[CP_KEYS_NAME_MAX];
	uint8_t peer_auth[CP_KEYS_MAC_MAX];
	uint32_t peer_auth_len;
	uint32_t prf;
	uint32_t peer_len, our_len;
	uint8_t octets[]; /* the peer's, ours */
};

struct keys_mschapv2_ask {
	char tenant[KEYS_TENANT_MAX];
	char user[CP_KEYS_NAME_MAX];
	uint8_t auth_challenge[16];
	uint8_t peer_challenge[16];
	uint8_t nt_response[24];
};

struct keys_sign_answer {
	int32_t status;
	uint32_t len;
	uint8_t octet[CP_KEYS_SIGNATURE_MAX];
};

struct keys_psk_answer {
	int32_t status;
	uint32_t len;
	uint8_t mac[CP_KEYS_MAC_MAX];
};

struct keys_mschapv2_answer {
	int32_t status;
	uint8_t authenticator[20];
	uint8_t msk[64];
};

/* Room for any answer. */
union keys_answer {
	int32_t status; /* each begins with it */
	struct keys_sign_answer sign;
	struct keys_psk_answer psk;
	struct keys_mschapv2_answer mschapv2;
};

static_assert(offsetof(struct keys_sign_answer, status) == 0, "status first");
static_assert(offsetof(struct keys_psk_answer, status) == 0, "status first");
static_assert(offsetof(struct keys_mschapv2_answer, status) == 0, "status first");
