/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * fake_log - remembers what was reported, behind controlplane/log/log.h.
 *
 * Thread   the test's
 */

#include "controlplane/log/log.h"

struct cp_log {
	unsigned n[EVENT_COUNT];
	char line[4096];                 /* the last one, as JSON */
	char line_of[EVENT_COUNT][2048]; /* the last one of each event, cut */
};

/* How often since the last fake_log_reset()? */
unsigned fake_log_count(const struct cp_log *log, enum event_id id);
void fake_log_reset(struct cp_log *log);
