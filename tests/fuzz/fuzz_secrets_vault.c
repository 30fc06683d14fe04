/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A tenant's file of sealed values: what is taken is written, and taken again as the same.
 */

#include "controlplane/policy/secrets_vault.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cp_policy_error error = {0};
	struct cp_vault v, again;
	char *text, *same;

	if (cp_vault_parse("f", "lab", (const char *)data, size, &v, &error)) {
		assert(error.found[0] && error.expected[0]);
		cp_vault_fini(&v);
		return 0;
	}
	text = cp_vault_format(&v);
	assert(text);
	assert(cp_vault_parse("f", "lab", text, strlen(text), &again, &error) == 0);
	same = cp_vault_format(&again);
	assert(same && strcmp(text, same) == 0);
	free(text);
	free(same);
	cp_vault_fini(&v);
	cp_vault_fini(&again);
	return 0;
}
