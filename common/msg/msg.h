/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* lint: table */

/*
 * msg - what the two programs say to each other over the link.
 *
 * A record is one struct below, for some types followed by octets (a frame's payload).
 * Host byte order, natural alignment, no pointers, no padding left unset. The receiver
 * copies a record before it looks (ring_take), checks `len` against the type's row in
 * MSG_TYPES, then every field, and only then acts.
 *
 * Names   "vrf" is a routing domain: VRF_OUTER faces the internet, any other is the
 *         tenant of that number. "sid" is the session's place in the data plane's table;
 *         the control plane chooses it and may reuse it only after MSG_SESSION_GONE.
 *         SPIs we choose are shard:10 | slot:12 | generation:10 (common/msg/spi.h).
 */

#include "common/base/addr.h"
#include "common/msg/suite.h"

#include <stdint.h>

enum {
	MSG_VERSION = 3,
	MSG_GROUPS_MAX = 32,     /* user groups of one user */
	MSG_USERS_PACK = 32,     /* users in one MSG_USERS */
	MSG_WHY_MAX = 96,        /* words about a refusal, NUL included */
	MSG_TS_MAX = 16,         /* traffic selectors of one side of a child SA */
	MSG_NAME_MAX = 32,       /* port names, NUL included */
	MSG_PAYLOAD_MAX = 16384, /* UDP payload punted or injected */
	MSG_GROUP_ANY = 0xffff,
	VRF_OUTER = 0,
	TENANT_NONE = 0, /* tenants count from 1 */
	TENANT_MAX = 4095,

	/* of a whole policy, after expansion */
	MSG_IFACES_MAX = 4096,
	MSG_LOCALS_MAX = 4096,
	MSG_ROUTES_MAX = 32768,
	MSG_RULES_MAX = 1 << 20,
	MSG_USERS_MAX = 1 << 20,
	MSG_GROUP_SETS_MAX = MSG_USERS_MAX,

	MSG_BURST_MAX = 1 << 30, /* octets of a rate */
};

/* X(identifier, struct, followed by octets?) */
#define MSG_TYPES_DOWN(X)                              \
	X(MSG_POLICY_BEGIN, msg_policy_begin, 0)       \
	X(MSG_IFACE, msg_iface, 0)                     \
	X(MSG_LOCAL, msg_local, 0)                     \
	X(MSG_ROUTE, msg_route, 0)                     \
	X(MSG_RULE, msg_rule, 0)                       \
	X(MSG_TENANT_LIMITS, msg_tenant_limits, 0)     \
	X(MSG_GROUP_SET, msg_group_set, 0)             \
	X(MSG_USERS, msg_users, 0)                     \
	X(MSG_POLICY_COMMIT, msg_policy_commit, 0)     \
	X(MSG_SESSION_INSTALL, msg_session_install, 0) \
	X(MSG_SESSION_REMOVE, msg_session_remove, 0)   \
	X(MSG_SESSION_ADOPT, msg_session_adopt, 0)     \
	X(MSG_CHILD_ADD, msg_child_add, 0)             \
	X(MSG_CHILD_REMOVE, msg_child_remove, 0)       \
	X(MSG_INJECT, msg_inject, 1)

#define MSG_TYPES_UP(X)                              \
	X(MSG_PUNT, msg_punt, 1)                     \
	X(MSG_ACK, msg_ack, 0)                       \
	X(MSG_POLICY_DONE, msg_policy_done, 0)       \
	X(MSG_SESSION_ORPHAN, msg_session_orphan, 0) \
	X(MSG_ORPHANS_END, msg_orphans_end, 0)       \
	X(MSG_SESSION_USAGE, msg_session_usage, 0)   \
	X(MSG_SESSION_GONE, msg_session_usage, 0)    \
	X(MSG_CHILD_LIMIT, msg_child_limit, 0)       \
	X(MSG_FLOW, msg_flow, 0)

#define MSG_TYPE_ID(id, body, octets) id,
// clang-format off
enum msg_type {
	MSG_NONE,
	MSG_TYPES_DOWN(MSG_TYPE_ID)
	MSG_TYPES_UP(MSG_TYPE_ID)
	MSG_TYPE_COUNT
};
// clang-format on

struct msg_endpoint {
	struct addr addr;
	uint16_t port; /* host order */
	uint16_t spare[3];
};

/* ---- policy: a whole picture each time, put in force by the commit ------------------- */

struct msg_policy_begin {
	uint64_t revision;
};

struct msg_policy_commit {
	uint64_t revision;
	uint32_t records; /* records between begin and commit; another count voids the policy */
	uint32_t spare;
};

/* A layer-3 interface: a port, or a VLAN of one. */
struct msg_iface {
	uint16_t iface; /* index, 0..MSG_IFACES_MAX-1; gaps are allowed. The same index means
	                 * the same interface in every policy that has it */
	uint16_t vrf;
	uint16_t vlan; /* 0 = untagged, else 1..4094 */
	uint16_t mtu;  /* octets of an IP packet */
	char port[MSG_NAME_MAX];
	struct addr addr, addr6; /* of each family, or none */
	uint8_t bits, bits6;     /* of the connected network, IPv6 shape */
	uint8_t spare[6];
};

/* A local address of an outer interface at which clients arrive. */
struct msg_local {
	uint16_t iface;
	uint16_t tenant; /* TENANT_NONE: more than one tenant shares it */
	uint32_t spare;
	struct addr addr;
};

struct msg_route {
	uint16_t vrf;
	uint16_t iface;
	uint8_t bits;
	uint8_t spare[3];
	struct addr prefix;
	struct addr gateway; /* none: on link */
};

enum msg_action {
	MSG_DENY,
	MSG_ALLOW,
};

/* One access rule after expansion of host and service groups. */
struct msg_rule {
	uint16_t tenant;
	uint16_t group;   /* MSG_GROUP_ANY or a user group of the tenant */
	uint32_t number;  /* position in the tenant's list, 1..; lowest matching number wins */
	uint8_t proto;    /* 0 = any */
	uint8_t action;   /* enum msg_action */
	uint8_t log;      /* 1: allowed flows are logged too (denied ones always are) */
	uint8_t dst_bits; /* IPv6 shape; family of the prefix is the rule's family */
	uint16_t dst_port_lo, dst_port_hi; /* ICMP: type; 0..65535 = any */
	uint16_t src_port_lo, src_port_hi;
	uint32_t spare;
	struct addr dst;
	uint64_t id; /* not 0; of the rule the operator wrote, not of this part of it: the same
	              * over policies, so that its counters go on */
};

/* How fast: octets of IP packets inside the tunnel. */
struct msg_rate {
	uint64_t bits;  /* a second; 0: no limit, else MSG_RATE_MIN..MSG_RATE_MAX */
	uint32_t burst; /* octets that may come at once */
	uint32_t spare;
};

/* From clients, and to them. */
struct msg_rates {
	struct msg_rate up, down;
};

#define MSG_RATE_MIN 8000ull
#define MSG_RATE_MAX 1000000000000ull

/* How much a tenant may use: at most one record a tenant. 0: no limit of its own. */
struct msg_tenant_limits {
	uint16_t tenant;
	uint16_t spare[3];
	uint32_t sessions;   /* the control plane holds them to it; here to be shown */
	uint32_t flows;      /* at a time, of all workers */
	uint32_t buffers;    /* packets that wait in one place */
	uint32_t reassembly; /* datagrams of which fragments are missing */
	uint32_t punts;      /* IKE messages a second, to addresses of its own */
	uint32_t spare_too;
	struct msg_rates all;    /* of its tunnels together */
	struct msg_rates tunnel; /* of each tunnel that is nobody's in particular */
};

/* A set of user groups that some user of the tenant is in: many users, few sets. */
struct msg_group_set {
	uint16_t tenant;
	uint16_t n;
	uint32_t set; /* 0, 1, 2 .. of this tenant, in this order */
	uint16_t group[MSG_GROUPS_MAX];
	struct msg_rates tunnel; /* of each tunnel of its users */
};

/* Users of a tenant and the set each is in. Who is in no record of the policy in force is
 * unknown: all his flows are denied. */
struct msg_users {
	uint16_t tenant;
	uint16_t n; /* 1..MSG_USERS_PACK */
	uint32_t spare;
	uint64_t key[MSG_USERS_PACK]; /* not 0, each once in a tenant */
	uint32_t set[MSG_USERS_PACK];
};

/* One for each commit, in the order of the commits. */
struct msg_policy_done {
	uint64_t revision;
	int32_t status;  /* 0 in force; -EINVAL, -ENOMEM, -E2BIG: the former policy stays;
	                  * -ECANCELED: a newer commit came before this one was compiled */
	uint32_t rule;   /* number of the rule at fault, or 0 */
	uint16_t tenant; /* whose record is at fault, or 0 */
	uint16_t spare[3];
	char why[MSG_WHY_MAX]; /* which record, and what is wrong with it; "" when in force */
};

/* ---- sessions ---------------------------------------------------------------------- */

enum {
	MSG_KEY_MAX = 32,  /* cipher key */
	MSG_SALT_MAX = 4,  /* of GCM (RFC 4106 section 4) and ChaCha20 (RFC 7634 section 2) */
	MSG_AUTH_MAX = 64, /* integrity key of suites that have one */
};

struct msg_keys {
	uint8_t key[MSG_KEY_MAX];
	uint8_t auth[MSG_AUTH_MAX];
	uint8_t salt[MSG_SALT_MAX];
	uint8_t spare[4];
};

/* RFC 7296 section 3.13.1. */
struct msg_ts {
	struct addr lo, hi;
	uint16_t port_lo, port_hi;
	uint8_t proto; /* 0 = any */
	uint8_t spare[3];
};

enum {
	MSG_CHILD_UDP = 1 << 0, /* ESP in UDP 4500 (RFC 3948); else protocol 50 */
	MSG_CHILD_ESN = 1 << 1, /* 64-bit sequence numbers (RFC 4303 section 2.2.1) */
};

/* What an SA may carry; each direction for itself. 0: no such limit. */
struct msg_limit {
	uint64_t soft; /* told by MSG_CHILD_LIMIT; 0: when an eighth of `hard` is left */
	uint64_t hard; /* the last that is carried */
};

/* A pair of ESP SAs. */
struct msg_child {
	uint32_t spi_in;  /* ours: names the shard; host order */
	uint32_t spi_out; /* the peer's */
	uint8_t suite;    /* enum msg_suite */
	uint8_t flags;
	uint16_t replay_window; /* packets: 64, 128 .. 4096 */
	uint32_t n_ts;          /* of ts_local */
	/* Out: sequence numbers. Whatever stands here, they end at 2^32 - 2^20, with ESN at
	 * 2^64 - 2^20. */
	struct msg_limit packets;
	struct msg_limit bytes; /* the cipher was applied to */
	/* Where the numbers go on, for keys that have been in use before: the last that may
	 * have been sent, and the last that may have been accepted. 0: from the start. */
	uint64_t seq_out, seq_in;
	struct msg_endpoint local, remote;
	struct msg_keys in, out;
	struct msg_ts ts_local[MSG_TS_MAX]; /* where the client may send; else dropped */
};

struct msg_session_install {
	uint64_t id; /* unique over restarts: what logs and people call the session */
	/* Stands for the user in every policy (struct msg_users says his groups under one); 0:
	 * no user, only rules for any group apply. */
	uint64_t user;
	uint32_t sid;
	uint16_t tenant;
	uint16_t
		worker; /* that saw the handshake; who owns it, the shard of child.spi_in says */
	uint32_t orphan_s; /* seconds it may live on without a control plane */
	uint16_t mtu;      /* inner: MSS is clamped to it */
	uint16_t spare;
	/* The assigned addresses, IPv4 and IPv6: the only inner sources allowed. None of a
	 * family: it is not carried; at least one. */
	struct addr inner, inner6;
	struct msg_child child;
};

struct msg_session_remove {
	uint32_t sid;
	uint32_t spare;
	uint64_t id; /* must match, else -ESTALE */
};

/* After an attach, for an orphan whose owner this control plane still is: it lives on. Has
 * no answer; a session that ended meanwhile is told by MSG_SESSION_GONE. */
struct msg_session_adopt {
	uint32_t sid;
	uint32_t spare;
	uint64_t id; /* must match, else the record does nothing */
};

/* Rekey: the new pair receives at once; it sends after its first authenticated packet
 * came in, or when the old pair is removed (RFC 7296 section 2.8). */
struct msg_child_add {
	uint32_t sid;
	uint32_t spare;
	uint64_t id;
	struct msg_child child;
};

struct msg_child_remove {
	uint32_t sid;
	uint32_t spi_in;
	uint64_t id;
};

/* Answer to each record between SESSION_INSTALL and CHILD_REMOVE, by its seq. */
struct msg_ack {
	int32_t status; /* 0, -EINVAL, -EEXIST, -ENOSPC, -ESTALE, -ENOENT, -ENOMEM */
	uint32_t sid;
};

/* After an attach: each session that outlived the former control plane. */
struct msg_session_orphan {
	uint64_t id;
	uint32_t sid;
	uint16_t tenant;
	uint16_t worker;
	uint32_t spi_in; /* newest child SA */
	uint32_t left_s; /* until the data plane ends it */
	struct addr inner, inner6;
	struct msg_endpoint remote;
};

struct msg_orphans_end {
	uint32_t n;
	uint32_t spare;
};

/* Why the data plane ended a session. */
enum msg_end {
	MSG_END_NONE,    /* usage report, it goes on */
	MSG_END_REMOVED, /* asked for */
	MSG_END_ORPHAN,  /* no control plane took it up in time */
	MSG_END_LIFETIME /* packets or time used up */
};

/* Counters since install. Sent about once a second for sessions that moved, and with
 * MSG_SESSION_GONE for the last time. */
struct msg_session_usage {
	uint64_t id;
	uint32_t sid;
	uint32_t end;                    /* enum msg_end */
	uint64_t in_packets, in_bytes;   /* from the client, inner octets */
	uint64_t out_packets, out_bytes; /* to the client */
	uint64_t drops;
	uint32_t idle_s; /* since the last inner packet that was let through, from the
	                             * client or to it; what hides traffic or renews keys is none */
	uint32_t spi_in; /* newest child SA that received */
	struct msg_endpoint remote; /* as last authenticated: moves with a NAT's mapping */
	uint32_t silent_s;          /* since the last authenticated packet from the client */
	uint32_t path_mtu;          /* octets of an outer packet to it, as measured; 0: not */
};

struct msg_child_limit {
	uint64_t id;
	uint32_t sid;
	uint32_t spi_in;
	uint32_t hard; /* 1: one direction has stopped */
	uint32_t spare;
};

enum msg_flow_event {
	MSG_FLOW_DENIED,
	MSG_FLOW_START,
	MSG_FLOW_END,
};

/* Why a flow ended, or was denied though it was allowed before. */
enum msg_flow_why {
	MSG_FLOW_WHY_NONE,    /* the rules say so */
	MSG_FLOW_WHY_IDLE,    /* no packet for long */
	MSG_FLOW_WHY_SESSION, /* its session ended */
	MSG_FLOW_WHY_POLICY,  /* policy changed */
	MSG_FLOW_WHY_USER,    /* the policy in force does not know the session's user */
	MSG_FLOW_WHY_COUNT
};

/* A line of the access-control log. */
struct msg_flow {
	uint64_t id;
	uint32_t sid;
	uint32_t rule; /* number, 0 = default deny */
	uint64_t
		rule_id; /* of the rule, 0 = default deny: numbers may have changed meanwhile */
	uint16_t tenant;
	uint8_t event; /* enum msg_flow_event */
	uint8_t proto;
	uint16_t src_port, dst_port; /* ICMP: dst_port is the type */
	struct addr src, dst;
	uint64_t bytes_up, bytes_down; /* inner octets */
	uint32_t lost; /* flow records of this worker that found no room before this one */
	uint8_t why;   /* enum msg_flow_why */
	uint8_t spare[3];
};

/* ---- frames ------------------------------------------------------------------------ */

enum msg_punt_kind {
	MSG_PUNT_IKE,      /* UDP 500 */
	MSG_PUNT_IKE_NATT, /* UDP 4500, non-ESP marker taken off */
};

struct msg_punt {
	uint8_t kind; /* enum msg_punt_kind */
	uint8_t spare;
	uint16_t worker;
	uint16_t vrf;
	uint16_t tenant; /* owner of the local address, TENANT_NONE if shared */
	struct msg_endpoint local, remote;
	/* UDP payload follows */
};

struct msg_inject {
	uint8_t kind; /* enum msg_punt_kind: the non-ESP marker is put on in the data plane */
	uint8_t spare;
	uint16_t worker; /* which worker sends it */
	uint16_t vrf;
	uint16_t tenant;
	struct msg_endpoint local, remote;
	/* UDP payload follows */
};

/*
 * The smallest and largest length of a record of this type.
 *
 * returns  0, or -EPROTO for a type that does not exist
 */
int msg_bounds(uint16_t type, uint32_t *min, uint32_t *max);

/* "MSG_PUNT"; "?" for a type that does not exist. */
const char *msg_name(uint16_t type);
