/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer - where the client is: the headers in front of its ESP packets, and how they follow
 * its NAT's mapping.
 *
 * Source   RFC 7296 section 2.23, dynamic address update; RFC 3948 section 2.1
 * Thread   the owner worker; dp_outer_write and dp_remote_read: the main core
 */
#include "common/wire/ip6.h"
#include "dataplane/session/table.h"
#include "dataplane/worker/worker.h"

#include <string.h>

/* The checksum over what does not change from packet to packet. */
static uint32_t constant_sum(const struct wire_ipv4 *ip)
{
	struct wire_ipv4 h = *ip;

	h.tos = 0;
	h.total = h.id = h.checksum = be16_from(0);
	return wire_sum(&h, sizeof(h), 0);
}

static uint8_t write4(struct dp_sa_out *out, const struct addr *local,
                      const struct addr *remote, uint8_t proto)
{
	const struct wire_ipv4 ip = {
		.version_ihl = 0x45,
		.ttl = WIRE_IPV4_TTL,
		.proto = proto,
		.src = addr_v4(local),
		.dst = addr_v4(remote),
	};

	memcpy(dp_sa_outer(out), &ip, sizeof(ip));
	out->outer_sum = constant_sum(&ip);
	return sizeof(ip);
}

/* The flow label stays zero: RFC 6437 section 3 lets a node that does not label flows. */
static uint8_t write6(struct dp_sa_out *out, const struct addr *local,
                      const struct addr *remote, uint8_t proto)
{
	const struct wire_ipv6 ip = {
		.vtf = wire_ipv6_vtf(0),
		.next = proto,
		.hops = WIRE_IPV6_HOPS,
		.src = *local,
		.dst = *remote,
	};

	memcpy(dp_sa_outer(out), &ip, sizeof(ip));
	out->outer_sum = wire_ipv6_pseudo(&ip, proto, 0);
	return sizeof(ip);
}

void dp_outer_write(struct dp_sa_out *out, const struct msg_endpoint *local,
                    const struct msg_endpoint *remote)
{
	const bool udp = out->flags & MSG_CHILD_UDP;
	const uint8_t proto = udp ? WIRE_PROTO_UDP : WIRE_PROTO_ESP;
	const struct wire_udp port = {.src = be16_from(local->port),
	                              .dst = be16_from(remote->port)};
	const uint8_t len = addr_is_v4(&local->addr)
	                            ? write4(out, &local->addr, &remote->addr, proto)
	                            : write6(out, &local->addr, &remote->addr, proto);

	memcpy(dp_sa_outer(out) + len, &port, sizeof(port));
	out->outer_len = (uint8_t)(len + (udp ? sizeof(port) : 0));
}

void dp_outer_redirect(struct dp_sa_out *out, const struct msg_endpoint *remote)
{
	struct msg_endpoint local = {0};
	const struct wire_ipv4 *ip = (const struct wire_ipv4 *)dp_sa_outer(out);
	const struct wire_ipv6 *ip6 = (const struct wire_ipv6 *)dp_sa_outer(out);
	const bool is_v4 = dp_sa_is_outer_v4(out);
	const void *behind = is_v4 ? (const void *)(ip + 1) : (const void *)(ip6 + 1);

	local.addr = is_v4 ? addr_from_v4(ip->src) : ip6->src;
	local.port = be16_get(((const struct wire_udp *)behind)->src);
	dp_outer_write(out, &local, remote);
	out->adj = 0;
}

/* Odd while it changes, so a reader on another core takes it again. */
static void remote_write(struct dp_session *s, const struct msg_endpoint *remote)
{
	const uint32_t v = atomic_load_explicit(&s->remote_version, memory_order_relaxed);

	atomic_store_explicit(&s->remote_version, v + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	s->remote = *remote;
	atomic_store_explicit(&s->remote_version, v + 2, memory_order_release);
}

uint32_t dp_remote_read(struct dp_session *s, struct msg_endpoint *out)
{
	uint32_t before, after;

	do {
		before = atomic_load_explicit(&s->remote_version, memory_order_acquire);
		*out = s->remote;
		atomic_thread_fence(memory_order_acquire);
		after = atomic_load_explicit(&s->remote_version, memory_order_relaxed);
	} while (before != after || before & 1);
	return before;
}

void dp_session_move(struct dp_worker *w, struct dp_sa_in *in,
                     const struct msg_endpoint *remote)
{
	struct dp_session *s = in->session;

	if (s->moved_at && w->now - s->moved_at < w->hz)
		return;
	s->moved_at = w->now;
	dp_outer_redirect(in->pair, remote);
	if (s->out && s->out != in->pair)
		dp_outer_redirect(s->out, remote);
	remote_write(s, remote);
}
