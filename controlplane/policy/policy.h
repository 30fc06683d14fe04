/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * policy - the operator's documents, read, checked and compiled.
 *
 * A directory holds `appliance.json` (interfaces, the programs' settings) and
 * `tenants/NAME.json`, one per tenant. Every field is a row of a table: name, type, range,
 * default, help. What is not in a table is an error. A policy is read whole, checked whole
 * and used whole; nothing changes it after cp_policy_load().
 *
 * Secrets are not here: cp_policy_secrets_load() reads `secrets/NAME.json` and private keys
 * and is called in the keys process only.
 *
 * Thread   any, read-only
 */

#include "common/base/addr.h"
#include "common/msg/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
	CP_NAME_MAX = 64,  /* names of tenants, groups, rules; NUL included */
	CP_USER_MAX = 128, /* user names */
	CP_IDENTITY_MAX = 256,
	CP_DNS_MAX = 4,
	CP_LOCAL_MAX = 8, /* gateway addresses of a tenant */
	CP_PROPOSALS_MAX = 16,
};

/* Why a document was refused: one complete sentence for a person. */
struct cp_policy_error {
	char file[256];
	char path[256]; /* JSON path: "$.rules[3].users[0]" */
	char found[128];
	char expected[256];
};

struct cp_iface {
	char name[CP_NAME_MAX];
	char port[MSG_NAME_MAX]; /* of the data plane's document */
	uint16_t vlan;
	uint16_t mtu;
	uint16_t vrf; /* filled in: VRF_OUTER or tenant number */
	struct addr addr;
	struct prefix net;
};

struct cp_route {
	struct prefix prefix;
	struct addr gateway;
	uint16_t iface; /* index into cp_policy.iface */
};

struct cp_pool {
	char name[CP_NAME_MAX];
	struct addr first, last;
};

struct cp_user {
	char name[CP_USER_MAX];
	bool enabled;
	uint16_t n_group;
	uint16_t group[MSG_GROUPS_MAX]; /* indexes into the tenant's user groups */
	struct addr fixed;              /* none: from the pool */
};

enum cp_auth { CP_AUTH_EAP_MSCHAPV2, CP_AUTH_PSK, CP_AUTH_COUNT };

/* An IKE or ESP proposal: one algorithm of each kind, IKEv2 transform ids. */
struct cp_proposal {
	uint16_t encr, key_bits, integ, prf, dh; /* integ 0 for AEAD; prf, dh 0 for ESP */
	char text[48]; /* as written: "aes128gcm16-prfsha256-ecp256" */
};

struct cp_rule {
	char name[CP_NAME_MAX];
	uint32_t number; /* 1.. in order */
	bool log, allow;
};

struct cp_tenant {
	uint16_t id; /* 1.., the VRF of its inside */
	char name[CP_NAME_MAX];
	char label[CP_NAME_MAX];

	/* Where and as whom its clients find it. */
	uint32_t n_local;
	struct addr local[CP_LOCAL_MAX];
	char identity[CP_IDENTITY_MAX]; /* our IDr: FQDN */
	char certificate[CP_NAME_MAX];  /* file below pki/, without .crt; "" = PSK only */
	bool auth[CP_AUTH_COUNT];

	uint32_t n_ike, n_esp;
	struct cp_proposal ike[CP_PROPOSALS_MAX], esp[CP_PROPOSALS_MAX];

	uint32_t n_pool;
	struct cp_pool *pool;
	uint32_t n_dns;
	struct addr dns[CP_DNS_MAX];
	uint32_t n_subnet; /* what clients may reach: offered as INTERNAL_IP4_SUBNET and TSr */
	struct prefix *subnet;

	uint32_t n_user, n_user_group, n_route, n_rule, n_compiled;
	struct cp_user *user; /* sorted by name */
	char (*user_group)[CP_NAME_MAX];
	struct cp_route *route;
	struct cp_rule *rule;
	struct msg_rule *compiled; /* rules after expansion, as the data plane takes them */

	uint32_t max_sessions, max_sessions_per_user;
	uint32_t dpd_s;    /* probe a silent peer after, seconds */
	uint32_t orphan_s; /* tunnels live this long without a control plane */
	uint32_t ike_lifetime_s,
		child_lifetime_s; /* told to nobody; we end the session after */
	uint16_t inner_mtu;
};

struct cp_appliance {
	char name[CP_NAME_MAX];
	uint32_t dh_threads;
	uint32_t half_open_max, half_open_s; /* IKE SAs before authentication; their deadline */
	uint32_t half_open_per_source;
	char log_directory[256]; /* absolute, or below the runtime directory */
	char session_user[64], keys_user[64], log_user[64]; /* names or numbers */
};

/* An address clients connect to. */
struct cp_local {
	struct addr addr;
	uint16_t iface;
	uint16_t tenant; /* TENANT_NONE: shared, the identity the client asks for decides */
};

struct cp_policy {
	uint64_t revision; /* hash of the documents */
	struct cp_appliance appliance;
	uint32_t n_iface, n_route, n_tenant, n_local;
	struct cp_iface *iface;   /* the index is the data plane's iface number */
	struct cp_route *route;   /* of VRF_OUTER */
	struct cp_tenant *tenant; /* sorted by name; id = index + 1 */
	struct cp_local *local;   /* sorted by address */
};

/*
 * Read and check a configuration directory.
 *
 * returns  0, -EINVAL (@error says why), -ENOMEM, -errno of reading (@error says which file)
 */
int cp_policy_load(const char *directory, struct cp_policy **out,
                   struct cp_policy_error *error);
void cp_policy_free(struct cp_policy *p);

/* A document in memory, borrowed for the call. */
struct cp_policy_text {
	const char *name; /* of the tenant; ignored for the appliance */
	const char *at;
	size_t len;
};

/*
 * The same, from memory: nothing is read, and whether certificates are there is not asked.
 *
 * @tenant  sorted by name, no name twice
 */
int cp_policy_parse(const struct cp_policy_text *appliance, const struct cp_policy_text *tenant,
                    size_t n, struct cp_policy **out, struct cp_policy_error *error);

/* One line for who asked whether his documents are sound:
 * "policy ok: 2 tenants, 2 users, 2 rules (2 after expansion), 3 interfaces". */
void cp_policy_summary(const struct cp_policy *p, FILE *out);

/* The reference of all documents as Markdown, printed from the rows that read them. */
void cp_policy_manual(FILE *out);

/* The reason as one line: tenants/lab.json: $.pools[0].first: found "10.99", expected ... */
const char *cp_policy_error_text(const struct cp_policy_error *e, char *buf, size_t size);

/* Lookups; NULL when there is none. */
const struct cp_tenant *cp_policy_tenant(const struct cp_policy *p, uint16_t id);
const struct cp_tenant *cp_policy_tenant_named(const struct cp_policy *p, const char *name);
const struct cp_user *cp_tenant_user(const struct cp_tenant *t, const char *name);
const char *cp_tenant_rule_name(const struct cp_tenant *t, uint32_t number);

/*
 * Send the data plane its part: BEGIN, IFACE, LOCAL, ROUTE, RULE, COMMIT, one call each.
 * The link may hold less than a policy: the next call goes on where this one ended.
 *
 * @sent    records that were taken so far; 0 to begin anew
 * returns  0 when all were taken, or what @put returned for the one that was not
 */
int cp_policy_compile(const struct cp_policy *p, uint32_t *sent,
                      int (*put)(void *ctx, enum msg_type type, const void *body, size_t len),
                      void *ctx);
