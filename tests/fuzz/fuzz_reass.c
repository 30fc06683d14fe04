/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_reass - fragments of a few packets, in any order, as strangers send them; judged by a
 * model that keeps a map of octets.
 *
 * Records, one after the other:
 *   octet 0     bit 7: IPv6, bits 0-1: which packet, bit 6: time passes before it
 *   octet 1     offset in units of 8 octets
 *   octet 2     octets that follow, at most; bit 7: more fragments
 *   octet 3     protocol
 *   rest        the fragment's octets
 * An IPv6 record has its headers in front of the fragment header in those octets, too.
 *
 * Every fragment stands in memory of exactly its size.
 */
#include "common/wire/ip.h"
#include "dataplane/frag/frag.h"
#include "dataplane/parse/parse.h"
#include "tests/unit/dataplane/frag/model.h"
#include "tests/unit/dataplane/rig.h"

#include <stdlib.h>
#include <string.h>

enum {
	HEAD = 4,
	PACKETS = 4,
	MORE = 0x80,
	V6 = 0x80,
	LATE = 0x40,
	V6_HEAD = 40,
};

static struct rig *rig;
/* of IPv4, by packet and protocol: a key of its own each */
static struct model model[PACKETS][256];

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	rig = rig_up_for_good();
	return 0;
}

static void give_back(void *buffer, void *opaque)
{
	(void)opaque;
	free(buffer);
}

static struct rte_mbuf *exact(const uint8_t *octets, uint16_t len)
{
	static struct rte_mbuf_ext_shared_info shared;
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig->pool);
	uint8_t *buffer = malloc(len);

	if (!m || !buffer)
		abort();
	memcpy(buffer, octets, len);
	shared.free_cb = give_back;
	rte_mbuf_ext_refcnt_set(&shared, 1);
	rte_pktmbuf_attach_extbuf(m, buffer, 0, len, &shared);
	rte_pktmbuf_append(m, len);
	memset(dp_pkt(m), 0, sizeof(struct dp_pkt));
	return m;
}

static struct rte_mbuf *make_v4(const uint8_t *record, uint8_t len)
{
	uint8_t packet[sizeof(struct wire_ipv4) + 128];
	struct wire_ipv4 *ip = (struct wire_ipv4 *)packet;

	*ip = (struct wire_ipv4){
		.version_ihl = 0x45,
		.total = be16_from((uint16_t)(sizeof(*ip) + len)),
		.id = be16_from(record[0] & (PACKETS - 1)),
		.frag = be16_from(
			(uint16_t)(record[1] | (record[2] & MORE ? WIRE_IPV4_MF : 0))),
		.ttl = 64,
		.proto = record[3],
		.src = be32_from(0x0a63000a),
		.dst = be32_from(0x0a140001),
	};
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	if (len)
		memcpy(ip + 1, record + HEAD, len);
	return exact(packet, (uint16_t)(sizeof(*ip) + len));
}

/* What a parser makes sure of: a fixed header, and a fragment header at l4_off. */
static struct rte_mbuf *make_v6(const uint8_t *record, uint8_t len)
{
	struct rte_mbuf *m;

	if (len < V6_HEAD + 8)
		return NULL;
	m = exact(record + HEAD, len);
	*rte_pktmbuf_mtod(m, uint8_t *) = 0x60;
	dp_pkt(m)->l4_off = (uint16_t)(V6_HEAD + record[3] % (len - V6_HEAD - 7));
	return m;
}

static void judge(const uint8_t *record, uint8_t len, struct rte_mbuf *whole, uint64_t dropped)
{
	struct model *k = &model[record[0] & (PACKETS - 1)][record[3]];
	const enum model_says said =
		model_add(k, record[1] * 8u, len, record[2] & MORE, record + HEAD);
	const struct wire_ipv4 *ip;

	/* what the model does not know: places, and headers cut off */
	if (rig->w[0]->stat.verdict[DP_DROP_FRAG_FORM] ||
	    rig->w[0]->stat.verdict[DP_DROP_FRAG_TINY] ||
	    rig->w[0]->stat.verdict[DP_DROP_FRAG_FULL])
		abort();
	if ((said == MODEL_WHOLE) != (whole != NULL) ||
	    (said == MODEL_HELD || said == MODEL_WHOLE) != !dropped)
		abort();
	if (!whole)
		return;
	ip = rte_pktmbuf_mtod(whole, const struct wire_ipv4 *);
	if (whole->data_len != sizeof(*ip) + k->end || wire_ipv4_sum(ip, sizeof(*ip)) ||
	    memcmp(ip + 1, k->octet, k->end))
		abort();
	model_init(k);
}

static void forget(void)
{
	struct dp_reass_gauge g;
	struct dp_worker *w = rig->w[0];

	w->now += (RIG_PARTS_S + 1) * rig->hz;
	dp_reass_age(w);
	dp_reass_age(w);
	dp_reass_gauge(w->reass, &g);
	if (g.packets || g.held)
		abort();
}

/* returns how many fragments it gave */
static unsigned one(const uint8_t *record, uint8_t len, uint64_t *wholes)
{
	struct dp_worker *w = rig->w[0];
	const uint64_t before = rig_drops(w);
	const bool v6 = record[0] & V6;
	struct rte_mbuf *m = v6 ? make_v6(record, len) : make_v4(record, len);
	bool judged = !v6;
	uint16_t n;

	if (!m)
		return 0;
	if (!v6 && dp_parse_ipv4(m) != DP_DROP_FRAGMENT) {
		rte_pktmbuf_free(m);
		return 0;
	}
	dp_pkt(m)->kind = DP_KIND_FRAGMENT;
	dp_pkt(m)->tenant = dp_pkt(m)->vrf = 1;
	n = dp_reassemble(w, &m, 1);
	/* one that is refused for its own sake is nothing to the packet */
	if (w->stat.verdict[DP_DROP_FRAG_FORM] || w->stat.verdict[DP_DROP_FRAG_TINY])
		judged = false;
	if (judged)
		judge(record, len, n ? m : NULL, rig_drops(w) - before);
	if (n) {
		rte_pktmbuf_free(m);
		++*wholes;
	}
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dp_worker *w = rig->w[0];
	uint64_t ended = 0, wholes = 0;
	struct dp_reass_gauge g;
	unsigned came = 0;
	size_t at = 0;
	unsigned v, n = 0;

	/* few enough packets that none gives way to another, which the model does not know */
	memset(model, 0, sizeof(model));
	while (at + HEAD <= size && n < RIG_PARTS_PER_TENANT) {
		const uint8_t *record = data + at;
		uint8_t len = record[2] & ~MORE;

		if (len > size - at - HEAD)
			len = (uint8_t)(size - at - HEAD);
		at += HEAD + (size_t)len;
		if (record[0] & LATE && !(record[0] & V6)) {
			forget();
			memset(model, 0, sizeof(model));
			n = 0;
		}
		came += one(record, len, &wholes);
		dp_reass_gauge(w->reass, &g);
		n = g.packets;
		ended += rig_drops(w) + w->stat.counter[DP_MERGED];
		for (v = 0; v < DP_VERDICT_COUNT; v++)
			w->stat.verdict[v] = 0;
		w->stat.counter[DP_MERGED] = 0;
		if (ended + wholes + g.held != came)
			abort();
	}
	forget();
	rig_zero(w);
	if (rig_buffers_out(rig) || rte_mempool_in_use_count(rig->large))
		abort();
	return 0;
}
