/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * numbers - what the data plane calls tenants and interfaces, kept over changes of the
 * documents.
 *
 * Records, sessions and counters of the data plane name a tenant and an interface by number.
 * Whoever stays keeps his number, however many come and go around him; a number that was
 * freed is given out again as late as possible, so that what still bears it is not taken
 * for its new owner's.
 *
 * They are what a policy hands to the next, and reach every process; so the time zone goes with
 * them, to those that may not read files.
 *
 * Walk     policy.c -> [numbers]; numbers_text.c for their file
 * Thread   any; one at a time for one struct
 * Memory   cp_numbers_fini()
 */

#include "controlplane/policy/policy.h"

struct cp_numbers_tenant {
	char name[CP_NAME_MAX];
	uint16_t id; /* 1..TENANT_MAX */
};

struct cp_numbers_iface {
	char owner[CP_NAME_MAX]; /* tenant; "": the appliance */
	char name[CP_NAME_MAX];
	uint16_t index; /* 0..MSG_IFACES_MAX - 1 */
};

struct cp_numbers {
	uint16_t next_tenant, next_iface; /* where the search for a free one begins */
	uint32_t n_tenant, n_iface;
	struct cp_numbers_tenant *tenant; /* sorted by name */
	struct cp_numbers_iface *iface;   /* sorted by owner, then name */
	struct cp_zone *zone; /* of the policy: for who cannot read the database; NULL: none */
};

/* Nobody has a number yet. */
void cp_numbers_init(struct cp_numbers *n);
void cp_numbers_fini(struct cp_numbers *n);

/*
 * Numbers for exactly the tenants (or interfaces) of @n, whose id (or index) is filled in:
 * the one of @former where there is one, else the next free one. Sorts.
 *
 * @former  NULL: none
 * @n       tenant, n_tenant (or iface, n_iface) are set, no name twice, at most as many as
 *          there are numbers; next_* is filled in
 * returns  0, -ENOMEM
 */
int cp_numbers_tenants(struct cp_numbers *n, const struct cp_numbers *former);
int cp_numbers_ifaces(struct cp_numbers *n, const struct cp_numbers *former);

/* The number of a name in @n; -1: it has none. */
int cp_numbers_tenant(const struct cp_numbers *n, const char *name);
int cp_numbers_iface(const struct cp_numbers *n, const char *owner, const char *name);

/*
 * The numbers as a JSON document, and back. What was written is read as the same.
 *
 * read: returns  0, -EINVAL (@error says why; @out is empty), -ENOMEM
 * write: @text   filled: to be freed; returns 0, -ENOMEM
 */
int cp_numbers_read(const char *text, size_t len, struct cp_numbers *out,
                    struct cp_policy_error *error);
int cp_numbers_write(const struct cp_numbers *n, char **text);
