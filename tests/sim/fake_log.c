/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/fake_log.h"

unsigned fake_log_count(const struct cp_log *log, enum event_id id)
{
	return log->n[id];
}

void fake_log_reset(struct cp_log *log)
{
	memset(log, 0, sizeof(*log));
}

void cp_log_begin(struct cp_log *log UNUSED, struct event_record *r, enum event_id id)
{
	event_begin(r, id, 0);
}

void cp_log_send(struct cp_log *log, struct event_record *r)
{
	log->n[r->id]++;
	if (event_json(r, log->line, sizeof(log->line)) < 0)
		log->line[0] = 0;
	snprintf(log->line_of[r->id], sizeof(log->line_of[r->id]), "%.2047s", log->line);
}
