/* SPDX-License-Identifier: Apache-2.0 */
/* Documents, good and bad: what is said about the bad ones. */
#include "dataplane/conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PORTS "\"ports\": [{\"name\": \"wan0\", \"device\": \"0000:03:00.0\"}]"
#define USERS "\"user\": 61000, \"control_user\": 61001"
#define GOOD  PORTS ", \"workers\": [1, 2], " USERS

static const struct {
	const char *why;
	const char *json;
	const char *says[3]; /* each is in the message; none: the document is good */
} rows[] = {
	{"the least", "{" GOOD "}", {NULL}},
	{"not JSON", "{", {"line 1", "not JSON"}},
	{"empty", "", {"not JSON"}},
	{"not an object", "[]", {"$: found a list, expected an object"}},
	{"unknown key", "{" GOOD ", \"speed\": 1}", {"$.speed", "not known"}},
	{"a key twice", "{" GOOD ", " USERS "}", {"duplicate"}},
	{"no ports", "{\"workers\": [1], " USERS "}", {"$.ports", "nothing"}},
	{"ports is no list",
         "{\"ports\": 3, \"workers\": [1], " USERS "}",
         {"$.ports", "found 3"}},
	{"a port's unknown key",
         "{\"ports\": [{\"name\": \"a\", \"device\": \"b\", \"x\": 1}], \"workers\": "
         "[1], " USERS "}",
         {"$.ports[0].x"}},
	{"a port without a device",
         "{\"ports\": [{\"name\": \"a\"}], \"workers\": [1], " USERS "}",
         {"$.ports[0].device", "nothing"}},
	{"two ports with one name",
         "{\"ports\": [{\"name\": \"a\", \"device\": \"net_b\"}, {\"name\": \"a\", \"device\": "
         "\"net_c\"}], \"workers\": [1], " USERS "}",
         {"$.ports[1]", "\"a\"", "no other port"}},
	{"two ports on one device",
         "{\"ports\": [{\"name\": \"a\", \"device\": \"net_b,iface=x\"}, {\"name\": \"b\", "
         "\"device\": "
         "\"net_b\"}], \"workers\": [1], " USERS "}",
         {"$.ports[1]", "device that no other"}},
	{"MTU out of range",
         "{\"ports\": [{\"name\": \"a\", \"device\": \"b\", \"mtu\": 100}], \"workers\": "
         "[1], " USERS "}",
         {"$.ports[0].mtu", "found 100", "576 to 9000"}},
	{"no workers", "{" PORTS ", \"workers\": [], " USERS "}", {"$.workers", "1 to 64"}},
	{"a worker that is text",
         "{" PORTS ", \"workers\": [\"1\"], " USERS "}",
         {"$.workers[0]", "found \"1\""}},
	{"too much memory",
         "{" GOOD ", \"memory_mb\": 99999999}",
         {"$.memory_mb", "found 99999999"}},
	{"a fraction", "{" GOOD ", \"memory_mb\": 1.5}", {"$.memory_mb", "a fraction"}},
	{"hugepages",
         "{" GOOD ", \"hugepages\": \"maybe\"}",
         {"$.hugepages", "\"maybe\"", "auto"}},
	{"ring size", "{" GOOD ", \"ring\": 1000}", {"$.ring", "power of two"}},
	{"user root",
         "{" PORTS ", \"workers\": [1], \"user\": 0, \"control_user\": 61001}",
         {"$.user", "not 0"}},
	{"user root by name",
         "{" PORTS ", \"workers\": [1], \"user\": \"root\", \"control_user\": 1}",
         {"$.user", "other than root"}},
	{"unknown user",
         "{" PORTS ", \"workers\": [1], \"user\": \"no-such-user\", \"control_user\": 1}",
         {"$.user", "no-such-user", "knows"}},
	{"who reads telemetry",
         "{" GOOD ", \"metrics_user\": \"root\"}",
         {"$.metrics_user", "other than root"}},
	{"who reads telemetry, by a negative number",
         "{" GOOD ", \"metrics_user\": -1}",
         {"$.metrics_user", "its number"}},
	{"log", "{" GOOD ", \"log\": \"somewhere\"}", {"$.log", "syslog"}},
};

static int load(const char *json, struct dp_conf *conf, struct dp_why *why)
{
	char path[] = "/tmp/test-dp-conf-XXXXXX";
	int fd = mkstemp(path), err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, json, strlen(json)), strlen(json));
	close(fd);
	err = dp_conf_load(path, conf, why);
	if (err && !strstr(why->text, path))
		fail_msg("\"%s\" does not name the file", why->text);
	unlink(path);
	return err;
}

static void test_documents(void **state UNUSED)
{
	struct dp_conf conf;
	struct dp_why why;
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err = load(rows[i].json, &conf, &why);

		if (!err != !rows[i].says[0])
			fail_msg("%s: %d %s", rows[i].why, err, err ? why.text : "");
		for (k = 0; k < 3 && rows[i].says[k]; k++)
			if (!strstr(why.text, rows[i].says[k]))
				fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why,
				         why.text, rows[i].says[k]);
	}
}

static void test_values(void **state UNUSED)
{
	struct dp_conf conf;
	struct dp_why why;

	assert_int_equal(load("{" GOOD ", \"idle_sleep_us\": 50, \"hugepages\": \"never\"}",
	                      &conf, &why),
	                 0);
	assert_int_equal(conf.n_port, 1);
	assert_string_equal(conf.port[0].name, "wan0");
	assert_int_equal(conf.n_worker, 2);
	assert_int_equal(conf.worker_core[1], 2);
	assert_int_equal(conf.main_core, 0);
	assert_int_equal(conf.idle_sleep_us, 50);
	assert_int_equal(conf.crypto_wait_us, 20);
	assert_int_equal(conf.des3_percent, 50);
	assert_int_equal(conf.hugepages, DP_HUGE_NEVER);
	assert_int_equal(conf.memory_mb, 512);
	assert_int_equal(conf.uid, 61000);
	assert_int_equal(conf.gid, 61000);
	assert_int_equal(conf.control_uid, 61001);
	assert_int_equal(conf.metrics_gid, 0);
	assert_string_equal(conf.log, "stderr");
	assert_int_equal(load("{" GOOD ", \"metrics_user\": 61005}", &conf, &why), 0);
	assert_int_equal(conf.metrics_gid, 61005);
	assert_int_equal(load("{" GOOD ", \"metrics_user\": 0}", &conf, &why), 0);
	assert_int_equal(conf.metrics_gid, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
