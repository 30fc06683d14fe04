/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_picture - a policy as a control plane that has been taken over would send it: any
 * records with any content, compiled, put in the place of the former, asked about, freed.
 *
 * The input is a list of {what, length, octets}: `what` says which record, the octets change
 * a sound one, so that the depth behind the checks is seen. FLUSH ends a policy.
 */
#include "dataplane/acl/rules.h"
#include "dataplane/iface/iface.h"
#include "dataplane/policy/picture.h"
#include "dataplane/policy/policy.h"
#include "dataplane/quota/limits.h"
#include "dataplane/route/route.h"
#include "tests/unit/dataplane/rig.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	KINDS = 7, /* BEGIN would be the eighth: it is ours */
	FLUSH = 7,
	RECORDS_MAX = 200,
	POLICIES_MAX = 8,
};

static struct rig *rig;
static struct dp_port_set ports = {.n = 2, .port = {{"wan0", 0, 1500}, {"lan0", 1, 1500}}};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	rig = rig_up_for_good();
	return 0;
}

union body {
	struct msg_iface iface;
	struct msg_local local;
	struct msg_route route;
	struct msg_rule rule;
	struct msg_tenant_limits limits;
	struct msg_group_set set;
	struct msg_users users;
	uint8_t octet[sizeof(struct msg_users)];
};

/* A sound record, and its type. */
static uint16_t sound(uint8_t kind, uint32_t n, union body *b)
{
	static const struct addr net = {{[10] = 255, 255, 10, 20}};

	memset(b, 0, sizeof(*b));
	switch (kind % KINDS) {
	case 0:
		b->iface = (struct msg_iface){.iface = (uint16_t)n,
		                              .vrf = n % 2,
		                              .vlan = (uint16_t)n,
		                              .mtu = 1500,
		                              .port = "lan0",
		                              .addr = net,
		                              .bits = 96 + 24};
		b->iface.addr.octet[15] = 1;
		b->iface.addr.octet[14] = (uint8_t)n;
		return MSG_IFACE;
	case 1:
		b->local = (struct msg_local){.iface = (uint16_t)n, .tenant = 1, .addr = net};
		return MSG_LOCAL;
	case 2:
		b->route = (struct msg_route){
			.vrf = n % 2, .iface = (uint16_t)n, .bits = 96 + 24, .prefix = net};
		return MSG_ROUTE;
	case 3:
		b->set = (struct msg_group_set){.tenant = 1, .n = 1, .set = n, .group = {7}};
		return MSG_GROUP_SET;
	case 4:
		b->users =
			(struct msg_users){.tenant = 1, .n = 2, .key = {2 * n + 1, 2 * n + 2}};
		return MSG_USERS;
	case 6:
		b->limits = (struct msg_tenant_limits){.tenant = (uint16_t)(1 + n),
		                                       .flows = 100,
		                                       .all.up = {8000, 16384, 0},
		                                       .tunnel.down = {8000000, 1 << 20, 0}};
		return MSG_TENANT_LIMITS;
	default:
		b->rule = (struct msg_rule){.tenant = 1,
		                            .group = n & 1 ? 7 : MSG_GROUP_ANY,
		                            .number = n + 1,
		                            .id = n + 1,
		                            .action = MSG_ALLOW,
		                            .dst = net,
		                            .dst_bits = 96 + 16,
		                            .src_port_hi = 65535,
		                            .dst_port_hi = 65535};
		return MSG_RULE;
	}
}

/* Whatever was taken must have an answer to everything. */
static void ask(const struct dp_policy *p)
{
	const struct dp_acl_flow flow = {
		.dst = {{[10] = 255, 255, 10, 20, 0, 9}}, .dst_port = 80, .proto = 6};
	struct dp_acl_rule_view view[4];
	uint32_t i, n;

	for (i = 0; i <= 4; i++) {
		const struct dp_subject s = dp_acl_subject(p->acl, (uint16_t)(i % 3), i);
		const struct dp_judgement j = dp_acl_judge(&s, &flow);

		assert(s.known || !j.allow);
		assert(!j.rule == !j.id);
		assert(p->limits->of[i].flows &&
		       !p->limits->of[i].n_tunnel == !p->limits->of[i].tunnel);
		dp_route_find(p->routes, (uint16_t)i, 0x0900140a);
		dp_iface_of(p->ifaces, (uint16_t)i, (uint16_t)i);
	}
	for (i = 0; i < dp_ifaces_end(p->ifaces); i++)
		assert(!dp_iface_at(p->ifaces, i) || dp_iface_at(p->ifaces, i)->index == i);
	n = dp_acl_rules(p->acl, rig->tally, 1, 0, view, 4);
	for (i = 1; i < n; i++)
		assert(view[i].number > view[i - 1].number);
}

/* The next policy in the place of @former, which is freed. */
static struct dp_policy *compile(const struct dp_picture *p, struct dp_policy *former)
{
	struct msg_policy_done done;
	struct dp_policy *made = NULL;

	dp_picture_compile(p, &ports, rig->tally, former, &made, &done);
	assert((done.status == 0) == (made != NULL) && memchr(done.why, 0, sizeof(done.why)));
	if (!made) {
		assert(done.why[0]);
		return former;
	}
	ask(made);
	dp_policy_free(former);
	return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dp_policy *now = NULL;
	struct dp_picture *p;
	uint32_t n = 0, policies = 0, k, len;
	union body body;
	uint16_t type;

	if (dp_picture_new(1, &p))
		return 0;
	while (size >= 2 && n < RECORDS_MAX && policies < POLICIES_MAX) {
		const uint8_t what = data[0];

		len = data[1];
		data += 2;
		size -= 2;
		len = len < size ? len : (uint32_t)size;
		if (what % 8 == FLUSH) {
			now = compile(p, now);
			policies++;
		} else {
			type = sound(what % 8, what >> 3 & 7, &body);
			for (k = 0; k < len && k < sizeof(body); k++)
				body.octet[k] ^= data[k];
			dp_picture_add(p, type, &body);
			n++;
		}
		data += len;
		size -= len;
	}
	now = compile(p, now);
	dp_picture_free(p);
	dp_policy_free(now);
	return 0;
}
