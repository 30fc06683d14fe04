/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Documents that are sound, documents that are not, and what is said of them.
 */

#include "controlplane/policy/secrets.h"
#include "controlplane/policy/warnings.h"
#include "tests/unit/controlplane/policy/broken.h"
#include "tests/unit/controlplane/policy/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* @text with the first @find replaced. */
static char *replaced(const char *text, const char *find, const char *by)
{
	const char *at = strstr(text, find);
	size_t len = strlen(text) + strlen(by) + 1;
	char *out = malloc(len);

	assert_non_null(at);
	assert_non_null(out);
	snprintf(out, len, "%.*s%s%s", (int)(at - text), text, by, at + strlen(find));
	return out;
}

static int parse(const char *appliance, const char *tenant, struct cp_policy **out,
                 struct cp_policy_error *error)
{
	const struct cp_policy_text a = {"", appliance, strlen(appliance)};
	const struct cp_policy_text t = {"t", tenant, strlen(tenant)};

	return cp_policy_parse(&(struct cp_policy_texts){a, &t, 1}, NULL, out, error);
}

static void refuses_broken_documents(void **state UNUSED)
{
	char text[1024], *a, *t;
	struct cp_policy_error error;
	struct cp_policy *p;
	int wrong = 0, err;
	size_t i;

	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		const struct broken *b = &broken[i];

		a = replaced(sound_appliance, b->file == APPLIANCE ? b->find : "",
		             b->file == APPLIANCE ? b->by : "");
		t = replaced(sound_tenant, b->file == TENANT ? b->find : "",
		             b->file == TENANT ? b->by : "");
		err = parse(a, t, &p, &error);
		if (!err) {
			cp_policy_free(p);
			print_error("%s: accepted\n", b->why);
			wrong++;
		} else if (strcmp(cp_policy_error_text(&error, text, sizeof(text)), b->want) !=
		           0) {
			print_error("%s:\n  said \"%s\"\n  want \"%s\"\n", b->why, text,
			            b->want);
			wrong++;
		}
		free(a);
		free(t);
	}
	assert_int_equal(wrong, 0);
}

/* Every field of the sound documents, and the defaults of those left out. */
static void reads_every_field(void **state UNUSED)
{
	struct cp_policy_error error;
	const struct cp_tenant *t;
	const struct cp_user *u;
	struct cp_policy *p;
	char text[ADDR_TEXT];

	assert_int_equal(parse(sound_appliance, sound_tenant, &p, &error), 0);
	assert_string_equal(p->appliance.name, "gw");
	assert_string_equal(p->appliance.log_directory, "log");
	assert_string_equal(p->appliance.session_user, "1001");
	assert_string_equal(p->appliance.keys_user, "1002");
	assert_string_equal(p->appliance.log_user, "1003");
	assert_string_equal(p->appliance.policy_user, "sekisho-policy");
	assert_string_equal(p->appliance.operator_user, "");
	assert_int_equal(p->appliance.log_file_mb, 64);
	assert_int_equal(p->appliance.log_files, 8);
	assert_false(p->appliance.syslog.on);
	assert_true(p->appliance.metrics);
	assert_int_equal(p->appliance.dh_threads, 2);
	assert_int_equal(p->appliance.half_open_max, 100);
	assert_int_equal(p->appliance.half_open_s, 30);
	assert_int_equal(p->appliance.half_open_per_source, 200);

	assert_int_equal(p->n_iface, 2);
	assert_string_equal(p->iface[1].name, "lan");
	assert_string_equal(p->iface[1].port, "lan0");
	assert_int_equal(p->iface[1].vlan, 7);
	assert_int_equal(p->iface[1].mtu, 1500);
	assert_int_equal(p->iface[1].vrf, 1);
	assert_string_equal(prefix_format(&p->iface[1].net, text, sizeof(text)),
	                    "10.20.0.0/24");
	assert_int_equal(p->n_route, 1);
	assert_int_equal(p->n_local, 1);
	assert_int_equal(p->local[0].tenant, 1);

	t = cp_policy_tenant_named(p, "t");
	assert_non_null(t);
	assert_ptr_equal(t, cp_policy_tenant(p, 1));
	assert_null(cp_policy_tenant(p, 0));
	assert_null(cp_policy_tenant(p, 2));
	assert_null(cp_policy_tenant_named(p, "u"));
	assert_string_equal(t->label, "T");
	assert_string_equal(t->identity, "vpn.test");
	assert_string_equal(t->certificate, "server");
	assert_true(t->auth[CP_AUTH_EAP_MSCHAPV2]);
	assert_false(t->auth[CP_AUTH_PSK]);
	assert_int_equal(t->n_ike, 1);
	assert_int_equal(t->n_esp, 1);
	assert_int_equal(t->n_pool, 2);
	assert_string_equal(addr_format(&t->pool[1].last, text, sizeof(text)), "10.99.1.99");
	assert_int_equal(t->n_dns, 1);
	assert_int_equal(t->n_subnet, 2);
	assert_int_equal(t->n_route, 1);
	assert_int_equal(t->route[0].iface, 1);
	assert_int_equal(t->max_sessions, 100);
	assert_int_equal(t->max_sessions_per_user, 5);
	assert_int_equal(t->when_full, CP_FULL_DENY_NEW);
	assert_int_equal(t->idle_s, 0);
	assert_int_equal(t->session_s, 0);
	assert_string_equal(t->service_code, "");
	assert_int_equal(t->dpd_s, 30);
	assert_int_equal(t->orphan_s, 3600);
	assert_int_equal(t->ike_lifetime_s, 86400);
	assert_int_equal(t->child_lifetime_s, 28800);
	assert_int_equal(t->inner_mtu, 1400);

	/* Users stand by name: alice, bob. */
	assert_int_equal(t->n_user, 2);
	u = cp_tenant_user(t, "bob");
	assert_ptr_equal(u, &t->user[1]);
	assert_true(u->enabled);
	assert_int_equal(u->n_group, 2);
	assert_string_equal(t->user_group[u->group[0]].name, "staff");
	assert_string_equal(t->user_group[u->group[1]].name, "guests");
	assert_true(addr_is_none(&u->fixed));
	u = cp_tenant_user(t, "alice");
	assert_string_equal(addr_format(&u->fixed, text, sizeof(text)), "10.99.0.50");
	assert_null(cp_tenant_user(t, "Alice"));
	assert_null(cp_tenant_user(t, ""));

	assert_string_equal(cp_tenant_rule_name(t, 1), "r1");
	assert_null(cp_tenant_rule_name(t, 0));
	assert_null(cp_tenant_rule_name(t, 2));
	cp_policy_free(p);
}

/* Documents that look odd and are right. */
static const struct {
	const char *why, *find, *by;
} sound[] = {
	// clang-format off
	{"as it is", "", ""},
	{"default proposals", "\"crypto\": {\"ike\": [\"aes128gcm16-prfsha256-ecp256\"], \"esp\": [\"aes128gcm16\"]},", ""},
	{"a note", "\"label\": \"T\"", "\"label\": \"T\", \"note\": \"why\""},
	{"label in another script", "\"T\"", "\"\\u95a2\\u6240\""},
	{"user name of a Windows domain", "\"bob\"", "\"CORP\\\\bob\""},
	{"user name with an at", "\"bob\"", "\"bob@corp.example\""},
	{"identity in capitals", "\"vpn.test\"", "\"VPN.Test\""},
	{"pre-shared keys alone, without a certificate", ",\n    \"certificate\": \"server\"", ", \"authentication\": [\"psk\"]"},
	{"another address of the outer network", "[\"198.51.100.1\"]", "[\"198.51.100.7\", \"198.51.100.1\"]"},
	{"wider inside network", "\"10.20.0.1/24\"", "\"10.20.0.1/16\""},
	{"route on the wire", "\"routes\": [{\"prefix\": \"10.30.0.0/16\", \"gateway\": \"10.20.0.2\"}]", "\"routes\": [{\"prefix\": \"10.30.0.0/16\", \"interface\": \"lan\"}]"},
	{"route by gateway and interface", "\"gateway\": \"10.20.0.2\"", "\"gateway\": \"10.20.0.2\", \"interface\": \"lan\""},
	{"wider route around a pool", "\"prefix\": \"10.30.0.0/16\"", "\"prefix\": \"10.0.0.0/8\""},
	{"pool of one address", "\"first\": \"10.99.1.10\", \"last\": \"10.99.1.99\"", "\"first\": \"10.99.1.10\", \"last\": \"10.99.1.10\""},
	{"everything through the tunnel", "[\"10.20.0.0/24\", \"10.30.0.0/16\"]", "[\"0.0.0.0/0\"]"},
	{"nobody", "\"users\": [{\"name\": \"bob\", \"groups\": [\"staff\", \"guests\"]},\n    {\"name\": \"alice\", \"groups\": [\"staff\"], \"address\": \"10.99.0.50\"}],", ""},
	{"rule for all", "\"hosts\": [\"corp\"],\n    \"services\": [\"web\"]", "\"hosts\": [\"any\"], \"services\": [\"any\"]"},
	// clang-format on
};

static void accepts_sound_documents(void **state UNUSED)
{
	struct cp_policy_error error;
	struct cp_policy *p;
	char text[1024];
	size_t i;

	for (i = 0; i < sizeof(sound) / sizeof(sound[0]); i++) {
		char *t = replaced(sound_tenant, sound[i].find, sound[i].by);

		if (parse(sound_appliance, t, &p, &error))
			fail_msg("%s: %s", sound[i].why,
			         cp_policy_error_text(&error, text, sizeof(text)));
		cp_policy_free(p);
		free(t);
	}
}

/* ---- between tenants ---- */

/* A second tenant: other wire, perhaps another address and identity. */
static int parse_two(const char *address, const char *identity, struct cp_policy **out,
                     struct cp_policy_error *error)
{
	const struct cp_policy_text a = {"", sound_appliance, strlen(sound_appliance)};
	char *wire = replaced(sound_tenant, "\"lan0\"", "\"lan1\"");
	char *named = replaced(wire, "vpn.test", identity);
	char *there = replaced(named, "[\"198.51.100.1\"]", address);
	const struct cp_policy_text t[] = {{"a", sound_tenant, strlen(sound_tenant)},
	                                   {"b", there, strlen(there)}};
	int err = cp_policy_parse(&(struct cp_policy_texts){a, t, 2}, NULL, out, error);

	free(wire);
	free(named);
	free(there);
	return err;
}

static void keeps_tenants_apart(void **state UNUSED)
{
	struct cp_policy_error error;
	struct cp_policy *p;
	char text[1024];

	assert_int_equal(parse_two("[\"198.51.100.2\"]", "vpn.test", &p, &error), 0);
	assert_int_equal(p->n_local, 2);
	assert_int_equal(p->local[0].tenant, 1);
	assert_int_equal(p->local[1].tenant, 2);
	cp_policy_free(p);

	assert_int_equal(parse_two("[\"198.51.100.1\"]", "other.test", &p, &error), 0);
	assert_int_equal(p->n_local, 1);
	assert_int_equal(p->local[0].tenant, TENANT_NONE);
	cp_policy_free(p);

	/* Domain names know no case. */
	assert_int_equal(
		parse_two("[\"198.51.100.9\", \"198.51.100.1\"]", "VPN.test", &p, &error),
		-EINVAL);
	assert_string_equal(cp_policy_error_text(&error, text, sizeof(text)),
	                    "tenants/b.json: $.gateway.addresses[1]: found 198.51.100.1 as "
	                    "\"VPN.test\", expected another address or identity: "
	                    "tenants/a.json has both");
}

static void refuses_a_wire_of_another_tenant(void **state UNUSED)
{
	const struct cp_policy_text a = {"", sound_appliance, strlen(sound_appliance)};
	const struct cp_policy_text t[] = {{"a", sound_tenant, strlen(sound_tenant)},
	                                   {"b", sound_tenant, strlen(sound_tenant)}};
	struct cp_policy_error error;
	struct cp_policy *p;
	char text[1024];

	assert_int_equal(cp_policy_parse(&(struct cp_policy_texts){a, t, 2}, NULL, &p, &error),
	                 -EINVAL);
	assert_string_equal(
		cp_policy_error_text(&error, text, sizeof(text)),
		"tenants/b.json: $.interfaces[0].port: found port \"lan0\" VLAN 7, "
		"expected a port and VLAN that no other interface has: \"lan\" of a "
		"tenant has it");
}

static void names_each_state_of_the_documents(void **state UNUSED)
{
	char *other = replaced(sound_tenant, "\"T\"", "\"U\"");
	struct cp_policy *a, *b, *c;
	struct cp_policy_error error;

	assert_int_equal(parse(sound_appliance, sound_tenant, &a, &error), 0);
	assert_int_equal(parse(sound_appliance, sound_tenant, &b, &error), 0);
	assert_int_equal(parse(sound_appliance, other, &c, &error), 0);
	assert_true(a->revision == b->revision);
	assert_true(a->revision != c->revision);
	cp_policy_free(a);
	cp_policy_free(b);
	cp_policy_free(c);
	free(other);
}

/* ---- directories ---- */

static const struct {
	const char *why;
	const char *file, *text; /* put there; without a text, taken away */
	const char *want;        /* NULL: accepted */
	int err;
} directories[] = {
	// clang-format off
	{"no appliance", "appliance.json", NULL, "appliance.json: found No such file or directory, expected a file that can be read", -ENOENT},
	{"a port the data plane does not have", "dataplane.json", "{\"ports\": [{\"name\": \"wan0\"}, 7, {\"name\": 1}]}", "tenants/lab.json: $.interfaces[0].port: found \"lan0\", expected the name of a port of dataplane.json", -EINVAL},
	{"no port at all", "dataplane.json", "{\"ports\": []}", "appliance.json: $.interfaces[0].port: found \"wan0\", expected the name of a port of dataplane.json", -EINVAL},
	{"no certificate", "pki/server-rsa.crt", NULL, "tenants/lab.json: $.gateway.certificate: found \"server-rsa\" (pki/server-rsa.crt: No such file or directory), expected a certificate that can be read: put it there as PEM", -EINVAL},
	{"name in capitals", "tenants/Lab.json", "{}", "tenants: found \"Lab.json\", expected a tenant's name of 1 to 31 lower-case letters, digits and hyphens before \".json\"", -EINVAL},
	{"name too long", "tenants/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json", "{}", "tenants: found \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json\", expected a tenant's name of 1 to 31 lower-case letters, digits and hyphens before \".json\"", -EINVAL},
	{"name with an escape", "tenants/\033[2J.json", "{}", "tenants: found \"?[2J.json\", expected a tenant's name of 1 to 31 lower-case letters, digits and hyphens before \".json\"", -EINVAL},
	{"second tenant broken", "tenants/other.json", "{", "tenants/other.json: line 1, column 1: found string or '}' expected near end of file, expected a JSON document (RFC 8259)", -EINVAL},
	{"what an editor leaves", "tenants/lab.json~", "{", NULL, 0},
	{"hidden file", "tenants/.lab.json", "{", NULL, 0},
	{"file of another kind", "tenants/README.md", "#", NULL, 0},
	{"a file in place of the tenants", "tenants", "", "tenants: found Not a directory, expected a directory with one document for each tenant", -ENOTDIR},
	{"no tenants at all", "tenants/lab.json", NULL, NULL, 0},
	// clang-format on
};

static void looks_into_directories(void **state UNUSED)
{
	struct cp_policy_error error;
	char text[1024] = "";
	struct cp_policy *p;
	struct scratch dir;
	int wrong = 0, err;
	size_t i;

	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		scratch_example(&dir, "lab");
		if (strcmp(directories[i].file, "tenants") == 0) {
			scratch_remove(&dir, "tenants/lab.json");
			scratch_remove(&dir, "tenants");
		}
		if (directories[i].text)
			scratch_put(&dir, directories[i].file, directories[i].text, 0644);
		else
			scratch_remove(&dir, directories[i].file);
		err = cp_policy_load(dir.path, NULL, &p, &error);
		if (err)
			cp_policy_error_text(&error, text, sizeof(text));
		else
			cp_policy_free(p);
		if (err != directories[i].err ||
		    (err && strcmp(text, directories[i].want) != 0)) {
			print_error("%s: %d\n  said \"%s\"\n", directories[i].why, err, text);
			wrong++;
		}
		scratch_fini(&dir);
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(cp_policy_load("/nonexistent", NULL, &p, &error), -ENOENT);
	assert_string_equal(cp_policy_error_text(&error, text, sizeof(text)),
	                    "/nonexistent: found No such file or directory, expected a "
	                    "configuration directory");
}

/* Neither may hold us: one has no end, the other no octets. */
static void refuses_what_is_not_a_file(void **state UNUSED)
{
	struct cp_policy_error error;
	char path[128], text[1024];
	struct cp_policy *p;
	struct scratch dir;

	scratch_example(&dir, "lab");
	snprintf(path, sizeof(path), "%s/tenants/pipe.json", dir.path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(cp_policy_load(dir.path, NULL, &p, &error), -EINVAL);
	assert_string_equal(cp_policy_error_text(&error, text, sizeof(text)),
	                    "tenants/pipe.json: found something that is not a file, expected a "
	                    "regular file");
	scratch_remove(&dir, "tenants/pipe.json");
	scratch_put(&dir, "tenants/zero.json", "", 0644);
	snprintf(path, sizeof(path), "%s/tenants/zero.json", dir.path);
	assert_int_equal(truncate(path, (16 << 20) + 1), 0);
	assert_int_equal(cp_policy_load(dir.path, NULL, &p, &error), -EINVAL);
	assert_string_equal(
		cp_policy_error_text(&error, text, sizeof(text)),
		"tenants/zero.json: found 16777217 octets, expected at most 16777216 "
		"octets");
	scratch_fini(&dir);
}

/* Every example, with its ports and its secrets; nothing in them is probably not meant, but
 * for the shared keys of the lab. */
static void loads_the_examples(void **state UNUSED)
{
	static const struct {
		const char *name, *warns; /* of what; NULL: nothing */
	} examples_there[] = {{"lab", "pre-shared key"},
	                      {"two-tenants", "pre-shared key"},
	                      {"carrier", NULL}};
	static const char *const certificates[] = {"acme", "globex", "log-ca", "tyo-vpn-1"};
	struct cp_policy_error error;
	struct cp_secrets *secrets;
	struct scratch dir;
	struct cp_policy *p;
	char text[1024];
	uint32_t k;
	size_t i, c;

	for (i = 0; i < sizeof(examples_there) / sizeof(examples_there[0]); i++) {
		const char *name = examples_there[i].name, *warns = examples_there[i].warns;

		scratch_example(&dir, name);
		scratch_copy(&dir, name, "dataplane.json", 0644);
		for (c = 0; c < sizeof(certificates) / sizeof(certificates[0]); c++) {
			snprintf(text, sizeof(text), "pki/%s.crt", certificates[c]);
			scratch_put(&dir, text, "placeholder", 0644);
			snprintf(text, sizeof(text), "pki/%s.key", certificates[c]);
			scratch_put(&dir, text, "placeholder", 0600);
		}
		if (cp_policy_load(dir.path, NULL, &p, &error) ||
		    cp_secrets_load(dir.path, p, NULL, &secrets, &error))
			fail_msg("%s: %s", name,
			         cp_policy_error_text(&error, text, sizeof(text)));
		assert_true(warns ? p->n_warning > 0 : p->n_warning == 0);
		for (k = 0; k < p->n_warning; k++)
			assert_non_null(strstr(p->warning[k].text, warns));
		cp_secrets_free(secrets);
		cp_policy_free(p);
		scratch_fini(&dir);
	}
}

static void says_in_one_line_what_there_is(void **state UNUSED)
{
	struct cp_policy_error error;
	char text[512] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct scratch dir;
	struct cp_policy *p;

	scratch_example(&dir, "two-tenants");
	assert_non_null(out);
	assert_int_equal(cp_policy_load(dir.path, NULL, &p, &error), 0);
	cp_policy_summary(p, out);
	fclose(out);
	assert_string_equal(text, "policy ok: 2 tenants, 2 users, 2 rules (2 after expansion), "
	                          "3 interfaces\n");
	cp_policy_free(p);
	scratch_fini(&dir);
}

/* Each tenant within its limits, all of them beyond the data plane's. */
static void counts_over_all_tenants(void **state UNUSED)
{
	enum { TENANTS = 33, ROUTES = 1024 };
	const struct cp_policy_text a = {"", sound_appliance, strlen(sound_appliance)};
	size_t size = 48 * ROUTES, n = 0, i;
	struct cp_policy_text t[TENANTS];
	char *routes = malloc(size), names[TENANTS][8], vlan[16], *with, text[1024];
	struct cp_policy_error error;
	struct cp_policy *p;

	assert_non_null(routes);
	n += (size_t)snprintf(routes, size, "\"routes\": [");
	for (i = 0; i < ROUTES - 1; i++)
		n += (size_t)snprintf(routes + n, size - n,
		                      "{\"prefix\":\"11.%zu.%zu.0/24\",\"interface\":\"lan\"},",
		                      i >> 8, i & 255);
	with = replaced(sound_tenant, "\"routes\": [", routes);
	for (i = 0; i < TENANTS; i++) {
		snprintf(names[i], sizeof(names[i]), "t%02zu", i);
		snprintf(vlan, sizeof(vlan), "\"vlan\": %zu", i + 100);
		t[i].name = names[i];
		t[i].at = replaced(with, "\"vlan\": 7", vlan);
		t[i].len = strlen(t[i].at);
	}
	assert_int_equal(
		cp_policy_parse(&(struct cp_policy_texts){a, t, TENANTS}, NULL, &p, &error),
		-EINVAL);
	assert_string_equal(
		cp_policy_error_text(&error, text, sizeof(text)),
		"tenants/t31.json: $.routes: found 32769 of all tenants, expected at "
		"most 32768");
	for (i = 0; i < TENANTS; i++)
		free((char *)t[i].at);
	free(with);
	free(routes);
}

/* What the limits allow must also be bearable. */
static void reads_many_users(void **state UNUSED)
{
	enum { USERS = 100000 };
	size_t size = 64 * USERS, n = 0, i;
	char *users = malloc(size), *t;
	struct cp_policy_error error;
	struct cp_policy *p;
	char name[32];

	assert_non_null(users);
	n += (size_t)snprintf(users, size, "\"users\": [");
	for (i = 0; i < USERS; i++)
		n += (size_t)snprintf(users + n, size - n,
		                      "%s{\"name\": \"user%zu\", \"groups\": [\"staff\"]}",
		                      i ? "," : "", i);
	snprintf(users + n, size - n, ", {\"name\": \"bob\"");
	t = replaced(sound_tenant, "\"users\": [{\"name\": \"bob\"", users);
	assert_int_equal(parse(sound_appliance, t, &p, &error), -EINVAL);
	assert_string_equal(error.found, "100002 elements");
	free(t);

	snprintf(strrchr(users, ','), 4, "]");
	t = replaced(
		sound_tenant,
		"\"users\": [{\"name\": \"bob\", \"groups\": [\"staff\", \"guests\"]},\n    "
		"{\"name\": \"alice\", \"groups\": [\"staff\"], \"address\": "
		"\"10.99.0.50\"}]",
		users);
	assert_int_equal(parse(sound_appliance, t, &p, &error), 0);
	for (i = 0; i < USERS; i += 997) {
		snprintf(name, sizeof(name), "user%zu", i);
		assert_non_null(cp_tenant_user(&p->tenant[0], name));
	}
	cp_policy_free(p);
	free(users);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_field),
		cmocka_unit_test(accepts_sound_documents),
		cmocka_unit_test(refuses_broken_documents),
		cmocka_unit_test(keeps_tenants_apart),
		cmocka_unit_test(refuses_a_wire_of_another_tenant),
		cmocka_unit_test(names_each_state_of_the_documents),
		cmocka_unit_test(looks_into_directories),
		cmocka_unit_test(refuses_what_is_not_a_file),
		cmocka_unit_test(loads_the_examples),
		cmocka_unit_test(says_in_one_line_what_there_is),
		cmocka_unit_test(counts_over_all_tenants),
		cmocka_unit_test(reads_many_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
