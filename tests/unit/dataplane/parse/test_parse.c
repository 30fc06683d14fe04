/* SPDX-License-Identifier: Apache-2.0 */
/* Frames made by scapy, and what they are: tests/vector/frames/make.py. */
#include "dataplane/parse/parse.h"
#include "dataplane/worker/worker.h"
#include "tests/unit/dataplane/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *why;
	uint16_t port;
	const char *hex;
	enum dp_verdict want;
	enum dp_kind kind;
	uint16_t tenant;
} rows[] = {
#include "tests/vector/frames/frames.inc"
};

static void test_frames(void **state UNUSED)
{
	struct dp_worker *w = aligned_alloc(64, sizeof(*w));
	struct ground g;
	size_t i;

	ground_up(&g);
	memset(w, 0, sizeof(*w));
	w->ifaces = g.ifaces;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rte_mbuf *m = ground_hex(rows[i].hex);
		enum dp_verdict v = dp_parse_frame(w, rows[i].port, m);
		const struct dp_pkt *p = dp_pkt(m);

		if (v != rows[i].want)
			fail_msg("%s: %s, want %s", rows[i].why, dp_verdict_name(v),
			         dp_verdict_name(rows[i].want));
		if (v == DP_OK && (p->kind != rows[i].kind || p->tenant != rows[i].tenant))
			fail_msg("%s: kind %u of tenant %u, want %u of %u", rows[i].why,
			         p->kind, p->tenant, rows[i].kind, rows[i].tenant);
		ground_free(m);
	}
	ground_down(&g);
	free(w);
}

/* Every frame, cut at every length: refused or classified, and nothing read behind its end
 * (AddressSanitizer is the judge). */
static void test_every_cut(void **state UNUSED)
{
	struct dp_worker *w = aligned_alloc(64, sizeof(*w));
	struct ground g;
	size_t i, n;

	ground_up(&g);
	memset(w, 0, sizeof(*w));
	w->ifaces = g.ifaces;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rte_mbuf *whole = ground_hex(rows[i].hex);

		for (n = 0; n < whole->data_len; n++) {
			struct rte_mbuf *m = ground_frame(whole->buf_addr, n);

			dp_parse_frame(w, rows[i].port, m);
			ground_free(m);
		}
		ground_free(whole);
	}
	ground_down(&g);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_every_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
