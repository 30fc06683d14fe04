/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route - tables of all routing domains, and the stages that use them.
 *
 * Thread   builds: the builder thread; finds and stages: any, under RCU
 */
#include "dataplane/route/route.h"

#include "common/wire/ip.h"
#include "dataplane/conf/conf.h"
#include "dataplane/route/table.h"
#include "dataplane/worker/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct dp_routes {
	struct dp_table vrf[TENANT_MAX + 1];
	struct dp_hop *hop; /* of all tables */
	uint32_t n_hop;
};

/* What goes into one table, while it is made. */
struct draft {
	struct dp_prefix *prefix;
	uint16_t *vrf;
	uint32_t n;
};

static uint32_t mask_of(uint8_t bits)
{
	return bits ? UINT32_MAX << (32 - bits) : 0;
}

static uint32_t v4_host(const struct addr *a)
{
	return be32_get(addr_v4(a));
}

static uint32_t load(be32 v)
{
	uint32_t n;

	memcpy(&n, &v, sizeof(n));
	return n;
}

static void draft_add(struct draft *d, uint16_t vrf, uint32_t start, uint8_t bits, uint16_t hop)
{
	d->prefix[d->n] = (struct dp_prefix){start, bits, hop};
	d->vrf[d->n++] = vrf;
}

static uint16_t hop_add(struct dp_routes *r, uint32_t next_hop, uint16_t iface)
{
	r->hop[r->n_hop] = (struct dp_hop){next_hop, iface};
	return (uint16_t)r->n_hop++;
}

/* A connected network. Its own number and its broadcast address go nowhere: nobody answers
 * ARP for them, and we do not forward directed broadcasts (RFC 2644). */
static void add_connected(struct dp_routes *r, struct draft *d, const struct dp_iface *i)
{
	be32 addr;
	uint32_t net;

	if (!i || !i->addr)
		return;
	memcpy(&addr, &i->addr, sizeof(addr));
	net = be32_get(addr) & mask_of(i->bits);
	draft_add(d, i->vrf, net, i->bits, hop_add(r, 0, i->index));
	if (i->bits < 31) {
		draft_add(d, i->vrf, net, 32, DP_TABLE_NO_HOP);
		draft_add(d, i->vrf, net | ~mask_of(i->bits), 32, DP_TABLE_NO_HOP);
	}
}

/* NULL: nothing is wrong with it. */
static const char *static_fault(const struct dp_iface *i, const struct msg_route *msg)
{
	const uint8_t bits = (uint8_t)(msg->bits - ADDR_V4_SHIFT);
	be32 own;

	if (!i)
		return "no such interface";
	if (i->vrf != msg->vrf)
		return "its interface is of another tenant";
	if (!addr_is_v4(&msg->prefix) || bits > 32 || v4_host(&msg->prefix) & ~mask_of(bits))
		return "no IPv4 prefix";
	if (addr_is_none(&msg->gateway))
		return NULL;
	memcpy(&own, &i->addr, sizeof(own));
	if (!addr_is_v4(&msg->gateway) ||
	    (v4_host(&msg->gateway) ^ be32_get(own)) & mask_of(i->bits))
		return "its gateway is not on the interface's network";
	return NULL;
}

static int blame(struct dp_why *why, const struct msg_route *msg, const char *fault)
{
	char text[ADDR_TEXT];

	return dp_why(why, -EINVAL, "route %s/%d of tenant %u: %s",
	              addr_format(&msg->prefix, text, sizeof(text)), msg->bits - ADDR_V4_SHIFT,
	              msg->vrf, fault);
}

static int add_static(struct dp_routes *r, struct draft *d, const struct dp_ifaces *ifaces,
                      const struct msg_route *msg, struct dp_why *why)
{
	const struct dp_iface *i = dp_iface_at(ifaces, msg->iface);
	const char *fault = static_fault(i, msg);
	uint32_t gateway = 0;

	if (fault)
		return blame(why, msg, fault);
	if (!addr_is_none(&msg->gateway))
		gateway = load(addr_v4(&msg->gateway));
	draft_add(d, msg->vrf, v4_host(&msg->prefix), (uint8_t)(msg->bits - ADDR_V4_SHIFT),
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

static int build_tables(struct dp_routes *r, const struct draft *d, struct dp_why *why)
{
	struct dp_prefix *together = calloc(d->n + 1u, sizeof(*together));
	uint32_t *first = calloc(TENANT_MAX + 2, sizeof(*first));
	uint32_t vrf;
	int err = together && first ? 0 : -ENOMEM;

	if (!err)
		group_by_vrf(d, together, first);
	for (vrf = 0; vrf <= TENANT_MAX && !err; vrf++)
		if (first[vrf] < first[vrf + 1])
			err = dp_table_build(together + first[vrf], first[vrf + 1] - first[vrf],
			                     &r->vrf[vrf]);
	free(together);
	free(first);
	if (err == -EEXIST)
		return dp_why(why, -EINVAL, "tenant %u: two routes to the same prefix",
		              vrf - 1);
	return err ? dp_why(why, err, "routes: out of memory") : 0;
}

int dp_routes_build(const struct dp_ifaces *ifaces, const struct msg_route *route, uint32_t n,
                    struct dp_routes **out, struct dp_why *why)
{
	uint32_t n_iface = dp_ifaces_count(ifaces), i;
	size_t room = 3 * (size_t)n_iface + n + 1;
	struct dp_routes *r;
	struct draft d = {0};
	int err = 0;

	if (n_iface + n > DP_TABLE_HOPS_MAX)
		return dp_why(why, -E2BIG, "more routes than there can be");
	r = calloc(1, sizeof(*r));
	if (!r)
		return dp_why(why, -ENOMEM, "routes: out of memory");
	r->hop = calloc(n_iface + (size_t)n + 1, sizeof(*r->hop));
	d.prefix = calloc(room, sizeof(*d.prefix));
	d.vrf = calloc(room, sizeof(*d.vrf));
	if (!r->hop || !d.prefix || !d.vrf) {
		err = dp_why(why, -ENOMEM, "routes: out of memory");
		goto free_all;
	}

	for (i = 0; i < dp_ifaces_end(ifaces); i++)
		add_connected(r, &d, dp_iface_at(ifaces, i));
	for (i = 0; i < n && !err; i++)
		err = add_static(r, &d, ifaces, &route[i], why);
	if (!err)
		err = build_tables(r, &d, why);

free_all:
	free(d.prefix);
	free(d.vrf);
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
	for (vrf = 0; vrf <= TENANT_MAX; vrf++)
		dp_table_fini(&r->vrf[vrf]);
	free(r->hop);
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

uint16_t dp_route(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	const uint16_t picture = dp_ifaces_serial(w->ifaces);
	const struct dp_hop *hop = NULL;
	uint32_t last_dst = 0;
	uint16_t i, out = 0, last_vrf = 0;

	for (i = 0; i < n; i++) {
		struct dp_pkt *p = dp_pkt(pkt[i]);
		const struct wire_ipv4 *ip =
			rte_pktmbuf_mtod_offset(pkt[i], const struct wire_ipv4 *, p->l3_off);
		uint32_t dst = load(ip->dst);

		if (!i || dst != last_dst || p->vrf != last_vrf)
			hop = dp_route_find(w->routes, p->vrf, dst);
		last_dst = dst;
		last_vrf = p->vrf;
		if (!hop) {
			dp_drop(&w->stat, pkt[i], DP_DROP_NO_ROUTE);
			continue;
		}
		p->iface_out = hop->iface;
		p->picture = picture;
		p->next_hop = hop->next_hop ? hop->next_hop : dst;
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

uint16_t dp_route_ttl(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		struct wire_ipv4 *ip = rte_pktmbuf_mtod_offset(pkt[i], struct wire_ipv4 *,
		                                               dp_pkt(pkt[i])->l3_off);

		if (ip->ttl <= 1) {
			dp_drop(&w->stat, pkt[i], DP_DROP_TTL);
			continue;
		}
		hop_less(ip);
		pkt[out++] = pkt[i];
	}
	return out;
}
