/* SPDX-License-Identifier: Apache-2.0 */
/*
 * use - a worker's side of every tenant.
 *
 * Thread   the main core, before the worker starts and after it ends
 */
#include "dataplane/quota/quota.h"

#include <rte_malloc.h>

#include <errno.h>

int dp_tenant_use_new(int socket, struct dp_tenant_use **out)
{
	struct dp_tenant_use *use = rte_zmalloc_socket(
		"tenants", (TENANT_MAX + 1) * sizeof(*use), RTE_CACHE_LINE_SIZE, socket);

	if (!use)
		return -ENOMEM;
	*out = use;
	return 0;
}

void dp_tenant_use_free(struct dp_tenant_use *use)
{
	rte_free(use);
}
