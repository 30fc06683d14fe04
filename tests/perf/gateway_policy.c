/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gateway_policy - the policy of the bench's gateway, through the product's own builder.
 *
 * Thread   one
 */
#include "dataplane/parts.h"
#include "tests/perf/gateway.h"

#include <rte_cycles.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum {
	BUILD_S = 120,
	WAIT_US = 500,
	SERVER_PORT = 8020, /* what the sessions talk to */
	GROUP = 7,
};

struct painter {
	struct dp_builder *builder;
	uint32_t records;
};

static struct addr addr_of(const char *text)
{
	struct addr a;

	addr_parse(text, &a);
	return a;
}

static void put(struct painter *p, uint16_t type, const void *body)
{
	dp_builder_record(p->builder, type, body);
	p->records++;
}

static uint16_t vlan_of(const struct gateway_conf *c, uint32_t tenant)
{
	return c->tenants > 1 ? (uint16_t)tenant : 0;
}

static void put_network(struct painter *p, const struct gateway_conf *c)
{
	const struct msg_iface wan = {.vrf = VRF_OUTER,
	                              .mtu = GW_MTU,
	                              .port = "wan",
	                              .bits = 96 + 24,
	                              .addr = addr_of("198.51.100.1")};
	const struct msg_local local = {.addr = addr_of("198.51.100.1"),
	                                .tenant = c->tenants > 1 ? TENANT_NONE : 1};
	const struct msg_route route = {.vrf = VRF_OUTER,
	                                .bits = 96,
	                                .prefix = addr_of("0.0.0.0"),
	                                .gateway = addr_of("198.51.100.254")};
	uint32_t t;

	put(p, MSG_IFACE, &wan);
	for (t = 1; t <= c->tenants; t++) {
		const struct msg_iface lan = {.iface = (uint16_t)t,
		                              .vrf = (uint16_t)t,
		                              .vlan = vlan_of(c, t),
		                              .mtu = GW_MTU,
		                              .port = "lan",
		                              .bits = 96 + 16,
		                              .addr = addr_of("10.20.0.1")};

		put(p, MSG_IFACE, &lan);
	}
	put(p, MSG_LOCAL, &local);
	put(p, MSG_ROUTE, &route);
}

static struct addr host(uint32_t n)
{
	return addr_from_v4(be32_from(0x0a400000 + n * 16));
}

/*
 * Rules of a group and of any. One in eight is about the servers' network and another port;
 * the others are about networks of sixteen addresses somewhere else. The last one is what
 * the sessions' flows need, so nothing before it may match.
 */
static struct msg_rule rule(uint32_t tenant, uint32_t i, uint32_t last)
{
	struct msg_rule r = {
		.tenant = (uint16_t)tenant,
		.number = i,
		.id = (uint64_t)tenant << 32 | i,
		.group = i % 2 ? GROUP : MSG_GROUP_ANY,
		.action = i % 16 ? MSG_ALLOW : MSG_DENY,
		.proto = i % 3 ? 17 : 6,
		.src_port_hi = 65535,
		.dst = addr_of("10.20.0.0"),
		.dst_bits = 96 + 16,
		.dst_port_lo = SERVER_PORT,
		.dst_port_hi = SERVER_PORT,
	};

	if (i == last) {
		r.action = MSG_ALLOW;
		r.proto = 17;
		r.group = MSG_GROUP_ANY;
		return r;
	}
	r.dst_port_lo = (uint16_t)(SERVER_PORT + 1 + i % 50000);
	r.dst_port_hi = (uint16_t)(r.dst_port_lo + i % 4);
	if (i % 8) {
		r.dst = host(i);
		r.dst_bits = 96 + 28;
	}
	return r;
}

/* Each session's user, in two groups. */
static void put_users(struct painter *p, const struct gateway_conf *c, uint32_t tenant)
{
	const struct msg_group_set set = {
		.tenant = (uint16_t)tenant, .n = 2, .group = {3, GROUP}};
	struct msg_users pack = {.tenant = (uint16_t)tenant};
	uint32_t sid;

	put(p, MSG_GROUP_SET, &set);
	for (sid = tenant - 1; sid < c->sessions; sid += c->tenants) {
		pack.key[pack.n++] = 1 + sid;
		if (pack.n < MSG_USERS_PACK)
			continue;
		put(p, MSG_USERS, &pack);
		pack.n = 0;
	}
	if (pack.n) {
		for (sid = pack.n; sid < MSG_USERS_PACK; sid++)
			pack.key[sid] = 0;
		put(p, MSG_USERS, &pack);
	}
}

static int answer(struct dp_builder *b, uint64_t until)
{
	const struct msg_policy_done *done;
	int err;

	for (;;) {
		dp_builder_poll(b);
		done = dp_builder_answer(b);
		if (done)
			break;
		if (rte_rdtsc() > until)
			return -ETIMEDOUT;
		usleep(WAIT_US);
	}
	err = done->status;
	if (err)
		fprintf(stderr, "policy: %s\n", done->why);
	dp_builder_answered(b);
	return err;
}

int gateway_put_policy(struct dp_parts *parts, const struct gateway_conf *c)
{
	struct painter p = {.builder = parts->builder};
	const struct msg_policy_begin begin = {.revision = 1};
	struct msg_policy_commit commit = {.revision = 1};
	uint32_t t, i;

	dp_builder_record(p.builder, MSG_POLICY_BEGIN, &begin);
	put_network(&p, c);
	for (t = 1; t <= c->tenants; t++) {
		for (i = 1; i <= c->rules; i++) {
			const struct msg_rule r = rule(t, i, c->rules);

			put(&p, MSG_RULE, &r);
		}
		put_users(&p, c, t);
	}
	commit.records = p.records;
	dp_builder_record(p.builder, MSG_POLICY_COMMIT, &commit);
	return answer(p.builder, rte_rdtsc() + BUILD_S * parts->hz);
}
