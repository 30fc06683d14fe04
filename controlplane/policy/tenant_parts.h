/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tenant_parts - a tenant's pools and users, checked: the parts of tenant_build.c that
 * have a file of their own.
 *
 * Walk     tenant_build.c -> [tenant_parts] -> tenant_pool.c, tenant_user.c,
 *          tenant_sets.c
 * Thread   the loader's
 */

#include "controlplane/policy/nest.h"
#include "controlplane/policy/tenant.h"

bool cp_pool_holds(const struct cp_pool *pool, const struct addr *a);

/* Each fills its part of @t and returns 0, -EINVAL or -ENOMEM. */

/* Needs the tenant's interfaces (@p), routes and name servers to be there. */
int cp_tenant_pools(struct document *d, const struct cp_policy *p,
                    const struct tenant_draft *draft, struct cp_tenant *t);

/* How fast, as the data plane takes it. */
struct msg_rates cp_tenant_rate(const struct rate_draft *from);
/* Where @to says nothing about a way, @from does. */
void cp_tenant_rate_else(struct msg_rates *to, const struct msg_rates *from);
/* Needs nothing. */
void cp_tenant_limits(const struct limits_draft *from, struct cp_tenant *t);

/* Prefixes that do not overlap; addresses of which none stands twice. @list  "$.subnets" */
int cp_tenant_prefixes(struct document *d, const char *list, size_t n,
                       const struct prefix *from, uint32_t *n_out, struct prefix **out);
int cp_tenant_servers(struct document *d, const char *list, size_t n, const struct addr *from,
                      uint32_t *n_out, struct addr *out);

/* Needs the pools to be there: no name server is in one.
 * @names, @nest  filled: what users and rules refer to */
int cp_tenant_user_groups(struct document *d, const struct tenant_draft *draft,
                          struct names *names, struct nest *nest, struct cp_tenant *t);

/* Needs the pools and groups to be there: fixed addresses are in a pool. */
int cp_tenant_users(struct document *d, const struct cp_policy *p,
                    const struct tenant_draft *draft, const struct names *groups,
                    const struct nest *nest, struct cp_tenant *t);

/* Is there room for the routes of all his groups? (cp_user_network) */
bool cp_user_network_fits(const struct cp_tenant *t, const struct cp_user *u);

/* Users by the set of groups they are in, as the data plane takes them. Needs the users. */
int cp_tenant_sets(struct cp_tenant *t);
