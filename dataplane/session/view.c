/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view - sessions as telemetry shows them.
 *
 * Thread   any; reads words that are written one by one, so a row of a session that comes
 *          or goes right now may mix two moments
 */
#include "dataplane/session/sessions.h"
#include "dataplane/session/table.h"

uint32_t dp_sessions_of_tenant(const struct dp_sessions *s, uint16_t tenant)
{
	return __atomic_load_n(&s->of_tenant[tenant], __ATOMIC_RELAXED);
}

uint32_t dp_sessions_next(struct dp_sessions *s, uint32_t sid, uint64_t now,
                          struct dp_session_view *out)
{
	for (; sid < s->conf.max_sessions; sid++) {
		struct dp_session *session = &s->session[sid];

		if (!atomic_load_explicit(&session->live, memory_order_acquire))
			continue;
		dp_session_usage(s, sid, now, &out->usage);
		out->tenant = session->tenant;
		out->worker = session->worker;
		out->inner = session->inner;
		return sid + 1;
	}
	return 0;
}
