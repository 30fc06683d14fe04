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
#include "controlplane/policy/transforms.h"

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
	CP_DEVICES_MAX = 16, /* devices of a user */
};

/* Why a document was refused: one complete sentence for a person. */
struct cp_policy_error {
	char file[256];
	char path[256]; /* JSON path: "$.rules[3].users[0]" */
	char found[128];
	char expected[256];
};

struct cp_iface {
	uint16_t index; /* the data plane's number of it: p->numbers */
	char name[CP_NAME_MAX];
	char port[MSG_NAME_MAX]; /* of the data plane's document */
	uint16_t vlan;
	uint16_t mtu;
	uint16_t vrf; /* filled in: VRF_OUTER or tenant number */
	struct addr addr;
	struct prefix net;
	struct addr addr6; /* none: no IPv6 there */
	struct prefix net6;
};

struct cp_route {
	struct prefix prefix;
	struct addr gateway;
	uint16_t iface; /* place in cp_policy.iface */
};

struct cp_pool {
	char name[CP_NAME_MAX];
	struct addr first, last;
};

struct cp_user_group {
	char name[CP_NAME_MAX];
	uint32_t n_route; /* pushed to its members; 0: it says nothing about routes */
	struct prefix *route;
	uint32_t n_dns; /* 0: it says nothing about name servers */
	struct addr dns[CP_DNS_MAX];
	struct msg_rates rate; /* of each tunnel of its members; bits 0: nothing is said */
};

struct cp_user {
	char name[CP_USER_MAX];
	uint64_t key; /* cp_user_key(name) */
	bool enabled;
	uint16_t n_group;
	/* Indexes into the tenant's user groups: those he was put in, then those that include
	 * one of them. */
	uint16_t group[MSG_GROUPS_MAX];
	struct msg_rates rate; /* of each of his tunnels: his own, his groups', the tenant's */
	struct addr fixed;     /* none: from the pool */
	int64_t expires;   /* seconds since the epoch: may not connect from then on; 0: never */
	uint32_t n_device; /* 0: from any */
	char (*device)[CP_IDENTITY_MAX]; /* IKE identities (IDi) he may connect from, EAP */
};

struct cp_user_key_row {
	uint64_t key;
	uint32_t user; /* place in cp_tenant.user */
};

/* What becomes of a new session when a limit is reached. */
enum cp_full { CP_FULL_DENY_NEW, CP_FULL_REPLACE_OLD };

enum cp_auth { CP_AUTH_EAP_MSCHAPV2, CP_AUTH_PSK, CP_AUTH_COUNT };

struct cp_rule {
	char name[CP_NAME_MAX];
	uint64_t id;     /* cp_rule_id(name): the same over policies */
	uint32_t number; /* 1.. in order */
	bool log, allow;
};

struct cp_tenant {
	uint16_t id; /* 1..TENANT_MAX, the VRF of its inside: p->numbers */
	char name[CP_NAME_MAX], label[CP_NAME_MAX];
	char service_code[CP_NAME_MAX]; /* "": none */

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
	struct cp_user *user;           /* sorted by name */
	struct cp_user_key_row *by_key; /* [n_user], sorted by key */
	struct cp_user_group *user_group;
	struct cp_route *route;
	struct cp_rule *rule;
	struct msg_rule *compiled; /* rules after expansion, as the data plane takes them */
	uint32_t n_set, n_pack;
	struct msg_group_set *set; /* the sets of groups that enabled users are in */
	struct msg_users *pack;    /* enabled users, and the set of each */

	uint32_t max_sessions, max_sessions_per_user;
	struct msg_tenant_limits limits; /* as the data plane takes them */
	enum cp_full when_full;
	uint32_t idle_s,
		session_s; /* ends without data, and whatever it does, after; 0: never */
	uint32_t dpd_s;    /* probe a silent peer after, seconds */
	uint32_t orphan_s; /* tunnels live this long without a control plane */
	uint32_t ike_lifetime_s, child_lifetime_s; /* we end the session after */
	uint64_t child_packets, child_bytes;       /* an ESP SA carries each way; 0: no limit */
	uint16_t replay_window, inner_mtu;         /* of ESP: packets; octets */
};

/* A receiver of the logs: RFC 5424 over TLS (RFC 5425). */
struct cp_syslog {
	bool on;
	char host[256]; /* address or DNS name */
	uint16_t port;
	char ca[64];          /* pki/CA.crt */
	char name[256];       /* in the receiver's certificate */
	char certificate[64]; /* ours: pki/NAME.crt, pki/NAME.key; "": none */
	uint32_t spool_mb;
};

struct cp_appliance {
	char name[CP_NAME_MAX];
	char time_zone[64]; /* of the tz database: "Asia/Tokyo" */
	uint32_t dh_threads;
	uint32_t half_open_max, half_open_s; /* IKE SAs before authentication; their deadline */
	uint32_t half_open_per_source;
	char log_directory[256]; /* absolute, or below the runtime directory */
	char session_user[64], keys_user[64], log_user[64], policy_user[64], metrics_user[64];
	char syslog_user[64];
	char operator_user[64];          /* may ask on the local sockets; "": root alone */
	char scraper_user[64];           /* may read metrics.sock; "": root alone */
	uint32_t log_file_mb, log_files; /* a log is rotated at this size; so many are kept */
	struct cp_syslog syslog;
	bool metrics; /* serve them on the local socket */
};

/* An address clients connect to. */
struct cp_local {
	struct addr addr;
	uint16_t iface;  /* place in cp_policy.iface */
	uint16_t tenant; /* TENANT_NONE: shared, the identity the client asks for decides */
};

struct cp_policy_warning; /* warnings.h */
struct cp_numbers;        /* numbers.h */
struct cp_zone;           /* zone.h */

struct cp_policy {
	uint64_t revision; /* hash of the documents */
	struct cp_appliance appliance;
	uint32_t n_iface, n_route, n_tenant, n_local;
	struct cp_iface *iface;   /* outer ones first, then by tenant; each as written */
	struct cp_route *route;   /* of VRF_OUTER */
	struct cp_tenant *tenant; /* sorted by name */
	uint16_t *tenant_by_id; /* [TENANT_MAX + 1] place + 1; NULL: cp_policy_tenant() looks */
	struct cp_zone *zone;   /* of the appliance; NULL: it is not to be read here */
	struct cp_numbers *numbers;         /* of tenants and interfaces: for the next policy */
	struct cp_local *local;             /* sorted by address */
	uint32_t n_warning, n_warning_more; /* more: there was no room for */
	struct cp_policy_warning *warning;  /* [n_warning] */
};

/*
 * Read and check a configuration directory.
 *
 * @former  numbers of the policy before this one: who stays keeps his; NULL: none
 * returns  0, -EINVAL (@error says why), -ENOMEM, -errno of reading (@error says which file)
 */
int cp_policy_load(const char *directory, const struct cp_numbers *former,
                   struct cp_policy **out, struct cp_policy_error *error);
void cp_policy_free(struct cp_policy *p);

/* A document in memory, borrowed for the call. */
struct cp_policy_text {
	const char *name; /* of the tenant; ignored for the appliance */
	const char *at;
	size_t len;
};

struct cp_policy_texts {
	struct cp_policy_text appliance;
	const struct cp_policy_text *tenant; /* in any order */
	size_t n_tenant;
	/* The time zone, for a process that may not read files; it counts when the appliance's
	 * has its name. NULL: that of @former. */
	const struct cp_zone *zone;
};

/* The same, from memory: whether certificates and ports are there is not asked. */
int cp_policy_parse(const struct cp_policy_texts *texts, const struct cp_numbers *former,
                    struct cp_policy **out, struct cp_policy_error *error);

struct cp_bundle;

/*
 * The same, from a bundle (bundle.h): "appliance.json", "tenants/NAME.json", and beside them,
 * looked at for what the documents name, "pki/NAME.crt" and "dataplane.json". The numbers of
 * the policy before are "numbers.json", when it is there.
 *
 * @b  borrowed for the call
 */
int cp_policy_from_bundle(const struct cp_bundle *b, struct cp_policy **out,
                          struct cp_policy_error *error);

/* One line for who asked whether his documents are sound:
 * "policy ok: 2 tenants, 2 users, 2 rules (2 after expansion), 3 interfaces". */
void cp_policy_summary(const struct cp_policy *p, FILE *out);

/* The schema of a document ("appliance", "tenant", "secrets"), from the same rows.
 * returns 0, -ENOENT */
int cp_policy_schema(const char *document, FILE *out);

/* The reference of all documents as Markdown, printed from the rows that read them. */
void cp_policy_manual(FILE *out);

/* The reason as one line: tenants/lab.json: $.pools[0].first: found "10.99", expected ... */
const char *cp_policy_error_text(const struct cp_policy_error *e, char *buf, size_t size);

/* What the data plane calls a user: the same wherever he stands, never 0. */
uint64_t cp_user_key(const char *name);
/* The same for a rule of a tenant. */
uint64_t cp_rule_id(const char *name);

/* What a client is told to send here, and whom it asks for names. */
struct cp_network {
	uint32_t n_route, n_dns;
	struct prefix route[MSG_TS_MAX];
	struct addr dns[CP_DNS_MAX];
};

/*
 * The routes and name servers of the user's groups, in their order, none twice. When none
 * of his groups says anything about routes (or name servers), or without a user: the
 * tenant's.
 *
 * @u  NULL: a client that is nobody's
 */
void cp_user_network(const struct cp_tenant *t, const struct cp_user *u,
                     struct cp_network *out);

/* Lookups; NULL when there is none. */
const struct cp_tenant *cp_policy_tenant(const struct cp_policy *p, uint16_t id);
const struct cp_tenant *cp_policy_tenant_named(const struct cp_policy *p, const char *name);
const struct cp_user *cp_tenant_user(const struct cp_tenant *t, const char *name);
const struct cp_user *cp_tenant_user_by_key(const struct cp_tenant *t, uint64_t key);
const char *cp_tenant_rule_name(const struct cp_tenant *t, uint32_t number);
const char *cp_tenant_rule_named(const struct cp_tenant *t, uint64_t id);

/*
 * Send the data plane its part: BEGIN, IFACE, LOCAL, ROUTE, RULE, TENANT_LIMITS, GROUP_SET,
 * USERS, COMMIT,
 * one call each.
 * The link may hold less than a policy: the next call goes on where this one ended.
 *
 * @sent    records that were taken so far; 0 to begin anew
 * returns  0 when all were taken, or what @put returned for the one that was not
 */
int cp_policy_compile(const struct cp_policy *p, uint32_t *sent,
                      int (*put)(void *ctx, enum msg_type type, const void *body, size_t len),
                      void *ctx);
