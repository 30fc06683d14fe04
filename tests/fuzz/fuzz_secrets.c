/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A tenant's document of secrets.
 */

#include "controlplane/policy/secrets.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Both ways to log in; one user is disabled. */
static const struct cp_tenant *make_tenant(void)
{
	static struct cp_user user[] = {
		{.name = "alice", .enabled = true},
		{.name = "bob"},
	};
	static struct cp_tenant tenant = {
		.id = 1,
		.name = "t",
		.auth = {true, true},
		.n_user = 2,
		.user = user,
	};

	return &tenant;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cp_policy_text text = {"t", (const char *)data, size};
	struct cp_policy_error error = {0};
	struct cp_secret_tenant t = {0};
	uint32_t i;

	if (cp_secrets_parse(&text, make_tenant(), NULL, &t, &error))
		assert(error.found[0] && error.expected[0]);
	for (i = 0; i < t.n_psk; i++)
		assert(t.psk[i].len <= sizeof(t.psk[i].octet));
	cp_secret_tenant_fini(&t);
	return 0;
}
