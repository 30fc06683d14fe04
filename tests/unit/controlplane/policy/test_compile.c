/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the data plane is told: the examples, record by record.
 */

#include "controlplane/policy/policy.h"
#include "tests/unit/controlplane/policy/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* Records as lines of text. */
struct page {
	char text[8192];
	size_t used;
	uint32_t records; /* between begin and commit */
	int fail_after;   /* put() refuses this many records later; -1: never */
	bool any_id;      /* its rules have names of their own */
};

__attribute__((format(printf, 2, 3))) static void line(struct page *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	p->used +=
		(size_t)vsnprintf(p->text + p->used, sizeof(p->text) - p->used, format, args);
	va_end(args);
	assert_true(p->used < sizeof(p->text));
}

static const char *addr(const struct addr *a, char *buf)
{
	return addr_is_none(a) ? "none" : addr_format(a, buf, ADDR_TEXT);
}

static void iface_line(struct page *p, const struct msg_iface *m)
{
	char a[ADDR_TEXT];

	line(p, "iface %u vrf %u port %s vlan %u mtu %u %s/%u", m->iface, m->vrf, m->port,
	     m->vlan, m->mtu, addr(&m->addr, a), m->bits);
	if (!addr_is_none(&m->addr6))
		line(p, " %s/%u", addr(&m->addr6, a), m->bits6);
	line(p, "\n");
}

static void rule_line(struct page *p, const struct msg_rule *m)
{
	char a[ADDR_TEXT];

	assert_true(m->id == cp_rule_id("on") || m->id == cp_rule_id("rest") || p->any_id);
	line(p, "rule tenant %u group %u number %u %s%s proto %u %s/%u %u-%u from %u-%u\n",
	     m->tenant, m->group, m->number, m->action == MSG_ALLOW ? "allow" : "deny",
	     m->log ? " log" : "", m->proto, addr(&m->dst, a), m->dst_bits, m->dst_port_lo,
	     m->dst_port_hi, m->src_port_lo, m->src_port_hi);
}

static void rate_words(struct page *p, const char *name, const struct msg_rate *r)
{
	if (r->bits)
		line(p, " %s %llu/%u", name, (unsigned long long)r->bits, r->burst);
}

static void limits_line(struct page *p, const struct msg_tenant_limits *m)
{
	line(p, "limits tenant %u sessions %u flows %u buffers %u reassembly %u punts %u",
	     m->tenant, m->sessions, m->flows, m->buffers, m->reassembly, m->punts);
	rate_words(p, "up", &m->all.up);
	rate_words(p, "down", &m->all.down);
	rate_words(p, "user up", &m->tunnel.up);
	rate_words(p, "user down", &m->tunnel.down);
	line(p, "\n");
}

static void set_line(struct page *p, const struct msg_group_set *m)
{
	uint16_t i;

	line(p, "set tenant %u %u:", m->tenant, m->set);
	for (i = 0; i < m->n; i++)
		line(p, " %u", m->group[i]);
	rate_words(p, "up", &m->tunnel.up);
	rate_words(p, "down", &m->tunnel.down);
	line(p, "\n");
}

/* Keys are numbers that nobody can read: by the names of those who may be meant. */
static void users_line(struct page *p, const struct msg_users *m)
{
	static const char *const names[] = {"alice", "bob", "carol", "dave", "erin"};
	uint16_t i;
	size_t k;

	line(p, "users tenant %u:", m->tenant);
	for (i = 0; i < m->n; i++)
		for (k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (m->key[i] == cp_user_key(names[k]))
				line(p, " %s in %u", names[k], m->set[i]);
	line(p, "\n");
}

static void record_line(struct page *p, enum msg_type type, const void *body)
{
	const struct msg_local *local = body;
	const struct msg_route *route = body;
	char a[ADDR_TEXT], b[ADDR_TEXT];

	if (type == MSG_IFACE)
		iface_line(p, body);
	else if (type == MSG_LOCAL)
		line(p, "local iface %u tenant %u %s\n", local->iface, local->tenant,
		     addr(&local->addr, a));
	else if (type == MSG_ROUTE)
		line(p, "route vrf %u iface %u %s/%u by %s\n", route->vrf, route->iface,
		     addr(&route->prefix, a), route->bits, addr(&route->gateway, b));
	else if (type == MSG_RULE)
		rule_line(p, body);
	else if (type == MSG_TENANT_LIMITS)
		limits_line(p, body);
	else if (type == MSG_GROUP_SET)
		set_line(p, body);
	else if (type == MSG_USERS)
		users_line(p, body);
}

static int put(void *ctx, enum msg_type type, const void *body, size_t len)
{
	const struct msg_policy_commit *commit = body;
	struct page *p = ctx;
	uint32_t min, max;

	assert_int_equal(msg_bounds(type, &min, &max), 0);
	assert_int_equal(len, min);
	if (p->fail_after >= 0 && p->fail_after-- == 0)
		return -ENOSPC;
	if (type == MSG_POLICY_BEGIN) {
		line(p, "begin\n");
	} else if (type == MSG_POLICY_COMMIT) {
		assert_int_equal(commit->records, p->records);
		line(p, "commit\n");
	} else {
		p->records++;
		record_line(p, type, body);
	}
	return 0;
}

/* clang-format off */
#define LIMITS(tenant) "limits tenant " tenant " sessions 10000 flows 100000 buffers 1024 reassembly 1024 punts 0\n"
static const char lab[] =
	"begin\n"
	"iface 0 vrf 0 port wan0 vlan 0 mtu 1500 198.51.100.1/120\n"
	"iface 1 vrf 1 port lan0 vlan 0 mtu 1500 10.20.0.1/120\n"
	"local iface 0 tenant 1 198.51.100.1\n"
	"rule tenant 1 group 65535 number 1 deny log proto 0 10.20.0.66/128 0-65535 from 0-65535\n"
	"rule tenant 1 group 0 number 2 allow log proto 6 10.20.0.0/120 80-80 from 0-65535\n"
	"rule tenant 1 group 0 number 2 allow log proto 6 10.20.0.0/120 443-443 from 0-65535\n"
	"rule tenant 1 group 0 number 2 allow log proto 6 10.20.0.0/120 8000-8999 from 0-65535\n"
	"rule tenant 1 group 0 number 2 allow log proto 17 10.20.0.0/120 53-53 from 0-65535\n"
	"rule tenant 1 group 0 number 2 allow log proto 6 10.20.0.0/120 53-53 from 0-65535\n"
	"rule tenant 1 group 0 number 2 allow log proto 6 10.20.0.0/120 5201-5201 from 0-65535\n"
	"rule tenant 1 group 0 number 2 allow log proto 17 10.20.0.0/120 5201-5201 from 0-65535\n"
	"rule tenant 1 group 0 number 2 allow log proto 1 10.20.0.0/120 0-65535 from 0-65535\n"
	"rule tenant 1 group 65535 number 3 allow log proto 6 10.20.0.0/120 80-80 from 0-65535\n"
	"rule tenant 1 group 65535 number 3 allow log proto 6 10.20.0.0/120 443-443 from 0-65535\n"
	"rule tenant 1 group 65535 number 3 allow log proto 6 10.20.0.0/120 8000-8999 from 0-65535\n"
	"rule tenant 1 group 65535 number 3 allow log proto 17 10.20.0.0/120 53-53 from 0-65535\n"
	"rule tenant 1 group 65535 number 3 allow log proto 6 10.20.0.0/120 53-53 from 0-65535\n"
	"rule tenant 1 group 65535 number 3 allow log proto 6 10.20.0.0/120 5201-5201 from 0-65535\n"
	"rule tenant 1 group 65535 number 3 allow log proto 17 10.20.0.0/120 5201-5201 from 0-65535\n"
	"rule tenant 1 group 65535 number 3 allow log proto 1 10.20.0.0/120 0-65535 from 0-65535\n"
	LIMITS("1")
	"set tenant 1 0: 0\n"
	"users tenant 1: alice in 0\n"
	"commit\n";

static const char two_tenants[] =
	"begin\n"
	"iface 0 vrf 0 port wan0 vlan 0 mtu 1500 198.51.100.1/120\n"
	"iface 1 vrf 1 port lan1 vlan 0 mtu 1500 10.20.0.1/120\n"
	"iface 2 vrf 2 port lan0 vlan 0 mtu 1500 10.20.0.1/120\n"
	"local iface 0 tenant 2 198.51.100.1\n"
	"local iface 0 tenant 1 198.51.100.3\n"
	"rule tenant 1 group 65535 number 1 allow log proto 0 10.20.0.0/120 0-65535 from 0-65535\n"
	"rule tenant 2 group 65535 number 1 allow log proto 0 10.20.0.0/120 0-65535 from 0-65535\n"
	LIMITS("1")
	LIMITS("2")
	"set tenant 1 0: 0\n"
	"users tenant 1: alice in 0\n"
	"set tenant 2 0: 0\n"
	"users tenant 2: alice in 0\n"
	"commit\n";

/* Routes on both sides, a shared local address, a disabled rule, a VLAN, a range; users in
 * the same groups in another order, in none, and one who may not log in. */
static const char rich_appliance[] =
	"{\"name\": \"gw\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\", \"address\": \"198.51.100.1/24\","
	" \"address6\": \"2001:db8:51::1/64\"}],"
	" \"routes\": [{\"prefix\": \"0.0.0.0/0\", \"gateway\": \"198.51.100.254\"},"
	" {\"prefix\": \"::/0\", \"gateway\": \"fe80::1\", \"interface\": \"wan\"},"
	" {\"prefix\": \"2001:db8:52::/48\", \"gateway\": \"2001:db8:51::fe\"}]}";
#define TENANT(identity, vlan)                                                                                           \
	"{\"label\": \"T\", \"gateway\": {\"addresses\": [\"2001:db8:51::1\", \"198.51.100.1\"], \"identity\": \"" identity "\"," \
	" \"authentication\": [\"psk\"]},"                                                                               \
	" \"interfaces\": [{\"name\": \"lan\", \"port\": \"lan0\", \"vlan\": " vlan ", \"address\": \"10.20.0.1/24\"}],"  \
	" \"routes\": [{\"prefix\": \"10.30.0.0/16\", \"interface\": \"lan\"}],"                                         \
	" \"pools\": [{\"name\": \"p\", \"first\": \"10.99.0.1\", \"last\": \"10.99.0.9\"}],"                             \
	" \"subnets\": [\"0.0.0.0/0\"], \"user_groups\": [{\"name\": \"b\", \"rate\": {\"up_kbps\": 8}}, {\"name\": \"a\", \"rate\": {\"up_kbps\": 3000, \"down_kbps\": 5000}}]," \
	" \"limits\": {\"sessions\": 5, \"flows\": 640, \"buffers\": 0, \"reassembly\": 0, \"punts\": 7,"               \
	"   \"rate\": {\"up_kbps\": 1000000000, \"burst_ms\": 10000}, \"user_rate\": {\"down_kbps\": 2000, \"burst_ms\": 200}},"             \
	" \"users\": [{\"name\": \"bob\", \"groups\": [\"a\"], \"enabled\": false}, {\"name\": \"carol\", \"groups\": [\"a\", \"b\"]},"     \
	" {\"name\": \"dave\"}, {\"name\": \"erin\", \"groups\": [\"b\", \"a\"]}],"                                                    \
	" \"host_groups\": [{\"name\": \"h\", \"hosts\": [\"10.0.0.1-10.0.0.4\"]}],"                                      \
	" \"rules\": ["                                                                                                  \
	"{\"name\": \"off\", \"users\": [\"any\"], \"hosts\": [\"any\"], \"services\": [\"any\"], \"action\": \"allow\", \"enabled\": false}," \
	"{\"name\": \"on\", \"users\": [\"a\", \"b\"], \"hosts\": [\"h\"], \"services\": [\"any\"], \"action\": \"allow\"}," \
	"{\"name\": \"rest\", \"users\": [\"any\"], \"hosts\": [\"any\"], \"services\": [\"any\"], \"action\": \"deny\"}]}"
#define RULES(tenant)                                                                                   \
	"rule tenant " tenant " group 1 number 2 allow proto 0 10.0.0.1/128 0-65535 from 0-65535\n"    \
	"rule tenant " tenant " group 1 number 2 allow proto 0 10.0.0.2/127 0-65535 from 0-65535\n"    \
	"rule tenant " tenant " group 1 number 2 allow proto 0 10.0.0.4/128 0-65535 from 0-65535\n"    \
	"rule tenant " tenant " group 0 number 2 allow proto 0 10.0.0.1/128 0-65535 from 0-65535\n"    \
	"rule tenant " tenant " group 0 number 2 allow proto 0 10.0.0.2/127 0-65535 from 0-65535\n"    \
	"rule tenant " tenant " group 0 number 2 allow proto 0 10.0.0.4/128 0-65535 from 0-65535\n"    \
	"rule tenant " tenant " group 65535 number 3 deny proto 0 0.0.0.0/96 0-65535 from 0-65535\n"
/* The two users in the same groups are as fast as the one that each names first says; its
 * silence about a way is filled by the next. */
#define RICH_LIMITS(tenant) \
	"limits tenant " tenant " sessions 5 flows 640 buffers 0 reassembly 0 punts 7 up 1000000000000/1073741824 user down 2000000/50000\n"
#define RICH_SETS(tenant) \
	"set tenant " tenant " 0: down 2000000/50000\n" \
	"set tenant " tenant " 1: 0 1 up 8000/16384 down 5000000/62500\n" \
	"set tenant " tenant " 2: 0 1 up 3000000/37500 down 5000000/62500\n" \
	"users tenant " tenant ": dave in 0 erin in 1 carol in 2\n"
static const char rich[] =
	"begin\n"
	"iface 0 vrf 0 port wan0 vlan 0 mtu 1500 198.51.100.1/120 2001:db8:51::1/64\n"
	"iface 1 vrf 1 port lan0 vlan 1 mtu 1500 10.20.0.1/120\n"
	"iface 2 vrf 2 port lan0 vlan 2 mtu 1500 10.20.0.1/120\n"
	"local iface 0 tenant 0 198.51.100.1\n"
	"local iface 0 tenant 0 2001:db8:51::1\n"
	"route vrf 0 iface 0 0.0.0.0/96 by 198.51.100.254\n"
	"route vrf 0 iface 0 none/0 by fe80::1\n"
	"route vrf 0 iface 0 2001:db8:52::/48 by 2001:db8:51::fe\n"
	"route vrf 1 iface 1 10.30.0.0/112 by none\n"
	"route vrf 2 iface 2 10.30.0.0/112 by none\n"
	RULES("1")
	RULES("2")
	RICH_LIMITS("1")
	RICH_LIMITS("2")
	RICH_SETS("1")
	RICH_SETS("2")
	"commit\n";
/* clang-format on */

static void check_example(const char *example, const char *want)
{
	struct page page = {.fail_after = -1, .any_id = true};
	struct cp_policy_error error;
	struct cp_policy *p;
	struct scratch dir;
	uint32_t sent = 0;

	scratch_example(&dir, example);
	assert_int_equal(cp_policy_load(dir.path, NULL, &p, &error), 0);
	assert_int_equal(cp_policy_compile(p, &sent, put, &page), 0);
	assert_string_equal(page.text, want);
	cp_policy_free(p);
	scratch_fini(&dir);
}

static void compiles_the_lab(void **state UNUSED)
{
	check_example("lab", lab);
}

static void compiles_two_tenants(void **state UNUSED)
{
	check_example("two-tenants", two_tenants);
}

static struct cp_policy *make_rich(void)
{
	static const char one[] = TENANT("one.test", "1"), two[] = TENANT("two.test", "2");
	const struct cp_policy_text a = {"", rich_appliance, strlen(rich_appliance)};
	const struct cp_policy_text t[] = {{"one", one, strlen(one)},
	                                   {"two", two, strlen(two)}};
	struct cp_policy_error error;
	struct cp_policy *p;

	assert_int_equal(cp_policy_parse(&(struct cp_policy_texts){a, t, 2}, NULL, &p, &error),
	                 0);
	return p;
}

static void compiles_every_kind_of_record(void **state UNUSED)
{
	struct page page = {.fail_after = -1};
	struct cp_policy *p = make_rich();
	uint32_t sent = 0;

	assert_int_equal(cp_policy_compile(p, &sent, put, &page), 0);
	assert_int_equal(sent, 1 + page.records + 1);
	assert_string_equal(page.text, rich);
	cp_policy_free(p);
}

/* A full link ends it at once, at whichever record; the next call goes on there. */
static void goes_on_where_the_link_was_full(void **state UNUSED)
{
	struct cp_policy *p = make_rich();
	uint32_t i, sent, n = 1 + 3 + 2 + 5 + 14 + 2 + 8 + 1;

	for (i = 0; i < n; i++) {
		struct page page = {.fail_after = (int)i};

		sent = 0;
		assert_int_equal(cp_policy_compile(p, &sent, put, &page), -ENOSPC);
		assert_int_equal(sent, i);
		assert_int_equal(page.fail_after, -1);
		assert_int_equal(cp_policy_compile(p, &sent, put, &page), 0);
		assert_int_equal(sent, n);
		assert_string_equal(page.text, rich);
	}
	cp_policy_free(p);
}

/* ---- many users ---------------------------------------------------------------------- */

enum {
	MANY = 2 * MSG_USERS_PACK + 3,
};

struct seen {
	uint32_t users[MANY]; /* how often each was named */
	uint32_t sets, records;
};

static int see(void *ctx, enum msg_type type, const void *body, size_t len UNUSED)
{
	const struct msg_users *m = body;
	struct seen *seen = ctx;
	char name[16];
	uint32_t i, k;

	seen->sets += type == MSG_GROUP_SET;
	if (type != MSG_USERS)
		return 0;
	seen->records++;
	assert_in_range(m->n, 1, MSG_USERS_PACK);
	for (i = 0; i < m->n; i++)
		for (k = 0; k < MANY; k++) {
			snprintf(name, sizeof(name), "user%u", k);
			if (m->key[i] != cp_user_key(name))
				continue;
			seen->users[k]++;
			assert_int_equal(m->set[i], k % 2); /* {} before {0} */
		}
	return 0;
}

/* Few records hold many users, each of them once. */
static void packs_users(void **state UNUSED)
{
	static char text[16384];
	const struct cp_policy_text a = {"", rich_appliance, strlen(rich_appliance)};
	struct cp_policy_text t = {"t", text, 0};
	struct cp_policy_error error;
	struct seen seen = {0};
	struct cp_policy *p;
	uint32_t sent = 0, i;
	size_t at;

	at = (size_t)snprintf(
		text, sizeof(text),
		"{\"label\": \"T\", \"gateway\": {\"addresses\": [\"198.51.100.1\"],"
		" \"identity\": \"t.test\", \"authentication\": [\"psk\"]},"
		" \"interfaces\": [{\"name\": \"lan\", \"port\": \"lan0\","
		" \"address\": \"10.20.0.1/24\"}], \"pools\": [{\"name\": \"p\","
		" \"first\": \"10.99.0.1\", \"last\": \"10.99.0.9\"}],"
		" \"subnets\": [\"0.0.0.0/0\"], \"user_groups\": [{\"name\": \"g\"}],"
		" \"users\": [");
	for (i = 0; i < MANY; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		                       "%s{\"name\": \"user%u\", \"groups\": [%s]}",
		                       i ? ", " : "", i, i % 2 ? "\"g\"" : "");
	at += (size_t)snprintf(text + at, sizeof(text) - at, "]}");
	assert_true(at < sizeof(text));
	t.len = at;
	assert_int_equal(
		cp_policy_parse(&(struct cp_policy_texts){a, &t, 1, NULL}, NULL, &p, &error),
		0);
	assert_int_equal(cp_policy_compile(p, &sent, see, &seen), 0);
	assert_int_equal(seen.sets, 2);
	assert_int_equal(seen.records, 3);
	for (i = 0; i < MANY; i++)
		assert_int_equal(seen.users[i], 1);
	cp_policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compiles_the_lab),
		cmocka_unit_test(compiles_two_tenants),
		cmocka_unit_test(compiles_every_kind_of_record),
		cmocka_unit_test(goes_on_where_the_link_was_full),
		cmocka_unit_test(packs_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
