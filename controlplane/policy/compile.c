/* SPDX-License-Identifier: Apache-2.0 */

/*
 * compile - a policy as the records the data plane takes.
 *
 * Walk     tenant.c, access.c -> [compile] -> dpctl/ -> link -> dataplane/
 * Source   common/msg/msg.h
 * Thread   the caller's
 * Memory   allocates nothing: rules were expanded when the documents were read
 */

#include "controlplane/policy/policy.h"

typedef int (*put_fn)(void *ctx, enum msg_type type, const void *body, size_t len);

struct out {
	put_fn put;
	void *ctx;
	uint32_t at;    /* records gone through */
	uint32_t *sent; /* of them were taken, in an earlier call too */
};

static int emit(struct out *o, enum msg_type type, const void *body, size_t len)
{
	int err;

	if (o->at++ < *o->sent)
		return 0;
	err = o->put(o->ctx, type, body, len);
	if (!err)
		++*o->sent;
	return err;
}

static int put_ifaces(struct out *o, const struct cp_policy *p)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < p->n_iface; i++) {
		const struct cp_iface *from = &p->iface[i];
		struct msg_iface m = {
			.iface = from->index,
			.vrf = from->vrf,
			.vlan = from->vlan,
			.mtu = from->mtu,
			.addr = from->addr,
			.bits = from->net.bits,
			.addr6 = from->addr6,
			.bits6 = from->net6.bits,
		};

		snprintf(m.port, sizeof(m.port), "%s", from->port);
		err = emit(o, MSG_IFACE, &m, sizeof(m));
	}
	return err;
}

static int put_locals(struct out *o, const struct cp_policy *p)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < p->n_local; i++) {
		const struct cp_local *from = &p->local[i];
		struct msg_local m = {
			.iface = p->iface[from->iface].index,
			.tenant = from->tenant,
			.addr = from->addr,
		};

		err = emit(o, MSG_LOCAL, &m, sizeof(m));
	}
	return err;
}

static int put_routes(struct out *o, const struct cp_policy *p, uint16_t vrf,
                      const struct cp_route *route, uint32_t n)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < n; i++) {
		struct msg_route m = {
			.vrf = vrf,
			.iface = p->iface[route[i].iface].index,
			.bits = route[i].prefix.bits,
			.prefix = route[i].prefix.addr,
			.gateway = route[i].gateway,
		};

		err = emit(o, MSG_ROUTE, &m, sizeof(m));
	}
	return err;
}

static int put_rules(struct out *o, const struct cp_tenant *t)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < t->n_compiled; i++)
		err = emit(o, MSG_RULE, &t->compiled[i], sizeof(t->compiled[i]));
	return err;
}

static int put_limits(struct out *o, const struct cp_tenant *t)
{
	struct msg_tenant_limits m = t->limits;

	m.tenant = t->id;
	return emit(o, MSG_TENANT_LIMITS, &m, sizeof(m));
}

/* In all the records of one tenant its number is what the policy says now. */
static int put_users(struct out *o, const struct cp_tenant *t)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < t->n_set; i++) {
		struct msg_group_set set = t->set[i];

		set.tenant = t->id;
		err = emit(o, MSG_GROUP_SET, &set, sizeof(set));
	}
	for (i = 0; !err && i < t->n_pack; i++) {
		struct msg_users users = t->pack[i];

		users.tenant = t->id;
		err = emit(o, MSG_USERS, &users, sizeof(users));
	}
	return err;
}

int cp_policy_compile(const struct cp_policy *p, uint32_t *sent, put_fn put, void *ctx)
{
	struct out o = {put, ctx, 0, sent};
	const struct msg_policy_begin begin = {p->revision};
	struct msg_policy_commit commit = {.revision = p->revision};
	uint32_t i;
	int err;

	err = emit(&o, MSG_POLICY_BEGIN, &begin, sizeof(begin));
	if (!err)
		err = put_ifaces(&o, p);
	if (!err)
		err = put_locals(&o, p);
	if (!err)
		err = put_routes(&o, p, VRF_OUTER, p->route, p->n_route);
	for (i = 0; !err && i < p->n_tenant; i++)
		err = put_routes(&o, p, p->tenant[i].id, p->tenant[i].route,
		                 p->tenant[i].n_route);
	for (i = 0; !err && i < p->n_tenant; i++)
		err = put_rules(&o, &p->tenant[i]);
	for (i = 0; !err && i < p->n_tenant; i++)
		err = put_limits(&o, &p->tenant[i]);
	for (i = 0; !err && i < p->n_tenant; i++)
		err = put_users(&o, &p->tenant[i]);
	commit.records = o.at - 1;
	return err ? err : emit(&o, MSG_POLICY_COMMIT, &commit, sizeof(commit));
}
