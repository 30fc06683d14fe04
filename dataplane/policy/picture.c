/* SPDX-License-Identifier: Apache-2.0 */
/*
 * picture - records piled up, then compiled in the order in which they need each other.
 *
 * Thread   dp_picture_new and _add: the main core; the rest: the builder thread
 */
#include "dataplane/policy/picture.h"

#include "dataplane/acl/acl.h"
#include "dataplane/conf/conf.h"
#include "dataplane/iface/iface.h"
#include "dataplane/policy/policy.h"
#include "dataplane/quota/limits.h"
#include "dataplane/route/route.h"

#include <rte_memory.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROOM_FIRST = 64,
};

int dp_picture_new(uint64_t revision, struct dp_picture **out)
{
	struct dp_picture *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->revision = revision;
	p->iface = (struct dp_pile){.max = DP_PICTURE_IFACES, .size = sizeof(struct msg_iface)};
	p->local = (struct dp_pile){.max = DP_PICTURE_LOCALS, .size = sizeof(struct msg_local)};
	p->route = (struct dp_pile){.max = DP_PICTURE_ROUTES, .size = sizeof(struct msg_route)};
	p->rule = (struct dp_pile){.max = DP_PICTURE_RULES, .size = sizeof(struct msg_rule)};
	p->limits = (struct dp_pile){.max = DP_PICTURE_LIMITS,
	                             .size = sizeof(struct msg_tenant_limits)};
	p->set = (struct dp_pile){.max = DP_PICTURE_SETS, .size = sizeof(struct msg_group_set)};
	p->users = (struct dp_pile){.max = DP_PICTURE_USERS, .size = sizeof(struct msg_users)};
	*out = p;
	return 0;
}

void dp_picture_free(struct dp_picture *p)
{
	if (!p)
		return;
	free(p->iface.record);
	free(p->local.record);
	free(p->route.record);
	free(p->rule.record);
	free(p->limits.record);
	free(p->set.record);
	free(p->users.record);
	free(p);
}

static int pile_add(struct dp_pile *pile, const void *body)
{
	uint32_t room = pile->room ? 2 * pile->room : ROOM_FIRST;
	void *more;

	if (pile->n == pile->max)
		return -E2BIG;
	if (pile->n == pile->room) {
		more = reallocarray(pile->record, room, pile->size);
		if (!more)
			return -ENOMEM;
		pile->record = more;
		pile->room = room;
	}
	memcpy((uint8_t *)pile->record + (size_t)pile->n++ * pile->size, body, pile->size);
	return 0;
}

static struct dp_pile *pile_of(struct dp_picture *p, uint16_t type)
{
	switch (type) {
	case MSG_IFACE:
		return &p->iface;
	case MSG_LOCAL:
		return &p->local;
	case MSG_ROUTE:
		return &p->route;
	case MSG_RULE:
		return &p->rule;
	case MSG_TENANT_LIMITS:
		return &p->limits;
	case MSG_GROUP_SET:
		return &p->set;
	case MSG_USERS:
		return &p->users;
	default:
		return NULL;
	}
}

void dp_picture_add(struct dp_picture *p, uint16_t type, const void *body)
{
	struct dp_pile *pile = pile_of(p, type);
	int err = pile ? pile_add(pile, body) : -EINVAL;

	p->records++;
	if (err && !p->err) {
		p->err = err;
		p->err_type = type;
	}
}

static int build_acl(const struct dp_picture *p, struct dp_tally *tally,
                     const struct dp_policy *former, struct dp_policy *made, struct dp_why *why,
                     struct msg_policy_done *done)
{
	const struct dp_acl_records in = {
		.rule = p->rule.record,
		.n_rule = p->rule.n,
		.set = p->set.record,
		.n_set = p->set.n,
		.users = p->users.record,
		.n_users = p->users.n,
	};
	struct dp_acl_fault fault = {.why = why};
	int err = dp_acl_build(&in, former ? former->acl : NULL, tally, SOCKET_ID_ANY,
	                       &made->acl, &fault);

	done->rule = fault.rule;
	done->tenant = fault.tenant;
	return err;
}

static int build(const struct dp_picture *p, const struct dp_port_set *ports,
                 struct dp_tally *tally, const struct dp_policy *former, struct dp_policy *made,
                 struct dp_why *why, struct msg_policy_done *done)
{
	int err;

	if (p->err)
		return dp_why(why, p->err, p->err == -E2BIG ? "%s: too many" : "%s: no memory",
		              msg_name(p->err_type));
	err = dp_ifaces_build(p->iface.record, p->iface.n, p->local.record, p->local.n, ports,
	                      former ? former->ifaces : NULL, &made->ifaces, why);
	if (!err)
		err = dp_routes_build(made->ifaces, p->route.record, p->route.n, &made->routes,
		                      why);
	if (!err)
		err = dp_limits_build(p->limits.record, p->limits.n, p->set.record, p->set.n,
		                      &made->limits, why);
	if (!err)
		err = build_acl(p, tally, former, made, why, done);
	return err;
}

int dp_picture_compile(const struct dp_picture *p, const struct dp_port_set *ports,
                       struct dp_tally *tally, const struct dp_policy *former,
                       struct dp_policy **out, struct msg_policy_done *done)
{
	struct dp_policy *made = calloc(1, sizeof(*made));
	struct dp_why why = {"out of memory"};

	*done = (struct msg_policy_done){.revision = p->revision, .status = -ENOMEM};
	if (made)
		done->status = build(p, ports, tally, former, made, &why, done);
	if (done->status) {
		snprintf(done->why, sizeof(done->why), "%.*s", MSG_WHY_MAX - 1, why.text);
		dp_policy_free(made);
		return done->status;
	}
	made->revision = p->revision;
	*out = made;
	return 0;
}

void dp_policy_free(struct dp_policy *p)
{
	if (!p)
		return;
	if (p->acl)
		dp_acl_free(p->acl);
	dp_limits_free(p->limits);
	dp_routes_free(p->routes);
	dp_ifaces_free(p->ifaces);
	free(p);
}
