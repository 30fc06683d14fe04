/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/campaign/hostile.h"

#include "common/msg/attach.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/link/link.h"
#include "dataplane/maincore.h"
#include "dataplane/neigh/cache.h"
#include "dataplane/parts.h"
#include "dataplane/pipeline.h"
#include "dataplane/proc/proc.h"
#include "dataplane/telemetry/telemetry.h"
#include "dataplane/worker/command.h"
#include "dataplane/worker/worker.h"
#include "tests/campaign/mutate.h"
#include "tests/perf/client.h"
#include "tests/perf/gateway.h"

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TENANTS = 2,
	SESSIONS = 16, /* the first one is good */
	GOOD = 0,
	GOOD_LEN = 200,
	BURST = 32,
	ETH = 14,
	VLAN = 4,
	TICK_ROUNDS = 64,
	SETTLE_TURNS = 400,
	LATE_TURNS = 100, /* of 10 microseconds */
};

struct hostile {
	struct gateway *g;
	struct dp_parts *parts;
	struct dp_worker *w;
	struct mutate m;
	struct msg_session_install session[SESSIONS];
	uint32_t seq[SESSIONS];
	uint32_t round;
	uint64_t skew; /* TSC that clocks are ahead */
	uint32_t good_up, good_down;
	struct hostile_totals totals;
	bool main_core; /* has a thread of its own */
	pthread_t thread;
	char door[DP_PATH_MAX + sizeof(ATTACH_SOCKET) + 1];
	bool is_settled;
	size_t heap; /* as it was when it was settled first */
	struct rte_mbuf *lost;
	char why[160]; /* the first thing that was not as it must be */
};

/* No octet of one is the other's: a change does not make one of the other. */
static const uint8_t tag[TENANTS + 1][MUTATE_TAG] = {
	{0}, {0xa7, 0x31, 0x5c, 0xe2, 0x19, 0x8d, 0x46, 0xf3}, "tenant2"};

static void fault(struct hostile *h, const char *what)
{
	if (!h->why[0])
		snprintf(h->why, sizeof(h->why), "round %u: %s", h->round, what);
}

/* ---- buffers ------------------------------------------------------------------------ */

struct block {
	struct rte_mbuf_ext_shared_info info;
	void *octets;
};

static void free_block(void *addr, void *block)
{
	free(addr);
	free(block);
}

/* In memory of its own size: no room before or after it. */
static struct rte_mbuf *exact(struct hostile *h, const uint8_t *octets, uint16_t len)
{
	struct rte_mbuf *m = len ? rte_pktmbuf_alloc(h->parts->pool) : NULL;
	struct block *b = m ? calloc(1, sizeof(*b)) : NULL;
	void *copy = b ? malloc(len) : NULL;

	if (!copy) {
		free(b);
		rte_pktmbuf_free(m);
		return NULL;
	}
	memcpy(copy, octets, len);
	b->info.free_cb = free_block;
	b->info.fcb_opaque = b;
	rte_mbuf_ext_refcnt_set(&b->info, 1);
	rte_pktmbuf_attach_extbuf(m, copy, RTE_BAD_IOVA, len, &b->info);
	m->data_len = len;
	m->pkt_len = len;
	return m;
}

/* Three of four lie exactly; the others have room, so that they can go all the way. */
static struct rte_mbuf *buffer(struct hostile *h, const uint8_t *octets, uint16_t len)
{
	if (mutate_below(&h->m, 4))
		return exact(h, octets, len);
	return gateway_frame(h->g, octets, len);
}

/* ---- what it sends ------------------------------------------------------------------ */

static bool holds(const uint8_t *at, size_t len, unsigned tenant)
{
	return memmem(at, len, tag[tenant], MUTATE_TAG) != NULL;
}

static void look_inside(struct hostile *h, const uint8_t *at, uint16_t len)
{
	unsigned vlan;
	uint8_t want[CLIENT_FRAME_MAX];

	if (len < ETH + VLAN || at[12] != 0x81) {
		fault(h, "a frame without a VLAN went inside");
		return;
	}
	vlan = (at[14] & 15u) << 8 | at[15];
	if (vlan < 1 || vlan > TENANTS) {
		fault(h, "a frame with a VLAN that is nobody's");
		return;
	}
	if (holds(at, len, 3 - vlan)) {
		fault(h, "a tenant's packet went inside another");
		return;
	}
	at += ETH + VLAN;
	len = (uint16_t)(len - ETH - VLAN);
	if (vlan != h->session[GOOD].tenant || len != GOOD_LEN ||
	    memcmp(at + 12, &h->session[GOOD].inner.octet[12], 4))
		return;
	client_inner(&h->session[GOOD], true, CLIENT_PORT, GOOD_LEN, client_number(at), want);
	if (client_is_forwarded(want, at, len))
		h->good_up++;
}

static void look_outside(struct hostile *h, const uint8_t *at, uint16_t len)
{
	uint8_t inner[CLIENT_FRAME_MAX], want[CLIENT_FRAME_MAX];
	uint32_t sid;
	uint16_t n;

	if (len < ETH + 40 || at[12] != 0x08 || at[13] != 0x00)
		return;
	at += ETH;
	len = (uint16_t)(len - ETH);
	sid = client_spi(at, len) - GW_SPI_OUT;
	if (sid >= SESSIONS)
		return;
	n = client_open(&h->session[sid], at, len, inner);
	if (!n)
		return; /* a fragment, or an answer that quotes ESP */
	if (holds(inner, n, 3u - h->session[sid].tenant)) {
		fault(h, "a tenant's packet went to another's client");
		return;
	}
	if (sid != GOOD || n != GOOD_LEN)
		return;
	client_inner(&h->session[GOOD], false, CLIENT_PORT, GOOD_LEN, client_number(inner),
	             want);
	if (client_is_forwarded(want, inner, n))
		h->good_down++;
}

static void drain(struct hostile *h, unsigned port)
{
	struct rte_mbuf *pkt[BURST];
	uint8_t flat[4 * CLIENT_FRAME_MAX];
	uint16_t n, i;

	while ((n = gateway_sent(h->g, port, pkt, BURST)) != 0)
		for (i = 0; i < n; i++) {
			const uint32_t len = rte_pktmbuf_pkt_len(pkt[i]);
			const uint8_t *at = len <= sizeof(flat)
			                            ? rte_pktmbuf_read(pkt[i], 0, len, flat)
			                            : NULL;

			if (!at)
				fault(h, "a packet whose lengths do not fit its buffers");
			else if (port == GW_LAN)
				look_inside(h, at, (uint16_t)len);
			else
				look_outside(h, at, (uint16_t)len);
			h->totals.lan += port == GW_LAN;
			h->totals.wan += port == GW_WAN;
			rte_pktmbuf_free(pkt[i]);
		}
}

/* What the main core sent to the worker, and the frames; then what the worker sent up. */
static void turn(struct hostile *h, unsigned port, struct rte_mbuf **pkt, uint16_t n)
{
	struct rte_mbuf *back[DP_BURST];
	uint16_t k;

	dp_crypto_flush(h->w->crypto, rte_rdtsc() + h->skew, 0);
	k = dp_command_run(h->w, back, DP_BURST);
	dp_pipeline_resume(h->w, back, k);
	gateway_turn(h->g, port, pkt, n);
	dp_link_sync(h->w->link);
	if (!h->main_core)
		dp_maincore_settle(h->parts);
	drain(h, GW_LAN);
	drain(h, GW_WAN);
}

static void tick(struct hostile *h)
{
	const struct dp_policy *p = dp_builder_in_force(h->parts->builder);

	dp_cache_tick(h->parts->cache, p->ifaces, rte_rdtsc() + h->skew);
}

/* ---- what comes in ------------------------------------------------------------------ */

static uint32_t someone(struct hostile *h)
{
	return 1 + mutate_below(&h->m, SESSIONS - 1);
}

/* The good session's numbers are its own. */
static uint16_t sealed(struct hostile *h, uint32_t sid, const uint8_t *inner, uint16_t len,
                       uint8_t *frame)
{
	uint8_t ip[CLIENT_FRAME_MAX];
	const uint16_t n = client_seal(&h->session[sid], ++h->seq[sid], inner, len, ip);

	return client_frame(h->m.mac[GW_WAN], 0, ip, n, frame);
}

/* Sealed as it is: what is inside is mutated, or what is outside, or both. */
static void from_client(struct hostile *h, struct packet *out)
{
	const uint32_t sid = someone(h);
	uint8_t frame[CLIENT_FRAME_MAX];
	struct packet inner;

	mutate_inner(&h->m, &h->session[sid], true, tag[h->session[sid].tenant], &inner);
	if (mutate_below(&h->m, 2))
		mutate_octets(&h->m, &inner, 0);
	inner.len = RTE_MIN(inner.len, (uint16_t)MUTATE_INNER);
	out->len = sealed(h, sid, inner.octet, inner.len, frame);
	memcpy(out->octet, frame, out->len);
	if (mutate_below(&h->m, 4) == 0)
		mutate_octets(&h->m, out, 0);
}

static void from_server(struct hostile *h, struct packet *out)
{
	const uint32_t sid = someone(h);
	const uint16_t tenant = h->session[sid].tenant;
	uint8_t frame[CLIENT_FRAME_MAX], *at;
	struct packet inner;

	mutate_inner(&h->m, &h->session[sid], false, tag[tenant], &inner);
	if (mutate_below(&h->m, 2))
		mutate_octets(&h->m, &inner, 0);
	inner.len = RTE_MIN(inner.len, (uint16_t)MUTATE_INNER);
	out->len = client_frame(h->m.mac[GW_LAN], gateway_vlan(h->g, tenant), inner.octet,
	                        inner.len, frame);
	memcpy(out->octet, frame, out->len);
	if (mutate_below(&h->m, 4) == 0) { /* the VLAN too: then it is somebody else's packet */
		mutate_octets(&h->m, out, 0);
		if (out->len < ETH + VLAN || memcmp(out->octet + 12, frame + 12, VLAN))
			while ((at = memmem(out->octet, out->len, tag[tenant], MUTATE_TAG)))
				memset(at, 0, MUTATE_TAG);
	}
}

static uint16_t add(struct hostile *h, struct rte_mbuf **pkt, uint16_t n,
                    const struct packet *p)
{
	struct rte_mbuf *m = buffer(h, p->octet, p->len);

	if (m)
		pkt[n++] = m;
	h->totals.packets++;
	return n;
}

static uint16_t burst_outside(struct hostile *h, struct rte_mbuf **pkt)
{
	struct packet p, part[8];
	uint16_t n = 0, k, i;

	while (n < BURST - 8) {
		const uint32_t what = mutate_below(&h->m, 10);

		if (what < 6) {
			from_client(h, &p);
		} else {
			mutate_outer(&h->m, &h->session[someone(h)], &p);
			mutate_octets(&h->m, &p, 0);
		}
		if (what != 0) {
			n = add(h, pkt, n, &p);
			continue;
		}
		k = mutate_fragments(&h->m, &p, part, 8);
		for (i = 0; i < k; i++)
			n = add(h, pkt, n, &part[i]);
	}
	return n;
}

static uint16_t burst_inside(struct hostile *h, struct rte_mbuf **pkt)
{
	struct packet p;
	uint16_t n = 0;

	while (n < BURST / 2) {
		from_server(h, &p);
		n = add(h, pkt, n, &p);
	}
	return n;
}

/* ---- the good session --------------------------------------------------------------- */

static struct rte_mbuf *good_up(struct hostile *h)
{
	uint8_t inner[CLIENT_FRAME_MAX], frame[CLIENT_FRAME_MAX];
	uint16_t len;

	client_inner(&h->session[GOOD], true, CLIENT_PORT, GOOD_LEN, h->round, inner);
	len = sealed(h, GOOD, inner, GOOD_LEN, frame);
	return gateway_frame(h->g, frame, len);
}

static struct rte_mbuf *good_down(struct hostile *h)
{
	uint8_t inner[CLIENT_FRAME_MAX], frame[CLIENT_FRAME_MAX];
	uint16_t len;

	client_inner(&h->session[GOOD], false, CLIENT_PORT, GOOD_LEN, h->round, inner);
	len = client_frame(h->m.mac[GW_LAN], gateway_vlan(h->g, h->session[GOOD].tenant), inner,
	                   GOOD_LEN, frame);
	return gateway_frame(h->g, frame, len);
}

/* ---- rounds ------------------------------------------------------------------------- */

int hostile_round(struct hostile *h, char *why, size_t size)
{
	struct rte_mbuf *pkt[BURST + 1], *good;
	uint16_t n;

	h->round++;
	n = burst_outside(h, pkt);
	good = good_up(h);
	if (good)
		pkt[n++] = good;
	turn(h, GW_WAN, pkt, n);
	n = burst_inside(h, pkt);
	good = good_down(h);
	if (good)
		pkt[n++] = good;
	turn(h, GW_LAN, pkt, n);
	if (h->round % TICK_ROUNDS == 0 && !h->main_core)
		tick(h);
	/* what a suite with lanes still holds comes with a later turn */
	for (n = 0; n < LATE_TURNS && (h->good_up != h->round || h->good_down != h->round);
	     n++) {
		rte_delay_us_block(10);
		turn(h, GW_LAN, pkt, 0);
	}
	h->totals.good = h->good_up + h->good_down;
	if (h->good_up != h->round)
		fault(h, "the good session's packet did not arrive inside");
	if (h->good_down != h->round)
		fault(h, "the answer to the good session did not arrive");
	snprintf(why, size, "%s", h->why);
	return h->why[0] ? -EPROTO : 0;
}

void hostile_feed(struct hostile *h, const uint8_t *octets, size_t len)
{
	uint8_t frame[CLIENT_FRAME_MAX];
	struct rte_mbuf *m;
	unsigned port = GW_WAN;
	uint32_t sid;
	uint16_t n;

	if (len < 2 || len > 1400)
		return;
	sid = 1 + (octets[0] >> 2 & 15) % (SESSIONS - 1);
	/* who writes the other tenant's tag himself says nothing about where packets go */
	if (holds(octets, len, 3u - h->session[sid].tenant))
		return;
	switch (octets[0] % 4) {
	case 0: /* a frame outside, as it is */
		n = (uint16_t)(len - 1);
		memcpy(frame, octets + 1, n);
		break;
	case 1: /* a frame inside */
		port = GW_LAN;
		n = (uint16_t)(len - 1);
		memcpy(frame, octets + 1, n);
		break;
	case 2: /* an inner packet, sealed */
		n = sealed(h, sid, octets + 1, (uint16_t)(len - 1), frame);
		break;
	default: /* a packet to a client, on its tenant's VLAN */
		port = GW_LAN;
		n = client_frame(h->m.mac[GW_LAN], gateway_vlan(h->g, h->session[sid].tenant),
		                 octets + 1, (uint16_t)(len - 1), frame);
	}
	if (octets[0] % 4 < 2 && !(octets[0] & 0x40) && n >= ETH)
		memcpy(frame, h->m.mac[port], sizeof(h->m.mac[port]));
	m = octets[0] & 0x80 ? gateway_frame(h->g, frame, n) : exact(h, frame, n);
	if (m)
		turn(h, port, &m, 1);
	h->totals.packets++;
	if (h->totals.packets % TICK_ROUNDS == 0)
		tick(h);
}

/* ---- the main core ------------------------------------------------------------------- */

static void *main_core(void *hostile)
{
	struct hostile *h = hostile;
	const struct dp_notify nobody = {.fd = -1};
	sigset_t end;

	sigemptyset(&end);
	sigaddset(&end, SIGUSR1);
	dp_maincore_run(h->parts, &nobody, &end);
	return NULL;
}

int hostile_main_core(struct hostile *h, bool on)
{
	sigset_t end;
	int err;

	sigemptyset(&end);
	sigaddset(&end, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &end, NULL);
	if (on) {
		err = pthread_create(&h->thread, NULL, main_core, h);
		h->main_core = !err;
		return -err;
	}
	pthread_kill(h->thread, SIGUSR1);
	err = pthread_join(h->thread, NULL);
	h->main_core = false;
	return -err;
}

const char *hostile_door(const struct hostile *h)
{
	return h->door;
}

void hostile_link_stat(const struct hostile *h, struct hostile_link_stat *out)
{
	struct dp_link_stat s;

	dp_link_stat(h->parts->link, &s);
	*out = (struct hostile_link_stat){
		.attaches = s.attaches,
		.broken = s.broken,
		.bad = h->parts->stat.counter[DP_LINK_BAD],
		.stale = h->parts->stat.counter[DP_LINK_STALE],
	};
}

/* ---- the end ------------------------------------------------------------------------ */

static size_t heap(void)
{
	struct rte_malloc_socket_stats st = {0};

	rte_malloc_get_socket_stats(0, &st);
	return st.heap_allocsz_bytes;
}

int hostile_settle(struct hostile *h, char *why, size_t size)
{
	struct rte_mbuf *none[1];
	const unsigned whole = h->parts->pool->size;
	unsigned i;

	/* next hops that do not answer and packets that lack a part are given up after seconds */
	for (i = 0; i < SETTLE_TURNS && rte_mempool_avail_count(h->parts->pool) != whole; i++) {
		h->skew += h->parts->hz / 10;
		gateway_skip(h->g, h->parts->hz / 10);
		tick(h);
		turn(h, GW_WAN, none, 0);
	}
	if (!dp_telemetry_law(h->parts))
		fault(h, "packets were lost or made up");
	if (rte_mempool_avail_count(h->parts->pool) != whole)
		fault(h, "buffers are not back in the pool");
	if (h->parts->stat.verdict[DP_DROP_TENANT] + h->w->stat.verdict[DP_DROP_TENANT])
		fault(h, "drop.tenant is not zero");
	if (h->is_settled && heap() != h->heap)
		fault(h, "memory was taken under way");
	h->is_settled = true;
	h->heap = heap();
	snprintf(why, size, "%s", h->why);
	return h->why[0] ? -EPROTO : 0;
}

void hostile_lose_buffer(struct hostile *h)
{
	h->lost = rte_pktmbuf_alloc(h->parts->pool);
}

struct hostile_totals hostile_totals(const struct hostile *h)
{
	struct hostile_totals t = h->totals;
	unsigned i;

	t.esp_in = h->w->stat.counter[DP_ESP_IN];
	for (i = DP_OK + 1; i < DP_VERDICT_COUNT; i++)
		t.drops += h->w->stat.verdict[i] + h->parts->stat.verdict[i];
	return t;
}

void hostile_print_drops(const struct hostile *h)
{
	unsigned i;

	for (i = DP_OK + 1; i < DP_VERDICT_COUNT; i++) {
		const uint64_t n = h->w->stat.verdict[i] + h->parts->stat.verdict[i];

		if (n)
			printf("    %-20s %" PRIu64 "\n", dp_verdict_name(i), n);
	}
}

int hostile_up(uint8_t suite, uint64_t seed, struct hostile **out, char *why, size_t size)
{
	const struct gateway_conf conf = {
		.suite = suite, .sessions = SESSIONS, .tenants = TENANTS, .flows = 4096};
	struct hostile *h = calloc(1, sizeof(*h));
	struct rte_mbuf *none[1];
	uint32_t i;
	int err;

	if (!h)
		return -ENOMEM;
	err = gateway_up(&conf, &h->g, why, size);
	if (err) {
		free(h);
		return err;
	}
	h->parts = gateway_parts(h->g);
	h->w = gateway_worker(h->g);
	snprintf(h->door, sizeof(h->door), "%s/%s", h->parts->conf->runtime, ATTACH_SOCKET);
	h->m.seed = seed;
	gateway_mac(h->g, GW_WAN, h->m.mac[GW_WAN]);
	gateway_mac(h->g, GW_LAN, h->m.mac[GW_LAN]);
	for (i = 0; i < SESSIONS; i++)
		h->session[i] = gateway_session(h->g, i);
	gateway_turn(h->g, GW_WAN, none, 0); /* takes up the policy */
	*out = h;
	return 0;
}

void hostile_down(struct hostile *h)
{
	rte_pktmbuf_free(h->lost);
	gateway_down(h->g);
	free(h);
}
