/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Numbers of tenants and interfaces over changes of the documents, and their file.
 */

#include "controlplane/policy/numbers.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- numbers alone --------------------------------------------------------------------- */

/* Number the tenants named in @names, separated by spaces. */
static struct cp_numbers number(const char *names, const struct cp_numbers *former)
{
	struct cp_numbers n;
	size_t len;

	cp_numbers_init(&n);
	n.tenant = calloc(strlen(names) + 1, sizeof(*n.tenant));
	assert_non_null(n.tenant);
	for (; *names; names += len + (names[len] == ' ')) {
		len = strcspn(names, " ");
		snprintf(n.tenant[n.n_tenant++].name, CP_NAME_MAX, "%.*s", (int)len, names);
	}
	assert_int_equal(cp_numbers_tenants(&n, former), 0);
	return n;
}

/* Each step follows on the one before. */
static const struct {
	const char *why, *names;
	const char *want; /* "name=number", by name */
} steps[] = {
	{"a first start counts up", "b a c", "a=2 b=1 c=3"},
	{"who stays keeps his number", "a c", "a=2 c=3"},
	{"who comes gets one that was not used", "a c d", "a=2 c=3 d=4"},
	{"who comes back, too", "a b c d", "a=2 b=5 c=3 d=4"},
	{"nobody", "", ""},
	{"after all have gone", "a", "a=6"},
};

static void describe(const struct cp_numbers *n, char *buf, size_t size)
{
	size_t used = 0;
	uint32_t i;

	buf[0] = 0;
	for (i = 0; i < n->n_tenant; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s=%u", i ? " " : "",
		                         n->tenant[i].name, n->tenant[i].id);
}

static void keeps_numbers(void **state UNUSED)
{
	struct cp_numbers now = {0}, former = {0};
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		now = number(steps[i].names, i ? &former : NULL);
		describe(&now, text, sizeof(text));
		if (strcmp(text, steps[i].want) != 0)
			fail_msg("%s: %s", steps[i].why, text);
		cp_numbers_fini(&former);
		former = now;
	}
	cp_numbers_fini(&former);
}

/* A tenant that comes and goes: each number has its turn before one comes again, and the one
 * who stays is passed over. */
static void reuses_late(void **state UNUSED)
{
	struct cp_numbers former = number("stays", NULL), now;
	bool had[TENANT_MAX + 1] = {false};
	char names[32];
	int i, id;

	for (i = 0; i < TENANT_MAX - 1; i++) {
		snprintf(names, sizeof(names), "stays n%d", i);
		now = number(names, &former);
		id = cp_numbers_tenant(&now, names + strlen("stays "));
		assert_in_range(id, 2, TENANT_MAX);
		assert_false(had[id]);
		had[id] = true;
		assert_int_equal(cp_numbers_tenant(&now, "stays"), 1);
		cp_numbers_fini(&former);
		former = now;
	}
	now = number("stays again", &former);
	assert_int_equal(cp_numbers_tenant(&now, "again"), 2);
	assert_int_equal(cp_numbers_tenant(&now, "other"), -1);
	cp_numbers_fini(&former);
	cp_numbers_fini(&now);
}

static void has_one_for_each(void **state UNUSED)
{
	struct cp_numbers n, again;
	uint32_t i;

	cp_numbers_init(&n);
	n.iface = calloc(MSG_IFACES_MAX, sizeof(*n.iface));
	assert_non_null(n.iface);
	for (i = 0; i < MSG_IFACES_MAX; i++) {
		snprintf(n.iface[i].owner, CP_NAME_MAX, "t%u", i / 64);
		snprintf(n.iface[i].name, CP_NAME_MAX, "i%u", i);
	}
	n.n_iface = MSG_IFACES_MAX;
	assert_int_equal(cp_numbers_ifaces(&n, NULL), 0);
	assert_int_equal(cp_numbers_iface(&n, "t0", "i0"), 0);
	assert_int_equal(cp_numbers_iface(&n, "t63", "i4095"), 4095);
	assert_int_equal(cp_numbers_iface(&n, "t0", "i4095"), -1);

	/* All but one again, and another in its place: the only number left. */
	cp_numbers_init(&again);
	again.iface = calloc(MSG_IFACES_MAX, sizeof(*again.iface));
	assert_non_null(again.iface);
	memcpy(again.iface, n.iface, MSG_IFACES_MAX * sizeof(*n.iface));
	again.n_iface = MSG_IFACES_MAX;
	snprintf(again.iface[77].name, CP_NAME_MAX, "other");
	i = n.iface[77].index;
	assert_int_equal(cp_numbers_ifaces(&again, &n), 0);
	assert_int_equal(cp_numbers_iface(&again, n.iface[77].owner, "other"), i);
	assert_int_equal(cp_numbers_iface(&again, n.iface[76].owner, n.iface[76].name),
	                 n.iface[76].index);
	cp_numbers_fini(&n);
	cp_numbers_fini(&again);
}

/* ---- their file ------------------------------------------------------------------------ */

#define DOC(next, tenants, ifaces)                                                       \
	"{\"next_tenant\": " next ", \"next_interface\": 9, \"tenants\": [" tenants "]," \
	" \"interfaces\": [" ifaces "]}"

static const struct {
	const char *why, *text;
	const char *want; /* NULL: sound */
} documents[] = {
	// clang-format off
	{"nobody", DOC("1", "", ""), NULL},
	{"the last numbers", DOC("4095", "{\"name\": \"a\", \"number\": 4095}", "{\"name\": \"w\", \"number\": 4095}"), NULL},
	{"one name of two owners", DOC("3", "", "{\"name\": \"l\", \"number\": 0}, {\"owner\": \"a\", \"name\": \"l\", \"number\": 1}"), NULL},
	{"cut off", "{\"next_tenant\": 1", "numbers.json: line 1, column 17: found '}' expected near end of file, expected a JSON document (RFC 8259)"},
	{"empty", "", "numbers.json: line 1, column 0: found unexpected token near end of file, expected a JSON document (RFC 8259)"},
	{"no cursor", "{\"next_interface\": 0, \"tenants\": [], \"interfaces\": []}", "numbers.json: $.next_tenant: found nothing, expected a whole number from 1 to 4095: where the next number is looked for"},
	{"cursor 0", DOC("0", "", ""), "numbers.json: $.next_tenant: found 0, expected a whole number from 1 to 4095"},
	{"cursor beyond", DOC("4096", "", ""), "numbers.json: $.next_tenant: found 4096, expected a whole number from 1 to 4095"},
	{"tenant 0", DOC("1", "{\"name\": \"a\", \"number\": 0}", ""), "numbers.json: $.tenants[0].number: found 0, expected a whole number from 1 to 4095"},
	{"interface beyond", DOC("1", "", "{\"name\": \"w\", \"number\": 4096}"), "numbers.json: $.interfaces[0].number: found 4096, expected a whole number from 0 to 4095"},
	{"number twice", DOC("1", "{\"name\": \"a\", \"number\": 7}, {\"name\": \"b\", \"number\": 7}", ""), "numbers.json: $.tenants[1].number: found 7, expected a number that no row before it has"},
	{"name twice", DOC("1", "{\"name\": \"a\", \"number\": 7}, {\"name\": \"a\", \"number\": 8}", ""), "numbers.json: $.tenants[1].name: found \"a\", expected a name behind that of the row before it"},
	{"not in order", DOC("1", "{\"name\": \"b\", \"number\": 7}, {\"name\": \"a\", \"number\": 8}", ""), "numbers.json: $.tenants[1].name: found \"a\", expected a name behind that of the row before it"},
	{"interface twice", DOC("1", "", "{\"name\": \"l\", \"number\": 1}, {\"name\": \"l\", \"number\": 2}"), "numbers.json: $.interfaces[1].name: found \"l\", expected a name behind that of the row before it"},
	{"owners not in order", DOC("1", "", "{\"owner\": \"a\", \"name\": \"l\", \"number\": 1}, {\"name\": \"x\", \"number\": 2}"), "numbers.json: $.interfaces[1].name: found \"x\", expected a name behind that of the row before it"},
	{"interface number twice", DOC("1", "", "{\"name\": \"l\", \"number\": 1}, {\"name\": \"m\", \"number\": 1}"), "numbers.json: $.interfaces[1].number: found 1, expected a number that no row before it has"},
	{"zone of no file", "{\"next_tenant\": 1, \"next_interface\": 0, \"zone\": {\"name\": \"Asia/Tokyo\", \"tzif\": \"545a6966\"}, \"tenants\": [], \"interfaces\": []}", "numbers.json: $.zone.tzif: found something else, expected a time zone's file (RFC 8536), in hexadecimal digits"},
	{"zone in other digits", "{\"next_tenant\": 1, \"next_interface\": 0, \"zone\": {\"name\": \"Asia/Tokyo\", \"tzif\": \"5-\"}, \"tenants\": [], \"interfaces\": []}", "numbers.json: $.zone.tzif: found something else, expected a time zone's file (RFC 8536), in hexadecimal digits"},
	{"zone without a file", "{\"next_tenant\": 1, \"next_interface\": 0, \"zone\": {\"name\": \"Asia/Tokyo\"}, \"tenants\": [], \"interfaces\": []}", "numbers.json: $.zone.tzif: found nothing, expected printable text of 1 to 131072 octets: its file, in hexadecimal digits"},
	{"unknown key", DOC("1", "{\"name\": \"a\", \"id\": 7}", ""), "numbers.json: $.tenants[0].id: found an unknown key, expected one of: name, number"},
	// clang-format on
};

static void reads_its_file(void **state UNUSED)
{
	struct cp_policy_error error;
	struct cp_numbers n, again;
	char text[1024], *written;
	int wrong = 0, err;
	size_t i;

	for (i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		err = cp_numbers_read(documents[i].text, strlen(documents[i].text), &n, &error);
		cp_policy_error_text(&error, text, sizeof(text));
		if (err != (documents[i].want ? -EINVAL : 0) ||
		    (err && strcmp(text, documents[i].want) != 0)) {
			print_error("%s: %d, %s\n", documents[i].why, err, text);
			wrong++;
		}
		if (!err) {
			assert_int_equal(cp_numbers_write(&n, &written), 0);
			assert_int_equal(
				cp_numbers_read(written, strlen(written), &again, &error), 0);
			assert_int_equal(again.next_tenant, n.next_tenant);
			assert_int_equal(again.next_iface, 9);
			assert_int_equal(again.n_iface, n.n_iface);
			assert_memory_equal(again.iface, n.iface, n.n_iface * sizeof(*n.iface));
			assert_memory_equal(again.tenant, n.tenant,
			                    n.n_tenant * sizeof(*n.tenant));
			free(written);
			cp_numbers_fini(&again);
		}
		cp_numbers_fini(&n);
	}
	assert_int_equal(wrong, 0);
}

/* ---- in a policy ----------------------------------------------------------------------- */

static const char appliance[] =
	"{\"name\": \"gw\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\","
	" \"address\": \"198.51.100.1/24\"}]}";

#define TENANT(port)                                                                          \
	"{\"label\": \"T\", \"gateway\": {\"addresses\": [\"198.51.100.1\"],"                 \
	" \"identity\": \"" port ".test\", \"certificate\": \"s\"},"                          \
	" \"interfaces\": [{\"name\": \"lan\", \"port\": \"" port                             \
	"\", \"address\": \"10.20.0.1/24\"}],"                                                \
	" \"routes\": [{\"prefix\": \"0.0.0.0/0\", \"gateway\": \"10.20.0.2\"}],"             \
	" \"pools\": [{\"name\": \"p\", \"first\": \"10.99.0.1\", \"last\": \"10.99.0.9\"}]," \
	" \"subnets\": [\"10.20.0.0/24\"],"                                                   \
	" \"rules\": [{\"name\": \"r\", \"users\": [\"any\"], \"hosts\": [\"any\"],"          \
	"  \"services\": [\"any\"], \"action\": \"allow\"}]}"

static const struct cp_policy_text tenant[] = {
	{"a", TENANT("l0"), sizeof(TENANT("l0")) - 1},
	{"b", TENANT("l1"), sizeof(TENANT("l1")) - 1},
	{"c", TENANT("l2"), sizeof(TENANT("l2")) - 1},
};

/* Those of tenant[] from @first, backwards: their order must not matter. */
static struct cp_policy *parse(size_t first, size_t n, const struct cp_policy *former)
{
	struct cp_policy_text text[3];
	struct cp_policy_texts texts = {{"", appliance, sizeof(appliance) - 1}, text, n};
	struct cp_policy_error error;
	struct cp_policy *p = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		text[i] = tenant[first + n - 1 - i];
	assert_int_equal(cp_policy_parse(&texts, former ? former->numbers : NULL, &p, &error),
	                 0);
	return p;
}

/* What the data plane is told, as text. */
static int put(void *ctx, enum msg_type type, const void *body, size_t len UNUSED)
{
	const struct msg_iface *iface = body;
	const struct msg_route *route = body;
	const struct msg_local *local = body;
	const struct msg_rule *rule = body;
	FILE *out = ctx;

	if (type == MSG_IFACE)
		fprintf(out, "%s %u of %u, ", iface->port, iface->iface, iface->vrf);
	if (type == MSG_LOCAL)
		fprintf(out, "local %u, ", local->iface);
	if (type == MSG_ROUTE)
		fprintf(out, "route %u of %u, ", route->iface, route->vrf);
	if (type == MSG_RULE)
		fprintf(out, "rule of %u, ", rule->tenant);
	return 0;
}

static void is_told(const struct cp_policy *p, const char *want)
{
	char text[512] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");
	uint32_t sent = 0;

	assert_non_null(out);
	assert_int_equal(cp_policy_compile(p, &sent, put, out), 0);
	fclose(out);
	assert_string_equal(text, want);
}

static void numbers_a_policy(void **state UNUSED)
{
	struct cp_policy *first, *second, *third;

	first = parse(0, 2, NULL);
	assert_string_equal(cp_policy_tenant(first, 2)->name, "b");
	is_told(first, "wan0 0 of 0, l0 1 of 1, l1 2 of 2, local 0, route 1 of 1, "
	               "route 2 of 2, rule of 1, rule of 2, ");

	/* a goes, c comes: b is still 2, its interface still 2. */
	second = parse(1, 2, first);
	assert_null(cp_policy_tenant(second, 1));
	assert_string_equal(cp_policy_tenant(second, 2)->name, "b");
	assert_string_equal(cp_policy_tenant(second, 3)->name, "c");
	assert_null(cp_policy_tenant(second, TENANT_MAX));
	assert_null(cp_policy_tenant(second, UINT16_MAX));
	is_told(second, "wan0 0 of 0, l1 2 of 2, l2 3 of 3, local 0, route 2 of 2, "
	                "route 3 of 3, rule of 2, rule of 3, ");

	/* a comes back before them by name, behind them by number. */
	third = parse(0, 3, second);
	assert_string_equal(third->tenant[0].name, "a");
	is_told(third, "wan0 0 of 0, l0 4 of 4, l1 2 of 2, l2 3 of 3, local 0, "
	               "route 4 of 4, route 2 of 2, route 3 of 3, rule of 4, rule of 2, "
	               "rule of 3, ");
	cp_policy_free(first);
	cp_policy_free(second);
	cp_policy_free(third);
}

static void refuses_names_of_no_tenant(void **state UNUSED)
{
	struct cp_policy_text text[] = {tenant[0], tenant[1]};
	const struct cp_policy_texts texts = {{"", appliance, sizeof(appliance) - 1}, text, 2};
	struct cp_policy_error error;
	struct cp_policy *p;
	char said[1024];

	text[1].name = "a";
	assert_int_equal(cp_policy_parse(&texts, NULL, &p, &error), -EINVAL);
	assert_string_equal(cp_policy_error_text(&error, said, sizeof(said)),
	                    "tenants: found \"a\" twice, expected each tenant once");
	text[1].name = "../b";
	assert_int_equal(cp_policy_parse(&texts, NULL, &p, &error), -EINVAL);
	assert_string_equal(cp_policy_error_text(&error, said, sizeof(said)),
	                    "tenants: found \"../b.json\", expected a tenant's name of 1 to 31 "
	                    "lower-case letters, digits and hyphens before \".json\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_numbers),
		cmocka_unit_test(reuses_late),
		cmocka_unit_test(has_one_for_each),
		cmocka_unit_test(reads_its_file),
		cmocka_unit_test(numbers_a_policy),
		cmocka_unit_test(refuses_names_of_no_tenant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
