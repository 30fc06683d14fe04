/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/fake_dpctl.h"

#include <errno.h>

bool cp_dpctl_is_up(const struct cp_dpctl *d)
{
	return !d->down;
}

int cp_dpctl_send(struct cp_dpctl *d, enum msg_type type, uint32_t seq, const void *body,
                  size_t len, const void *octets, size_t octets_len)
{
	uint32_t min, max;

	if (d->down)
		return -ENOTCONN;
	if (d->refuse)
		return d->refuse;
	if (msg_bounds((uint16_t)type, &min, &max) || len + octets_len < min ||
	    len + octets_len > max)
		return -EMSGSIZE;
	d->sent(d->ctx, type, seq, body, octets, octets_len);
	return 0;
}
