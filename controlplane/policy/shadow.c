/* SPDX-License-Identifier: Apache-2.0 */

/*
 * shadow - rules that can never match, because those before them take all they would.
 *
 * A record of the expansion is a box: addresses x ports, of a protocol and a group. A rule is
 * in the shadow when each of its boxes is covered by the boxes of rules before it: what one of
 * them leaves over is held against the next.
 *
 * Walk     warn.c -> [shadow]
 * Thread   the loader's
 * Memory   allocates nothing
 */

#include "controlplane/policy/warn.h"

enum {
	STEPS_MAX = 4 << 20, /* of a tenant: comparisons of two boxes, some 10 ms */
	DEPTH_MAX = 64,      /* boxes that one is cut by */
};

struct box {
	uint32_t lo, hi;
	uint16_t port_lo, port_hi;
	uint16_t group;
	uint8_t proto; /* 0: any */
};

struct search {
	const struct cp_tenant *t;
	const struct nest *groups;
	uint32_t before; /* records of earlier rules */
	uint32_t steps;
	uint32_t by;
	bool is_several;
};

static struct box box_of(const struct msg_rule *r)
{
	unsigned bits = r->dst_bits - ADDR_V4_SHIFT;
	uint32_t lo = be32_get(addr_v4(&r->dst));

	return (struct box){
		.lo = lo,
		.hi = lo | (bits ? (uint32_t)(((uint64_t)1 << (32 - bits)) - 1) : UINT32_MAX),
		.port_lo = r->dst_port_lo,
		.port_hi = r->dst_port_hi,
		.group = r->group,
		.proto = r->proto,
	};
}

/* Does @outer take some of @inner, and whoever and whatever @inner is for? */
static bool cuts(const struct search *s, const struct box *outer, const struct box *inner)
{
	if (outer->lo > inner->hi || inner->lo > outer->hi || outer->port_lo > inner->port_hi ||
	    inner->port_lo > outer->port_hi)
		return false;
	if (outer->proto && outer->proto != inner->proto)
		return false;
	if (outer->group == MSG_GROUP_ANY)
		return true;
	return inner->group != MSG_GROUP_ANY &&
	       cp_nest_includes(s->groups, outer->group, inner->group);
}

static void note(struct search *s, uint32_t rule)
{
	s->is_several |= s->by && s->by != rule;
	if (!s->by)
		s->by = rule;
}

/* Is @box covered by the records from @i on? At most four pieces are left over by one. */
static bool is_covered(struct search *s, struct box box, uint32_t i, unsigned depth)
{
	for (; i < s->before && s->steps; i++) {
		const struct box cut = box_of(&s->t->compiled[i]);
		struct box piece = box;

		s->steps--;
		if (!cuts(s, &cut, &box))
			continue;
		if (depth == DEPTH_MAX)
			return false;
		note(s, s->t->compiled[i].number);
		if (box.lo < cut.lo) {
			piece.hi = cut.lo - 1;
			if (!is_covered(s, piece, i + 1, depth + 1))
				return false;
			box.lo = cut.lo;
		}
		piece = box;
		if (box.hi > cut.hi) {
			piece.lo = cut.hi + 1;
			if (!is_covered(s, piece, i + 1, depth + 1))
				return false;
			box.hi = cut.hi;
		}
		piece = box;
		if (box.port_lo < cut.port_lo) {
			piece.port_hi = (uint16_t)(cut.port_lo - 1);
			if (!is_covered(s, piece, i + 1, depth + 1))
				return false;
		}
		piece = box;
		if (box.port_hi > cut.port_hi) {
			piece.port_lo = (uint16_t)(cut.port_hi + 1);
			if (!is_covered(s, piece, i + 1, depth + 1))
				return false;
		}
		return true;
	}
	return false;
}

int cp_tenant_shadows(const struct cp_tenant *t, const struct nest *groups,
                      int (*found)(void *ctx, const struct shadow *shadow), void *ctx)
{
	struct search s = {.t = t, .groups = groups, .steps = STEPS_MAX};
	uint32_t first, end, i;
	bool all;
	int err = 0;

	for (first = 0; !err && first < t->n_compiled; first = end) {
		s.before = first;
		s.by = 0;
		s.is_several = false;
		all = true;
		for (end = first; end < t->n_compiled &&
		                  t->compiled[end].number == t->compiled[first].number;
		     end++)
			;
		for (i = first; all && i < end; i++)
			all = is_covered(&s, box_of(&t->compiled[i]), 0, 0);
		if (all)
			err = found(ctx, &(struct shadow){t->compiled[first].number, s.by,
			                                  s.is_several});
	}
	return err;
}
