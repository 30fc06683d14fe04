/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * access - a tenant's access rules, from user, host and service groups to records the data
 * plane takes.
 *
 * A rule multiplies out: groups x prefixes x services. The product is counted before it is
 * made, and refused when it is too large.
 *
 * Walk     tenant.c -> [access] -> compile.c -> link -> dataplane/acl/
 * Source   architecture: rules judge flows from the user to a host; default deny
 * Thread   the loader's
 */

#include "controlplane/policy/field.h"
#include "controlplane/policy/names.h"

enum {
	CP_RULES_MAX = 10000,
	CP_COMPILED_MAX = 65536, /* records of one tenant */
	CP_GROUPS_OF_HOSTS_MAX = 4096,
	CP_HOSTS_MAX = 4096,   /* elements of one host group */
	CP_SERVICES_MAX = 256, /* elements of one service group */
	CP_RULE_REFERENCES_MAX = 64,
};

struct host_span {
	struct addr first, last;
};

struct service {
	uint8_t proto;   /* 0 = any */
	uint16_t lo, hi; /* ports, ICMP: type; 0..65535 = any */
};

struct host_group_draft {
	const char *name, *note;
	LIST_OF(const char *) groups;
	LIST_OF(struct host_span) hosts;
};

struct service_group_draft {
	const char *name, *note;
	LIST_OF(const char *) groups;
	LIST_OF(struct service) services;
};

struct rule_draft {
	const char *name, *note;
	LIST_OF(const char *) users;
	LIST_OF(const char *) hosts;
	LIST_OF(const char *) services;
	uint32_t action;
	bool log, enabled;
};

struct access_draft {
	LIST_OF(struct host_group_draft) host_groups;
	LIST_OF(struct service_group_draft) service_groups;
	LIST_OF(struct rule_draft) rules;
};

extern const struct field_object cp_host_group_object, cp_service_group_object, cp_rule_object;

/*
 * Check @draft, fill t->rule and t->compiled.
 *
 * @user_groups  of the tenant: what rules refer to
 * returns       0, -EINVAL, -ENOMEM
 */
int cp_access_build(struct document *d, const struct access_draft *draft,
                    const struct names *user_groups, struct cp_tenant *t);

/*
 * "tcp/80", "udp/5000-5100", "tcp", "icmp", "icmp/8", "protocol/47", "any".
 *
 * returns  0, -EINVAL
 */
int cp_service_parse(const char *text, struct service *out);

/*
 * The fewest prefixes that cover first..last and nothing else.
 *
 * @out     NULL: only count
 * returns  their number
 */
size_t cp_span_prefixes(const struct host_span *span, struct prefix *out);
