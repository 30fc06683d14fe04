/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reass - packets in parts: each fragment is copied to its place in a large buffer and
 * given back at once, so what strangers can take is the number of those buffers and
 * nothing else.
 *
 * A packet whose fragments overlap or contradict each other is given up, and its place kept
 * until it would have been too late anyway: what comes of it yet goes the same way (RFC 5722
 * section 4, for both families). A tenant that has as many in parts as it may gives up its
 * oldest for a new one; when all places are taken, the oldest of all goes.
 *
 * Walk     parse/, esp/esp_in.c -> [frag/reass] -> parse/parse.c, esp/esp_in.c
 * Thread   the worker
 */
#include "common/msg/msg.h"
#include "common/wire/ip.h"
#include "dataplane/frag/frag.h"
#include "dataplane/frag/piece.h"
#include "dataplane/quota/quota.h"
#include "dataplane/worker/worker.h"

#include <rte_jhash.h>
#include <rte_malloc.h>
#include <rte_random.h>

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/queue.h>

enum {
	AGE_A_TURN = 8,
	ECN_CE = 3,
	BASE = RTE_PKTMBUF_HEADROOM + DP_REASS_HEAD, /* of the payload, in a large buffer */
	ESP_TAIL = 64, /* room left behind a packet: padding, trailer, ICV */
};

static_assert(BASE + ESP_TAIL <= DP_REASS_OVERHEAD, "what parts.c adds to a buffer");

struct range {
	uint16_t from, to;
};

struct entry {
	SLIST_ENTRY(entry) same_bucket; /* or of the free list */
	TAILQ_ENTRY(entry) by_age, by_age_of_tenant;
	struct dp_frag_key key;
	uint64_t since;       /* TSC of its first fragment */
	struct rte_mbuf *buf; /* NULL: given up, under the name `why` */
	uint32_t end;         /* octets of payload; 0: the last fragment has not come */
	uint32_t have;
	uint16_t head_len; /* in front of BASE; 0: the first fragment has not come */
	uint16_t next_at;
	uint16_t tenant;
	uint8_t n;   /* fragments held */
	uint8_t ecn; /* one bit for each codepoint seen */
	uint8_t proto;
	uint8_t why; /* enum dp_verdict */
	struct range range[DP_FRAGS_MAX];
};

SLIST_HEAD(bucket, entry);
TAILQ_HEAD(ages, entry);

/* Of one tenant. */
struct share {
	struct ages ages;
	uint32_t n;
};

struct dp_reass {
	struct dp_reass_conf conf;
	uint32_t seed; /* nobody outside may choose what lands in one bucket */
	uint32_t mask;
	uint32_t n;
	uint64_t held;
	struct ages ages; /* oldest first */
	struct bucket free;
	struct share share[TENANT_MAX + 1];
	struct bucket *bucket;
	struct entry *entry;
};

/* ---- made and freed ------------------------------------------------------------------ */

int dp_reass_new(const struct dp_reass_conf *conf, struct dp_reass **out)
{
	struct dp_reass *r = rte_zmalloc_socket("dp_reass", sizeof(*r), 64, conf->socket);
	const uint32_t buckets = rte_align32pow2(conf->max);
	uint32_t i;

	if (!r)
		return -ENOMEM;
	r->conf = *conf;
	r->seed = (uint32_t)rte_rand();
	r->mask = buckets - 1;
	r->bucket = rte_zmalloc_socket("dp_reass_buckets", buckets * sizeof(*r->bucket), 64,
	                               conf->socket);
	r->entry = rte_zmalloc_socket("dp_reass_entries", conf->max * sizeof(*r->entry), 64,
	                              conf->socket);
	if (!r->bucket || !r->entry) {
		dp_reass_free(r);
		return -ENOMEM;
	}
	TAILQ_INIT(&r->ages);
	for (i = 0; i <= TENANT_MAX; i++)
		TAILQ_INIT(&r->share[i].ages);
	for (i = 0; i < conf->max; i++)
		SLIST_INSERT_HEAD(&r->free, &r->entry[i], same_bucket);
	*out = r;
	return 0;
}

void dp_reass_free(struct dp_reass *r)
{
	uint32_t i;

	if (!r)
		return;
	for (i = 0; r->entry && i < r->conf.max; i++)
		rte_pktmbuf_free(r->entry[i].buf);
	rte_free(r->entry);
	rte_free(r->bucket);
	rte_free(r);
}

void dp_reass_gauge(const struct dp_reass *r, struct dp_reass_gauge *out)
{
	*out = (struct dp_reass_gauge){
		.packets = __atomic_load_n(&r->n, __ATOMIC_RELAXED),
		.packets_max = r->conf.max,
		.held = __atomic_load_n(&r->held, __ATOMIC_RELAXED),
	};
}

/* ---- places ---------------------------------------------------------------------------- */

static struct bucket *bucket_of(struct dp_reass *r, const struct dp_frag_key *key)
{
	return &r->bucket[rte_jhash(key, sizeof(*key), r->seed) & r->mask];
}

/* Its fragments end under the name @why. */
static void give_up(struct dp_worker *w, struct entry *e, enum dp_verdict why)
{
	w->stat.verdict[why] += e->n;
	w->reass->held -= e->n;
	e->n = 0;
	rte_pktmbuf_free(e->buf);
	e->buf = NULL;
	e->why = (uint8_t)why;
}

static void forget(struct dp_reass *r, struct entry *e)
{
	SLIST_REMOVE(bucket_of(r, &e->key), e, entry, same_bucket);
	TAILQ_REMOVE(&r->ages, e, by_age);
	TAILQ_REMOVE(&r->share[e->tenant].ages, e, by_age_of_tenant);
	r->share[e->tenant].n--;
	r->n--;
	SLIST_INSERT_HEAD(&r->free, e, same_bucket);
}

static struct entry *find(struct dp_reass *r, const struct dp_frag_key *key)
{
	struct entry *e;

	SLIST_FOREACH(e, bucket_of(r, key), same_bucket)
	if (memcmp(&e->key, key, sizeof(*key)) == 0)
		return e;
	return NULL;
}

static struct entry *begin(struct dp_worker *w, const struct dp_frag_key *key, uint16_t tenant)
{
	struct dp_reass *r = w->reass;
	struct share *share = &r->share[tenant];
	struct entry *e = NULL;
	struct rte_mbuf *buf;

	if (share->n >= RTE_MIN(r->conf.per_tenant, dp_quota_reassembly(w, tenant)))
		e = TAILQ_FIRST(&share->ages);
	else if (SLIST_EMPTY(&r->free))
		e = TAILQ_FIRST(&r->ages);
	if (e) {
		give_up(w, e, DP_DROP_FRAG_FULL);
		forget(r, e);
	}
	buf = rte_pktmbuf_alloc(r->conf.large);
	if (!buf)
		return NULL;
	e = SLIST_FIRST(&r->free);
	SLIST_REMOVE_HEAD(&r->free, same_bucket);
	*e = (struct entry){.key = *key, .since = w->now, .tenant = tenant, .buf = buf};
	SLIST_INSERT_HEAD(bucket_of(r, key), e, same_bucket);
	TAILQ_INSERT_TAIL(&r->ages, e, by_age);
	TAILQ_INSERT_TAIL(&share->ages, e, by_age_of_tenant);
	share->n++;
	r->n++;
	return e;
}

void dp_reass_age(struct dp_worker *w)
{
	struct dp_reass *r = w->reass;
	struct entry *e;
	int i;

	for (i = 0; i < AGE_A_TURN; i++) {
		e = TAILQ_FIRST(&r->ages);
		if (!e || w->now - e->since < r->conf.ticks)
			return;
		give_up(w, e, DP_DROP_FRAG_TIMEOUT);
		forget(r, e);
	}
}

/* ---- fragments ------------------------------------------------------------------------- */

static uint8_t *payload(const struct entry *e)
{
	return (uint8_t *)e->buf->buf_addr + BASE;
}

/* Does it agree with what is there? The same one twice does no harm (RFC 8200 section 4.5);
 * all else that overlaps is refused. */
static enum dp_verdict compare(const struct entry *e, const struct dp_piece *f)
{
	const uint32_t to = f->off + f->len;
	uint8_t i;

	for (i = 0; i < e->n; i++) {
		const struct range *has = &e->range[i];

		if (f->off >= has->to || to <= has->from)
			continue;
		return f->off == has->from && to == has->to &&
		                       memcmp(payload(e) + f->off, f->data, f->len) == 0
		               ? DP_DROP_FRAG_DUPLICATE
		               : DP_DROP_FRAG_OVERLAP;
	}
	/* one end, and nothing behind it */
	for (i = 0; i < e->n && !f->more; i++)
		if (e->range[i].to > to)
			return DP_DROP_FRAG_OVERLAP;
	if (e->end && (!f->more || to > e->end))
		return DP_DROP_FRAG_OVERLAP;
	return e->n == DP_FRAGS_MAX ? DP_DROP_FRAG_MANY : DP_OK;
}

static void put(struct dp_reass *r, struct entry *e, const struct dp_piece *f)
{
	memcpy(payload(e) + f->off, f->data, f->len);
	e->range[e->n++] = (struct range){(uint16_t)f->off, (uint16_t)(f->off + f->len)};
	e->have += f->len;
	e->ecn |= (uint8_t)(1 << f->ecn);
	if (!f->more)
		e->end = f->off + f->len;
	if (!f->off) {
		memcpy(payload(e) - f->head_len, f->head, f->head_len);
		e->head_len = (uint16_t)f->head_len;
		e->next_at = f->next_at;
		e->proto = f->proto;
	}
	r->held++;
}

/* The header of the first fragment becomes that of the packet: RFC 791 section 3.2, RFC 8200
 * section 4.5. @ce: one of them met congestion. */
static void write_head(const struct entry *e, uint8_t *head, bool ce)
{
	struct wire_ipv4 *ip = (struct wire_ipv4 *)head;
	const be16 behind = be16_from((uint16_t)(e->head_len - 40 + e->end));

	if (e->key.family == 6) {
		head[e->next_at] = e->proto;
		memcpy(head + 4, &behind, sizeof(behind));
		head[1] |= (uint8_t)(ce ? ECN_CE << 4 : 0);
		return;
	}
	ip->tos |= ce ? ECN_CE : 0;
	ip->frag = be16_from(0);
	ip->total = be16_from((uint16_t)(e->head_len + e->end));
	ip->checksum = be16_from(0);
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
}

/* The packet in a buffer like any other when it fits one: a device may keep those it sends
 * for long, and there are few large ones. Moves the buffer out of @e. */
static struct rte_mbuf *take_buffer(struct dp_worker *w, struct entry *e)
{
	const uint16_t len = (uint16_t)(e->head_len + e->end);
	struct rte_mbuf *large = e->buf, *m = NULL;

	large->data_off = (uint16_t)(BASE - e->head_len);
	large->data_len = len;
	large->pkt_len = len;
	e->buf = NULL;
	if (len + ESP_TAIL + RTE_PKTMBUF_HEADROOM <= rte_pktmbuf_data_room_size(w->pool))
		m = rte_pktmbuf_alloc(w->pool);
	if (!m)
		return large;
	memcpy(rte_pktmbuf_append(m, len), rte_pktmbuf_mtod(large, void *), len);
	rte_pktmbuf_free(large);
	return m;
}

/* All is there; NULL: dropped. */
static struct rte_mbuf *finish(struct dp_worker *w, struct entry *e, const struct dp_pkt *last)
{
	const bool ce = e->ecn & 1 << ECN_CE;
	struct rte_mbuf *m;

	/* RFC 3168 section 5.3: a mark must neither be lost nor put on a flow that takes none */
	if (ce && e->ecn & 1) {
		give_up(w, e, DP_DROP_ECN);
		return NULL;
	}
	write_head(e, payload(e) - e->head_len, ce);
	m = take_buffer(w, e);
	*dp_pkt(m) = *last;
	dp_pkt(m)->l2_len = dp_pkt(m)->l3_off = 0;
	dp_count(&w->stat, DP_MERGED, e->n - 1u);
	w->reass->held -= e->n;
	e->n = 0;
	return m;
}

/* RFC 6946: a fragment that is the whole packet has nothing to do with others. */
static struct rte_mbuf *add_atomic(struct dp_worker *w, const struct dp_piece *f,
                                   const struct dp_pkt *p)
{
	struct entry e = {.key = f->key, .buf = rte_pktmbuf_alloc(w->reass->conf.large)};

	if (!e.buf) {
		w->stat.verdict[DP_DROP_NO_BUFFER]++;
		return NULL;
	}
	put(w->reass, &e, f);
	return finish(w, &e, p);
}

/* One fragment into the packet it belongs to. @whole: that packet, if it is whole now. */
static enum dp_verdict add(struct dp_worker *w, const struct dp_piece *f,
                           const struct dp_pkt *p, struct rte_mbuf **whole)
{
	struct entry *e = find(w->reass, &f->key);
	enum dp_verdict v;

	if (!e)
		e = begin(w, &f->key, p->tenant);
	if (!e)
		return DP_DROP_NO_BUFFER;
	v = e->buf ? compare(e, f) : (enum dp_verdict)e->why;
	if (e->buf && (v == DP_DROP_FRAG_OVERLAP || v == DP_DROP_FRAG_MANY))
		give_up(w, e, v);
	if (v != DP_OK)
		return v;
	put(w->reass, e, f);
	if (e->head_len && e->end == e->have) {
		*whole = finish(w, e, p);
		forget(w->reass, e);
	}
	return DP_OK;
}

/* NULL: it was held or dropped. */
static struct rte_mbuf *take(struct dp_worker *w, struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);
	struct rte_mbuf *whole = NULL;
	struct dp_piece f;
	enum dp_verdict v = dp_piece_read(m, &f);

	if (v == DP_OK && f.off + f.len > w->reass->conf.octets)
		v = DP_DROP_FRAG_SIZE;
	if (v == DP_OK && !f.off && !f.more)
		whole = add_atomic(w, &f, p);
	else if (v == DP_OK)
		v = add(w, &f, p, &whole);
	/* what was taken was copied, and is counted where it is */
	if (v == DP_OK)
		rte_pktmbuf_free(m);
	else
		dp_drop(&w->stat, m, v);
	return whole;
}

uint16_t dp_reassemble(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	struct rte_mbuf *whole;
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		whole = take(w, pkt[i]);
		if (whole)
			pkt[out++] = whole;
	}
	return out;
}
