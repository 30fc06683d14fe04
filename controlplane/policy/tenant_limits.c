/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/tenant_parts.h"

enum {
	BURST_MIN = 16384, /* octets: the longest packet has to fit */
};

static struct msg_rate rate_of(uint32_t kbps, uint32_t burst_ms)
{
	struct msg_rate r = {.bits = kbps * 1000ull};
	uint64_t burst = (uint64_t)kbps * burst_ms / 8;

	if (!kbps)
		return r;
	if (burst < BURST_MIN)
		burst = BURST_MIN;
	if (burst > MSG_BURST_MAX)
		burst = MSG_BURST_MAX;
	r.burst = (uint32_t)burst;
	return r;
}

struct msg_rates cp_tenant_rate(const struct rate_draft *from)
{
	return (struct msg_rates){
		.up = rate_of(from->up_kbps, from->burst_ms),
		.down = rate_of(from->down_kbps, from->burst_ms),
	};
}

void cp_tenant_rate_else(struct msg_rates *to, const struct msg_rates *from)
{
	if (!to->up.bits)
		to->up = from->up;
	if (!to->down.bits)
		to->down = from->down;
}

void cp_tenant_limits(const struct limits_draft *from, struct cp_tenant *t)
{
	t->max_sessions = from->sessions;
	t->max_sessions_per_user = from->sessions_per_user;
	t->when_full = (enum cp_full)from->when_full;
	t->limits = (struct msg_tenant_limits){
		.sessions = from->sessions,
		.flows = from->flows,
		.buffers = from->buffers,
		.reassembly = from->reassembly,
		.punts = from->punts,
		.all = cp_tenant_rate(&from->rate),
		.tunnel = cp_tenant_rate(&from->user_rate),
	};
}
