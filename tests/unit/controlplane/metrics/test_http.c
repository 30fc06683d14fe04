/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a scraper's request. Each complete one is also read octet by octet: it must
 * not be complete a moment earlier.
 */
#include "controlplane/metrics/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define PROMETHEUS                                                                        \
	"GET /metrics HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Prometheus/2.42.0\r\n"   \
	"Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text" \
	";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n"              \
	"Accept-Encoding: gzip\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n"

static const struct {
	const char *why, *octets;
	int status;
	bool is_head, is_plain;
} rows[] = {
	{"Prometheus 2.42", PROMETHEUS, 200, false, false},
	{"nothing asked for", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 200, false, false},
	{"anything", "GET /metrics HTTP/1.0\r\nAccept: */*\r\n\r\n", 200, false, false},
	{"only the older format", "GET /metrics HTTP/1.1\r\naccept:text/plain\r\n\r\n", 200,
         false, true},
	{"a header that ends alike", "GET /metrics HTTP/1.1\r\nX-Accept: text/plain\r\n\r\n",
         200, false, false},
	{"lines without CR", "GET /metrics HTTP/1.1\nHost: x\n\n", 200, false, false},
	{"an empty line before", "\r\nGET /metrics HTTP/1.1\r\n\r\n", 200, false, false},
	{"a query", "GET /metrics?name=up HTTP/1.1\r\n\r\n", 200, false, false},
	{"HEAD", "HEAD /metrics HTTP/1.1\r\n\r\n", 200, true, false},
	{"another path", "GET / HTTP/1.1\r\n\r\n", 404, false, false},
	{"a longer path", "GET /metrics/ HTTP/1.1\r\n\r\n", 404, false, false},
	{"a query alone", "GET ?/metrics HTTP/1.1\r\n\r\n", 404, false, false},
	{"POST", "POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 405, false, false},
	{"method in small letters", "get /metrics HTTP/1.1\r\n\r\n", 405, false, false},
	{"no version", "GET /metrics\r\n\r\n", 400, false, false},
	{"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", 400, false, false},
	{"a blank too many", "GET /metrics HTTP/1.1 \r\n\r\n", 400, false, false},
	{"no word", "x\r\n\r\n", 400, false, false},
	{"TLS", "\x16\x03\x01\x02\n\n", 400, false, false},
	{"not complete", "GET /metrics HTTP/1.1\r\nHost: x\r\n", 0, false, false},
	{"a line not complete", "GET /metr", 0, false, false},
	{"only empty lines", "\r\n\r\n\r\n", 0, false, false},
	{"nothing", "", 0, false, false},
};

static void test_requests(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i].octets), n;
		struct cp_http_request r;
		int status = cp_http_read(rows[i].octets, len, &r);

		if (status != rows[i].status)
			fail_msg("%s: %d", rows[i].why, status);
		if (status == 200 && (r.is_head != rows[i].is_head ||
		                      (r.dialect == CP_OPENMETRICS_PLAIN) != rows[i].is_plain))
			fail_msg("%s: HEAD %d, dialect %d", rows[i].why, r.is_head, r.dialect);
		for (n = 0; n < len; n++)
			if (cp_http_read(rows[i].octets, n, &r))
				fail_msg("%s: complete after %zu of %zu octets", rows[i].why, n,
				         len);
	}
}

static void test_too_long(void **state UNUSED)
{
	static char octets[CP_HTTP_REQUEST_MAX + 100];
	static const char head[] = "GET /metrics HTTP/1.1\r\nX: ";
	struct cp_http_request r;

	memset(octets, 'x', sizeof(octets));
	memcpy(octets, head, strlen(head));
	assert_int_equal(cp_http_read(octets, CP_HTTP_REQUEST_MAX - 1, &r), 0);
	assert_int_equal(cp_http_read(octets, CP_HTTP_REQUEST_MAX, &r), 431);
	memcpy(octets + CP_HTTP_REQUEST_MAX - 4, "\r\n\r\n", 4);
	assert_int_equal(cp_http_read(octets, CP_HTTP_REQUEST_MAX, &r), 200);
	assert_int_equal(cp_http_read(octets, sizeof(octets), &r), 200);
	memset(octets, 0, sizeof(octets));
	assert_int_equal(cp_http_read(octets, sizeof(octets), &r), 431);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
