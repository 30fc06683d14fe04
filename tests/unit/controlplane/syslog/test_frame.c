/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Lines as syslog messages, and what counts as received.
 */

#include "common/event/event.h"
#include "controlplane/syslog/frame.h"
#include "controlplane/syslog/settled.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define HEAD                                                                  \
	"{\"schema\":2,\"time\":\"2026-11-23T16:12:34.114990+09:00\",\"id\":" \
	"\"8c1b46a70ea5d203-17\","

static const struct {
	const char *why, *line, *frame; /* NULL: refused */
} rows[] = {
	{"a notice", HEAD "\"event\":\"vpn.refused\",\"level\":\"notice\",\"user\":\"a\"}",
         "<133>1 2026-11-23T16:12:34.114990+09:00 lab sekisho - vpn.refused - " HEAD
         "\"event\":\"vpn.refused\",\"level\":\"notice\",\"user\":\"a\"}"},
	{"an error", HEAD "\"event\":\"log.lost\",\"level\":\"error\"}",
         "<131>1 2026-11-23T16:12:34.114990+09:00 lab sekisho - log.lost - " HEAD
         "\"event\":\"log.lost\",\"level\":\"error\"}"},
	{"a warning", HEAD "\"event\":\"link.down\",\"level\":\"warning\"}",
         "<132>1 2026-11-23T16:12:34.114990+09:00 lab sekisho - link.down - " HEAD
         "\"event\":\"link.down\",\"level\":\"warning\"}"},
	{"information", HEAD "\"event\":\"vpn.up\",\"level\":\"info\"}",
         "<134>1 2026-11-23T16:12:34.114990+09:00 lab sekisho - vpn.up - " HEAD
         "\"event\":\"vpn.up\",\"level\":\"info\"}"},
	{"an unknown level", HEAD "\"event\":\"vpn.up\",\"level\":\"loud\"}", NULL},
	{"nothing", "", NULL},
	{"another program's", "Nov 23 host program: text", NULL},
	{"cut", HEAD "\"event\":\"vpn.up\"", NULL},
	{"in another order", "{\"time\":\"2026-11-23T16:12:34Z\",\"schema\":2}", NULL},
	{"a blank in the time",
         "{\"schema\":2,\"time\":\"2026 <1>1\",\"id\":\"1-1\",\"event\":"
         "\"vpn.up\",\"level\":\"info\"}",
         NULL},
	{"a bracket in the event", HEAD "\"event\":\"vpn<up\",\"level\":\"info\"}", NULL},
	{"an empty event", HEAD "\"event\":\"\",\"level\":\"info\"}", NULL},
	{"two lines", HEAD "\"event\":\"vpn.up\",\"level\":\"info\"}\n<1>1", NULL},
};

static void lines_become_frames(void **state UNUSED)
{
	char out[2048], want[1024];

	for (size_t i = 0; i < COUNT(rows); i++) {
		int n = cp_syslog_frame(rows[i].line, strlen(rows[i].line), "lab", out,
		                        sizeof(out));

		if (!rows[i].frame) {
			if (n != -EBADMSG)
				fail_msg("%s: %d", rows[i].why, n);
			continue;
		}
		snprintf(want, sizeof(want), "%zu %s", strlen(rows[i].frame), rows[i].frame);
		if (n != (int)strlen(want) || memcmp(out, want, (size_t)n))
			fail_msg("%s: %.*s, not %s", rows[i].why, n, out, want);
		assert_int_equal(cp_syslog_frame(rows[i].line, strlen(rows[i].line), "lab", out,
		                                 strlen(want) - 1),
		                 -ENOSPC);
	}
}

/* Every event as it is really written, with the longest texts. */
static void every_event_has_a_frame(void **state UNUSED)
{
	static char line[EVENT_LINE_MAX], out[EVENT_LINE_MAX + CP_SYSLOG_HEADER_MAX + 16];
	char text[EVENT_TEXT_MAX];
	struct event_record r;
	int len, n;

	memset(text, '"', sizeof(text));
	for (unsigned id = 0; id < EVENT_COUNT; id++) {
		event_begin(&r, id, UINT64_MAX);
		r.origin = r.serial = UINT64_MAX;
		event_octets(&r, EK_TENANT, text, sizeof(text));
		len = event_json(&r, line, sizeof(line)) - 1;
		n = cp_syslog_frame(
			line, (size_t)len,
			"a-name-of-sixty-three-letters-is-as-long-as-a-label-may-be-"
			"12345",
			out, sizeof(out));
		if (n < len || n > len + CP_SYSLOG_HEADER_MAX)
			fail_msg("%s: %d", event_name(id), n);
		/* RFC 5424 section 6: MSGID has 32 octets. */
		assert_true(strlen(event_name(id)) <= 32);
	}
}

static void lines_settle(void **state UNUSED)
{
	struct cp_settled s;

	cp_settled_begin(&s);
	assert_int_equal(cp_settled_take(&s, UINT64_MAX, 99999), 0);
	cp_settled_sent(&s, 100, 1000, 0);
	cp_settled_sent(&s, 200, 2000, 500);
	assert_int_equal(cp_settled_take(&s, 2000, CP_SETTLED_MS - 1), 0); /* too young */
	assert_int_equal(cp_settled_take(&s, 999, CP_SETTLED_MS), 0); /* not acknowledged */
	assert_int_equal(cp_settled_take(&s, 1999, CP_SETTLED_MS + 500), 100);
	assert_int_equal(cp_settled_take(&s, 2000, CP_SETTLED_MS + 500), 200);
	assert_int_equal(cp_settled_take(&s, 2000, CP_SETTLED_MS + 500), 0);

	/* A connection that ended takes its marks with it. */
	cp_settled_sent(&s, 300, 3000, 600);
	cp_settled_begin(&s);
	assert_int_equal(cp_settled_take(&s, UINT64_MAX, 99999), 0);

	/* More marks than there is room for: the last ones settle together, none too early. */
	for (uint64_t i = 1; i <= 2 * CP_SETTLED_MARKS; i++)
		cp_settled_sent(&s, i, i, i);
	assert_int_equal(cp_settled_take(&s, UINT64_MAX, CP_SETTLED_MS + CP_SETTLED_MARKS),
	                 CP_SETTLED_MARKS - 1);
	assert_int_equal(cp_settled_take(&s, UINT64_MAX, CP_SETTLED_MS + 2 * CP_SETTLED_MARKS),
	                 2 * CP_SETTLED_MARKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_frames),
		cmocka_unit_test(every_event_has_a_frame),
		cmocka_unit_test(lines_settle),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
