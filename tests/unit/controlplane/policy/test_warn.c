/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is allowed and probably not meant.
 */

#include "controlplane/policy/warnings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define RULE(name, users, hosts, services, action)                            \
	"{\"name\": \"" name "\", \"users\": [" users "], \"hosts\": [" hosts \
	"], \"services\": [" services "], \"action\": \"" action "\"}"
#define ANY    "\"any\""
#define STAFF  "\"staff\""
#define BOSSES "\"bosses\""
#define NET    "\"net\""    /* 10.20.0.0/24 */
#define LOWER  "\"lower\""  /* 10.20.0.0/25 */
#define UPPER  "\"upper\""  /* 10.20.0.128/25 */
#define MIDDLE "\"middle\"" /* 10.20.0.64-10.20.0.191 */
#define BESIDE "\"beside\"" /* 10.20.0.0-10.20.1.0 */
#define TCP    "\"tcp\""
#define WEB    "\"web\""  /* tcp/80, tcp/443 */
#define LOW    "\"low\""  /* tcp/1-1023 */
#define HIGH   "\"high\"" /* tcp/1024-65535, tcp/0 is no port */
#define UDP    "\"udp\""

#define W "warning: tenants/t.json: "

static const struct {
	const char *why, *rules;
	const char *want;
} rows[] = {
	// clang-format off
	{"one rule", RULE("a", STAFF, NET, TCP, "allow"), ""},
	{"the same again", RULE("a", STAFF, NET, TCP, "allow") "," RULE("b", STAFF, NET, TCP, "deny"),
	 W "$.rules[1]: rule \"b\" can never match: rule \"a\" before it takes all it would\n"},
	{"for everybody first", RULE("a", ANY, ANY, ANY, "deny") "," RULE("b", STAFF, NET, WEB, "allow"),
	 W "$.rules[1]: rule \"b\" can never match: rule \"a\" before it takes all it would\n"},
	{"the exception first", RULE("a", STAFF, LOWER, WEB, "deny") "," RULE("b", STAFF, NET, TCP, "allow"), ""},
	{"for some first", RULE("a", STAFF, NET, TCP, "deny") "," RULE("b", ANY, NET, TCP, "allow"), ""},
	{"for a wider group first", RULE("a", STAFF, NET, TCP, "deny") "," RULE("b", BOSSES, NET, TCP, "allow"),
	 W "$.rules[1]: rule \"b\" can never match: rule \"a\" before it takes all it would\n"},
	{"for a narrower group first", RULE("a", BOSSES, NET, TCP, "deny") "," RULE("b", STAFF, NET, TCP, "allow"), ""},
	{"for another group first", RULE("a", "\"guests\"", NET, TCP, "deny") "," RULE("b", STAFF "," "\"guests\"", NET, TCP, "allow"), ""},
	{"another protocol first", RULE("a", STAFF, NET, UDP, "allow") "," RULE("b", STAFF, NET, TCP, "allow"), ""},
	{"one protocol of all first", RULE("a", STAFF, NET, TCP, "allow") "," RULE("b", STAFF, NET, ANY, "allow"), ""},
	{"two halves of a network", RULE("a", STAFF, LOWER, TCP, "allow") "," RULE("b", STAFF, UPPER, TCP, "deny") "," RULE("c", STAFF, NET, WEB, "allow"),
	 W "$.rules[2]: rule \"c\" can never match: rule \"a\" and others before it take all it would\n"},
	{"two halves of the ports", RULE("a", STAFF, NET, LOW, "allow") "," RULE("b", STAFF, NET, HIGH, "deny") "," RULE("c", STAFF, NET, "\"ports\"", "allow"),
	 W "$.rules[2]: rule \"c\" can never match: rule \"a\" and others before it take all it would\n"},
	{"halves of different ports", RULE("a", STAFF, LOWER, LOW, "allow") "," RULE("b", STAFF, UPPER, HIGH, "deny") "," RULE("c", STAFF, NET, "\"ports\"", "allow"), ""},
	{"a hole in the middle is filled", RULE("a", STAFF, MIDDLE, TCP, "allow") "," RULE("b", STAFF, LOWER, TCP, "deny") "," RULE("c", STAFF, UPPER, TCP, "deny") "," RULE("d", STAFF, NET, TCP, "allow"),
	 W "$.rules[3]: rule \"d\" can never match: rule \"a\" and others before it take all it would\n"},
	{"one address more", RULE("a", STAFF, NET, TCP, "allow") "," RULE("b", STAFF, BESIDE, TCP, "deny"), ""},
	{"what a rule that never matches takes, the one before it takes", RULE("a", STAFF, ANY, TCP, "allow") "," RULE("b", STAFF, NET, TCP, "deny") "," RULE("c", STAFF, LOWER, TCP, "deny"),
	 W "$.rules[1]: rule \"b\" can never match: rule \"a\" before it takes all it would\n"
	 W "$.rules[2]: rule \"c\" can never match: rule \"a\" before it takes all it would\n"},
	{"a rule that is off takes nothing", "{\"enabled\": false," "\"name\": \"a\", \"users\": [\"any\"], \"hosts\": [\"any\"], \"services\": [\"any\"], \"action\": \"deny\"}," RULE("b", STAFF, NET, TCP, "allow"), ""},
	{"users nobody speaks of", RULE("a", "\"guests\"", NET, TCP, "allow"),
	 W "$.users: 2 users, the first of them \"ann\" by name, are in no group that a rule names: nothing passes for them\n"},
	{"one user nobody speaks of", RULE("a", BOSSES, NET, TCP, "allow"),
	 W "$.users: \"bob\" is in no group that a rule names: nothing passes for him\n"},
	{"a rule for everybody speaks of all", RULE("a", ANY, NET, TCP, "allow"), ""},
	{"no rule", "", W "$.rules: there is no rule: nothing passes\n"},
	// clang-format on
};

/* ann is a boss, bosses are staff; bob is staff; carol is off. */
static const char tenant[] =
	"{\"label\": \"T\", \"gateway\": {\"addresses\": [\"198.51.100.1\"],"
	" \"identity\": \"v.test\", \"certificate\": \"s\", \"authentication\": [\"%s\"]},"
	" \"interfaces\": [{\"name\": \"lan\", \"port\": \"lan0\", \"address\": "
	"\"10.20.0.1/24\"}],"
	" \"pools\": [{\"name\": \"p\", \"first\": \"10.99.0.1\", \"last\": \"10.99.0.9\"}],"
	" \"subnets\": [\"0.0.0.0/0\"],"
	" \"user_groups\": [{\"name\": \"staff\", \"groups\": [\"bosses\"]},"
	"  {\"name\": \"bosses\"}, {\"name\": \"guests\"}],"
	" \"users\": [{\"name\": \"ann\", \"groups\": [\"bosses\"]%s},"
	"  {\"name\": \"bob\", \"groups\": [\"staff\"]},"
	"  {\"name\": \"carol\", \"enabled\": false}],"
	" \"host_groups\": [{\"name\": \"net\", \"hosts\": [\"10.20.0.0/24\"]},"
	"  {\"name\": \"lower\", \"hosts\": [\"10.20.0.0/25\"]},"
	"  {\"name\": \"upper\", \"hosts\": [\"10.20.0.128/25\"]},"
	"  {\"name\": \"middle\", \"hosts\": [\"10.20.0.64-10.20.0.191\"]},"
	"  {\"name\": \"beside\", \"hosts\": [\"10.20.0.0-10.20.1.0\"]}],"
	" \"service_groups\": [{\"name\": \"tcp\", \"services\": [\"tcp\"]},"
	"  {\"name\": \"udp\", \"services\": [\"udp\"]},"
	"  {\"name\": \"web\", \"services\": [\"tcp/80\", \"tcp/443\"]},"
	"  {\"name\": \"low\", \"services\": [\"tcp/1-1023\"]},"
	"  {\"name\": \"high\", \"services\": [\"tcp/1024-65535\"]},"
	"  {\"name\": \"ports\", \"services\": [\"tcp/1-65535\"]}],"
	" \"rules\": [%s]%s}";

#define APPLIANCE(more)                                                               \
	"{\"name\": \"gw\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\"," \
	" \"address\": \"198.51.100.1/24\"}]" more "}"

static struct cp_policy *parse(const char *appliance, const char *auth, const char *user,
                               const char *rules, const char *more)
{
	size_t size = sizeof(tenant) + strlen(rules) + 1024;
	struct cp_policy_texts texts = {{"", appliance, strlen(appliance)}, NULL, 1};
	struct cp_policy_error error;
	struct cp_policy_text t;
	struct cp_policy *p;
	char *text = malloc(size), said[1024];

	assert_non_null(text);
	t = (struct cp_policy_text){
		"t", text, (size_t)snprintf(text, size, tenant, auth, user, rules, more)};
	assert_true(t.len < size);
	texts.tenant = &t;
	if (cp_policy_parse(&texts, NULL, &p, &error))
		fail_msg("%s", cp_policy_error_text(&error, said, sizeof(said)));
	free(text);
	return p;
}

static bool says(const struct cp_policy *p, const char *want)
{
	char text[4096] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	cp_policy_warnings(p, out);
	fclose(out);
	if (strcmp(text, want) == 0)
		return true;
	print_error("  said: %s\n", text);
	return false;
}

static void warns_of_rules(void **state UNUSED)
{
	struct cp_policy *p;
	int wrong = 0;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p = parse(APPLIANCE(""), "eap-mschapv2", "", rows[i].rules, "");
		if (!says(p, rows[i].want)) {
			print_error("%s\n", rows[i].why);
			wrong++;
		}
		cp_policy_free(p);
	}
	assert_int_equal(wrong, 0);
}

static const char plain[] = RULE("a", STAFF, NET, TCP, "allow");

static void warns_of_algorithms(void **state UNUSED)
{
	struct cp_policy *p =
		parse(APPLIANCE(""), "eap-mschapv2", "", plain,
	              ", \"crypto\": {\"ike\": [\"aes256-sha256-modp2048\", "
	              "\"aes128-sha1-modp2048\", \"aes128gcm16-prfsha1-ecp256\"]}");

	assert_true(says(p, W "$.crypto.ike[1]: \"aes128-sha1-modp2048\" is weak: SHA-1; for "
	                      "clients that know nothing better\n" W
	                      "$.crypto.ike[2]: \"aes128gcm16-prfsha1-ecp256\" is weak: SHA-1; "
	                      "for clients that know nothing better\n"));
	cp_policy_free(p);
}

static void warns_of_shared_keys(void **state UNUSED)
{
	struct cp_policy *p = parse(
		APPLIANCE(""), "psk", ", \"devices\": [\"CN=x\"]",
		RULE("d", ANY, LOWER, ANY, "deny") "," RULE("a", ANY, NET, TCP, "allow"), "");

	assert_true(says(p, W "$.rules[1].users: \"any\" is also for clients that have no "
	                      "user: those with a pre-shared key for any identity, \"*\"\n" W
	                      "$.users: \"ann\" has \"devices\", which only count with "
	                      "\"eap-mschapv2\"\n"));
	cp_policy_free(p);
}

/* The first of many, and how many more. */
static void counts_what_it_cannot_hold(void **state UNUSED)
{
	enum { RULES = 100 };
	size_t size = RULES * 160, n = 0;
	char *rules = malloc(size);
	struct cp_policy *p;
	unsigned i;

	assert_non_null(rules);
	for (i = 0; i < RULES; i++)
		n += (size_t)snprintf(rules + n, size - n,
		                      "%s{\"name\": \"r%u\", \"users\": [\"any\"], \"hosts\": "
		                      "[\"any\"], \"services\": [\"any\"], \"action\": "
		                      "\"deny\"}",
		                      i ? "," : "", i);
	p = parse(APPLIANCE(""), "eap-mschapv2", "", rules, "");
	assert_int_equal(p->n_warning, CP_WARNINGS_MAX);
	assert_int_equal(p->n_warning_more, RULES - 1 - CP_WARNINGS_MAX);
	cp_policy_free(p);
	free(rules);
}

/* 10,000 rules that no other covers: it ends soon, with or without an answer. */
static void gives_up_in_time(void **state UNUSED)
{
	enum { RULES = 10000 };
	size_t size = RULES * 160, n = 0;
	char *rules = malloc(size);
	struct cp_policy *p;
	unsigned i;

	assert_non_null(rules);
	for (i = 0; i < RULES; i++)
		n += (size_t)snprintf(rules + n, size - n,
		                      "%s{\"name\": \"r%u\", \"users\": [\"%s\"], \"hosts\": "
		                      "[\"%s\"], \"services\": [\"%s\"], \"action\": \"deny\"}",
		                      i ? "," : "", i, i % 2 ? "bosses" : "guests",
		                      i % 3 ? "middle" : "beside", i % 5 ? "web" : "udp");
	p = parse(APPLIANCE(""), "eap-mschapv2", "", rules, "");
	assert_int_equal(p->n_warning, CP_WARNINGS_MAX);
	cp_policy_free(p);
	free(rules);
}

static void warns_of_what_needs_a_start(void **state UNUSED)
{
	struct cp_policy *former = parse(APPLIANCE(""), "eap-mschapv2", "", plain, "");
	struct cp_policy *p = parse(APPLIANCE(", \"time_zone\": \"Asia/Tokyo\","
	                                      " \"accounts\": {\"keys\": \"1002\"},"
	                                      " \"ike\": {\"dh_threads\": 4}"),
	                            "eap-mschapv2", "", plain, "");

	assert_int_equal(cp_policy_warn_changes(former, former), 0);
	assert_int_equal(former->n_warning, 0);
	assert_int_equal(cp_policy_warn_changes(p, former), 0);
#define START "counts when the control plane is started again\n"
	assert_true(says(p,
	                 "warning: appliance.json: $.accounts.keys: \"1002\" instead of "
	                 "\"sekisho-keys\" " START
	                 "warning: appliance.json: $.time_zone: \"Asia/Tokyo\" instead of "
	                 "\"UTC\" " START
	                 "warning: appliance.json: $.ike.dh_threads: 4 instead of 2 " START));
	cp_policy_free(p);
	cp_policy_free(former);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warns_of_rules),
		cmocka_unit_test(warns_of_algorithms),
		cmocka_unit_test(warns_of_shared_keys),
		cmocka_unit_test(counts_what_it_cannot_hold),
		cmocka_unit_test(gives_up_in_time),
		cmocka_unit_test(warns_of_what_needs_a_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
