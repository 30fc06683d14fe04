/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * secrets_request - what sekishoctl asks of the keys process: octets -> struct.
 *
 *   {"command": "set", "tenant": "lab", "user": "alice", "value": "..."}
 *   {"command": "set", "tenant": "lab", "identity": "printer", "generate": true}
 *   {"command": "seal", "tenant": "lab", "user": "alice", "value": "..."}
 *   {"command": "forget", "tenant": "lab", "user": "alice"}
 *   {"command": "list", "tenant": "lab", "skip": 0}
 *   {"command": "rekey"}
 *
 * Each may have "claimed": who the operator says he is.
 *
 * Walk     keys/keys_door.c -> [policy/secrets_request] -> field.c
 * Thread   the keys process' loop
 */

#include "controlplane/crypto/seal.h"
#include "controlplane/policy/policy.h"

#include <stdint.h>

enum cp_secrets_command {
	CP_SECRETS_SET,
	CP_SECRETS_SEAL,
	CP_SECRETS_FORGET,
	CP_SECRETS_LIST,
	CP_SECRETS_REKEY,
	CP_SECRETS_COMMAND_COUNT
};

enum {
	CP_SECRETS_REQUEST_MAX = 16384, /* octets: the longest password, each octet as \u00XX */
	CP_SECRETS_TEXT_MAX = 1024,     /* of a value, as typed */
	CP_SECRETS_CLAIM_MAX = 64,
};

struct cp_secrets_request {
	enum cp_secrets_command command;
	enum cp_seal_kind kind;
	char tenant[CP_NAME_MAX];
	char name[CP_IDENTITY_MAX]; /* of the user, or the identity */
	char claimed[CP_SECRETS_CLAIM_MAX + 1];
	bool generate; /* the gateway chooses the value */
	uint32_t skip;
	uint32_t len;                    /* of value */
	char value[CP_SECRETS_TEXT_MAX]; /* secret; may hold any octet but NUL */
};

/*
 * @out     to be wiped by the caller
 * returns  0, -EINVAL, -ENOMEM; @error never repeats what stands in the request's value
 */
int cp_secrets_request_parse(const char *octets, size_t len, struct cp_secrets_request *out,
                             struct cp_policy_error *error);
