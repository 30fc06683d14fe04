/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Documents of the appliance and of one tenant: octets up to the first NUL are the
 * appliance's, the rest is the tenant's. Without a NUL, all of it is the tenant's.
 */

#include "controlplane/policy/policy.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char appliance[] =
	"{\"name\": \"gw\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\","
	" \"address\": \"198.51.100.1/24\"}]}";

/* Whatever was accepted must be what the data plane can take. */
static int put(void *ctx, enum msg_type type, const void *body, size_t len)
{
	const struct cp_policy *p = ctx;
	const struct msg_rule *rule = body;
	const struct msg_route *route = body;
	const struct msg_local *local = body;
	uint32_t min, max;

	assert(msg_bounds(type, &min, &max) == 0 && len == min);
	if (type == MSG_RULE)
		assert(rule->tenant == 1 && rule->dst_bits >= ADDR_V4_SHIFT &&
		       rule->dst_bits <= 128 && rule->dst_port_lo <= rule->dst_port_hi &&
		       (rule->group == MSG_GROUP_ANY ||
		        rule->group < p->tenant[0].n_user_group) &&
		       cp_tenant_rule_name(&p->tenant[0], rule->number));
	if (type == MSG_ROUTE)
		assert(route->iface < p->n_iface && p->iface[route->iface].vrf == route->vrf);
	if (type == MSG_LOCAL)
		assert(local->iface < p->n_iface && p->iface[local->iface].vrf == VRF_OUTER);
	return 0;
}

/* One line, printable, complete. */
static void check_error(const struct cp_policy_error *error)
{
	char text[sizeof(*error) + 32];
	const char *c;

	assert(error->file[0] && error->found[0] && error->expected[0]);
	for (c = cp_policy_error_text(error, text, sizeof(text)); *c; c++)
		assert(*c >= 0x20 && *c < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *nul = size ? memchr(data, 0, size) : NULL;
	struct cp_policy_text a = {"", appliance, sizeof(appliance) - 1};
	struct cp_policy_text t = {"t", text, size};
	struct cp_policy_error error;
	struct cp_policy *p;
	uint32_t sent = 0;

	if (nul) {
		a = (struct cp_policy_text){"", text, (size_t)(nul - text)};
		t = (struct cp_policy_text){"t", nul + 1, size - a.len - 1};
	}
	if (cp_policy_parse(&(struct cp_policy_texts){a, &t, 1}, NULL, &p, &error)) {
		check_error(&error);
		return 0;
	}
	assert(cp_policy_compile(p, &sent, put, p) == 0);
	cp_policy_free(p);
	return 0;
}
