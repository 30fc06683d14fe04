/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * nest - groups that include groups of their own kind.
 *
 * References are resolved, circles refused, and for each group it is said which ones it comes
 * to. A group that is reached by two ways stands there once.
 *
 * Walk     access.c, tenant_group.c -> [nest]
 * Thread   the loader's
 * Memory   the document's arena
 */

#include "controlplane/policy/names.h"

enum {
	CP_NESTED_MAX = 64,            /* groups that one names */
	CP_NEST_MEMBERS_MAX = 1 << 16, /* of all groups of a list together */
};

struct nest_group {
	size_t n;
	uint32_t *at; /* places in the list: itself, then those it includes, none twice */
};

struct nest {
	size_t n;
	struct nest_group *group;
};

/* The groups of a list, as they were read. */
struct nest_list {
	const char *path; /* "$.host_groups" */
	const char *what; /* "host group" */
	const void *first;
	size_t size;   /* of a draft */
	size_t groups; /* where in it the LIST_OF(const char *) of names is */
	const struct names *names;
};

/* returns 0, -EINVAL (no such group, a circle, too much), -ENOMEM */
int cp_nest_build(struct document *d, const struct nest_list *list, struct nest *out);

/* Does group @outer include group @inner, or is it the same? */
bool cp_nest_includes(const struct nest *nest, uint32_t outer, uint32_t inner);

/* The other way round: for each group those that include it, itself not among them.
 * returns 0, -ENOMEM */
int cp_nest_invert(struct arena *arena, const struct nest *nest, struct nest *out);
