/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An operator's request to the keys process.
 */

#include "controlplane/policy/secrets_request.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cp_secrets_request r;
	struct cp_policy_error error;

	if (cp_secrets_request_parse((const char *)data, size, &r, &error)) {
		assert(error.found[0] && error.expected[0]);
		return 0;
	}
	assert(r.command < CP_SECRETS_COMMAND_COUNT && r.len <= sizeof(r.value));
	assert(memchr(r.value, '\0', r.len) == NULL);
	assert(r.command == CP_SECRETS_REKEY || r.tenant[0]);
	return 0;
}
