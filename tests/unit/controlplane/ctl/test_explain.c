/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sekishoctl explain on logs that are written here: found by user, address and id, counted,
 * and shown without letting anything from outside steer the terminal.
 */
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/explain.h"
#include "controlplane/ctl/view.h"
#include "controlplane/log/cause.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the matcher ---------------------------------------------------------------------------- */

// clang-format off
static const struct {
	const char *word;
	enum explain_as as;
	const char *object;
	bool is_about;
} matches[] = {
	{"alice", EXPLAIN_USER, "{\"user\":\"alice\"}", true},
	{"alice", EXPLAIN_USER, "{\"user\":\"alice2\"}", false},
	{"alice", EXPLAIN_USER, "{\"user\":\"Alice\"}", false},
	{"alice", EXPLAIN_USER, "{\"user\":\"alice\\u0000x\"}", false},
	{"alice", EXPLAIN_USER, "{}", false},
	{"alice", EXPLAIN_USER, "{\"user\":7}", false},
	{"192.0.2.1", EXPLAIN_ADDRESS, "{\"remote\":\"192.0.2.1:4500\"}", true},
	{"192.0.2.1", EXPLAIN_ADDRESS, "{\"remote\":\"192.0.2.10:4500\"}", false},
	{"192.0.2.1", EXPLAIN_ADDRESS, "{\"local\":\"192.0.2.1:4500\"}", false},
	{"10.99.0.7", EXPLAIN_ADDRESS, "{\"inner\":\"10.99.0.7\"}", true},
	{"10.99.0.7", EXPLAIN_ADDRESS, "{\"src\":\"10.99.0.7:1024\"}", true},
	{"10.99.0.7", EXPLAIN_ADDRESS, "{\"dst\":\"10.99.0.7:1024\"}", false},
	{"2001:db8::1", EXPLAIN_ADDRESS, "{\"remote\":\"[2001:db8::1]:500\"}", true},
	{"2001:db8::1", EXPLAIN_ADDRESS, "{\"inner\":\"2001:db8::1\"}", true},
	{"2001:db8::1", EXPLAIN_ADDRESS, "{\"remote\":\"[2001:db8::2]:500\"}", false},
	{"2001:db8::1", EXPLAIN_ADDRESS, "{\"remote\":\"[2001:db8::1\"}", true},
	{"0x1f", EXPLAIN_ID, "{\"session\":\"0x1f\"}", true},
	{"0x001F", EXPLAIN_ID, "{\"attempt\":\"0x1f\"}", true},
	{"0x1f", EXPLAIN_ID, "{\"spi_in\":\"0x1f\"}", false},
	{"00000000deadbeef", EXPLAIN_ID, "{\"attempt\":\"0xdeadbeef\"}", true},
	{"00000000deadbeef_i", EXPLAIN_ID, "{\"attempt\":\"0xdeadbeef\"}", true},
	{"0xdeadbeef_x", EXPLAIN_USER, "{\"attempt\":\"0xdeadbeef\"}", false},
	{"8c1b46a70ea5d203-17", EXPLAIN_ID, "{\"id\":\"8c1b46a70ea5d203-17\"}", true},
	{"8c1b46a70ea5d203-17", EXPLAIN_ID, "{\"id\":\"8c1b46a70ea5d203-1\"}", false},
	{"8c1b46a70ea5d203-", EXPLAIN_USER, "{\"user\":\"8c1b46a70ea5d203-\"}", true},
	{"deadbeef", EXPLAIN_USER, "{\"user\":\"deadbeef\"}", true},
	{"0x", EXPLAIN_USER, "{\"user\":\"0x\"}", true},
	{"0x11112222333344445", EXPLAIN_USER, "{\"attempt\":\"0x1111222233334444\"}", false},
};

static const struct {
	const char *a, *b;
	bool is_similar;
} pairs[] = {
	{"mallori", "mallory", true}, {"malory", "mallory", true}, {"mallory", "mallroy", true},
	{"mal", "mallory", true}, {"MALLORY", "mallory", true}, {"mallory", "mallory", false},
	{"bob", "alice", false}, {"al", "alice", false}, {"", "alice", false},
};
// clang-format on

static void words_and_lines(void **state UNUSED)
{
	size_t i;

	for (i = 0; i < COUNT(matches); i++) {
		struct explain_ask ask = explain_read(matches[i].word);
		json_t *object = json_loads(matches[i].object, JSON_ALLOW_NUL, NULL);

		assert_non_null(object);
		if (ask.as != matches[i].as)
			fail_msg("%s: read as %s", matches[i].word, explain_as_text(ask.as));
		if (explain_concerns(&ask, object) != matches[i].is_about)
			fail_msg("%s and %s", matches[i].word, matches[i].object);
		json_decref(object);
	}
	for (i = 0; i < COUNT(pairs); i++)
		if (explain_is_similar(pairs[i].a, pairs[i].b) != pairs[i].is_similar)
			fail_msg("\"%s\" and \"%s\"", pairs[i].a, pairs[i].b);
}

/* ---- the command ------------------------------------------------------------------------------ */

static char runtime[] = "/tmp/test-explain-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", runtime, name);
	return path;
}

/* A line of that event, @ago seconds old, with these fields besides. */
static void put_line(const char *log, const char *event, unsigned ago, const char *fields)
{
	time_t at = time(NULL) - (time_t)ago;
	FILE *f = fopen(path_of(log), "a");
	char text[64];
	struct tm tm;

	assert_non_null(f);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
	fprintf(f, "{\"schema\":1,\"time\":\"%s\",\"event\":\"%s\",%s}\n", text, event, fields);
	fclose(f);
}

#define REFUSED(user, remote, cause)                                                       \
	"\"user\":\"" user "\",\"remote\":\"" remote "\",\"attempt\":\"0xabc\",\"stage\":" \
	"\"IKE_AUTH: EAP\",\"cause\":\"" cause "\",\"reason\":\"as the line says\","       \
	"\"remedy\":\"do this\",\"tenant\":\"lab\""

static int setup(void **state UNUSED)
{
	if (!mkdtemp(runtime) || mkdir(path_of("log"), 0700))
		return -1;
	put_line("log/vpn.log", "vpn.down", 80000,
	         "\"user\":\"bob\",\"reason\":\"client "
	         "disconnected\",\"seconds\":65,"
	         "\"session\":\"0x77\"");
	put_line("log/vpn.log", "vpn.refused", 7200,
	         REFUSED("alice", "192.0.2.1:500", "auth.wrong-password"));
	put_line("log/vpn.log", "vpn.refused", 1800,
	         REFUSED("alice", "192.0.2.1:500", "auth.wrong-password"));
	put_line("log/vpn.log", "vpn.refused", 1700,
	         REFUSED("alice", "192.0.2.2:500", "auth.wrong-password"));
	put_line("log/vpn.log", "vpn.refused", 1600,
	         REFUSED("alice", "192.0.2.2:500",
	                 "lease.pool-empty") ",\"count\":12,"
	                                     "\"offered\":\"theirs\",\"expected\":\"ours\","
	                                     "\"nearest\":\"almost\"");
	put_line("log/vpn.log", "vpn.refused", 1550,
	         "\"user\":\"bob\",\"tenant\":\"blue\",\"id\":\"8c1b46a70ea5d203-17\","
	         "\"cause\":\"auth.user-disabled\"");
	put_line("log/vpn.log", "vpn.refused", 1500,
	         REFUSED("m\\u001b[2Jy", "192.0.2.3:500", "from.a-later-version"));
	put_line("log/vpn.log", "vpn.refused", 1400,
	         "\"remote\":\"192.0.2.2:500\",\"cause\":\"ike.no-common-proposal\","
	         "\"reason\":\"nothing in common\"");
	put_line("log/vpn.log", "vpn.refused", 1390,
	         "\"remote\":\"192.0.2.2:500\",\"cause\":\"ike.no-common-proposal\","
	         "\"reason\":\"nothing in common\"");
	put_line("log/vpn.log", "vpn.refused", 1380,
	         "\"remote\":\"192.0.2.77:500\",\"cause\":\"ike.version-1\","
	         "\"reason\":\"of somebody else\"");
	put_line("log/access.log", "flow.denied", 5000,
	         "\"user\":\"alice\",\"dst\":\"10.0.0.9:80\",\"proto\":6,\"rule\":\"old\"");
	for (unsigned i = 0; i < 3; i++)
		put_line("log/access.log", "flow.denied", 50 - i,
		         "\"user\":\"alice\",\"src\":\"10.99.0.4:9\",\"dst\":\"10.0.0.9:80\","
		         "\"proto\":6,\"rule\":\"keep out\",\"rule_number\":4");
	put_line("log/access.log", "flow.start", 10,
	         "\"user\":\"alice\",\"dst\":\"10.0.0.8:80\",\"proto\":6,\"rule\":\"in\"");
	return 0;
}

static int teardown(void **state UNUSED)
{
	unlink(path_of("log/vpn.log"));
	unlink(path_of("log/access.log"));
	unlink(path_of("out"));
	return rmdir(path_of("log")) || rmdir(runtime);
}

/* @words separated by blanks; what it says on standard output into @out. */
static int run(const char *words, char *out, size_t size)
{
	char text[256], *word[16], *next = text;
	int saved = dup(STDOUT_FILENO), fd, status;
	unsigned n = 0;
	ssize_t len;

	snprintf(text, sizeof(text), "%s --runtime %s", words, runtime);
	while ((word[n] = strsep(&next, " ")))
		n++;
	fd = open(path_of("out"), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && saved >= 0);
	fflush(stdout);
	assert_true(dup2(fd, STDOUT_FILENO) >= 0);
	status = ctl_command(word);
	fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	len = pread(fd, out, size - 1, 0);
	out[len > 0 ? len : 0] = 0;
	close(saved);
	close(fd);
	return status;
}

// clang-format off
static const struct {
	const char *words;
	const char *has[10], *has_not[3];
} shows[] = {
	{"explain alice",
	 {"LAST FAILURE", "client has  theirs", "we take     ours", "nearest     almost", "what to do  do this",
	  "[done] identities  [HERE] authentication  [    ] address and tunnel",
	  "12 more lines about this address were held back", "lease.pool-empty, attempt 0xabc", "tcp 10.0.0.9:80", "nothing in common"},
	 {"CONNECTED", "nothing is known", "of somebody else"}},
	{"explain 192.0.2.1", {"as the line says", "auth.wrong-password"}, {"lease.pool-empty", "keep out"}},
	{"explain 10.99.0.4", {"keep out"}, {"LAST FAILURE", "nothing is known"}},
	{"explain 0xabc", {"LAST FAILURE", "from.a-later-version"}, {"keep out"}},
	{"explain bob", {"NOT CONNECTED", "for         1 m", "client disconnected", "0x77", "auth.user-disabled"}, {NULL}},
	{"explain bob --tenant lab", {"NOT CONNECTED", "0x77"}, {"auth.user-disabled"}},
	{"explain 8c1b46a70ea5d203-17", {"LAST FAILURE", "tenant blue", "auth.user-disabled"}, {"0x77"}},
	{"explain 0x77", {"NOT CONNECTED", "client disconnected"}, {"LAST FAILURE"}},
	{"explain alicia", {"nothing is known of the user \"alicia\"", "by the"}, {"LAST FAILURE"}},
	{"explain alic", {"nothing is known", "there is \"alice\""}, {"LAST FAILURE"}},
	{"explain 192.0.2.99", {"nothing is known of the address", "sekishoctl drops"}, {"ask by"}},
	{"explain 192.0.2.3", {"m\\u001B[2Jy", "from.a-later-version"}, {"\x1b"}},
};
// clang-format on

static void people_read_it(void **state UNUSED)
{
	static char out[16384];
	size_t i, j;

	for (i = 0; i < COUNT(shows); i++) {
		assert_int_equal(run(shows[i].words, out, sizeof(out)), 0);
		for (j = 0; j < COUNT(shows[i].has) && shows[i].has[j]; j++)
			if (!strstr(out, shows[i].has[j]))
				fail_msg("%s has no \"%s\":\n%s", shows[i].words,
				         shows[i].has[j], out);
		for (j = 0; j < COUNT(shows[i].has_not) && shows[i].has_not[j]; j++)
			if (strstr(out, shows[i].has_not[j]))
				fail_msg("%s has \"%s\":\n%s", shows[i].words,
				         shows[i].has_not[j], out);
	}
}

static void programs_read_it(void **state UNUSED)
{
	static char out[16384];
	const json_t *failures, *f, *d;
	json_t *root;

	assert_int_equal(run("explain alice --output json", out, sizeof(out)), 0);
	root = json_loads(out, 0, NULL);
	assert_non_null(root);
	failures = json_object_get(root, "failures");
	assert_int_equal(json_array_size(failures), 2);
	f = json_array_get(failures, 0);
	assert_string_equal(view_text(f, "cause"), "lease.pool-empty");
	assert_int_equal(view_number(f, "times_last_hour"), 1);
	assert_int_equal(view_number(f, "stage_number"), 3);
	assert_string_equal(view_text(f, "shows"), cp_cause_shows(CAUSE_POOL_EMPTY));
	/* Three lines, one of them too old to count; the newest is the one that is told. */
	f = json_array_get(failures, 1);
	assert_int_equal(view_number(f, "times_last_hour"), 2);
	assert_string_equal(view_text(f, "remote"), "192.0.2.2:500");
	assert_int_equal(json_array_size(json_object_get(root, "denied")), 1);
	d = json_array_get(json_object_get(root, "denied"), 0);
	assert_int_equal(view_number(d, "times_last_hour"), 3);
	assert_int_equal(view_number(root, "left_out"), 0);
	f = json_object_get(root, "without_user");
	assert_int_equal(json_array_size(f), 1);
	assert_int_equal(view_number(json_array_get(f, 0), "times_last_hour"), 2);
	assert_null(json_object_get(root, "last"));
	json_decref(root);
}

/* More causes than are shown are counted. */
static void too_many_causes(void **state UNUSED)
{
	static char out[32768];
	json_t *root;
	unsigned i;

	for (i = 0; i < EXPLAIN_FAILURES_MAX + 3; i++) {
		char fields[256];

		snprintf(fields, sizeof(fields), "\"user\":\"carol\",\"cause\":\"%s\"",
		         cp_cause_name(i));
		put_line("log/vpn.log", "vpn.refused", 5, fields);
	}
	assert_int_equal(run("explain carol --output json", out, sizeof(out)), 0);
	root = json_loads(out, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(root, "failures")),
	                 EXPLAIN_FAILURES_MAX);
	assert_int_equal(view_number(root, "left_out"), 3);
	json_decref(root);
}

static void wrong_words(void **state UNUSED)
{
	static char out[4096];

	assert_int_equal(run("explain", out, sizeof(out)), CTL_EXIT_USAGE);
	assert_int_equal(run("explain alice bob", out, sizeof(out)), CTL_EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_lines),  cmocka_unit_test(people_read_it),
		cmocka_unit_test(programs_read_it), cmocka_unit_test(too_many_causes),
		cmocka_unit_test(wrong_words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
