/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange - the gateway's ESP on a pipe, for exchange.py to talk to.
 *
 *   suites                        their names                         -> "suites NAME.."
 *   install SID SUITE FLAGS SEQ V   session of rig_install_message(), with 2001:db8:99::(10 +
 *                                 SID) beside, between IPv4 or IPv6 addresses (V), whose
 *                                 numbers go on behind SEQ            -> "status N"
 *   out SID HEX                   an inner packet to the client       -> "packet HEX" | drop
 *   in SID HEX                    an outer packet from it             -> "packet HEX" | drop
 */
#include "dataplane/crypto/crypto.h"
#include "dataplane/esp/esp.h"
#include "dataplane/parse/parse.h"
#include "tests/unit/dataplane/rig.h"
#include "tests/unit/hex.h"

#include <string.h>

enum {
	LINE_ROOM = 8192,
	PACKET_MAX = 2048,
};

static void answer(struct rig *r, struct rte_mbuf *m)
{
	struct dp_worker *w = r->w[0];
	unsigned v, i;

	if (m) {
		const uint8_t *octets = rte_pktmbuf_mtod(m, const uint8_t *);

		printf("packet ");
		for (i = 0; i < m->data_len; i++)
			printf("%02x", octets[i]);
		printf("\n");
		rte_pktmbuf_free(m);
	}
	for (v = DP_OK + 1; v < DP_VERDICT_COUNT; v++)
		if (w->stat.verdict[v])
			printf("%s\n", dp_verdict_name(v));
	rig_zero(w);
	fflush(stdout);
}

#define SUITE_NAME(id, name, ...) [id] = name,
static const char *const names[] = {"", MSG_SUITES(SUITE_NAME)};

static void suites(void)
{
	unsigned i;

	printf("suites");
	for (i = 1; i < MSG_SUITE_COUNT; i++)
		if (dp_suite((uint8_t)i))
			printf(" %s", names[i]);
	printf("\n");
	fflush(stdout);
}

static uint8_t suite_of(const char *name)
{
	unsigned i;

	for (i = 1; i < MSG_SUITE_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return (uint8_t)i;
	abort();
}

static void install(struct rig *r, uint32_t sid, const char *suite, unsigned flags,
                    uint64_t seq, unsigned family)
{
	struct msg_session_install m = rig_install_message(sid, 0);
	struct msg_ts *ts = &m.child.ts_local[m.child.n_ts++];

	m.child.suite = suite_of(suite);
	m.child.flags = (uint8_t)flags;
	m.child.seq_in = m.child.seq_out = seq;
	addr_parse("2001:db8:99::a", &m.inner6);
	m.inner6.octet[15] += (uint8_t)sid;
	*ts = (struct msg_ts){.port_hi = UINT16_MAX};
	addr_parse("2001:db8:20::", &ts->lo);
	addr_parse("2001:db8:20:ffff:ffff:ffff:ffff:ffff", &ts->hi);
	if (family == 6) {
		addr_parse("2001:db8:51::1", &m.child.local.addr);
		addr_parse("2001:db8:2::a", &m.child.remote.addr);
		m.child.remote.addr.octet[15] += (uint8_t)sid;
	}
	printf("status %d\n", rig_install(r, &m));
	fflush(stdout);
}

static enum dp_verdict parse(struct rte_mbuf *m)
{
	return dp_is_ipv4(m) ? dp_parse_ipv4(m) : dp_parse_ipv6(m);
}

static void out(struct rig *r, uint32_t sid, const void *octets, uint16_t len)
{
	struct rte_mbuf *pkt[1] = {rig_packet(r, octets, len)};
	struct dp_worker *w = r->w[0];
	uint16_t n = 1;

	if (parse(pkt[0]) != DP_OK)
		abort();
	dp_pkt(pkt[0])->session = dp_session_at(w, sid);
	n = dp_esp_fit(w, pkt, n);
	dp_esp_out(w, pkt, n);
	dp_crypto_drain(w->crypto);
	n = dp_crypto_collect(w->crypto, pkt, 1);
	n = dp_esp_out_done(w, pkt, n);
	answer(r, n ? pkt[0] : NULL);
}

static void in(struct rig *r, const void *octets, uint16_t len)
{
	struct rte_mbuf *pkt[1] = {rig_packet(r, octets, len)};
	struct dp_pkt *p = dp_pkt(pkt[0]);
	struct dp_worker *w = r->w[0];
	uint16_t n;
	be32 spi;

	if (parse(pkt[0]) != DP_OK)
		abort();
	p->kind = p->l4_proto == 17 ? DP_KIND_ESP_UDP : DP_KIND_ESP;
	memcpy(&spi, (const uint8_t *)octets + p->l4_off + (p->l4_proto == 17 ? 8 : 0), 4);
	p->spi = be32_get(spi);
	dp_esp_in(w, pkt, 1);
	dp_crypto_drain(w->crypto);
	n = dp_crypto_collect(w->crypto, pkt, 1);
	n = dp_esp_in_done(w, pkt, n);
	answer(r, n ? pkt[0] : NULL);
}

int main(void)
{
	static char line[LINE_ROOM], hex[LINE_ROOM];
	uint8_t octets[PACKET_MAX];
	struct rig *r = rig_up();
	unsigned sid, flags, family;
	unsigned long seq;

	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "suites\n") == 0)
			suites();
		else if (sscanf(line, "install %u %31s %u %lu %u", &sid, hex, &flags, &seq,
		                &family) == 5)
			install(r, sid, hex, flags, seq, family);
		else if (sscanf(line, "out %u %8000s", &sid, hex) == 2)
			out(r, sid, octets, (uint16_t)hex_read(hex, octets, sizeof(octets)));
		else if (sscanf(line, "in %u %8000s", &sid, hex) == 2)
			in(r, octets, (uint16_t)hex_read(hex, octets, sizeof(octets)));
		else
			return 1;
	}
	if (rig_buffers_out(r))
		return 2;
	rig_down(r);
	return 0;
}
