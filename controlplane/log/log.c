/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/log/log.h"

#include "controlplane/proc/ipc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct cp_log {
	struct cp_ipc *ipc;
	const char *name;
	struct event_origin origin;
	uint64_t refused;  /* records that are not sound, or found no room */
	uint64_t unsure;   /* records not confirmed when the log process died */
	uint64_t reported; /* of both, what the log process knows of */

	/* Of the present socket. */
	uint64_t sent, done; /* messages; those confirmed */
	uint64_t report_at;  /* the message that is a report, not yet confirmed; 0: none */
	uint64_t report_count, report_unsure;
	uint64_t unsure_reported;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void on_done(void *ctx, const struct cp_ipc_head *head, const void *body)
{
	struct cp_log *log = ctx;
	uint64_t done;

	if (head->type != CP_LOG_DONE || head->len != sizeof(done))
		return;
	memcpy(&done, body, sizeof(done));
	if (done < log->done || done > log->sent)
		return;
	log->done = done;
	if (log->report_at && done >= log->report_at)
		log->report_at = 0;
}

/* What was not confirmed may be lost; so may be a report, which is then due again. */
static void on_closed(void *ctx)
{
	struct cp_log *log = ctx;

	log->unsure += log->sent - log->done;
	if (log->report_at) {
		log->unsure--;
		log->reported -= log->report_count;
		log->unsure_reported -= log->report_unsure;
	}
	log->sent = log->done = log->report_at = 0;
}

void cp_log_take(struct cp_log *log, const struct cp_ipc_head *head, const void *body)
{
	on_done(log, head, body);
}

void cp_log_closed(struct cp_log *log)
{
	on_closed(log);
}

int cp_log_new(struct cp_ipc *ipc, struct cp_log **out)
{
	struct cp_log *log = calloc(1, sizeof(*log));
	const struct cp_ipc_hooks hooks = {on_done, on_closed, log};
	int err = 0;

	if (!log)
		return -ENOMEM;
	if (getrandom(&log->origin.random, sizeof(uint64_t), 0) != (ssize_t)sizeof(uint64_t))
		err = -EIO;
	if (!err && ipc)
		err = cp_ipc_handle(ipc, &hooks);
	if (err) {
		free(log);
		return err;
	}
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
	event_number_record(r, &log->origin);
}

static void print(const struct event_record *r)
{
	char line[EVENT_LINE_MAX];
	int n = event_json(r, line, sizeof(line));

	/* Standard error is the last resort: nowhere to report that it failed. */
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}

static int send_record(struct cp_log *log, const struct event_record *r)
{
	int err = cp_ipc_send(log->ipc, CP_LOG_RECORD, 0, r, event_size(r));

	if (!err)
		log->sent++;
	return err;
}

void cp_log_report(struct cp_log *log)
{
	uint64_t count = cp_log_lost(log) - log->reported;
	uint64_t unsure = log->unsure - log->unsure_reported;
	struct event_record r;

	if (!count || log->report_at || !log->ipc || !cp_ipc_is_open(log->ipc))
		return;
	cp_log_begin(log, &r, EV_LOG_LOST);
	event_text(&r, EK_PROCESS, log->name);
	event_number(&r, EK_COUNT, count);
	if (unsure)
		event_text(&r, EK_REASON,
		           "the log process died; it may have written some of them");
	if (send_record(log, &r))
		return;
	log->report_at = log->sent;
	log->report_count = count;
	log->report_unsure = unsure;
	log->reported += count;
	log->unsure_reported += unsure;
}

void cp_log_send(struct cp_log *log, struct event_record *r)
{
	if (!event_is_sound(r, event_size(r))) {
		log->refused++;
		return;
	}
	if (!log->ipc) {
		print(r);
		return;
	}
	cp_log_report(log);
	if (send_record(log, r))
		log->refused++;
}

uint64_t cp_log_lost(const struct cp_log *log)
{
	return log->refused + log->unsure;
}
