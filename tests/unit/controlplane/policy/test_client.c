/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a document says of single clients: keys of users, devices, routes and name servers of
 * groups, limits in time; and the appliance's part about logs.
 */

#include "controlplane/policy/numbers.h"
#include "controlplane/policy/zone.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const char appliance[] =
	"{\"name\": \"gw\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\","
	" \"address\": \"198.51.100.1/24\"}],"
	" \"time_zone\": \"Asia/Tokyo\","
	" \"accounts\": {\"policy\": \"1004\", \"operator\": \"noc\", \"metrics\": \"1005\","
	"  \"scraper\": \"prometheus\"},"
	" \"log\": {\"file_mb\": 4096, \"files\": 1},"
	" \"syslog\": {\"host\": \"10.20.0.9\", \"port\": 6515, \"ca\": \"log-ca\","
	"  \"certificate\": \"gw\", \"spool_mb\": 7},"
	" \"metrics\": false}";

static const char tenant[] =
	"{\"label\": \"T\", \"service_code\": \"VPN-0042\","
	" \"gateway\": {\"addresses\": [\"198.51.100.1\"], \"identity\": \"vpn.test\","
	"  \"certificate\": \"server\"},"
	" \"interfaces\": [{\"name\": \"lan\", \"port\": \"lan0\", \"address\": "
	"\"10.20.0.1/24\"}],"
	" \"pools\": [{\"name\": \"p\", \"first\": \"10.99.0.10\", \"last\": \"10.99.0.99\"}],"
	" \"dns\": [\"10.20.0.10\"], \"subnets\": [\"10.20.0.0/24\"],"
	" \"user_groups\": ["
	"  {\"name\": \"plain\"},"
	"  {\"name\": \"admins\", \"routes\": [\"10.30.0.0/16\", \"10.40.0.0/16\"],"
	"   \"dns\": [\"10.30.0.53\"]},"
	"  {\"name\": \"part\", \"routes\": [\"10.30.7.0/24\"]},"
	"  {\"name\": \"all\", \"routes\": [\"10.0.0.0/8\"], \"dns\": [\"10.30.0.53\","
	"   \"10.30.0.54\", \"10.30.0.55\", \"10.30.0.56\"]},"
	"  {\"name\": \"names\", \"dns\": [\"10.20.0.11\", \"10.20.0.12\"]}],"
	" \"users\": ["
	"  {\"name\": \"nobody\"},"
	"  {\"name\": \"plain\", \"groups\": [\"plain\"], \"expires\": \"2027-03-31\"},"
	"  {\"name\": \"admin\", \"groups\": [\"plain\", \"admins\"],"
	"   \"devices\": [\"CN=laptop, O=T\", \"10.1.1.1\"]},"
	"  {\"name\": \"part\", \"groups\": [\"part\", \"admins\"]},"
	"  {\"name\": \"all\", \"groups\": [\"part\", \"names\", \"all\", \"admins\"]},"
	"  {\"name\": \"names\", \"groups\": [\"names\"],"
	"   \"expires\": \"2027-03-31T18:00:00+09:00\"}],"
	" \"limits\": {\"when_full\": \"replace-old\"},"
	" \"timers\": {\"idle_seconds\": 30, \"session_seconds\": 2592000}}";

/* Linked with --wrap: two names can be made to have one key. */
static bool do_collide;
uint64_t __real_cp_user_key(const char *name);
uint64_t __wrap_cp_user_key(const char *name);

uint64_t __wrap_cp_user_key(const char *name)
{
	if (do_collide && strcmp(name, "part") == 0)
		name = "admin";
	return __real_cp_user_key(name);
}

static bool is_confined;
int __real_cp_zone_load(const char *name, struct cp_zone **out);
int __wrap_cp_zone_load(const char *name, struct cp_zone **out);

int __wrap_cp_zone_load(const char *name, struct cp_zone **out)
{
	return is_confined ? -EACCES : __real_cp_zone_load(name, out);
}

static int parse(struct cp_policy **out, struct cp_policy_error *error)
{
	const struct cp_policy_text a = {"", appliance, sizeof(appliance) - 1};
	const struct cp_policy_text t = {"t", tenant, sizeof(tenant) - 1};

	return cp_policy_parse(&(struct cp_policy_texts){a, &t, 1}, NULL, out, error);
}

static void reads_what_is_about_logs(void **state UNUSED)
{
	struct cp_policy_error error;
	const struct cp_appliance *a;
	struct cp_policy *p;

	assert_int_equal(parse(&p, &error), 0);
	a = &p->appliance;
	assert_string_equal(a->policy_user, "1004");
	assert_string_equal(a->operator_user, "noc");
	assert_string_equal(a->metrics_user, "1005");
	assert_string_equal(a->scraper_user, "prometheus");
	assert_int_equal(a->log_file_mb, 4096);
	assert_int_equal(a->log_files, 1);
	assert_true(a->syslog.on);
	assert_string_equal(a->syslog.host, "10.20.0.9");
	assert_string_equal(a->syslog.name, "10.20.0.9"); /* the default: the host */
	assert_int_equal(a->syslog.port, 6515);
	assert_string_equal(a->syslog.ca, "log-ca");
	assert_string_equal(a->syslog.certificate, "gw");
	assert_int_equal(a->syslog.spool_mb, 7);
	assert_false(a->metrics);
	assert_string_equal(p->tenant[0].service_code, "VPN-0042");
	assert_int_equal(p->tenant[0].when_full, CP_FULL_REPLACE_OLD);
	assert_int_equal(p->tenant[0].idle_s, 30);
	assert_int_equal(p->tenant[0].session_s, 2592000);
	cp_policy_free(p);
}

/* A date is over with the day in Tokyo. */
static void knows_when_users_expire(void **state UNUSED)
{
	struct cp_policy_error error;
	struct cp_policy *p;

	assert_int_equal(parse(&p, &error), 0);
	assert_string_equal(p->appliance.time_zone, "Asia/Tokyo");
	assert_int_equal(cp_tenant_user(&p->tenant[0], "nobody")->expires, 0);
	assert_int_equal(cp_tenant_user(&p->tenant[0], "plain")->expires, 1806505200);
	assert_int_equal(cp_tenant_user(&p->tenant[0], "names")->expires, 1806483600);
	cp_policy_free(p);
}

/* A confined process cannot open the database: the zone comes with the numbers. */
static void knows_the_zone_of_the_policy_before(void **state UNUSED)
{
	const struct cp_policy_text t = {"t", tenant, sizeof(tenant) - 1};
	const struct cp_policy_texts texts = {{"", appliance, sizeof(appliance) - 1}, &t, 1};
	struct cp_policy_error error;
	struct cp_numbers former;
	struct cp_policy *p;
	char *text, said[1024];

	assert_int_equal(parse(&p, &error), 0);
	assert_int_equal(cp_numbers_write(p->numbers, &text), 0);
	cp_policy_free(p);
	assert_int_equal(cp_numbers_read(text, strlen(text), &former, &error), 0);
	free(text);

	is_confined = true;
	assert_int_equal(cp_policy_parse(&texts, &former, &p, &error), 0);
	assert_string_equal(cp_zone_name(p->zone), "Asia/Tokyo");
	assert_int_equal(cp_tenant_user(&p->tenant[0], "plain")->expires, 1806505200);
	assert_string_equal(cp_zone_name(p->numbers->zone), "Asia/Tokyo");
	cp_policy_free(p);
	assert_int_equal(cp_policy_parse(&texts, NULL, &p, &error), -EINVAL);
	is_confined = false;
	assert_string_equal(cp_policy_error_text(&error, said, sizeof(said)),
	                    "tenants/t.json: $.users[1].expires: found a date, expected a time "
	                    "with its zone: \"Asia/Tokyo\" is not known until the control "
	                    "plane is started again");
	cp_numbers_fini(&former);
}

static void knows_the_devices_of_a_user(void **state UNUSED)
{
	struct cp_policy_error error;
	const struct cp_user *u;
	struct cp_policy *p;

	assert_int_equal(parse(&p, &error), 0);
	u = cp_tenant_user(&p->tenant[0], "admin");
	assert_int_equal(u->n_device, 2);
	assert_string_equal(u->device[0], "CN=laptop, O=T");
	assert_string_equal(u->device[1], "10.1.1.1");
	assert_int_equal(cp_tenant_user(&p->tenant[0], "plain")->n_device, 0);
	cp_policy_free(p);
}

static void finds_users_by_key(void **state UNUSED)
{
	struct cp_policy_error error;
	const struct cp_tenant *t;
	struct cp_policy *p;
	uint32_t i;

	/* What is written down elsewhere by this number must be found after an upgrade. */
	assert_true(cp_user_key("alice") == UINT64_C(0x3507d047a67c08f4));
	assert_int_equal(parse(&p, &error), 0);
	t = &p->tenant[0];
	for (i = 0; i < t->n_user; i++) {
		assert_true(t->user[i].key && t->user[i].key == cp_user_key(t->user[i].name));
		assert_ptr_equal(cp_tenant_user_by_key(t, t->user[i].key), &t->user[i]);
	}
	assert_null(cp_tenant_user_by_key(t, cp_user_key("alice")));
	assert_null(cp_tenant_user_by_key(t, 0));
	cp_policy_free(p);
}

static void refuses_two_users_of_one_key(void **state UNUSED)
{
	struct cp_policy_error error;
	struct cp_policy *p;
	char text[1024];

	do_collide = true;
	assert_int_equal(parse(&p, &error), -EINVAL);
	do_collide = false;
	assert_string_equal(cp_policy_error_text(&error, text, sizeof(text)),
	                    "tenants/t.json: $.users[3].name: found \"part\", expected another "
	                    "name: its key is that of $.users[2] \"admin\" by chance");
}

/* What a client is told, as text: routes, then servers. */
static const struct {
	const char *user; /* NULL: a client that is nobody's */
	const char *want;
} networks[] = {
	{NULL, "10.20.0.0/24 | 10.20.0.10"},
	{"nobody", "10.20.0.0/24 | 10.20.0.10"},
	{"plain", "10.20.0.0/24 | 10.20.0.10"},
	{"admin", "10.30.0.0/16 10.40.0.0/16 | 10.30.0.53"},
	/* The wider takes the place of the narrower. */
	{"part", "10.30.0.0/16 10.40.0.0/16 | 10.30.0.53"},
	/* The first four servers, none twice. */
	{"all", "10.0.0.0/8 | 10.20.0.11 10.20.0.12 10.30.0.53 10.30.0.54"},
	{"names", "10.20.0.0/24 | 10.20.0.11 10.20.0.12"},
};

static void describe(const struct cp_network *net, char *buf, size_t size)
{
	char text[ADDR_TEXT];
	size_t used = 0;
	uint32_t i;

	for (i = 0; i < net->n_route; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s ",
		                         prefix_format(&net->route[i], text, sizeof(text)));
	used += (size_t)snprintf(buf + used, size - used, "|");
	for (i = 0; i < net->n_dns; i++)
		used += (size_t)snprintf(buf + used, size - used, " %s",
		                         addr_format(&net->dns[i], text, sizeof(text)));
}

static void unites_the_networks_of_groups(void **state UNUSED)
{
	struct cp_policy_error error;
	const struct cp_tenant *t;
	struct cp_network net;
	struct cp_policy *p;
	char text[256];
	int wrong = 0;
	size_t i;

	assert_int_equal(parse(&p, &error), 0);
	t = &p->tenant[0];
	for (i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
		const char *user = networks[i].user;

		cp_user_network(t, user ? cp_tenant_user(t, user) : NULL, &net);
		describe(&net, text, sizeof(text));
		if (strcmp(text, networks[i].want) != 0) {
			print_error("%s: %s\n", user ? user : "(none)", text);
			wrong++;
		}
	}
	cp_policy_free(p);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_about_logs),
		cmocka_unit_test(knows_when_users_expire),
		cmocka_unit_test(knows_the_zone_of_the_policy_before),
		cmocka_unit_test(knows_the_devices_of_a_user),
		cmocka_unit_test(finds_users_by_key),
		cmocka_unit_test(refuses_two_users_of_one_key),
		cmocka_unit_test(unites_the_networks_of_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
