/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Groups within groups: who is in which, what a rule for one comes to, and where it ends.
 */

#include "controlplane/policy/policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const char appliance[] =
	"{\"name\": \"gw\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\","
	" \"address\": \"198.51.100.1/24\"}]}";

#define HEAD                                                                                  \
	"{\"label\": \"T\", \"gateway\": {\"addresses\": [\"198.51.100.1\"],"                 \
	" \"identity\": \"v.test\", \"authentication\": [\"psk\"]},"                          \
	" \"interfaces\": [{\"name\": \"lan\", \"port\": \"lan0\","                           \
	"  \"address\": \"10.20.0.1/24\"}],"                                                  \
	" \"pools\": [{\"name\": \"p\", \"first\": \"10.99.0.1\", \"last\": \"10.99.0.9\"}]," \
	" \"subnets\": [\"0.0.0.0/0\"]"

static int parse(const char *tenant, struct cp_policy **out, struct cp_policy_error *error)
{
	const struct cp_policy_text t = {"t", tenant, strlen(tenant)};
	const struct cp_policy_texts texts = {{"", appliance, sizeof(appliance) - 1}, &t, 1};

	return cp_policy_parse(&texts, NULL, out, error);
}

/* all -> left, right -> bottom: a diamond. "alone" is in nothing. */
static const char diamond[] =
	HEAD ", \"user_groups\": [{\"name\": \"all\", \"groups\": [\"left\", \"right\"]},"
	     "  {\"name\": \"left\", \"groups\": [\"bottom\"]},"
	     "  {\"name\": \"right\", \"groups\": [\"bottom\"]},"
	     "  {\"name\": \"bottom\"}, {\"name\": \"alone\"}],"
	     " \"users\": [{\"name\": \"a\", \"groups\": [\"all\"]},"
	     "  {\"name\": \"b\", \"groups\": [\"bottom\"]},"
	     "  {\"name\": \"l\", \"groups\": [\"alone\", \"left\"]},"
	     "  {\"name\": \"both\", \"groups\": [\"bottom\", \"all\"]}],"
	     " \"host_groups\": ["
	     "  {\"name\": \"all\", \"groups\": [\"left\", \"right\"]},"
	     "  {\"name\": \"left\", \"hosts\": [\"10.1.0.0/16\"], \"groups\": [\"bottom\"]},"
	     "  {\"name\": \"right\", \"hosts\": [\"10.2.0.0/16\"], \"groups\": [\"bottom\"]},"
	     "  {\"name\": \"bottom\", \"hosts\": [\"10.3.0.0/16\"]}],"
	     " \"service_groups\": ["
	     "  {\"name\": \"web\", \"services\": [\"tcp/80\"], \"groups\": [\"tls\"]},"
	     "  {\"name\": \"tls\", \"services\": [\"tcp/443\"]}],"
	     " \"rules\": [{\"name\": \"r\", \"users\": [\"left\"], \"hosts\": [\"all\"],"
	     "  \"services\": [\"web\"], \"action\": \"allow\"}]}";

static const struct {
	const char *user, *want;
} users[] = {
	{"a", "all"},
	{"b", "bottom all left right"},
	{"l", "alone left all"},
	{"both", "bottom all left right"},
};

static void puts_users_into_outer_groups(void **state UNUSED)
{
	struct cp_policy_error error;
	const struct cp_tenant *t;
	const struct cp_user *u;
	struct cp_policy *p;
	char text[128];
	size_t i, used;
	uint16_t k;

	assert_int_equal(parse(diamond, &p, &error), 0);
	t = &p->tenant[0];
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		u = cp_tenant_user(t, users[i].user);
		for (k = 0, used = 0; k < u->n_group; k++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
			                         k ? " " : "", t->user_group[u->group[k]].name);
		assert_string_equal(text, users[i].want);
	}
	cp_policy_free(p);
}

/* The bottom of the diamond once, each with both services. */
static void multiplies_out_what_is_within(void **state UNUSED)
{
	static const char *const want[] = {
		"10.1.0.0/16:80",  "10.1.0.0/16:443", "10.2.0.0/16:80",
		"10.2.0.0/16:443", "10.3.0.0/16:80",  "10.3.0.0/16:443",
	};
	struct cp_policy_error error;
	const struct msg_rule *r;
	char text[128], net[ADDR_TEXT];
	struct cp_policy *p;
	uint32_t i;

	assert_int_equal(parse(diamond, &p, &error), 0);
	assert_int_equal(p->tenant[0].n_compiled, sizeof(want) / sizeof(want[0]));
	for (i = 0; i < p->tenant[0].n_compiled; i++) {
		r = &p->tenant[0].compiled[i];
		snprintf(text, sizeof(text), "%s:%u",
		         prefix_format(&(struct prefix){r->dst, r->dst_bits}, net, sizeof(net)),
		         r->dst_port_lo);
		assert_string_equal(text, want[i]);
		assert_int_equal(r->group,
		                 1); /* of the user's group itself: users carry theirs */
	}
	cp_policy_free(p);
}

/* ---- where it ends --------------------------------------------------------------------- */

struct doc {
	char *text;
	size_t size, n;
};

static void add(struct doc *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct doc *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	d->n += (size_t)vsnprintf(d->text + d->n, d->size - d->n, format, args);
	va_end(args);
	assert_true(d->n < d->size);
}

static struct doc begin(size_t size)
{
	struct doc d = {malloc(size), size, 0};

	assert_non_null(d.text);
	add(&d, "%s", HEAD);
	return d;
}

static void refused(struct doc *d, const char *want)
{
	struct cp_policy_error error;
	struct cp_policy *p;
	char text[1024];

	if (parse(d->text, &p, &error) == 0) {
		cp_policy_free(p);
		assert_null(want);
	} else {
		cp_policy_error_text(&error, text, sizeof(text));
		assert_string_equal(text, want ? want : "accepted");
	}
	free(d->text);
}

/* A chain: who is in the first is in each of the others. */
static void chain_of_user_groups(unsigned n, const char *want)
{
	struct doc d = begin(64 << 10);
	unsigned i;

	add(&d, ", \"user_groups\": [{\"name\": \"g0\"}");
	for (i = 1; i < n; i++)
		add(&d, ", {\"name\": \"g%u\", \"groups\": [\"g%u\"]}", i, i - 1);
	add(&d, "], \"users\": [{\"name\": \"u\", \"groups\": [\"g0\"]}]}");
	refused(&d, want);
}

static void bounds_the_groups_of_a_user(void **state UNUSED)
{
	chain_of_user_groups(MSG_GROUPS_MAX, NULL);
	chain_of_user_groups(MSG_GROUPS_MAX + 1,
	                     "tenants/t.json: $.users[0].groups: found more groups, those that "
	                     "include his among them, expected at most 32 of a user");
}

/* The longest chain there can be comes to too much, and to no deep recursion. */
static void bounds_groups_within_groups(void **state UNUSED)
{
	struct doc d = begin(512 << 10);
	unsigned i;

	add(&d, ", \"host_groups\": [{\"name\": \"g0\", \"hosts\": [\"10.0.0.1\"]}");
	for (i = 1; i < 4096; i++)
		add(&d, ", {\"name\": \"g%u\", \"groups\": [\"g%u\"]}", i, i - 1);
	add(&d, "]}");
	/* 1 + 2 + .. + 362 = 65703 */
	refused(&d, "tenants/t.json: $.host_groups[361].groups: found 65703 groups within "
	            "groups up to here, expected at most 65536 of a tenant");
}

/* Few words, many records: hosts of hosts of hosts. */
static void bounds_what_a_rule_comes_to(void **state UNUSED)
{
	struct doc d = begin(256 << 10);
	unsigned i, k;

	add(&d, ", \"host_groups\": [{\"name\": \"top\", \"groups\": [\"g0\"");
	for (i = 1; i < 60; i++)
		add(&d, ", \"g%u\"", i);
	add(&d, "]}");
	for (i = 0; i < 60; i++) {
		add(&d, ", {\"name\": \"g%u\", \"hosts\": [\"10.0.0.1\"", i);
		for (k = 0; k < 99; k++)
			add(&d, ", \"10.%u.%u.1\"", i, k);
		add(&d, "]}");
	}
	add(&d, "], \"service_groups\": [{\"name\": \"s\", \"services\": [\"tcp/1\"");
	for (i = 2; i < 12; i++)
		add(&d, ", \"tcp/%u\"", i);
	add(&d, "]}], \"rules\": [{\"name\": \"r\", \"users\": [\"any\"], \"hosts\": [\"top\"],"
	        " \"services\": [\"s\"], \"action\": \"allow\"}]}");
	refused(&d,
	        "tenants/t.json: $.rules[0]: found 66000 rules after expansion, 66000 of this "
	        "one, expected at most 65536 of a tenant: write prefixes instead of ranges, "
	        "or \"any\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_users_into_outer_groups),
		cmocka_unit_test(multiplies_out_what_is_within),
		cmocka_unit_test(bounds_the_groups_of_a_user),
		cmocka_unit_test(bounds_groups_within_groups),
		cmocka_unit_test(bounds_what_a_rule_comes_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
