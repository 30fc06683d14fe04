/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/traffic.h"

#include "common/wire/ip.h"
#include "tests/perf/client.h"
#include "tests/perf/gateway.h"
#include "tests/perf/pcap.h"

#include <rte_mbuf.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ETHER = 14,
	VLAN = 4,
	FIRST_PORT = 10000, /* of new flows; below it is the one flow every session has */
	SEED = 0x5eed,
	MORE_FRAGMENTS = 0x2000,
};

struct slot {
	uint32_t sid;
	uint16_t port;
	uint16_t inner_len;
	uint16_t len, second; /* of the frame, and of the one behind it; 0: there is none */
	size_t at;
};

struct kept {
	uint16_t len;
	size_t at;
};

/* Octets one after the other, grown as needed. */
struct heap {
	uint8_t *octets;
	size_t used, room;
};

struct traffic {
	struct traffic_conf conf;
	struct gateway *gateway;
	struct slot *slot;
	struct heap frames, sent;
	struct kept *kept;
	uint32_t n_kept, room_kept;
};

static uint8_t *heap_add(struct heap *h, const void *octets, uint16_t len, size_t *at)
{
	if (h->used + len > h->room) {
		const size_t room = h->room ? h->room * 2 : 1 << 20;
		uint8_t *more = realloc(h->octets, room);

		if (!more)
			return NULL;
		h->octets = more;
		h->room = room;
	}
	*at = h->used;
	memcpy(h->octets + h->used, octets, len);
	h->used += len;
	return h->octets + *at;
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Twelve packets, mixed as they are mixed on the way. */
static uint16_t size_of(const struct traffic_conf *c, uint32_t i)
{
	static const uint16_t imix[] = {64, 570, 64, 64, 570, 64, 1420, 64, 570, 64, 64, 570};

	return c->size ? c->size : imix[i % (sizeof(imix) / sizeof(*imix))];
}

static void write_sum(struct wire_ipv4 *ip)
{
	ip->checksum = be16_from(0);
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
}

/* In two halves, the first of them a multiple of eight octets: RFC 791 section 2.3. */
static bool add_fragments(struct traffic *t, struct slot *s, const uint8_t *frame)
{
	const uint16_t octets = (uint16_t)(s->len - ETHER - sizeof(struct wire_ipv4));
	const uint16_t cut = octets / 2 / 8 * 8, head = s->len - octets;
	uint8_t half[CLIENT_FRAME_MAX];
	struct wire_ipv4 ip;
	size_t at;

	memcpy(&ip, frame + ETHER, sizeof(ip));
	ip.id = be16_from((uint16_t)(s - t->slot));
	ip.total = be16_from((uint16_t)(sizeof(ip) + cut));
	ip.frag = be16_from(MORE_FRAGMENTS);
	write_sum(&ip);
	memcpy(half, frame, head + cut);
	memcpy(half + ETHER, &ip, sizeof(ip));
	s->len = head + cut;
	if (!heap_add(&t->frames, half, s->len, &s->at))
		return false;
	ip.total = be16_from((uint16_t)(sizeof(ip) + octets - cut));
	ip.frag = be16_from(cut / 8);
	write_sum(&ip);
	memcpy(half + ETHER, &ip, sizeof(ip));
	memcpy(half + head, frame + head + cut, octets - cut);
	s->second = head + octets - cut;
	return heap_add(&t->frames, half, s->second, &at);
}

static bool make(struct traffic *t, uint32_t i, const uint8_t mac[6], uint32_t *seq)
{
	struct slot *s = &t->slot[i];
	const struct msg_session_install m = gateway_session(t->gateway, s->sid);
	uint8_t inner[CLIENT_FRAME_MAX], outer[CLIENT_FRAME_MAX], frame[CLIENT_FRAME_MAX];
	uint16_t len;

	client_inner(&m, !t->conf.out, s->port, s->inner_len, i, inner);
	if (t->conf.spoil_inner)
		t->conf.spoil_inner(inner, s->inner_len);
	if (t->conf.out) {
		s->len = client_frame(mac, gateway_vlan(t->gateway, m.tenant), inner,
		                      s->inner_len, frame);
	} else {
		seq[s->sid] += !t->conf.old_seq;
		len = client_seal(&m, seq[s->sid], inner, s->inner_len, outer);
		if (!len)
			return false;
		s->len = client_frame(mac, 0, outer, len, frame);
	}
	if (t->conf.spoil_frame)
		t->conf.spoil_frame(frame, &s->len);
	if (t->conf.fragments)
		return add_fragments(t, s, frame);
	return heap_add(&t->frames, frame, s->len, &s->at);
}

struct traffic *traffic_new(struct gateway *g, const struct traffic_conf *conf, uint32_t *seq)
{
	const uint32_t sessions = gateway_conf(g)->sessions;
	struct traffic *t = calloc(1, sizeof(*t));
	uint32_t state = SEED, i;
	uint8_t mac[6];

	if (!t)
		return NULL;
	t->conf = *conf;
	t->gateway = g;
	t->slot = calloc(conf->n, sizeof(*t->slot));
	if (!t->slot)
		goto fail;
	gateway_mac(g, conf->out ? GW_LAN : GW_WAN, mac);
	for (i = 0; i < conf->n; i++) {
		struct slot *s = &t->slot[i];

		s->sid = (conf->order == TRAFFIC_EACH ? conf->first + i : next_random(&state)) %
		         sessions;
		/* No two packets of one session come near each other under one port. */
		s->port = conf->new_flows ? (uint16_t)(FIRST_PORT + i % 50000) : CLIENT_PORT;
		s->inner_len = size_of(conf, i);
		if (!make(t, i, mac, seq))
			goto fail;
	}
	return t;

fail:
	traffic_free(t);
	return NULL;
}

void traffic_free(struct traffic *t)
{
	if (!t)
		return;
	free(t->kept);
	free(t->sent.octets);
	free(t->frames.octets);
	free(t->slot);
	free(t);
}

bool traffic_is_out(const struct traffic *t)
{
	return t->conf.out;
}

uint32_t traffic_count(const struct traffic *t)
{
	return t->conf.n;
}

uint16_t traffic_inner_len(const struct traffic *t, uint32_t i)
{
	return t->slot[i].inner_len;
}

const uint8_t *traffic_frame(const struct traffic *t, uint32_t i, uint16_t *len)
{
	*len = t->slot[i].len;
	return t->frames.octets + t->slot[i].at;
}

uint32_t traffic_fill(const struct traffic *t, uint32_t first, uint32_t n,
                      struct rte_mbuf **pkt)
{
	uint32_t i, out = 0;

	for (i = 0; i < n; i++) {
		const struct slot *s = &t->slot[first + i];
		const uint8_t *frame = t->frames.octets + s->at;

		pkt[out] = gateway_frame(t->gateway, frame, s->len);
		if (!pkt[out++])
			goto fail;
		if (!s->second)
			continue;
		pkt[out] = gateway_frame(t->gateway, frame + s->len, s->second);
		if (!pkt[out++])
			goto fail;
	}
	return out;

fail:
	rte_pktmbuf_free_bulk(pkt, out - 1);
	return 0;
}

/* ---- captures ------------------------------------------------------------------------ */

bool traffic_save(const struct traffic *t, struct pcap *to)
{
	bool ok = true;
	uint32_t i;

	for (i = 0; i < t->conf.n && ok; i++) {
		const struct slot *s = &t->slot[i];
		const uint8_t *frame = t->frames.octets + s->at;

		ok = pcap_put(to, frame, s->len) &&
		     (!s->second || pcap_put(to, frame + s->len, s->second));
	}
	return ok;
}

static bool add_slot(struct traffic *t, const uint8_t *frame, uint16_t len, uint32_t *room)
{
	struct slot *more;

	if (t->conf.n == *room) {
		*room = *room ? 2 * *room : 1024;
		more = realloc(t->slot, *room * sizeof(*more));
		if (!more)
			return false;
		t->slot = more;
	}
	t->slot[t->conf.n] = (struct slot){.len = len};
	return heap_add(&t->frames, frame, len, &t->slot[t->conf.n++].at);
}

struct traffic *traffic_load(struct gateway *g, bool out, struct pcap *from)
{
	struct traffic *t = calloc(1, sizeof(*t));
	uint8_t frame[PCAP_FRAME_MAX];
	uint32_t room = 0;
	uint16_t len;

	if (!t)
		return NULL;
	t->conf.out = out;
	t->gateway = g;
	while ((len = pcap_next(from, frame)) != 0)
		if (!add_slot(t, frame, len, &room)) {
			traffic_free(t);
			return NULL;
		}
	return t;
}

uint32_t traffic_sent(const struct traffic *t)
{
	return t->n_kept;
}

/* ---- what came of it ----------------------------------------------------------------- */

bool traffic_keep(struct traffic *t, struct rte_mbuf **pkt, uint32_t n)
{
	bool ok = true;
	uint32_t i;

	if (t->n_kept + n > t->room_kept) {
		const uint32_t room = 2 * (t->n_kept + n);
		struct kept *more = realloc(t->kept, room * sizeof(*more));

		ok = more;
		t->kept = more ? more : t->kept;
		t->room_kept = more ? room : t->room_kept;
	}
	for (i = 0; i < n && ok; i++) {
		struct kept *k = &t->kept[t->n_kept];

		k->len = pkt[i]->data_len;
		ok = pkt[i]->nb_segs == 1 &&
		     heap_add(&t->sent, rte_pktmbuf_mtod(pkt[i], void *), k->len, &k->at);
		t->n_kept += ok;
	}
	rte_pktmbuf_free_bulk(pkt, n);
	return ok;
}

/* The number of what was sent, and whether it is what went in under that number. */
static bool is_same(struct traffic *t, const struct kept *k, uint32_t *number)
{
	const uint16_t vlan = k->len > 12 && t->sent.octets[k->at + 12] == 0x81 ? VLAN : 0;
	const uint8_t *ip = t->sent.octets + k->at + ETHER + vlan;
	uint16_t len = (uint16_t)(k->len - ETHER - vlan);
	uint8_t before[CLIENT_FRAME_MAX], after[CLIENT_FRAME_MAX];
	struct msg_session_install m;

	if (k->len < ETHER + vlan + CLIENT_INNER_MIN)
		return false;
	if (t->conf.out) {
		m = gateway_session(t->gateway, client_spi(ip, len) - GW_SPI_OUT);
		len = client_open(&m, ip, len, after);
		if (len < CLIENT_INNER_MIN)
			return false;
		ip = after;
	}
	*number = client_number(ip);
	if (*number >= t->conf.n || len != t->slot[*number].inner_len)
		return false;
	m = gateway_session(t->gateway, t->slot[*number].sid);
	client_inner(&m, !t->conf.out, t->slot[*number].port, len, *number, before);
	return (t->conf.out || gateway_vlan(t->gateway, m.tenant) == 0 || vlan) &&
	       client_is_forwarded(before, ip, len);
}

bool traffic_is_right(struct traffic *t, uint32_t n, char *why, size_t size)
{
	uint8_t *seen = calloc(t->conf.n, 1);
	uint32_t i, number;

	for (i = 0; i < t->n_kept && seen; i++) {
		if (!is_same(t, &t->kept[i], &number)) {
			snprintf(why, size, "packet %u sent is not what it must be", i);
			break;
		}
		if (seen[number]++) {
			snprintf(why, size, "packet %u was sent twice", number);
			break;
		}
	}
	if (seen && i == t->n_kept && i != n)
		snprintf(why, size, "%u packets of %u came out", i, n);
	free(seen);
	return seen && i == n && i == t->n_kept;
}
