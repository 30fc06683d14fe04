/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_vectors - ESP packets that scapy and python3-cryptography made, and what must become
 * of each; every buffer is accounted for after each row.
 */
#include "dataplane/crypto/crypto.h"
#include "dataplane/esp/esp.h"
#include "dataplane/parse/parse.h"
#include "tests/unit/dataplane/rig.h"
#include "tests/unit/hex.h"
#include "tests/vector/esp/esp_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
	PACKET_MAX = 2048,
};

static void install(struct rig *r)
{
	struct msg_session_install m;
	uint32_t sid;

	for (sid = 0; sid < 4; sid++) {
		m = rig_install_message(sid, 0);
		if (sid == 1)
			m.child.suite = MSG_SUITE_AES256_GCM16;
		if (sid == 2)
			m.child.flags = 0;
		if (sid == 3) {
			struct msg_ts *ts = m.child.ts_local;

			m.child.n_ts = 2;
			addr_parse("10.20.0.0", &ts[0].lo);
			addr_parse("10.20.255.255", &ts[0].hi);
			ts[1] = ts[0];
			ts[0].port_lo = 80;
			ts[0].port_hi = 443;
			ts[0].proto = 6;
			ts[1].port_lo = ts[1].port_hi = 8 << 8;
			ts[1].proto = 1;
		}
		assert_int_equal(rig_install(r, &m), 0);
	}
}

/* As classification would leave it. */
static struct rte_mbuf *arrived(struct rig *r, const char *hex)
{
	uint8_t octets[PACKET_MAX];
	const uint16_t len = (uint16_t)hex_read(hex, octets, sizeof(octets));
	struct rte_mbuf *m = rig_packet(r, octets, len);
	struct dp_pkt *p = dp_pkt(m);
	be32 spi;

	assert_int_equal(dp_parse_ipv4(m), DP_OK);
	p->kind = p->l4_proto == 17 ? DP_KIND_ESP_UDP : DP_KIND_ESP;
	memcpy(&spi, octets + p->l4_off + (p->l4_proto == 17 ? 8 : 0), sizeof(spi));
	p->spi = be32_get(spi);
	return m;
}

static void check(struct rig *r UNUSED, const char *why, struct rte_mbuf *m, const char *want)
{
	uint8_t octets[PACKET_MAX];
	const size_t len = hex_read(want, octets, sizeof(octets));

	if (m->data_len != len || memcmp(rte_pktmbuf_mtod(m, void *), octets, len))
		fail_msg("%s: not the packet that was sent", why);
	if (dp_pkt(m)->tenant != 1 || dp_pkt(m)->vrf != 1)
		fail_msg("%s: not the session's tenant", why);
	rte_pktmbuf_free(m);
}

static void test_rows(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct dp_worker *w = r->w[0];
	size_t i;

	install(r);
	for (i = 0; i < sizeof(esp_vectors) / sizeof(esp_vectors[0]); i++) {
		struct rte_mbuf *pkt[1] = {arrived(r, esp_vectors[i].wire)};
		const char *got = "ok";
		uint16_t n;
		unsigned v;

		rig_zero(w);
		dp_esp_in(w, pkt, 1);
		n = dp_crypto_collect(w->crypto, pkt, 1);
		n = dp_esp_in_done(w, pkt, n);
		for (v = DP_OK + 1; v < DP_VERDICT_COUNT; v++)
			if (w->stat.verdict[v])
				got = dp_verdict_name(v);
		if (w->inner_parts.n) {
			got = "held";
			rte_pktmbuf_free(w->inner_parts.pkt[0]);
		}
		if (strcmp(got, esp_vectors[i].verdict))
			fail_msg("%u: %s: %s instead of %s", esp_vectors[i].sid,
			         esp_vectors[i].why, got, esp_vectors[i].verdict);
		if (n + rig_drops(w) + w->inner_parts.n != 1)
			fail_msg("%s: counted %lu times", esp_vectors[i].why,
			         (unsigned long)rig_drops(w));
		w->inner_parts.n = 0;
		if (n)
			check(r, esp_vectors[i].why, pkt[0], esp_vectors[i].inner);
		if (rig_buffers_out(r))
			fail_msg("%s: a buffer is lost", esp_vectors[i].why);
	}
	rig_down(r);
}

/* Sixteen rows of each kind in one burst: order kept, each with its own fate. */
static void test_burst(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct dp_worker *w = r->w[0];
	struct rte_mbuf *pkt[DP_BURST];
	uint16_t n, i;

	install(r);
	for (i = 0; i < DP_BURST; i++)
		pkt[i] = arrived(r, esp_vectors[i / 2].wire); /* each one twice */
	dp_esp_in(w, pkt, DP_BURST);
	assert_int_equal(dp_crypto_in_flight(w->crypto), DP_BURST);
	n = dp_crypto_collect(w->crypto, pkt, DP_BURST);
	assert_int_equal(n, DP_BURST);
	n = dp_esp_in_done(w, pkt, n);
	/* both of a pair were decrypted; the second was caught at its commit */
	assert_int_equal(n, DP_BURST / 2);
	assert_int_equal(w->stat.verdict[DP_DROP_REPLAY], DP_BURST / 2);
	for (i = 0; i < n; i++)
		check(r, esp_vectors[i].why, pkt[i], esp_vectors[i].inner);
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
