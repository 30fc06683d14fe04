/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The reader of the logs: both directions, turning round, rotation under its feet, and what
 * is no line.
 */

#include "controlplane/ctl/log_reader.h"
#include "controlplane/ctl/log_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char directory[] = "/tmp/test-log-reader-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void append(const char *name, const char *octets, size_t len)
{
	FILE *f = fopen(path_of(name), "a");

	assert_non_null(f);
	assert_int_equal(fwrite(octets, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void put_text(const char *name, const char *text)
{
	append(name, text, strlen(text));
}

/* One of ours: @n says which, at second @at. */
static void put_line(const char *name, unsigned at, unsigned n)
{
	char line[256];
	int len = snprintf(line, sizeof(line),
	                   "{\"schema\":1,\"time\":\"2026-11-23T%02u:%02u:%02u.5Z\",\"event\":"
	                   "\"vpn.up\",\"count\":%u}\n",
	                   at / 3600, at / 60 % 60, at % 60, n);

	append(name, line, (size_t)len);
}

/* As the log process does it. */
static void rotate(const char *name, unsigned files)
{
	char from[64], to[64], base[128];

	for (unsigned age = files - 1; age > 0; age--) {
		snprintf(from, sizeof(from), age > 1 ? "%s.%u" : "%s", name, age - 1);
		snprintf(to, sizeof(to), "%s.%u", name, age);
		snprintf(base, sizeof(base), "%s", path_of(from));
		if (rename(base, path_of(to)))
			assert_int_equal(errno, ENOENT);
	}
	put_text(name, "");
}

static int remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
                      struct FTW *at UNUSED)
{
	return strcmp(path, directory) ? remove(path) : 0;
}

static int fresh(void **state UNUSED)
{
	return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct log_reader *open_reader(unsigned logs)
{
	struct log_reader *r;

	assert_int_equal(log_reader_open(directory, logs, &r), 0);
	return r;
}

static json_int_t number(const struct log_entry *e)
{
	return json_integer_value(json_object_get(e->json, "count"));
}

static void newer_is(struct log_reader *r, unsigned n)
{
	struct log_entry e;

	assert_int_equal(log_reader_newer(r, &e), 1);
	assert_int_equal(number(&e), n);
}

static void older_is(struct log_reader *r, unsigned n)
{
	struct log_entry e;

	assert_int_equal(log_reader_older(r, &e), 1);
	assert_int_equal(number(&e), n);
}

static void nothing_newer(struct log_reader *r)
{
	struct log_entry e;

	assert_int_equal(log_reader_newer(r, &e), 0);
}

static void nothing_older(struct log_reader *r)
{
	struct log_entry e;

	assert_int_equal(log_reader_older(r, &e), 0);
}

/* ---- times --------------------------------------------------------------------------------- */

static void times_are_read(void **state UNUSED)
{
	static const struct {
		const char *text;
		int err;
		uint64_t us;
		const char *why;
	} row[] = {
		{"1970-01-01T00:00:00Z", 0, 0, "the epoch"},
		{"2026-11-23T07:12:34.114990Z", 0, 1795417954114990, "as written in UTC"},
		{"2026-11-23T16:12:34.114990+09:00", 0, 1795417954114990, "the same in Tokyo"},
		{"2026-11-23T01:42:34.11499-05:30", 0, 1795417954114990, "west of Greenwich"},
		{"2026-11-23T07:12:34.1149909Z", 0, 1795417954114990,
	         "more digits than we keep"},
		{"2028-02-29T00:00:00Z", 0, 1835395200000000, "a leap day"},
		{"2026-11-23T07:12:34", -EINVAL, 0, "no zone"},
		{"2026-11-23T07:12:34+0900", -EINVAL, 0, "a zone without a colon"},
		{"2026-11-23T07:12:34.Z", -EINVAL, 0, "a point without digits"},
		{"2026-11-23 07:12:34Z", -EINVAL, 0, "a blank for the T"},
		{"2026-13-23T07:12:34Z", -EINVAL, 0, "month 13"},
		{"2026-00-23T07:12:34Z", -EINVAL, 0, "month 0"},
		{"2026-11-23T24:12:34Z", -EINVAL, 0, "hour 24"},
		{"1970-01-01T00:00:00+01:00", -EINVAL, 0, "before 1970"},
		{"1969-01-01T00:00:00Z", -EINVAL, 0, "a year before 1970"},
		{"2026-11-23T07:12:34Z ", -EINVAL, 0, "something behind it"},
		{"", -EINVAL, 0, "nothing"},
		{"2026", -EINVAL, 0, "a year"},
		{"2026-11-23T07:12:34.5", -EINVAL, 0, "ends within"},
	};
	uint64_t us;

	for (size_t i = 0; i < COUNT(row); i++) {
		us = 0;
		if (log_time_read(row[i].text, strlen(row[i].text), &us) != row[i].err ||
		    us != row[i].us)
			fail_msg("%s (%s): %" PRIu64, row[i].text, row[i].why, us);
	}
}

/* ---- order --------------------------------------------------------------------------------- */

static void logs_are_merged_by_time(void **state UNUSED)
{
	struct log_reader *r;
	unsigned i;

	/* Two logs, one of them over three files. */
	for (i = 0; i < 30; i++) {
		put_line(i % 3 ? "vpn.log" : "access.log", i * 10, i);
		if (i == 9 || i == 19)
			rotate("vpn.log", 8);
	}
	r = open_reader(1 << EVENT_LOG_VPN | 1 << EVENT_LOG_ACCESS);
	for (i = 30; i-- > 0;)
		older_is(r, i);
	nothing_older(r);
	for (i = 0; i < 30; i++)
		newer_is(r, i);
	nothing_newer(r);
	assert_int_equal(log_reader_left_out(r), 0);
	log_reader_close(r);

	r = open_reader(1 << EVENT_LOG_ACCESS);
	older_is(r, 27);
	older_is(r, 24);
	log_reader_close(r);
}

static void turning_round_is_exact(void **state UNUSED)
{
	struct log_reader *r;

	for (unsigned i = 0; i < 10; i++)
		put_line(i % 2 ? "vpn.log" : "system.log", i, i);
	r = open_reader(LOG_READER_ALL);
	older_is(r, 9);
	newer_is(r, 9);
	nothing_newer(r);
	for (unsigned i = 9; i > 4; i--)
		older_is(r, i);
	newer_is(r, 5);
	older_is(r, 5);
	older_is(r, 4);
	newer_is(r, 4);
	newer_is(r, 5);
	newer_is(r, 6);
	log_reader_close(r);
}

static void a_moment_is_found(void **state UNUSED)
{
	struct log_reader *r;
	uint64_t us;
	struct log_entry e;
	unsigned n = 0;

	for (unsigned i = 0; i < 100; i++) {
		put_line(i % 2 ? "vpn.log" : "device.log", i * 30, i);
		if (i == 50)
			rotate("vpn.log", 8);
	}
	assert_int_equal(log_time_read("2026-11-23T00:20:00Z", 20, &us), 0);
	r = open_reader(LOG_READER_ALL);
	assert_int_equal(log_reader_seek(r, us), 0);
	while (log_reader_newer(r, &e) == 1)
		if (e.time_us >= us)
			assert_int_equal(number(&e), 40 + n++);
	assert_int_equal(n, 60);
	log_reader_close(r);
}

/* ---- what is no line ------------------------------------------------------------------------ */

static void what_is_no_line_is_counted(void **state UNUSED)
{
	static const struct {
		const char *text, *why;
	} row[] = {
		{"", "an empty line"},
		{"Nov 23 07:12:34 host program: text", "another program's line"},
		{"{\"time\":\"2026-11-23T07:12:34Z\",\"event\":\"x\"", "a cut object"},
		{"{\"time\":\"yesterday\",\"event\":\"x\"}", "no time"},
		{"{\"time\":1,\"event\":\"x\"}", "a time that is a number"},
		{"{\"event\":\"x\"}", "without a time"},
		{"{\"time\":\"2026-11-23T07:12:34Z\"}", "without an event"},
		{"{\"time\":\"2026-11-23T07:12:34Z\",\"time\":\"2026-11-23T07:12:34Z\","
	         "\"event\":\"x\"}",
	         "a key twice"},
		{"[]", "no object"},
		{"\xff\xfe\x80", "octets"},
		{"{\"time\":\"2026-11-23T07:12:34Z\",\"event\":\"\xff\"}", "not UTF-8"},
	};
	struct log_reader *r;

	for (size_t i = 0; i < COUNT(row); i++) {
		fresh(NULL);
		put_line("vpn.log", 1, 1);
		put_text("vpn.log", row[i].text);
		put_text("vpn.log", "\n");
		put_line("vpn.log", 2, 2);
		r = open_reader(1 << EVENT_LOG_VPN);
		older_is(r, 2);
		older_is(r, 1);
		nothing_older(r);
		if (log_reader_left_out(r) != 1)
			fail_msg("back over %s: %" PRIu64, row[i].why, log_reader_left_out(r));
		newer_is(r, 1);
		newer_is(r, 2);
		nothing_newer(r);
		if (log_reader_left_out(r) != 1)
			fail_msg("over %s: %" PRIu64, row[i].why, log_reader_left_out(r));
		log_reader_close(r);
	}
}

static void long_lines_are_passed_over(void **state UNUSED)
{
	static const size_t lengths[] = {LOG_LINE_MAX + 1,  LOG_WINDOW - 1,     LOG_WINDOW,
	                                 LOG_WINDOW + 1,    LOG_WINDOW * 2 - 1, LOG_WINDOW * 2,
	                                 LOG_WINDOW * 3 + 7};
	char *octets = malloc(LOG_WINDOW * 4);
	struct log_reader *r;

	assert_non_null(octets);
	memset(octets, 'x', LOG_WINDOW * 4);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		fresh(NULL);
		put_line("vpn.log", 1, 1);
		append("vpn.log", octets, lengths[i]);
		put_text("vpn.log", "\n");
		put_line("vpn.log", 2, 2);
		append("vpn.log", octets, lengths[i]); /* not yet whole */
		r = open_reader(1 << EVENT_LOG_VPN);
		older_is(r, 2);
		older_is(r, 1);
		nothing_older(r);
		assert_int_equal(log_reader_left_out(r), 1);
		newer_is(r, 1);
		newer_is(r, 2);
		nothing_newer(r);
		put_text("vpn.log", "\n");
		put_line("vpn.log", 3, 3);
		newer_is(r, 3);
		assert_int_equal(log_reader_left_out(r), 2);
		log_reader_close(r);
	}
	free(octets);
}

static void a_line_counts_when_it_is_whole(void **state UNUSED)
{
	struct log_reader *r;

	put_line("vpn.log", 1, 1);
	put_text("vpn.log", "{\"time\":\"2026-11-23T07:12");
	r = open_reader(1 << EVENT_LOG_VPN);
	older_is(r, 1);
	newer_is(r, 1);
	nothing_newer(r);
	put_text("vpn.log", ":34Z\",\"event\":\"x\",\"count\":2}\n");
	newer_is(r, 2);
	/* Begun, taken back for want of room, and written again. */
	put_text("vpn.log", "{\"time\":\"2020");
	nothing_newer(r);
	assert_int_equal(truncate(path_of("vpn.log"), 0), 0);
	nothing_newer(r);
	put_line("vpn.log", 9, 3);
	newer_is(r, 3);
	assert_int_equal(log_reader_left_out(r), 0);
	log_reader_close(r);
}

static void a_part_taken_back_leaves_nothing(void **state UNUSED)
{
	struct log_reader *r;
	struct stat st;

	put_line("vpn.log", 1, 1);
	r = open_reader(1 << EVENT_LOG_VPN);
	assert_int_equal(stat(path_of("vpn.log"), &st), 0);
	put_text("vpn.log", "{\"time\":\"2020");
	nothing_newer(r);
	assert_int_equal(truncate(path_of("vpn.log"), st.st_size), 0);
	put_line("vpn.log", 2, 2);
	newer_is(r, 2);
	assert_int_equal(log_reader_left_out(r), 0);
	log_reader_close(r);
}

/* ---- files that move ------------------------------------------------------------------------ */

static void rotation_loses_and_doubles_nothing(void **state UNUSED)
{
	struct log_reader *r;
	unsigned n = 0, seen = 0;

	put_line("vpn.log", n, n);
	r = open_reader(1 << EVENT_LOG_VPN);
	older_is(r, n++);
	newer_is(r, seen++);
	for (unsigned round = 0; round < 6; round++) {
		for (unsigned rotations = 0; rotations < round; rotations++) {
			put_line("vpn.log", n, n);
			n++;
			rotate("vpn.log", 8);
		}
		put_line("vpn.log", n, n);
		n++;
		while (seen < n)
			newer_is(r, seen++);
		nothing_newer(r);
	}
	/* Back over all of it: this reader holds the oldest file, which is gone by now. */
	while (seen > 0)
		older_is(r, --seen);
	nothing_older(r);
	assert_int_equal(log_reader_left_out(r), 0);
	log_reader_close(r);
}

static void a_torn_end_of_an_older_file(void **state UNUSED)
{
	struct log_reader *r;

	put_line("vpn.log", 1, 1);
	put_text("vpn.log", "{\"time\":");
	rotate("vpn.log", 8);
	put_line("vpn.log", 2, 2);
	r = open_reader(1 << EVENT_LOG_VPN);
	older_is(r, 2);
	older_is(r, 1);
	nothing_older(r);
	assert_int_equal(log_reader_left_out(r), 1);
	newer_is(r, 1);
	newer_is(r, 2);
	nothing_newer(r);
	assert_int_equal(log_reader_left_out(r), 1);
	log_reader_close(r);
}

static void files_vanish(void **state UNUSED)
{
	struct log_reader *r;

	put_line("vpn.log", 1, 1);
	rotate("vpn.log", 8);
	put_line("vpn.log", 2, 2);
	rotate("vpn.log", 8);
	put_line("vpn.log", 3, 3);
	assert_int_equal(unlink(path_of("vpn.log.1")), 0);
	r = open_reader(1 << EVENT_LOG_VPN);
	assert_int_equal(unlink(path_of("vpn.log.2")), 0);
	older_is(r, 3);
	older_is(r, 1); /* held open */
	nothing_older(r);
	newer_is(r, 1);
	newer_is(r, 3);
	assert_int_equal(unlink(path_of("vpn.log")), 0);
	nothing_newer(r);
	put_line("vpn.log", 4, 4); /* another file of that name */
	newer_is(r, 4);
	log_reader_close(r);
}

static void a_log_may_be_missing(void **state UNUSED)
{
	struct log_reader *r = open_reader(LOG_READER_ALL);

	nothing_older(r);
	nothing_newer(r);
	put_line("vpn.log", 1, 1);
	newer_is(r, 1);
	nothing_newer(r);
	older_is(r, 1);
	log_reader_close(r);

	assert_int_equal(log_reader_open("/nonexistent/log", LOG_READER_ALL, &r), -ENOENT);
}

static void what_is_no_file_is_not_opened(void **state UNUSED)
{
	struct log_reader *r;
	char other[128];

	put_line("elsewhere", 1, 1);
	snprintf(other, sizeof(other), "%s", path_of("elsewhere"));
	assert_int_equal(symlink(other, path_of("vpn.log")), 0);
	assert_int_equal(mkdir(path_of("vpn.log.1"), 0700), 0);
	assert_int_equal(mkfifo(path_of("vpn.log.2"), 0600), 0);
	r = open_reader(1 << EVENT_LOG_VPN);
	nothing_older(r);
	nothing_newer(r);
	log_reader_close(r);
}

/* ---- against a model ------------------------------------------------------------------------ */

static unsigned draw(uint32_t *seed, unsigned below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

/* Lines come, files rotate, the reader goes back and forth: it is always at the place where
 * the model is. */
static void random_walks(void **state UNUSED)
{
	for (uint32_t seed = 1; seed <= 20; seed++) {
		uint32_t s = seed;
		unsigned written = 0, at = 0;
		struct log_reader *r;

		fresh(NULL);
		put_line("vpn.log", written, written);
		written++;
		r = open_reader(1 << EVENT_LOG_VPN | 1 << EVENT_LOG_SYSTEM);
		at = written;
		for (unsigned step = 0; step < 400; step++) {
			switch (draw(&s, 5)) {
			case 0:
				put_line(draw(&s, 2) ? "vpn.log" : "system.log", written,
				         written);
				written++;
				break;
			case 1:
				if (!draw(&s, 8))
					rotate(draw(&s, 2) ? "vpn.log" : "system.log", 40);
				break;
			case 2:
			case 3:
				if (at < written)
					newer_is(r, at++);
				else
					nothing_newer(r);
				break;
			default:
				for (unsigned n = draw(&s, 6); n && at; n--)
					older_is(r, --at);
				break;
			}
		}
		while (at < written)
			newer_is(r, at++);
		nothing_newer(r);
		while (at)
			older_is(r, --at);
		nothing_older(r);
		assert_int_equal(log_reader_left_out(r), 0);
		log_reader_close(r);
	}
}

static int make_directory(void **state UNUSED)
{
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state UNUSED)
{
	fresh(NULL);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read),
		cmocka_unit_test_setup(logs_are_merged_by_time, fresh),
		cmocka_unit_test_setup(turning_round_is_exact, fresh),
		cmocka_unit_test_setup(a_moment_is_found, fresh),
		cmocka_unit_test_setup(what_is_no_line_is_counted, fresh),
		cmocka_unit_test_setup(long_lines_are_passed_over, fresh),
		cmocka_unit_test_setup(a_line_counts_when_it_is_whole, fresh),
		cmocka_unit_test_setup(a_part_taken_back_leaves_nothing, fresh),
		cmocka_unit_test_setup(rotation_loses_and_doubles_nothing, fresh),
		cmocka_unit_test_setup(a_torn_end_of_an_older_file, fresh),
		cmocka_unit_test_setup(files_vanish, fresh),
		cmocka_unit_test_setup(a_log_may_be_missing, fresh),
		cmocka_unit_test_setup(what_is_no_file_is_not_opened, fresh),
		cmocka_unit_test_setup(random_walks, fresh),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
