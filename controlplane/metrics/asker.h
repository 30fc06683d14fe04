/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * asker - asks both programs a gathering's questions, in a loop and without waiting.
 *
 * One question is under way at a time. A side that does not answer within CP_ASKER_PATIENCE_S
 * is left out of this gathering; so one takes twice that at most.
 *
 * Walk     scrape.c -> [metrics/asker] -> the data plane's telemetry; ctl/ctl_metrics.c
 * Thread   the loop's
 */

#include "controlplane/metrics/metrics.h"

struct cp_asker;
struct cp_ipc;
struct event_base;

enum { CP_ASKER_PATIENCE_S = 3 };

struct cp_asker_deps {
	struct event_base *loop;
	const char *telemetry;  /* path of the socket */
	struct cp_ipc *session; /* borrowed; its hooks are ours */
	/* A gathering has ended. Never from inside cp_asker_start(). */
	void (*done)(void *ctx, struct cp_metrics *take_m);
	void *ctx;
};

/* returns 0, -ENOMEM */
int cp_asker_new(const struct cp_asker_deps *deps, struct cp_asker **out);
void cp_asker_free(struct cp_asker *a);

/* Begin a gathering; done() follows. One that is under way goes on. returns 0, -ENOMEM */
int cp_asker_start(struct cp_asker *a);
