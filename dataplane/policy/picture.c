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

static int pile_init(struct dp_pile *pile, uint32_t max, uint32_t size)
{
	*pile = (struct dp_pile){.max = max, .size = size};
	pile->chunk = calloc(max / DP_PICTURE_CHUNK + 1, sizeof(*pile->chunk));
	return pile->chunk ? 0 : -ENOMEM;
}

int dp_picture_new(uint64_t revision, struct dp_picture **out)
{
	struct dp_picture *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->revision = revision;
	err = pile_init(&p->iface, DP_PICTURE_IFACES, sizeof(struct msg_iface));
	err |= pile_init(&p->local, DP_PICTURE_LOCALS, sizeof(struct msg_local));
	err |= pile_init(&p->route, DP_PICTURE_ROUTES, sizeof(struct msg_route));
	err |= pile_init(&p->rule, DP_PICTURE_RULES, sizeof(struct msg_rule));
	err |= pile_init(&p->limits, DP_PICTURE_LIMITS, sizeof(struct msg_tenant_limits));
	err |= pile_init(&p->set, DP_PICTURE_SETS, sizeof(struct msg_group_set));
	err |= pile_init(&p->users, DP_PICTURE_USERS, sizeof(struct msg_users));
	if (err) {
		dp_picture_free(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

/* ---- the end ------------------------------------------------------------------------ */

static bool free_last_chunk(struct dp_pile *pile)
{
	uint32_t last;

	if (!pile->n)
		return false;
	last = (pile->n - 1) / DP_PICTURE_CHUNK;
	free(pile->chunk[last]);
	pile->n = last * DP_PICTURE_CHUNK;
	return true;
}

bool dp_picture_free_some(struct dp_picture *p)
{
	struct dp_pile *pile[DP_PICTURE_PILES] = {&p->iface,  &p->local, &p->route, &p->rule,
	                                          &p->limits, &p->set,   &p->users};
	uint32_t i;

	for (i = 0; i < DP_PICTURE_PILES; i++)
		if (free_last_chunk(pile[i]))
			return false;
	for (i = 0; i < DP_PICTURE_PILES; i++)
		free(pile[i]->chunk);
	free(p);
	return true;
}

void dp_picture_free(struct dp_picture *p)
{
	if (!p)
		return;
	while (!dp_picture_free_some(p))
		;
}

/* ---- records ------------------------------------------------------------------------ */

static int pile_add(struct dp_pile *pile, const void *body)
{
	const uint32_t at = pile->n % DP_PICTURE_CHUNK;
	uint8_t **chunk = &pile->chunk[pile->n / DP_PICTURE_CHUNK];

	if (pile->n == pile->max)
		return -E2BIG;
	if (!at) {
		*chunk = malloc((size_t)DP_PICTURE_CHUNK * pile->size);
		if (!*chunk)
			return -ENOMEM;
	}
	memcpy(*chunk + (size_t)at * pile->size, body, pile->size);
	pile->n++;
	return 0;
}

/* All records in a row, in @flat: never NULL when it returns 0. */
static int pile_flatten(const struct dp_pile *pile, void *flat)
{
	uint8_t *out = malloc((size_t)pile->n * pile->size + 1);
	uint32_t done, some;

	*(void **)flat = out;
	if (!out)
		return -ENOMEM;
	for (done = 0; done < pile->n; done += some) {
		some = pile->n - done;
		some = some < DP_PICTURE_CHUNK ? some : DP_PICTURE_CHUNK;
		memcpy(out + (size_t)done * pile->size, pile->chunk[done / DP_PICTURE_CHUNK],
		       (size_t)some * pile->size);
	}
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

/* ---- compiling ---------------------------------------------------------------------- */

/* The records of a picture in rows, as who compiles them wants them. */
struct flat {
	struct msg_iface *iface;
	struct msg_local *local;
	struct msg_route *route;
	struct msg_rule *rule;
	struct msg_tenant_limits *limits;
	struct msg_group_set *set;
	struct msg_users *users;
};

static void flat_fini(struct flat *f)
{
	free(f->iface);
	free(f->local);
	free(f->route);
	free(f->rule);
	free(f->limits);
	free(f->set);
	free(f->users);
}

static int flat_init(struct flat *f, const struct dp_picture *p)
{
	int err;

	*f = (struct flat){0};
	err = pile_flatten(&p->iface, &f->iface);
	err |= pile_flatten(&p->local, &f->local);
	err |= pile_flatten(&p->route, &f->route);
	err |= pile_flatten(&p->rule, &f->rule);
	err |= pile_flatten(&p->limits, &f->limits);
	err |= pile_flatten(&p->set, &f->set);
	err |= pile_flatten(&p->users, &f->users);
	return err ? -ENOMEM : 0;
}

static int build_acl(const struct dp_picture *p, const struct flat *f, struct dp_tally *tally,
                     const struct dp_policy *former, struct dp_policy *made, struct dp_why *why,
                     struct msg_policy_done *done)
{
	const struct dp_acl_records in = {
		.rule = f->rule,
		.n_rule = p->rule.n,
		.set = f->set,
		.n_set = p->set.n,
		.users = f->users,
		.n_users = p->users.n,
	};
	struct dp_acl_fault fault = {.why = why};
	int err = dp_acl_build(&in, former ? former->acl : NULL, tally, SOCKET_ID_ANY,
	                       &made->acl, &fault);

	done->rule = fault.rule;
	done->tenant = fault.tenant;
	return err;
}

static int build(const struct dp_picture *p, const struct flat *f,
                 const struct dp_port_set *ports, struct dp_tally *tally,
                 const struct dp_policy *former, struct dp_policy *made, struct dp_why *why,
                 struct msg_policy_done *done)
{
	int err;

	if (p->err)
		return dp_why(why, p->err, p->err == -E2BIG ? "%s: too many" : "%s: no memory",
		              msg_name(p->err_type));
	err = dp_ifaces_build(f->iface, p->iface.n, f->local, p->local.n, ports,
	                      former ? former->ifaces : NULL, &made->ifaces, why);
	if (!err)
		err = dp_routes_build(made->ifaces, f->route, p->route.n, &made->routes, why);
	if (!err)
		err = build_acl(p, f, tally, former, made, why, done);
	/* after the rules, which ask that a tenant's sets count from 0: what is sized by their
	 * numbers is sized by records then */
	if (!err)
		err = dp_limits_build(f->limits, p->limits.n, f->set, p->set.n, &made->limits,
		                      why);
	return err;
}

int dp_picture_compile(const struct dp_picture *p, const struct dp_port_set *ports,
                       struct dp_tally *tally, const struct dp_policy *former,
                       struct dp_policy **out, struct msg_policy_done *done)
{
	struct dp_policy *made = calloc(1, sizeof(*made));
	struct dp_why why = {"out of memory"};
	struct flat f;

	*done = (struct msg_policy_done){.revision = p->revision, .status = -ENOMEM};
	if (!flat_init(&f, p) && made)
		done->status = build(p, &f, ports, tally, former, made, &why, done);
	flat_fini(&f);
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
