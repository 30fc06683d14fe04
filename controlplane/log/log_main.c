/* SPDX-License-Identifier: Apache-2.0 */

/*
 * log_main - the log process: takes records from its peers, looks at each, writes lines.
 *
 * Walk     log/log.c in another process -> proc/ipc.c -> [log/log_main] -> writer.c
 * Thread   its loop
 */

#include "controlplane/log/log.h"
#include "controlplane/log/spool.h"
#include "controlplane/log/writer.h"
#include "controlplane/proc/child.h"
#include "controlplane/proc/ipc.h"
#include "controlplane/proc/table.h"

#include <event2/event.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct process;

struct peer {
	struct process *process;
	enum cp_proc_id id;
	struct cp_ipc *ipc;
	uint64_t taken, confirmed; /* of its present socket */
};

struct process {
	struct cp_child child;
	struct peer peer[CP_PROC_COUNT];
	struct cp_log_writer *writer;
	struct cp_log_spool *spool; /* for the syslog process; NULL: there is none */
	bool wants_lines;           /* it waits for lines from spool_from on */
	uint64_t spool_from;
	uint32_t spool_question; /* seq of what it asked */
	uint64_t spool_lost;     /* lines, reported */
	unsigned spool_quiet_s;  /* since that report */
	struct event *idle;      /* nothing more to read: write */
	struct event *second;
	int directory;
};

static void take(struct process *p, const struct event_record *r)
{
	cp_log_writer_put(p->writer, r);
	event_active(p->idle, EV_TIMEOUT, 0);
}

/* ---- the spool ----------------------------------------------------------------------------- */

static void on_line(void *ctx, const char *line, size_t len)
{
	struct process *p = ctx;

	cp_log_spool_put(p->spool, line, len);
}

static void send_lines(struct process *p)
{
	struct {
		uint64_t place;
		char lines[CP_LOG_SPOOL_LINES_MAX];
	} m;
	size_t len;

	if (!p->wants_lines)
		return;
	m.place = p->spool_from;
	len = cp_log_spool_read(p->spool, &m.place, m.lines, sizeof(m.lines));
	if (len && !cp_ipc_send(p->peer[CP_PROC_SYSLOG].ipc, CP_LOG_SPOOL_LINES,
	                        p->spool_question, &m, sizeof(m.place) + len))
		p->wants_lines = false;
}

static void on_spool_read(struct process *p, const struct cp_ipc_head *head, const void *body)
{
	struct cp_log_spool_read ask;

	if (!p->spool || head->len != sizeof(ask))
		return;
	memcpy(&ask, body, sizeof(ask));
	if (ask.done)
		cp_log_spool_done(p->spool, ask.done);
	if (ask.from == CP_LOG_SPOOL_NOTHING)
		return;
	p->spool_from = ask.from ? ask.from : cp_log_spool_first(p->spool);
	p->spool_question = head->seq;
	p->wants_lines = true;
	send_lines(p);
}

/* At once when there is room again, else once a minute: with a receiver that is away for
 * hours, system.log tells it. */
static void report_spool(struct process *p)
{
	enum { QUIET_S = 60 };
	struct cp_log_spool_stat stat;
	uint64_t lost;

	if (!p->spool)
		return;
	cp_log_spool_stat(p->spool, &stat);
	lost = stat.lost - p->spool_lost;
	p->spool_quiet_s++;
	if (!lost || (p->spool_quiet_s < QUIET_S &&
	              stat.octets + EVENT_LINE_MAX > cp_log_spool_max(p->spool)))
		return;
	p->spool_lost = stat.lost;
	p->spool_quiet_s = 0;
	cp_log_writer_say_lost(p->writer, "spool", lost,
	                       stat.last_error
	                               ? strerror(-stat.last_error)
	                               : "the syslog receiver was away for so long that the "
	                                 "spool was full");
}

/* ---- records ------------------------------------------------------------------------------- */

static void on_message(void *ctx, const struct cp_ipc_head *head, const void *body)
{
	struct peer *from = ctx;
	struct event_record r;

	if (head->type == CP_LOG_SPOOL_READ && from->id == CP_PROC_SYSLOG) {
		on_spool_read(from->process, head, body);
		return;
	}
	from->taken++;
	if (head->type == CP_LOG_RECORD && event_is_sound(body, head->len)) {
		memcpy(&r, body, head->len);
		if (cp_proc_may_report(from->id, r.id)) {
			take(from->process, &r);
			return;
		}
	}
	cp_log_writer_lost(from->process->writer, 1);
}

/* Once every record is written or counted as lost, who sent them may forget them. */
static void confirm(struct process *p)
{
	struct cp_log_writer_stat stat;

	cp_log_writer_stat(p->writer, &stat);
	if (stat.waiting)
		return;
	for (unsigned id = 0; id < CP_PROC_COUNT; id++) {
		struct peer *to = &p->peer[id];

		if (to->taken == to->confirmed ||
		    cp_ipc_send(to->ipc, CP_LOG_DONE, 0, &to->taken, sizeof(to->taken)))
			continue;
		to->confirmed = to->taken;
	}
}

static void on_record(void *ctx, const struct event_record *r)
{
	take(ctx, r);
}

static void on_peer(void *ctx, enum cp_proc_id id, int take_fd)
{
	struct process *p = ctx;
	struct peer *to = &p->peer[id];
	const struct cp_ipc_hooks hooks = {.message = on_message, .ctx = to};
	int err;

	to->process = p;
	to->id = id;
	to->taken = to->confirmed = 0;
	if (id == CP_PROC_SYSLOG)
		p->wants_lines = false;
	err = to->ipc ? cp_ipc_again(to->ipc, take_fd)
	              : cp_ipc_new(p->child.loop, take_fd, &hooks, &to->ipc);
	if (err) {
		cp_child_say(&p->child, "a peer's socket: %s", strerror(-err));
		close(take_fd);
	}
}

static void on_idle(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct process *p = ctx;

	cp_log_writer_flush(p->writer);
	if (p->spool) {
		cp_log_spool_flush(p->spool);
		send_lines(p);
	}
	confirm(p);
}

static void on_second(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct process *p = ctx;

	report_spool(p);
	cp_log_writer_sync(p->writer);
	if (p->spool) {
		cp_log_spool_sync(p->spool);
		send_lines(p);
	}
	confirm(p);
}

/* The zone's rules are read now: after the confinement no file can be opened. */
static void load_zone(const char *zone)
{
	time_t now = time(NULL);
	struct tm tm;

	setenv("TZ", *zone ? zone : "UTC0", 1);
	tzset();
	localtime_r(&now, &tm);
}

/* Without a receiver what waited for the former one goes. */
static int find_spool(struct process *p, const struct cp_syslog *syslog)
{
	return cp_log_spool_new(p->directory, (uint64_t)syslog->spool_mb << 20, &p->spool);
}

static int start_spool(struct process *p, const struct cp_syslog *syslog)
{
	int err;

	if (!syslog->on) {
		cp_log_spool_clear(p->spool);
		cp_log_spool_free(p->spool);
		p->spool = NULL;
		return 0;
	}
	err = cp_log_spool_start(p->spool);
	if (!err)
		cp_log_writer_tap(p->writer, on_line, p);
	return err;
}

static int begin(struct process *p, const struct cp_proc_start *start)
{
	const struct cp_appliance *a = &start->policy->appliance;
	const struct cp_log_limits limits = {(uint64_t)a->log_file_mb << 20, a->log_files};
	static const struct timeval second = {.tv_sec = 1};
	int err = cp_child_begin(&p->child, start);

	if (err)
		return err;
	p->directory = open(start->log_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->directory < 0) {
		cp_child_say(&p->child, "%s: %s", start->log_dir, strerror(errno));
		return -errno;
	}
	load_zone(a->time_zone);
	err = find_spool(p, &a->syslog);
	if (err) {
		cp_child_say(&p->child, "%s: %s", start->log_dir, strerror(-err));
		return err;
	}
	err = cp_child_confine(&p->child, NULL, NULL);
	if (err)
		return err;
	/* After the confinement: the files belong to the process' own user. */
	err = cp_log_writer_new(p->directory, &limits, &p->writer);
	if (!err)
		err = start_spool(p, &a->syslog);
	if (err) {
		cp_child_say(&p->child, "%s: its files cannot be opened: %s", start->log_dir,
		             strerror(-err));
		return err;
	}
	p->idle = event_new(p->child.loop, -1, 0, on_idle, p);
	p->second = event_new(p->child.loop, -1, EV_PERSIST, on_second, p);
	if (!p->idle || !p->second || event_priority_set(p->idle, 2) ||
	    event_add(p->second, &second))
		return -ENOMEM;
	for (unsigned id = 0; id < CP_PROC_COUNT; id++)
		if (start->peer[id] >= 0)
			on_peer(p, id, start->peer[id]);
	return 0;
}

/* The peers have stopped before us: what they sent is still in the sockets. */
static void drain(struct process *p)
{
	struct cp_log_writer_stat before, after;

	do {
		cp_log_writer_stat(p->writer, &before);
		event_base_loop(p->child.loop, EVLOOP_NONBLOCK);
		cp_log_writer_stat(p->writer, &after);
	} while (after.taken != before.taken);
}

static void end(struct process *p)
{
	uint64_t lost = 0;

	for (unsigned id = 0; id < CP_PROC_COUNT; id++)
		cp_ipc_free(p->peer[id].ipc);
	if (p->idle)
		event_free(p->idle);
	if (p->second)
		event_free(p->second);
	cp_log_writer_free(p->writer, &lost);
	if (p->spool) /* the last lines, the writer's own too */
		cp_log_spool_sync(p->spool);
	cp_log_spool_free(p->spool);
	if (lost)
		cp_child_say(&p->child, "%" PRIu64 " records could not be written", lost);
	if (p->directory >= 0)
		close(p->directory);
	cp_child_end(&p->child);
}

int cp_log_main(const struct cp_proc_start *start)
{
	struct process p = {.directory = -1};
	const struct cp_control_hooks hooks = {.peer = on_peer, .record = on_record, .ctx = &p};
	int status = EXIT_FAILURE;

	if (begin(&p, start) == 0) {
		status = cp_child_run(&p.child, &hooks);
		drain(&p);
	}
	end(&p);
	return status;
}
