/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/log/log.h"

#include "controlplane/proc/ipc.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct cp_log {
	struct cp_ipc *ipc;
	const char *name;
	uint64_t serial;
	uint64_t bad;      /* records of ours that are not sound */
	uint64_t reported; /* losses the log process knows of */
	uint64_t reports;  /* reports refused: no loss of a record */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

int cp_log_new(struct cp_ipc *ipc, struct cp_log **out)
{
	struct cp_log *log = calloc(1, sizeof(*log));
	uint32_t random;

	if (!log)
		return -ENOMEM;
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		free(log);
		return -EIO;
	}
	/* Unique over processes and restarts, and in order within one. */
	log->serial = (uint64_t)random << 32;
	log->ipc = ipc;
	*out = log;
	return 0;
}

void cp_log_free(struct cp_log *log)
{
	free(log);
}

void cp_log_name(struct cp_log *log, const char *name)
{
	log->name = name;
}

void cp_log_begin(struct cp_log *log, struct event_record *r, enum event_id id)
{
	event_begin(r, id, now_ns());
	r->serial = log->serial++;
}

static void print(const struct event_record *r)
{
	char line[EVENT_LINE_MAX];
	int n = event_json(r, line, sizeof(line));

	/* Standard error is the last resort: nowhere to report that it failed. */
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}

void cp_log_report(struct cp_log *log)
{
	uint64_t lost = cp_log_lost(log);
	struct event_record r;

	if (lost == log->reported || !log->ipc || !cp_ipc_is_open(log->ipc))
		return;
	cp_log_begin(log, &r, EV_LOG_LOST);
	event_text(&r, EK_PROCESS, log->name);
	event_number(&r, EK_COUNT, lost - log->reported);
	if (cp_ipc_send(log->ipc, CP_LOG_RECORD, 0, &r, event_size(&r)) == 0)
		log->reported = lost;
	else
		log->reports++;
}

void cp_log_send(struct cp_log *log, struct event_record *r)
{
	if (!event_is_sound(r, event_size(r))) {
		log->bad++;
		return;
	}
	if (!log->ipc) {
		print(r);
		return;
	}
	cp_log_report(log);
	/* A refusal is counted there. */
	(void)cp_ipc_send(log->ipc, CP_LOG_RECORD, 0, r, event_size(r));
}

uint64_t cp_log_lost(const struct cp_log *log)
{
	return log->bad + (log->ipc ? cp_ipc_refused(log->ipc) - log->reports : 0);
}
