/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Time zones and moments. The judge of every zone of this machine is the C library.
 */

#include "controlplane/policy/moment.h"
#include "controlplane/policy/zone.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

enum { DAY_S = 86400 };

/* ---- all zones of this machine --------------------------------------------------------- */

static unsigned n_zones, n_refused, n_wrong;

static void set_zone(const char *name)
{
	assert_int_equal(setenv("TZ", name, 1), 0);
	tzset();
}

static struct tm local(int64_t t)
{
	struct tm tm;

	assert_non_null(localtime_r(&(time_t){t}, &tm));
	return tm;
}

static int64_t local_day(int64_t t)
{
	struct tm tm = local(t);

	return cp_zone_days(tm.tm_year + 1900, (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday);
}

/* From 1971 far beyond what the file says by the moment, in steps that reach all hours. */
static void compare_offsets(const struct cp_zone *z)
{
	int64_t t;

	for (t = cp_zone_days(1971, 1, 1) * DAY_S; t < cp_zone_days(2103, 1, 1) * DAY_S;
	     t += 9 * DAY_S + 7777)
		if (cp_zone_offset(z, t) != local(t).tm_gmtoff) {
			print_error("%s at %lld: %d, libc %ld\n", cp_zone_name(z), (long long)t,
			            cp_zone_offset(z, t), local(t).tm_gmtoff);
			n_wrong++;
			return;
		}
}

/* The second before is of that day or, where midnight comes twice, of the next one for a
 * while; the second itself and all after it are of a later day. */
static void compare_days(const struct cp_zone *z)
{
	int64_t day, end;
	bool is_twice;

	for (day = cp_zone_days(2005, 1, 1); day < cp_zone_days(2045, 1, 1); day++) {
		end = cp_zone_day_end(z, day);
		is_twice = local(end - 1).tm_gmtoff > local(end).tm_gmtoff;
		if (local_day(end) <= day || local_day(end + 3 * 3600) <= day ||
		    (local_day(end - 1) > day && !is_twice) ||
		    local_day(end - 3 * 3600) > day) {
			print_error("%s: day %lld ends at %lld\n", cp_zone_name(z),
			            (long long)day, (long long)end);
			n_wrong++;
			return;
		}
	}
}

static int check_file(const char *path, const struct stat *st UNUSED, int type,
                      struct FTW *ftw UNUSED)
{
	const char *name = path + sizeof(CP_ZONE_DIRECTORY);
	char magic[4] = "";
	struct cp_zone *z;
	FILE *f;
	int err;

	if (type != FTW_F)
		return 0;
	f = fopen(path, "r");
	assert_non_null(f);
	if (fread(magic, 1, 4, f) != 4 || memcmp(magic, "TZif", 4) != 0 ||
	    !cp_zone_is_name(name)) {
		fclose(f);
		return 0;
	}
	fclose(f);
	err = cp_zone_load(name, &z);
	/* "right/" counts leap seconds: not time as computers keep it. */
	if (strncmp(name, "right/", strlen("right/")) == 0) {
		assert_int_equal(err, -EINVAL);
		n_refused++;
		return 0;
	}
	if (err) {
		print_error("%s: %d\n", name, err);
		n_wrong++;
		return 0;
	}
	n_zones++;
	set_zone(name);
	compare_offsets(z);
	if (n_zones % 16 == 0 || strstr(name, "Havana") || strstr(name, "Apia") ||
	    strstr(name, "Sao_Paulo") || strstr(name, "Lord_Howe") || strstr(name, "Beirut"))
		compare_days(z);
	cp_zone_free(z);
	return 0;
}

static void agrees_with_the_c_library(void **state UNUSED)
{
	assert_int_equal(nftw(CP_ZONE_DIRECTORY, check_file, 8, FTW_PHYS), 0);
	set_zone("UTC");
	assert_true(n_zones > 200);
	assert_int_equal(n_wrong, 0);
}

/* ---- names and files ------------------------------------------------------------------- */

static const struct {
	const char *why, *name;
	int err;
} names[] = {
	{"without a file", "UTC", 0},
	{"a city", "Asia/Tokyo", 0},
	{"an offset", "Etc/GMT+9", 0},
	{"nothing", "", -EINVAL},
	{"from the root", "/etc/localtime", -EINVAL},
	{"climbs", "../../../etc/passwd", -EINVAL},
	{"a directory", "Asia", -EINVAL},
	{"not a zone's file", "zone1970.tab", -EINVAL},
	{"nowhere", "Asia/Atlantis", -ENOENT},
	{"a rule", "JST-9", -ENOENT},
	{"empty part", "Asia//Tokyo", -EINVAL},
	{"too long", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         -EINVAL},
};

static void finds_zones_by_name(void **state UNUSED)
{
	struct cp_zone *z, *copy;
	size_t i;
	int err;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		err = cp_zone_load(names[i].name, &z);
		if (err != names[i].err)
			fail_msg("%s: %d", names[i].why, err);
		if (err)
			continue;
		copy = cp_zone_copy(z);
		assert_non_null(copy);
		assert_string_equal(cp_zone_name(copy), names[i].name);
		assert_int_equal(cp_zone_offset(copy, 1700000000),
		                 cp_zone_offset(z, 1700000000));
		cp_zone_free(z);
		cp_zone_free(copy);
	}
}

/* A file of version 2: an empty first block, then the second with one type, then the rule. */
#define COUNTS(time, type, chars) \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" time "\0\0\0" type "\0\0\0" chars
#define SPARE "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define FIRST "TZif2" SPARE COUNTS("\0", "\1", "\4") "\0\0\0\0\0\0UTC"
#define TYPE  "\0\0\x0e\x10\0\0CET" /* 3600 */

static const struct {
	const char *why, *text;
	size_t len;
	int err;
	int32_t january, july; /* offsets in 2030 */
} files[] = {
#define FILE_ROW(why, text, err, january, july)                 \
	{                                                       \
		why, text, sizeof(text) - 1, err, january, july \
	}
	// clang-format off
	FILE_ROW("rule alone", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\nCET-1CEST,M3.5.0,M10.5.0/3\n", 0, 3600, 7200),
	FILE_ROW("no rule", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\n\n", 0, 3600, 3600),
	FILE_ROW("summer in January", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\n<-03>3<-02>,M10.3.0/0,M2.3.0/0\n", 0, -7200, -10800),
	FILE_ROW("days by number", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\nAAA-1BBB-3,J60,300/-1:30\n", 0, 3600, 10800),
	FILE_ROW("summer all year", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\nXXX3EDT4,0/0,J365/23\n", 0, -14400, -14400),
	FILE_ROW("one transition", FIRST "\0TZif2" SPARE COUNTS("\1", "\1", "\4") "\0\0\0\0\0\0\0\1\0" TYPE "\0\n\n", 0, 3600, 3600),
	FILE_ROW("of version 1", "TZif\0" SPARE COUNTS("\0", "\1", "\4") "\0\0\0\0\0\0UTC\0", -EINVAL, 0, 0),
	FILE_ROW("other magic", "TZaf2", -EINVAL, 0, 0),
	FILE_ROW("empty", "", -EINVAL, 0, 0),
	FILE_ROW("ends in the header", "TZif2" SPARE, -EINVAL, 0, 0),
	FILE_ROW("ends behind the first block", FIRST "\0", -EINVAL, 0, 0),
	FILE_ROW("ends in the second block", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") "\0\0", -EINVAL, 0, 0),
	FILE_ROW("no type", FIRST "\0TZif2" SPARE COUNTS("\0", "\0", "\4") "CET\0\n\n", -EINVAL, 0, 0),
	FILE_ROW("type that is not there", FIRST "\0TZif2" SPARE COUNTS("\1", "\1", "\4") "\0\0\0\0\0\0\0\1\1" TYPE "\0\n\n", -EINVAL, 0, 0),
	FILE_ROW("transitions backwards", FIRST "\0TZif2" SPARE COUNTS("\2", "\1", "\4") "\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1\0\0" TYPE "\0\n\n", -EINVAL, 0, 0),
	FILE_ROW("offset of weeks", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") "\0\x10\0\0\0\0CET\0\n\n", -EINVAL, 0, 0),
	FILE_ROW("no end of the rule", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\nCET-1", -EINVAL, 0, 0),
	FILE_ROW("no rule line", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0", -EINVAL, 0, 0),
	FILE_ROW("rule without an offset", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\nCET\n", -EINVAL, 0, 0),
	FILE_ROW("rule of month 13", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\nCET-1CEST,M13.5.0,M10.5.0/3\n", -EINVAL, 0, 0),
	FILE_ROW("rule of week 0", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\nCET-1CEST,M3.0.0,M10.5.0/3\n", -EINVAL, 0, 0),
	FILE_ROW("rule half", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\nCET-1CEST,M3.5.0\n", -EINVAL, 0, 0),
	FILE_ROW("rule and more", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\nCET-1CEST,M3.5.0,M10.5.0/3,\n", -EINVAL, 0, 0),
	FILE_ROW("name not closed", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\n<-03\n", -EINVAL, 0, 0),
	FILE_ROW("hours without end", FIRST "\0TZif2" SPARE COUNTS("\0", "\1", "\4") TYPE "\0\nCET-1000000000000000\n", -EINVAL, 0, 0),
	// clang-format on
};

static void reads_files(void **state UNUSED)
{
	int64_t january = cp_zone_days(2030, 1, 15) * DAY_S;
	int64_t july = cp_zone_days(2030, 7, 15) * DAY_S;
	struct cp_zone *z;
	int wrong = 0, err;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		err = cp_zone_parse("X", files[i].text, files[i].len, &z);
		if (err != files[i].err ||
		    (!err && (cp_zone_offset(z, january) != files[i].january ||
		              cp_zone_offset(z, july) != files[i].july))) {
			print_error("%s: %d\n", files[i].why, err);
			wrong++;
		}
		if (!err)
			cp_zone_free(z);
	}
	assert_int_equal(wrong, 0);
}

/* ---- moments --------------------------------------------------------------------------- */

static const struct {
	const char *text;
	const char *zone; /* NULL: refused */
	int64_t over;
} moments[] = {
	{"2027-03-31", "UTC", 1806537600},
	{"2027-03-31", "Asia/Tokyo", 1806537600 - 9 * 3600},
	{"2027-03-31", "America/New_York", 1806537600 + 4 * 3600},
	{"2024-02-29", "UTC", 1709251200},
	{"2000-01-01", "UTC", 946771200},
	{"9999-12-31", "UTC", 253402300800},
	/* Midnight comes twice in Havana that night: the day ends at the second. */
	{"2026-10-31", "America/Havana", 1793509200},
	{"2027-03-31T18:00:00+09:00", "UTC", 1806483600},
	{"2027-03-31T09:00:00Z", "Asia/Tokyo", 1806483600},
	{"2027-03-31t09:00:00z", "UTC", 1806483600},
	{"2027-03-31T09:00:00.123456789Z", "UTC", 1806483600},
	{"2027-03-31T04:30:00-04:30", "UTC", 1806483600},
	{"2016-12-31T23:59:60Z", "UTC", 1483228800},
	{"", NULL, 0},
	{"never", NULL, 0},
	{"2027-3-31", NULL, 0},
	{"2027-03-32", NULL, 0},
	{"2027-02-29", NULL, 0},
	{"2100-02-29", NULL, 0},
	{"2027-04-31", NULL, 0},
	{"2027-13-01", NULL, 0},
	{"2027-00-01", NULL, 0},
	{"2027-01-00", NULL, 0},
	{"1999-12-31", NULL, 0},
	{"10000-01-01", NULL, 0},
	{"2027-03-31 ", NULL, 0},
	{" 2027-03-31", NULL, 0},
	{"2027/03/31", NULL, 0},
	{"20270331", NULL, 0},
	{"2027-03-31T", NULL, 0},
	{"2027-03-31T18:00", NULL, 0},
	{"2027-03-31T18:00:00", NULL, 0},
	{"2027-03-31 18:00:00Z", NULL, 0},
	{"2027-03-31T24:00:00Z", NULL, 0},
	{"2027-03-31T18:60:00Z", NULL, 0},
	{"2027-03-31T18:00:61Z", NULL, 0},
	{"2027-03-31T18:00:00.Z", NULL, 0},
	{"2027-03-31T18:00:00+9", NULL, 0},
	{"2027-03-31T18:00:00+0900", NULL, 0},
	{"2027-03-31T18:00:00+24:00", NULL, 0},
	{"2027-03-31T18:00:00Zx", NULL, 0},
	{"2027-03-31T18:00:00JST", NULL, 0},
	{"2027-03-31T18:00:00+", NULL, 0},
};

static void reads_moments(void **state UNUSED)
{
	struct cp_zone *z;
	struct moment m;
	int wrong = 0;
	size_t i;
	int err;

	for (i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		const char *zone = moments[i].zone;
		int64_t over = 0;

		err = cp_moment_parse(moments[i].text, &m);
		if (!err && zone) {
			assert_int_equal(cp_zone_load(zone, &z), 0);
			over = cp_moment_over(&m, z);
			cp_zone_free(z);
		}
		if (err != (zone ? 0 : -EINVAL) || over != moments[i].over) {
			print_error("\"%s\": %d, %lld\n", moments[i].text, err,
			            (long long)over);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
	m = (struct moment){MOMENT_NONE, 0};
	assert_int_equal(cp_moment_over(&m, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_c_library),
		cmocka_unit_test(finds_zones_by_name),
		cmocka_unit_test(reads_files),
		cmocka_unit_test(reads_moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
