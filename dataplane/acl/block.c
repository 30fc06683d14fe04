/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/acl/block.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static_assert(sizeof(struct dp_answer) == 24, "no padding: answers are compared as octets");

/* ---- rows and classes --------------------------------------------------------------- */

static uint32_t run_of_group(const struct msg_rule *rule, uint32_t n)
{
	uint32_t k = 1;

	while (k < n && rule[k].group == rule[0].group)
		k++;
	return k;
}

static uint32_t count_groups(const struct msg_rule *rule, uint32_t n)
{
	uint32_t groups = 0, k;

	for (; n; rule += k, n -= k, groups++)
		k = run_of_group(rule, n);
	return groups;
}

/* Protocols that rules name, in order; all others, which only rules of any protocol match,
 * share the class after them. */
static void give_classes(struct dp_blocks *b, const struct msg_rule *rule, uint32_t n)
{
	bool named[DP_CLASSES] = {false};
	uint32_t i;

	for (i = 0; i < n; i++)
		if (rule[i].proto)
			named[rule[i].proto] = true;
	b->width = 1;
	for (i = 0; i < DP_CLASSES; i++)
		if (named[i])
			b->class[i] = (uint8_t)(b->width++ - 1);
	for (i = 0; i < DP_CLASSES; i++)
		if (!named[i])
			b->class[i] = (uint8_t)(b->width - 1);
}

static int make_rows(struct dp_blocks *b, const struct msg_rule *rule, uint32_t n)
{
	const uint32_t rows = count_groups(rule, n);
	uint32_t in_block, k;

	give_classes(b, rule, n);
	in_block = DP_CLASSES / b->width;
	b->row = calloc(rows + 1, sizeof(*b->row));
	b->block = calloc(rows / in_block + 1, sizeof(*b->block));
	if (!b->row || !b->block)
		return -ENOMEM;
	for (; n; rule += k, n -= k) {
		k = run_of_group(rule, n);
		b->row[b->n_row] = (struct dp_row){
			.group = rule[0].group,
			.base = (uint16_t)(b->n_row % in_block * b->width),
			.block = b->n_row / in_block,
		};
		b->n_row++;
	}
	b->n_block = (rows + in_block - 1) / in_block;
	return 0;
}

/* ---- lines and answers -------------------------------------------------------------- */

/* A rule on its way into a block. */
struct entry {
	struct dp_line line;
	uint32_t number;
	const struct msg_rule *rule;
};

/* Does the rule's prefix hold addresses of this family? "::/0" holds both. */
static bool is_of(const struct msg_rule *r, enum dp_family family)
{
	return !r->dst_bits || addr_is_v4(&r->dst) == (family == DP_V4);
}

static struct dp_line line_of(const struct dp_blocks *b, const struct dp_row *row,
                              const struct msg_rule *r)
{
	const uint16_t lo = row->base + (r->proto ? b->class[r->proto] : 0);
	const uint16_t hi = r->proto ? lo : row->base + b->width - 1;

	return (struct dp_line){
		.dst = r->dst,
		.dst_bits = r->dst_bits,
		.class_lo = (uint8_t)lo,
		.class_hi = (uint8_t)hi,
		.src_port_lo = r->src_port_lo,
		.src_port_hi = r->src_port_hi,
		.dst_port_lo = r->dst_port_lo,
		.dst_port_hi = r->dst_port_hi,
	};
}

/* Parts of one rule in an order of their own, so that the same rules make the same list. */
static int by_number(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return memcmp(&a->line, &b->line, sizeof(a->line));
}

/* Of @rule[@n], which begins with the group of @row, what is of the family: in @out. */
static uint32_t take_entries(const struct dp_blocks *b, const struct dp_row *row,
                             enum dp_family family, const struct msg_rule *rule, uint32_t n,
                             struct entry *out)
{
	uint32_t i, k = 0;

	for (i = 0; i < n; i++) {
		while (row->group != rule[i].group)
			row++;
		if (!is_of(&rule[i], family))
			continue;
		out[k++] = (struct entry){.line = line_of(b, row, &rule[i]),
		                          .number = rule[i].number,
		                          .rule = &rule[i]};
	}
	qsort(out, k, sizeof(*out), by_number);
	return k;
}

struct scratch {
	struct entry *entry;
	struct dp_line *line;
};

static int make_context(struct dp_block *block, enum dp_family family, const struct scratch *s,
                        uint32_t n, struct dp_context *former, int socket,
                        struct dp_tenant_made *made)
{
	uint32_t i;

	block->answer[family] = calloc(n, sizeof(*block->answer[family]));
	if (!block->answer[family])
		return -ENOMEM;
	block->n[family] = n;
	for (i = 0; i < n; i++) {
		const struct msg_rule *r = s->entry[i].rule;

		s->line[i] = s->entry[i].line;
		block->answer[family][i] = (struct dp_answer){
			.id = r->id,
			.number = r->number,
			.allow = r->action == MSG_ALLOW,
			.log = r->log,
		};
	}
	made->contexts++;
	if (former && dp_context_is_of(former, s->line, n)) {
		made->shared++;
		block->context[family] = dp_context_get(former);
		return 0;
	}
	return dp_context_new(s->line, n, family, socket, &block->context[family]);
}

/* The rules of block @k: a run of @rule, which is taken from its beginning. */
static uint32_t run_of_block(const struct dp_blocks *b, uint32_t k, const struct msg_rule *rule,
                             uint32_t n, uint32_t *row)
{
	uint32_t len = 0;

	for (; *row < b->n_row && b->row[*row].block == k; ++*row)
		while (len < n && rule[len].group == b->row[*row].group)
			len++;
	return len;
}

static int make_blocks(struct dp_blocks *b, const struct msg_rule *rule, uint32_t n,
                       const struct dp_blocks *former, const struct scratch *s, int socket,
                       struct dp_tenant_made *made)
{
	uint32_t k, len, row = 0;
	int err = 0, f;

	for (k = 0; k < b->n_block; k++, rule += len, n -= len) {
		const struct dp_row *first = &b->row[row];

		len = run_of_block(b, k, rule, n, &row);
		for (f = 0; f < DP_FAMILIES && !err; f++) {
			const uint32_t some = take_entries(b, first, f, rule, len, s->entry);
			struct dp_context *old = former && k < former->n_block
			                                 ? former->block[k].context[f]
			                                 : NULL;

			if (some)
				err = make_context(&b->block[k], f, s, some, old, socket, made);
		}
		if (err)
			return err;
	}
	return 0;
}

int dp_blocks_init(struct dp_blocks *b, const struct msg_rule *rule, uint32_t n,
                   const struct dp_blocks *former, int socket, struct dp_tenant_made *made)
{
	struct scratch s = {
		.entry = calloc(n + 1, sizeof(*s.entry)),
		.line = calloc(n + 1, sizeof(*s.line)),
	};
	int err;

	*b = (struct dp_blocks){0};
	err = s.entry && s.line ? make_rows(b, rule, n) : -ENOMEM;
	if (!err)
		err = make_blocks(b, rule, n, former, &s, socket, made);
	free(s.entry);
	free(s.line);
	return err;
}

void dp_blocks_fini(struct dp_blocks *b)
{
	uint32_t i;
	int f;

	for (i = 0; i < b->n_block; i++)
		for (f = 0; f < DP_FAMILIES; f++) {
			dp_context_put(b->block[i].context[f]);
			free(b->block[i].answer[f]);
		}
	free(b->block);
	free(b->row);
}

/* ---- questions ---------------------------------------------------------------------- */

static bool is_same_block(const struct dp_block *a, const struct dp_block *b)
{
	int f;

	for (f = 0; f < DP_FAMILIES; f++)
		if (a->context[f] != b->context[f] || a->n[f] != b->n[f] ||
		    (a->n[f] &&
		     memcmp(a->answer[f], b->answer[f], a->n[f] * sizeof(*a->answer[f]))))
			return false;
	return true;
}

bool dp_blocks_are_same(const struct dp_blocks *a, const struct dp_blocks *b)
{
	uint32_t i;

	if (a->n_row != b->n_row || a->n_block != b->n_block || a->width != b->width ||
	    memcmp(a->class, b->class, sizeof(a->class)) ||
	    memcmp(a->row, b->row, a->n_row * sizeof(*a->row)))
		return false;
	for (i = 0; i < a->n_block; i++)
		if (!is_same_block(&a->block[i], &b->block[i]))
			return false;
	return true;
}

/* False: no rule is of this group. */
static bool find_row(const struct dp_blocks *b, uint16_t group, uint16_t *row)
{
	uint32_t lo = 0, hi = b->n_row;

	while (lo < hi) {
		const uint32_t mid = (lo + hi) / 2;

		if (b->row[mid].group == group) {
			*row = (uint16_t)mid;
			return true;
		}
		if (b->row[mid].group < group)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static uint16_t put_in_order(uint16_t *row, uint16_t n, uint16_t one)
{
	uint16_t at = n;

	while (at && row[at - 1] > one)
		at--;
	if (at && row[at - 1] == one)
		return n;
	memmove(&row[at + 1], &row[at], (n - at) * sizeof(*row));
	row[at] = one;
	return n + 1;
}

uint16_t dp_blocks_rows(const struct dp_blocks *b, const uint16_t *group, uint16_t n,
                        uint16_t row[DP_ROWS_MAX])
{
	uint16_t i, k = 0, one;

	for (i = 0; i < n; i++)
		if (find_row(b, group[i], &one))
			k = put_in_order(row, k, one);
	if (find_row(b, MSG_GROUP_ANY, &one))
		k = put_in_order(row, k, one);
	return k;
}
