/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The file of numbers: what is read is written as it was, and numbers given out on top of it
 * are nobody else's.
 */

#include "controlplane/policy/numbers.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct cp_numbers *n)
{
	struct cp_policy_error error;
	struct cp_numbers again;
	char *text;

	assert(cp_numbers_write(n, &text) == 0);
	assert(cp_numbers_read(text, strlen(text), &again, &error) == 0);
	assert(again.next_tenant == n->next_tenant && again.next_iface == n->next_iface);
	assert(again.n_tenant == n->n_tenant && again.n_iface == n->n_iface);
	assert(!again.zone == !n->zone);
	assert(memcmp(again.tenant, n->tenant, n->n_tenant * sizeof(*n->tenant)) == 0);
	assert(memcmp(again.iface, n->iface, n->n_iface * sizeof(*n->iface)) == 0);
	free(text);
	cp_numbers_fini(&again);
}

/* One more of each, after the first that is there. */
static void check_giving_out(const struct cp_numbers *former)
{
	struct cp_numbers n;

	cp_numbers_init(&n);
	n.tenant = calloc(2, sizeof(*n.tenant));
	n.iface = calloc(2, sizeof(*n.iface));
	assert(n.tenant && n.iface);
	snprintf(n.tenant[n.n_tenant++].name, CP_NAME_MAX, "~");
	if (former->n_tenant)
		n.tenant[n.n_tenant++] = former->tenant[0];
	snprintf(n.iface[n.n_iface++].name, CP_NAME_MAX, "~");
	if (former->n_iface)
		n.iface[n.n_iface++] = former->iface[0];
	assert(cp_numbers_tenants(&n, former) == 0 && cp_numbers_ifaces(&n, former) == 0);
	assert(cp_numbers_tenant(&n, "~") >= 1 && cp_numbers_iface(&n, "", "~") >= 0);
	if (former->n_tenant)
		assert(cp_numbers_tenant(&n, former->tenant[0].name) == former->tenant[0].id &&
		       n.tenant[0].id != n.tenant[1].id);
	if (former->n_iface)
		assert(n.iface[0].index != n.iface[1].index);
	cp_numbers_fini(&n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cp_policy_error error;
	struct cp_numbers n;

	if (cp_numbers_read((const char *)data, size, &n, &error)) {
		assert(error.found[0] && error.expected[0]);
		assert(!n.tenant && !n.iface && !n.zone);
		return 0;
	}
	check_round_trip(&n);
	check_giving_out(&n);
	cp_numbers_fini(&n);
	return 0;
}
