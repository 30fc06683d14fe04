/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/acl/context.h"

#include <rte_acl.h>

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIELDS_V4 = 4,
	FIELDS_V6 = 7,
	LANES = 64, /* keys in one call of rte_acl */
};

struct dp_context {
	struct rte_acl_ctx *acl;
	_Atomic uint32_t refs; /* the builder thread gets, who frees a policy puts */
	uint32_t n;
	enum dp_family family;
	struct dp_line line[];
};

static_assert(sizeof(struct dp_line) == 28, "no padding: lines are compared as octets");

RTE_ACL_RULE_DEF(rule_v4, FIELDS_V4);
RTE_ACL_RULE_DEF(rule_v6, FIELDS_V6);

#define FIELD(t, s, f, in, at)                                                          \
	{                                                                               \
		.type = t, .size = s, .field_index = f, .input_index = in, .offset = at \
	}

static const struct rte_acl_field_def fields_v4[FIELDS_V4] = {
	FIELD(RTE_ACL_FIELD_TYPE_RANGE, 1, 0, 0, offsetof(union dp_acl_key, v4.class)),
	FIELD(RTE_ACL_FIELD_TYPE_MASK, 4, 1, 1, offsetof(union dp_acl_key, v4.dst)),
	FIELD(RTE_ACL_FIELD_TYPE_RANGE, 2, 2, 2, offsetof(union dp_acl_key, v4.src_port)),
	FIELD(RTE_ACL_FIELD_TYPE_RANGE, 2, 3, 2, offsetof(union dp_acl_key, v4.dst_port)),
};

static const struct rte_acl_field_def fields_v6[FIELDS_V6] = {
	FIELD(RTE_ACL_FIELD_TYPE_RANGE, 1, 0, 0, offsetof(union dp_acl_key, v6.class)),
	FIELD(RTE_ACL_FIELD_TYPE_MASK, 4, 1, 1, offsetof(union dp_acl_key, v6.dst)),
	FIELD(RTE_ACL_FIELD_TYPE_MASK, 4, 2, 2, offsetof(union dp_acl_key, v6.dst) + 4),
	FIELD(RTE_ACL_FIELD_TYPE_MASK, 4, 3, 3, offsetof(union dp_acl_key, v6.dst) + 8),
	FIELD(RTE_ACL_FIELD_TYPE_MASK, 4, 4, 4, offsetof(union dp_acl_key, v6.dst) + 12),
	FIELD(RTE_ACL_FIELD_TYPE_RANGE, 2, 5, 5, offsetof(union dp_acl_key, v6.src_port)),
	FIELD(RTE_ACL_FIELD_TYPE_RANGE, 2, 6, 5, offsetof(union dp_acl_key, v6.dst_port)),
};

/* Words of the prefix, each with as many of its bits as the prefix still has. */
static void put_prefix(struct rte_acl_field *field, const uint8_t *octets, unsigned words,
                       unsigned bits)
{
	unsigned i;

	for (i = 0; i < words; i++) {
		be32 word;

		memcpy(&word, octets + 4 * i, sizeof(word));
		field[i].value.u32 = be32_get(word);
		field[i].mask_range.u32 = bits > 32 ? 32 : bits;
		bits -= field[i].mask_range.u32;
	}
}

static void put_rest(struct rte_acl_field *class, struct rte_acl_field *ports,
                     const struct dp_line *l)
{
	class->value.u8 = l->class_lo;
	class->mask_range.u8 = l->class_hi;
	ports[0].value.u16 = l->src_port_lo;
	ports[0].mask_range.u16 = l->src_port_hi;
	ports[1].value.u16 = l->dst_port_lo;
	ports[1].mask_range.u16 = l->dst_port_hi;
}

/* Place @i of @n: the earlier, the higher its priority. */
static struct rte_acl_rule_data data_of(uint32_t i, uint32_t n)
{
	return (struct rte_acl_rule_data){
		.category_mask = 1,
		.priority = (int32_t)(n - i),
		.userdata = i + 1,
	};
}

static int add_v4(struct dp_context *c, uint32_t i)
{
	const struct dp_line *l = &c->line[i];
	struct rule_v4 a = {.data = data_of(i, c->n)};
	const unsigned bits = l->dst_bits > ADDR_V4_SHIFT ? l->dst_bits - ADDR_V4_SHIFT : 0;

	put_prefix(a.field + 1, l->dst.octet + 12, 1, bits);
	put_rest(a.field, a.field + 2, l);
	return rte_acl_add_rules(c->acl, (const struct rte_acl_rule *)&a, 1);
}

static int add_v6(struct dp_context *c, uint32_t i)
{
	const struct dp_line *l = &c->line[i];
	struct rule_v6 a = {.data = data_of(i, c->n)};

	put_prefix(a.field + 1, l->dst.octet, 4, l->dst_bits);
	put_rest(a.field, a.field + 5, l);
	return rte_acl_add_rules(c->acl, (const struct rte_acl_rule *)&a, 1);
}

static int compile(struct dp_context *c, int socket)
{
	const bool v4 = c->family == DP_V4;
	struct rte_acl_config config = {
		.num_categories = 1,
		.num_fields = v4 ? FIELDS_V4 : FIELDS_V6,
	};
	char name[RTE_ACL_NAMESIZE];
	const struct rte_acl_param param = {
		.name = name,
		.socket_id = socket,
		.rule_size = RTE_ACL_RULE_SZ(config.num_fields),
		.max_rule_num = c->n,
	};
	uint32_t i;
	int err = 0;

	/* contexts are known by name; an address is free again only when its context is gone */
	snprintf(name, sizeof(name), "acl-%p", (void *)c);
	c->acl = rte_acl_create(&param);
	if (!c->acl)
		return -ENOMEM;
	for (i = 0; i < c->n && !err; i++)
		err = v4 ? add_v4(c, i) : add_v6(c, i);
	memcpy(config.defs, v4 ? fields_v4 : fields_v6,
	       config.num_fields * sizeof(config.defs[0]));
	return err ? err : rte_acl_build(c->acl, &config);
}

int dp_context_new(const struct dp_line *line, uint32_t n, enum dp_family family, int socket,
                   struct dp_context **out)
{
	struct dp_context *c = calloc(1, sizeof(*c) + n * sizeof(*line));
	int err;

	if (!c)
		return -ENOMEM;
	atomic_init(&c->refs, 1);
	c->n = n;
	c->family = family;
	memcpy(c->line, line, n * sizeof(*line));
	err = compile(c, socket);
	if (err) {
		dp_context_put(c);
		return err;
	}
	*out = c;
	return 0;
}

struct dp_context *dp_context_get(struct dp_context *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void dp_context_put(struct dp_context *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) > 1)
		return;
	rte_acl_free(c->acl);
	free(c);
}

bool dp_context_is_of(const struct dp_context *c, const struct dp_line *line, uint32_t n)
{
	return c->n == n && memcmp(c->line, line, n * sizeof(*line)) == 0;
}

/* ---- classification ----------------------------------------------------------------- */

void dp_context_key(enum dp_family family, const struct dp_acl_flow *flow,
                    union dp_acl_key *out)
{
	if (family == DP_V4) {
		out->v4.dst = addr_v4(&flow->dst);
		out->v4.src_port = be16_from(flow->src_port);
		out->v4.dst_port = be16_from(flow->dst_port);
	} else {
		memcpy(out->v6.dst, flow->dst.octet, sizeof(out->v6.dst));
		out->v6.src_port = be16_from(flow->src_port);
		out->v6.dst_port = be16_from(flow->dst_port);
	}
}

void dp_context_match(const struct dp_context *c, const union dp_acl_key *key, uint32_t n,
                      uint32_t *hit)
{
	const uint8_t *data[LANES];
	uint32_t i, some;

	for (; n; n -= some, key += some, hit += some) {
		some = n < LANES ? n : LANES;
		for (i = 0; i < some; i++)
			data[i] = (const uint8_t *)&key[i];
		/* it refuses nothing but a number of categories that is not ours */
		if (rte_acl_classify(c->acl, data, hit, some, 1))
			memset(hit, 0, some * sizeof(*hit));
	}
}
