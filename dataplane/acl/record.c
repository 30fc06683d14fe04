/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/acl/record.h"

#include "dataplane/acl/flow.h"
#include "dataplane/link/link.h"
#include "dataplane/session/session.h"
#include "dataplane/worker/worker.h"

void dp_flow_record(struct dp_worker *w, const struct dp_flow *flow, enum msg_flow_event what,
                    enum msg_flow_why why)
{
	uint32_t *lost = &w->flows->lost;
	const struct msg_flow m = {
		.id = flow->id,
		.sid = flow->session->sid,
		.rule = flow->rule,
		.rule_id = flow->rule_id,
		.tenant = flow->key.tenant,
		.event = (uint8_t)what,
		.proto = flow->key.proto,
		.src_port = flow->key.client_port,
		.dst_port = flow->key.peer_port,
		.src = flow->key.client,
		.dst = flow->key.peer,
		.bytes_up = flow->bytes_up,
		.bytes_down = flow->bytes_down,
		.lost = *lost,
		.why = (uint8_t)why,
	};

	if (dp_link_put(w->link, MSG_FLOW, 0, &m, sizeof(m), NULL, 0) == DP_OK) {
		*lost = 0;
		return;
	}
	++*lost;
	dp_count(&w->stat, DP_LOG_LOST, 1);
}
