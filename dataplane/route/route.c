/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route - tables of all routing domains, and the stages that use them.
 *
 * Thread   builds: the builder thread; finds and stages: any, under RCU
 */
#include "dataplane/route/route.h"

#include "common/wire/ip6.h"
#include "dataplane/conf/conf.h"
#include "dataplane/parse/parse.h"
#include "dataplane/route/table.h"
#include "dataplane/worker/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct dp_routes {
	struct dp_table vrf[TENANT_MAX + 1];
	struct dp_table6 vrf6[TENANT_MAX + 1];
	struct dp_hop *hop;   /* of all IPv4 tables */
	struct dp_hop6 *hop6; /* likewise */
	uint32_t n_hop, n_hop6;
};

/* What goes into the tables of one family, while it is made. */
struct draft {
	struct dp_prefix *prefix;
	uint16_t *vrf;
	uint32_t n;
};

struct drafts {
	struct draft v4, v6;
};

/* The network part of a family of @width bits. */
static unsigned __int128 mask_of(uint8_t bits, uint8_t width)
{
	const unsigned __int128 all = ~(unsigned __int128)0;

	return bits ? all << (width - bits) : 0;
}

static uint32_t load(be32 v)
{
	uint32_t n;

	memcpy(&n, &v, sizeof(n));
	return n;
}

/* As a table of its family counts it. */
static unsigned __int128 number_of(const struct addr *a)
{
	return addr_is_v4(a) ? be32_get(addr_v4(a)) : dp_table6_number(a);
}

static void draft_add(struct draft *d, uint16_t vrf, unsigned __int128 start, uint8_t bits,
                      uint16_t hop)
{
	d->prefix[d->n] = (struct dp_prefix){start, bits, hop};
	d->vrf[d->n++] = vrf;
}

static uint16_t hop_add(struct dp_routes *r, uint32_t next_hop, uint16_t iface)
{
	r->hop[r->n_hop] = (struct dp_hop){next_hop, iface};
	return (uint16_t)r->n_hop++;
}

static uint16_t hop6_add(struct dp_routes *r, const struct addr *next_hop, uint16_t iface)
{
	r->hop6[r->n_hop6] = (struct dp_hop6){*next_hop, iface};
	return (uint16_t)r->n_hop6++;
}

/* A connected network. Its own number and its broadcast address go nowhere: nobody answers
 * ARP for them, and we do not forward directed broadcasts (RFC 2644). */
static void add_connected(struct dp_routes *r, struct draft *d, const struct dp_iface *i)
{
	be32 addr;
	uint32_t net, mask;

	if (!i || !i->addr)
		return;
	memcpy(&addr, &i->addr, sizeof(addr));
	mask = (uint32_t)mask_of(i->bits, 32);
	net = be32_get(addr) & mask;
	draft_add(d, i->vrf, net, i->bits, hop_add(r, 0, i->index));
	if (i->bits < 31) {
		draft_add(d, i->vrf, net, 32, DP_TABLE_NO_HOP);
		draft_add(d, i->vrf, net | ~mask, 32, DP_TABLE_NO_HOP);
	}
}

/* Of IPv6 there is no broadcast; the first address of a network is its routers' anycast
 * address (RFC 4291 section 2.6.1), to which we forward nothing. */
static void add_connected6(struct dp_routes *r, struct draft *d, const struct dp_iface *i)
{
	const struct addr on_link = {{0}};
	unsigned __int128 net;

	if (!i || addr_is_none(&i->addr6))
		return;
	net = dp_table6_number(&i->addr6) & mask_of(i->bits6, 128);
	draft_add(d, i->vrf, net, i->bits6, hop6_add(r, &on_link, i->index));
	if (i->bits6 < 127)
		draft_add(d, i->vrf, net, 128, DP_TABLE_NO_HOP);
}

static bool is_on_network(const struct dp_iface *i, const struct addr *a)
{
	be32 own;

	memcpy(&own, &i->addr, sizeof(own));
	if (addr_is_v4(a))
		return i->addr &&
		       !((number_of(a) ^ be32_get(own)) & (uint32_t)mask_of(i->bits, 32));
	if (addr_is_none(&i->addr6) || wire_ipv6_is_multicast(a))
		return false;
	/* Routers are often known by such an address alone: RFC 4861 section 6.1.2. */
	if (wire_ipv6_is_link_local(a))
		return true;
	return !((number_of(a) ^ number_of(&i->addr6)) & mask_of(i->bits6, 128));
}

/* NULL: nothing is wrong with it. */
static const char *static_fault(const struct dp_iface *i, const struct msg_route *msg)
{
	const bool v4 = addr_is_v4(&msg->prefix);
	const uint8_t bits = (uint8_t)(v4 ? msg->bits - ADDR_V4_SHIFT : msg->bits);
	const uint8_t width = v4 ? 32 : 128;

	if (!i)
		return "no such interface";
	if (i->vrf != msg->vrf)
		return "its interface is of another tenant";
	if (bits > width || number_of(&msg->prefix) & ~mask_of(bits, width))
		return "no prefix";
	if (addr_is_none(&msg->gateway))
		return v4 || !addr_is_none(&i->addr6) ? NULL
		                                      : "its interface has no IPv6 address";
	if (addr_is_v4(&msg->gateway) != v4 || !is_on_network(i, &msg->gateway))
		return "its gateway is not on the interface's network";
	return NULL;
}

static int blame(struct dp_why *why, const struct msg_route *msg, const char *fault)
{
	char text[ADDR_TEXT];

	return dp_why(why, -EINVAL, "route %s/%d of tenant %u: %s",
	              addr_format(&msg->prefix, text, sizeof(text)),
	              addr_is_v4(&msg->prefix) ? msg->bits - ADDR_V4_SHIFT : msg->bits,
	              msg->vrf, fault);
}

static int add_static(struct dp_routes *r, struct drafts *d, const struct dp_ifaces *ifaces,
                      const struct msg_route *msg, struct dp_why *why)
{
	const struct dp_iface *i = dp_iface_at(ifaces, msg->iface);
	const char *fault = static_fault(i, msg);
	const unsigned __int128 start = number_of(&msg->prefix);
	uint32_t gateway = 0;

	if (fault)
		return blame(why, msg, fault);
	if (!addr_is_v4(&msg->prefix)) {
		draft_add(&d->v6, msg->vrf, start, msg->bits,
		          hop6_add(r, &msg->gateway, i->index));
		return 0;
	}
	if (!addr_is_none(&msg->gateway))
		gateway = load(addr_v4(&msg->gateway));
	draft_add(&d->v4, msg->vrf, start, (uint8_t)(msg->bits - ADDR_V4_SHIFT),
	          hop_add(r, gateway, i->index));
	return 0;
}

/* Prefixes of one routing domain together. @first: where each domain begins; one more, the
 * end of all. */
static void group_by_vrf(const struct draft *d, struct dp_prefix *together, uint32_t *first)
{
	uint32_t i;

	for (i = 0; i < d->n; i++)
		first[d->vrf[i]]++;
	for (i = 1; i <= TENANT_MAX; i++)
		first[i] += first[i - 1];
	first[TENANT_MAX + 1] = d->n;
	/* from the ends of the domains down to their beginnings */
	for (i = d->n; i-- > 0;)
		together[--first[d->vrf[i]]] = d->prefix[i];
}

static int build_table(struct dp_routes *r, uint32_t vrf, bool v6, struct dp_prefix *prefix,
                       uint32_t n)
{
	return v6 ? dp_table6_build(prefix, n, &r->vrf6[vrf])
	          : dp_table_build(prefix, n, &r->vrf[vrf]);
}

static int build_tables(struct dp_routes *r, const struct draft *d, bool v6, struct dp_why *why)
{
	struct dp_prefix *together = calloc(d->n + 1u, sizeof(*together));
	uint32_t *first = calloc(TENANT_MAX + 2, sizeof(*first));
	uint32_t vrf;
	int err = together && first ? 0 : -ENOMEM;

	if (!err)
		group_by_vrf(d, together, first);
	for (vrf = 0; vrf <= TENANT_MAX && !err; vrf++)
		if (first[vrf] < first[vrf + 1])
			err = build_table(r, vrf, v6, together + first[vrf],
			                  first[vrf + 1] - first[vrf]);
	free(together);
	free(first);
	if (err == -EEXIST)
		return dp_why(why, -EINVAL, "tenant %u: two routes to the same prefix",
		              vrf - 1);
	return err ? dp_why(why, err, "routes: out of memory") : 0;
}

static int draft_new(struct draft *d, size_t room)
{
	d->prefix = calloc(room, sizeof(*d->prefix));
	d->vrf = calloc(room, sizeof(*d->vrf));
	return d->prefix && d->vrf ? 0 : -ENOMEM;
}

static void draft_free(struct draft *d)
{
	free(d->prefix);
	free(d->vrf);
}

int dp_routes_build(const struct dp_ifaces *ifaces, const struct msg_route *route, uint32_t n,
                    struct dp_routes **out, struct dp_why *why)
{
	uint32_t n_iface = dp_ifaces_count(ifaces), i;
	size_t room = 3 * (size_t)n_iface + n + 1, hops = n_iface + (size_t)n + 1;
	struct dp_routes *r;
	struct drafts d = {0};
	int err = 0;

	if (n_iface + n > DP_TABLE_HOPS_MAX)
		return dp_why(why, -E2BIG, "more routes than there can be");
	r = calloc(1, sizeof(*r));
	if (!r)
		return dp_why(why, -ENOMEM, "routes: out of memory");
	r->hop = calloc(hops, sizeof(*r->hop));
	r->hop6 = calloc(hops, sizeof(*r->hop6));
	if (!r->hop || !r->hop6 || draft_new(&d.v4, room) || draft_new(&d.v6, room)) {
		err = dp_why(why, -ENOMEM, "routes: out of memory");
		goto free_all;
	}

	for (i = 0; i < dp_ifaces_end(ifaces); i++) {
		add_connected(r, &d.v4, dp_iface_at(ifaces, i));
		add_connected6(r, &d.v6, dp_iface_at(ifaces, i));
	}
	for (i = 0; i < n && !err; i++)
		err = add_static(r, &d, ifaces, &route[i], why);
	if (!err)
		err = build_tables(r, &d.v4, false, why);
	if (!err)
		err = build_tables(r, &d.v6, true, why);

free_all:
	draft_free(&d.v4);
	draft_free(&d.v6);
	if (err)
		dp_routes_free(r);
	else
		*out = r;
	return err;
}

void dp_routes_free(struct dp_routes *r)
{
	uint32_t vrf;

	if (!r)
		return;
	for (vrf = 0; vrf <= TENANT_MAX; vrf++) {
		dp_table_fini(&r->vrf[vrf]);
		dp_table6_fini(&r->vrf6[vrf]);
	}
	free(r->hop);
	free(r->hop6);
	free(r);
}

const struct dp_hop *dp_route_find(const struct dp_routes *r, uint16_t vrf, uint32_t dst)
{
	uint16_t hop;
	be32 addr;

	memcpy(&addr, &dst, sizeof(addr));
	/* Multicast and the reserved top of the space match no unicast route. */
	if (vrf > TENANT_MAX || addr.b[0] >= 224)
		return NULL;
	hop = dp_table_find(&r->vrf[vrf], be32_get(addr));
	return hop == DP_TABLE_NO_HOP ? NULL : &r->hop[hop];
}

const struct dp_hop6 *dp_route_find6(const struct dp_routes *r, uint16_t vrf,
                                     const struct addr *dst)
{
	uint16_t hop;

	/* Those match no unicast route, whatever a prefix says: RFC 4291 sections 2.5.3, 2.5.6
	 * and 2.7. The IPv4 space (::ffff:0:0/96, ::/96) is none of IPv6 (RFC 6890). */
	if (vrf > TENANT_MAX || wire_ipv6_is_multicast(dst) || wire_ipv6_is_link_local(dst) ||
	    addr_is_v4(dst) || !(dp_table6_number(dst) >> 32))
		return NULL;
	hop = dp_table6_find(&r->vrf6[vrf], dp_table6_number(dst));
	return hop == DP_TABLE_NO_HOP ? NULL : &r->hop6[hop];
}

/* The last answer, for the packets of a run. */
struct last {
	const struct dp_hop *hop;
	uint32_t dst;
	uint16_t vrf;
	bool used;
};

static bool find4(const struct dp_worker *w, struct last *last, struct dp_pkt *p,
                  const struct wire_ipv4 *ip)
{
	const uint32_t dst = load(ip->dst);

	if (!last->used || dst != last->dst || p->vrf != last->vrf)
		last->hop = dp_route_find(w->routes, p->vrf, dst);
	last->used = true;
	last->dst = dst;
	last->vrf = p->vrf;
	if (!last->hop)
		return false;
	p->iface_out = last->hop->iface;
	p->next_hop = last->hop->next_hop ? last->hop->next_hop : dst;
	return true;
}

static bool find6(const struct dp_worker *w, struct dp_pkt *p, const struct wire_ipv6 *ip)
{
	const struct dp_hop6 *hop = dp_route_find6(w->routes, p->vrf, &ip->dst);

	if (!hop)
		return false;
	p->iface_out = hop->iface;
	p->next_hop6 = addr_is_none(&hop->next_hop) ? ip->dst : hop->next_hop;
	return true;
}

uint16_t dp_route(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	const uint16_t picture = dp_ifaces_serial(w->ifaces);
	struct last last = {0};
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		struct dp_pkt *p = dp_pkt(pkt[i]);
		const void *ip = rte_pktmbuf_mtod_offset(pkt[i], const void *, p->l3_off);

		if (!(likely(dp_is_ipv4(pkt[i])) ? find4(w, &last, p, ip) : find6(w, p, ip))) {
			dp_drop(&w->stat, pkt[i], DP_DROP_NO_ROUTE);
			continue;
		}
		p->picture = picture;
		pkt[out++] = pkt[i];
	}
	return out;
}

/* RFC 1141: TTL is the high octet of its word, so the checksum grows by 0x0100. */
static void hop_less(struct wire_ipv4 *ip)
{
	uint32_t sum = be16_get(ip->checksum) + 0x0100u;

	ip->checksum = be16_from((uint16_t)(sum + (sum >> 16)));
	ip->ttl--;
}

/* One hop less; false: there is none left. */
static bool take_hop(struct rte_mbuf *m)
{
	void *at = rte_pktmbuf_mtod_offset(m, void *, dp_pkt(m)->l3_off);
	struct wire_ipv4 *ip = at;
	struct wire_ipv6 *ip6 = at;

	if (likely(dp_is_ipv4(m))) {
		if (ip->ttl <= 1)
			return false;
		hop_less(ip);
		return true;
	}
	if (ip6->hops <= 1)
		return false;
	ip6->hops--;
	return true;
}

uint16_t dp_route_ttl(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n,
                      struct rte_mbuf **reply, uint16_t *n_reply)
{
	uint16_t i, out = 0;
	struct rte_mbuf *r;

	*n_reply = 0;
	for (i = 0; i < n; i++) {
		if (unlikely(!take_hop(pkt[i]))) {
			r = dp_icmp_error(w, pkt[i], DP_ICMP_TIME_EXCEEDED, 0);
			if (r)
				reply[(*n_reply)++] = r;
			dp_drop(&w->stat, pkt[i], DP_DROP_TTL);
			continue;
		}
		pkt[out++] = pkt[i];
	}
	return out;
}
