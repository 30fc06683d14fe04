/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_esp_inner - what an authenticated client can put into a tunnel, and what the inside
 * can send to one: padding, inner headers, selectors, MSS, rules, flows, ICMP quotes.
 *
 *   octet 0  1: from the inside instead of from the client
 *   octet 1  tos of the outer header
 *   rest     decrypted ESP payload with its trailer, or an IP packet
 *
 * The packet stands in a buffer of exactly its size, so that AddressSanitizer sees the first
 * octet that is read behind it.
 */
#include "dataplane/esp/esp.h"
#include "dataplane/parse/parse.h"
#include "tests/unit/dataplane/ground.h"
#include "tests/unit/dataplane/rig.h"

#include <assert.h>
#include <string.h>

enum {
	SID = 0,
	HEAD = 28 + 16, /* IP, UDP, ESP, IV */
	LEN_MAX = 2000,
	HOUR_S = 3600,
};

static struct rig *rig;
static struct ground ground;
static struct dp_acl *acl; /* the worker's pointer lies where LeakSanitizer does not look */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_rules(void)
{
	struct msg_rule r =
				{
					.tenant = 1,
					.group = 7,
					.number = 1,
					.action = MSG_ALLOW,
					.log = 1,
					.dst_bits = 96 + 8,
					.src_port_hi = 65535,
					.dst_port_hi = 65535,
				},
			both[2];

	addr_parse("10.0.0.0", &r.dst);
	both[0] = both[1] = r;
	both[1].number = 2;
	both[1].dst_bits = 32;
	addr_parse("2001:db8::", &both[1].dst);
	acl = rig_acl(both, 2, (const uint16_t[]){7}, 1, NULL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct msg_session_install m = rig_install_message(SID, 0);

	(void)argc, (void)argv;
	rig = rig_up_for_good();
	ground_up(&ground);
	rig->w[0]->ifaces = ground.ifaces;
	addr_parse("2001:db8:99::a", &m.inner6);
	m.child.n_ts = 2;
	m.child.ts_local[1] = (struct msg_ts){.port_hi = UINT16_MAX};
	addr_parse("2001:db8::", &m.child.ts_local[1].lo);
	addr_parse("2001:db8:ffff::", &m.child.ts_local[1].hi);
	if (rig_install(rig, &m))
		abort();
	make_rules();
	rig->w[0]->acl = acl;
	return 0;
}

static void give_back(void *buffer, void *opaque)
{
	(void)opaque;
	free(buffer);
}

/* A packet buffer over @head octets of zeros and @len of @octets, and not one more. */
static struct rte_mbuf *exact(const uint8_t *octets, uint16_t head, uint16_t len)
{
	static struct rte_mbuf_ext_shared_info shared;
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig->pool);
	uint8_t *buffer = calloc(1, (size_t)head + len);

	assert(m && buffer);
	if (len)
		memcpy(buffer + head, octets, len);
	shared.free_cb = give_back;
	rte_mbuf_ext_refcnt_set(&shared, 1);
	rte_pktmbuf_attach_extbuf(m, buffer, 0, (uint16_t)(head + len), &shared);
	rte_pktmbuf_append(m, (uint16_t)(head + len));
	memset(dp_pkt(m), 0, sizeof(struct dp_pkt));
	return m;
}

static void from_client(uint8_t tos, const uint8_t *octets, uint16_t len)
{
	struct dp_worker *w = rig->w[0];
	struct dp_sa_in *sa = dp_session_at(w, SID)->in;
	struct rte_mbuf *m = exact(octets, HEAD, len);
	struct dp_pkt *p = dp_pkt(m);
	uint16_t n;

	*rte_pktmbuf_mtod(m, uint8_t *) = 0x45;
	p->kind = DP_KIND_ESP_UDP;
	p->l4_off = 20;
	p->sa = sa;
	p->seq = sa->replay.top + 1;
	p->text = rte_pktmbuf_mtod_offset(m, uint8_t *, HEAD);
	p->text_len = len;
	p->icv = p->tag; /* the ICV was right */
	p->tos = tos;
	sa->jobs++;
	n = dp_esp_in_done(w, &m, 1);
	if (w->inner_parts.n) {
		/* a fragment; with what else, is fuzz_reass's question */
		w->inner_parts.n = 0;
		rte_pktmbuf_free(m);
	}
	n = dp_acl_from_client(w, &m, n);
	if (n)
		rte_pktmbuf_free(m);
}

static void to_client(const uint8_t *octets, uint16_t len)
{
	struct dp_worker *w = rig->w[0];
	struct rte_mbuf *m = exact(octets, 0, len);
	uint16_t n;

	if (!len || (dp_is_ipv4(m) ? dp_parse_ipv4(m) : dp_parse_ipv6(m)) != DP_OK) {
		rte_pktmbuf_free(m);
		return;
	}
	dp_pkt(m)->session = dp_session_at(w, SID);
	dp_pkt(m)->tenant = dp_pkt(m)->vrf = 1;
	n = dp_acl_to_client(w, &m, 1);
	n = dp_esp_fit(w, &m, n);
	dp_esp_out(w, &m, n); /* there is no room in the buffer: refused */
	if (w->to_cut.n)
		rte_pktmbuf_free(m);
	w->to_cut.n = 0;
	if (w->replies.n)
		rte_pktmbuf_free(w->replies.pkt[0]);
	w->replies.n = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dp_worker *w = rig->w[0];

	if (size < 2 || size > LEN_MAX)
		return 0;
	if (data[0] & 1)
		to_client(data + 2, (uint16_t)(size - 2));
	else if (size - 2 >= 4) /* dp_esp_in lets nothing shorter through */
		from_client(data[1], data + 2, (uint16_t)(size - 2));
	if (rig_buffers_out(rig))
		abort();

	rig_forget(rig);
	if (dp_flows_count(w->flows) > RIG_FLOWS_PER_SESSION / 2) {
		w->now += 3 * HOUR_S * w->hz;
		while (dp_flows_count(w->flows))
			dp_flows_age(w), w->now += w->hz;
	}
	return 0;
}
