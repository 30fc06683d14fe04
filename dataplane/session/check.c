/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/session/check.h"

#include "common/msg/spi.h"
#include "common/wire/ip6.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/esp/replay.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* An IPv6 address that one host can have anywhere: RFC 4291 section 2.4, RFC 6890. */
static bool is_host6(const struct addr *a)
{
	static const struct addr zero;

	return !addr_is_v4(a) && memcmp(a, &zero, 12) != 0 && !wire_ipv6_is_multicast(a) &&
	       !wire_ipv6_is_link_local(a);
}

/* An IPv4 address that one host can have: RFC 1122 section 3.2.1.3. */
static bool is_host4(const struct addr *a)
{
	uint32_t v4 = be32_get(addr_v4(a));

	return addr_is_v4(a) && v4 >> 24 != 0 && v4 >> 24 != 127 && v4 >> 28 < 14;
}

static bool is_endpoint(const struct msg_endpoint *e, bool with_port)
{
	return (is_host4(&e->addr) || is_host6(&e->addr)) && (e->port || !with_port);
}

static bool is_selector(const struct msg_ts *ts)
{
	return !addr_is_none(&ts->hi) && addr_is_v4(&ts->lo) == addr_is_v4(&ts->hi) &&
	       addr_compare(&ts->lo, &ts->hi) <= 0 && ts->port_lo <= ts->port_hi;
}

static bool is_limit(const struct msg_limit *l)
{
	return !l->hard || l->soft <= l->hard;
}

static bool is_counted(const struct msg_child *c)
{
	const uint64_t end = dp_seq_end(c->flags);

	return c->packets.hard <= end && is_limit(&c->packets) && is_limit(&c->bytes) &&
	       c->seq_out < end && c->seq_in < end;
}

int dp_check_child(const struct msg_child *c)
{
	const bool udp = c->flags & MSG_CHILD_UDP;
	uint32_t i;

	if (c->spi_in < SPI_RESERVED || c->spi_out < SPI_RESERVED)
		return -EINVAL;
	if (!dp_suite(c->suite) || (c->flags & ~(MSG_CHILD_UDP | MSG_CHILD_ESN)))
		return -EINVAL;
	if (c->replay_window < DP_REPLAY_MIN || c->replay_window > DP_REPLAY_MAX ||
	    (c->replay_window & (c->replay_window - 1)))
		return -EINVAL;
	if (!is_counted(c))
		return -EINVAL;
	if (!is_endpoint(&c->local, udp) || !is_endpoint(&c->remote, udp) ||
	    addr_is_v4(&c->local.addr) != addr_is_v4(&c->remote.addr) ||
	    addr_equal(&c->local.addr, &c->remote.addr))
		return -EINVAL;
	if (c->n_ts < 1 || c->n_ts > MSG_TS_MAX)
		return -EINVAL;
	for (i = 0; i < c->n_ts; i++)
		if (!is_selector(&c->ts_local[i]))
			return -EINVAL;
	return 0;
}

/* An address of each family, or none of one of them. */
static bool is_inner(const struct msg_session_install *m)
{
	const bool has4 = !addr_is_none(&m->inner), has6 = !addr_is_none(&m->inner6);

	return (has4 || has6) && (!has4 || is_host4(&m->inner)) &&
	       (!has6 || (is_host6(&m->inner6) && m->mtu >= WIRE_IPV6_MTU_MIN));
}

int dp_check_install(const struct dp_limits *l, const struct msg_session_install *m)
{
	if (!m->id || m->sid >= l->max_sessions || m->worker >= l->n_workers)
		return -EINVAL;
	if (m->tenant == TENANT_NONE || m->tenant > TENANT_MAX)
		return -EINVAL;
	if (m->mtu < DP_INNER_MTU_MIN || m->mtu > DP_INNER_MTU_MAX)
		return -EINVAL;
	if (m->orphan_s > DP_ORPHAN_S_MAX || !is_inner(m))
		return -EINVAL;
	return dp_check_child(&m->child);
}
