/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/row.h"

#include "common/msg/suite.h"
#include "dataplane/crypto/crypto.h"
#include "tests/perf/gateway.h"
#include "tests/perf/hostile.h"
#include "tests/perf/seal.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	IMIX = 0,
	OUTER = 28,       /* IPv4 and UDP */
	SHORTER = 1400,   /* instead of 1420, where the latter fits no frame: SHA-512's ICV */
	SOME_RULES = 100, /* of each tenant, where tenants are counted */
};

struct rows {
	struct row *row;
	unsigned n;
};

bool row_same_gateway(const struct row *a, const struct row *b)
{
	return a->suite == b->suite && a->sessions == b->sessions && a->rules == b->rules &&
	       a->tenants == b->tenants && a->workers == b->workers;
}

const char *row_cipher(const struct row *r)
{
	return seal_suite(r->suite)->name;
}

static void name_row(struct row *r)
{
	char size[8] = "imix", rules[24] = "", tenants[24] = "";
	static const char *const kinds[] = {
		[ROW_FLOW] = "",
		[ROW_FIRST] = "/first",
		[ROW_LATENCY] = "/latency",
		[ROW_REASSEMBLY] = "/reassembly",
		[ROW_HOSTILE] = "/hostile-",
	};

	if (r->size)
		snprintf(size, sizeof(size), "%u", r->size);
	if (r->rules != ROW_RULES)
		snprintf(rules, sizeof(rules), "/rules-%u", r->rules);
	if (r->tenants != 1)
		snprintf(tenants, sizeof(tenants), "/tenants-%u", r->tenants);
	snprintf(r->name, sizeof(r->name), "%s/%s/%s/%u%s%s%s%s%s", r->out ? "out" : "in",
	         row_cipher(r), size, r->sessions, rules, tenants,
	         r->workers > 1 ? "/handoff" : "", kinds[r->kind],
	         r->kind == ROW_HOSTILE ? hostile_class(r->hostile)->name : "");
}

/* Suites that the data plane does not have are left out. */
static void add(struct rows *rows, struct row r)
{
	if (rows->n == ROWS_MAX || !dp_suite(r.suite))
		return;
	/* A packet in two fragments is another row. */
	if (r.size > SHORTER && OUTER + seal_esp_len(seal_suite(r.suite), r.size) > GW_MTU)
		r.size = SHORTER;
	r.rules = r.rules ? r.rules : ROW_RULES;
	r.tenants = r.tenants ? r.tenants : 1;
	r.workers = r.workers ? r.workers : 1;
	name_row(&r);
	rows->row[rows->n++] = r;
}

static void add_both(struct rows *rows, struct row r)
{
	r.out = true;
	add(rows, r);
	r.out = false;
	add(rows, r);
}

static void add_sizes(struct rows *rows, struct row r, const uint16_t *size, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		r.size = size[i];
		add_both(rows, r);
	}
}

static const uint16_t all_sizes[] = {64, 256, 512, 1024, 1420, IMIX};
static const uint16_t two_sizes[] = {64, 1420};
static const uint32_t all_sessions[] = {1, 1000, 100000};

/* ---- the rows of the reference suite ------------------------------------------------- */

static void add_sessions(struct rows *rows, bool quick)
{
	unsigned i;

	for (i = 0; i < 3; i++) {
		const struct row r = {.suite = MSG_SUITE_AES128_GCM16,
		                      .sessions = all_sessions[i]};

		if (quick)
			add_sizes(rows, r, two_sizes, 2);
		else
			add_sizes(rows, r, all_sizes, 6);
	}
}

/* A known flow and the first packet of one, by the length of the list of rules. */
static void add_rules(struct rows *rows, bool quick)
{
	static const uint32_t rules[] = {10, ROW_RULES, 10000};
	unsigned i;

	for (i = 0; i < 3; i++) {
		struct row r = {.suite = MSG_SUITE_AES128_GCM16,
		                .sessions = 1000,
		                .rules = rules[i],
		                .size = 64};

		if (quick && rules[i] == 10000)
			continue;
		if (rules[i] != ROW_RULES)
			add_both(rows, r);
		r.kind = ROW_FIRST;
		add(rows, r);
	}
}

static void add_tenants(struct rows *rows)
{
	struct row r = {.suite = MSG_SUITE_AES128_GCM16,
	                .sessions = 1000,
	                .rules = SOME_RULES,
	                .size = 64};

	add_both(rows, r);
	r.kind = ROW_FIRST;
	add(rows, r);
	r.tenants = 1000;
	add(rows, r);
	r.kind = ROW_FLOW;
	add_both(rows, r);
}

/* From one worker to the one that owns the session; the size that has to be reassembled. */
static void add_ways(struct rows *rows)
{
	struct row r = {.suite = MSG_SUITE_AES128_GCM16, .sessions = 1000, .workers = 2};

	add_sizes(rows, r, two_sizes, 2);
	r.workers = 1;
	r.size = 1420;
	r.kind = ROW_REASSEMBLY;
	add(rows, r);
}

static void add_hostile(struct rows *rows)
{
	struct row r = {.suite = MSG_SUITE_AES128_GCM16,
	                .sessions = 1000,
	                .size = 64,
	                .kind = ROW_HOSTILE};
	unsigned i;

	for (i = 0; i < hostile_count(); i++) {
		r.hostile = (uint16_t)i;
		r.out = hostile_class(i)->out;
		add(rows, r);
	}
}

/* ---- the other suites ---------------------------------------------------------------- */

static bool is_quick(uint8_t suite)
{
	return suite == MSG_SUITE_AES256_GCM16 || suite == MSG_SUITE_AES128_SHA1 ||
	       suite == MSG_SUITE_AES256_SHA256 || suite == MSG_SUITE_3DES_SHA1 ||
	       suite == MSG_SUITE_CHACHA20_POLY1305;
}

static void add_latency(struct rows *rows, uint8_t suite)
{
	struct row r = {.suite = suite, .sessions = 1, .size = 1420, .kind = ROW_LATENCY};

	add_both(rows, r);
}

static void add_suite(struct rows *rows, uint8_t suite, bool quick)
{
	const struct seal_suite *s = seal_suite(suite);
	struct row r = {.suite = suite, .sessions = 1};

	add_sizes(rows, r, two_sizes, 2);
	if (s->auth != MSG_AUTH_NONE)
		add_latency(rows, suite);
	if (quick)
		return;
	/* A shorter ICV changes nothing that sessions would show. */
	if (s->cipher == MSG_CIPHER_GCM && s->icv_len != 16)
		return;
	r.sessions = 1000;
	add_sizes(rows, r, two_sizes, 2);
}

unsigned rows_list(struct row *out, bool quick)
{
	struct rows rows = {.row = out};
	uint8_t suite;

	add_sessions(&rows, quick);
	add_rules(&rows, quick);
	if (!quick)
		add_tenants(&rows);
	add_latency(&rows, MSG_SUITE_AES128_GCM16);
	add_ways(&rows);
	add_hostile(&rows);
	for (suite = 1; suite < MSG_SUITE_COUNT; suite++)
		if (suite != MSG_SUITE_AES128_GCM16 && seal_suite(suite) &&
		    (!quick || is_quick(suite)))
			add_suite(&rows, suite, quick);
	return rows.n;
}

unsigned rows_like(struct row *out, const struct row *like)
{
	struct rows rows = {.row = out};
	struct row r = *like;

	r.suite = r.suite ? r.suite : MSG_SUITE_AES128_GCM16;
	r.sessions = r.sessions ? r.sessions : 1;
	if (r.size)
		add_both(&rows, r);
	else
		add_sizes(&rows, r, two_sizes, 2);
	return rows.n;
}

static bool fits(const char *name, const char *patterns)
{
	char *copy = strdup(patterns), *rest = copy, *one;
	bool fit = false;

	while (copy && !fit && (one = strsep(&rest, ",")))
		fit = fnmatch(one, name, 0) == 0;
	free(copy);
	return fit;
}

unsigned rows_choose(struct row *rows, unsigned n, const char *patterns)
{
	unsigned i, out = 0;

	for (i = 0; i < n; i++)
		if (fits(rows[i].name, patterns))
			rows[out++] = rows[i];
	return out;
}
