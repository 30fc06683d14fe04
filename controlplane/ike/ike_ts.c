/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_ts - narrowing traffic selectors: what both sides agree may go through the tunnel.
 *
 * Walk     child.c -> [ike/ike_ts]
 * Source   RFC 7296 section 2.9
 * Thread   any; pure
 */

#include "controlplane/ike/ike_parts.h"

static const struct addr *larger(const struct addr *a, const struct addr *b)
{
	return addr_compare(a, b) >= 0 ? a : b;
}

static const struct addr *smaller(const struct addr *a, const struct addr *b)
{
	return addr_compare(a, b) <= 0 ? a : b;
}

static bool is_listed(const struct msg_ts *ts, const struct msg_ts *out, unsigned n)
{
	while (n--)
		if (memcmp(&out[n], ts, sizeof(*ts)) == 0)
			return true;
	return false;
}

unsigned cp_ike_ts_narrow(const struct ike_ts_list *list, const struct addr *lo,
                          const struct addr *hi, struct msg_ts *out, unsigned n)
{
	/* ::/0 holds ::ffff:0:0/96, but an IPv6 selector says nothing about IPv4. */
	uint8_t family = addr_is_v4(lo) ? IKE_TS_IPV4 : IKE_TS_IPV6;
	const struct msg_ts *ts;
	struct msg_ts both;
	unsigned i;

	for (i = 0; i < list->n && n < MSG_TS_MAX; i++) {
		ts = &list->at[i].ts;
		if (list->at[i].type != family || ts->port_lo > ts->port_hi)
			continue;
		both = *ts;
		both.lo = *larger(&ts->lo, lo);
		both.hi = *smaller(&ts->hi, hi);
		if (addr_compare(&both.lo, &both.hi) <= 0 && !is_listed(&both, out, n))
			out[n++] = both;
	}
	return n;
}

const char *cp_ike_ts_text(const struct ike_ts_list *list, char *buf, size_t size)
{
	char lo[ADDR_TEXT], hi[ADDR_TEXT];
	size_t used = 0;
	unsigned i;

	buf[0] = 0;
	for (i = 0; i < list->n && used < size; i++) {
		addr_format(&list->at[i].ts.lo, lo, sizeof(lo));
		addr_format(&list->at[i].ts.hi, hi, sizeof(hi));
		used += (size_t)snprintf(buf + used, size - used, "%s%s-%s", i ? ", " : "", lo,
		                         hi);
	}
	return buf;
}
