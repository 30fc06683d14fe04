/* SPDX-License-Identifier: Apache-2.0 */

/*
 * syslog_main - the syslog process: takes lines from the log process' spool, sends them to
 * the receiver, and says which have arrived.
 *
 * It parses what a receiver sends, so it holds nothing but the key of its own certificate,
 * and it has no file: it asks the log process for lines from a place on, one message at a
 * time, and keeps none.
 *
 * Walk     log/log_main.c in the log process -> proc/ipc.c -> [syslog_main] -> frame.c,
 *          sender.c
 * Thread   its loop
 */

#include "controlplane/crypto/tls_client.h"
#include "controlplane/log/log.h"
#include "controlplane/proc/child.h"
#include "controlplane/proc/ipc.h"
#include "controlplane/syslog/frame.h"
#include "controlplane/syslog/sender.h"
#include "controlplane/syslog/settled.h"

#include <event2/event.h>
#include <event2/util.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct process {
	struct cp_child child;
	const struct cp_policy *policy;
	struct cp_ipc *log_ipc;
	struct cp_log *log;
	struct cp_tls_client *tls;
	struct cp_sender *sender;
	struct cp_settled settled;
	struct event *second;
	uint64_t done; /* the receiver has all before; 0: as the log process knows */
	uint64_t next; /* what is asked for; 0: from where it is done */
	bool is_asked;
	uint32_t question; /* an answer to an older one is late: it may lie further on */
	uint64_t strange;  /* lines that are none of ours, and were left out */
	char why[CP_TLS_WHY_MAX + 64]; /* the receiver is away; said already */
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- from the log process ------------------------------------------------------------------- */

static void ask(struct process *p, uint64_t from)
{
	const struct cp_log_spool_read m = {.done = p->done, .from = from};

	p->is_asked =
		cp_ipc_send(p->log_ipc, CP_LOG_SPOOL_READ, ++p->question, &m, sizeof(m)) == 0;
}

/* No question: an open one stays so. */
static void tell_done(struct process *p)
{
	const struct cp_log_spool_read m = {.done = p->done, .from = CP_LOG_SPOOL_NOTHING};

	cp_ipc_send(p->log_ipc, CP_LOG_SPOOL_READ, p->question, &m, sizeof(m));
}

/* Frames of all lines into the batch. returns octets */
static size_t put_frames(struct process *p, const char *lines, size_t len)
{
	char *batch = cp_sender_batch(p->sender);
	const char *at = lines, *end;
	size_t used = 0;
	int n;

	while ((end = memchr(at, '\n', len - (size_t)(at - lines)))) {
		n = cp_syslog_frame(at, (size_t)(end - at), p->policy->appliance.name,
		                    batch + used, CP_SENDER_BATCH - used);
		if (n > 0)
			used += (size_t)n;
		else
			p->strange++;
		at = end + 1;
	}
	return used;
}

static void on_lines(struct process *p, const struct cp_ipc_head *head, const void *body)
{
	const char *lines = (const char *)body + sizeof(uint64_t);
	uint64_t place;
	size_t used;

	if (head->len <= sizeof(place) || !p->is_asked || head->seq != p->question ||
	    !cp_sender_is_free(p->sender))
		return;
	memcpy(&place, body, sizeof(place));
	if (place < p->next)
		return;
	p->is_asked = false;
	p->next = place + head->len - sizeof(place);
	used = put_frames(p, lines, head->len - sizeof(place));
	if (used)
		cp_sender_send(p->sender, used);
	else
		ask(p, p->next);
}

static void on_message(void *ctx, const struct cp_ipc_head *head, const void *body)
{
	struct process *p = ctx;

	if (head->type == CP_LOG_SPOOL_LINES)
		on_lines(p, head, body);
	else
		cp_log_take(p->log, head, body);
}

static void on_closed(void *ctx)
{
	struct process *p = ctx;

	p->is_asked = false;
	cp_log_closed(p->log);
}

/* ---- from the receiver ---------------------------------------------------------------------- */

static void say(struct process *p, enum event_id id, const char *reason, const char *cipher)
{
	const struct cp_syslog *to = &p->policy->appliance.syslog;
	struct event_record r;
	char server[300];

	snprintf(server, sizeof(server), "%s port %u", to->host, to->port);
	cp_log_begin(p->log, &r, id);
	event_text(&r, EK_SERVER, server);
	event_text(&r, EK_REASON, reason);
	event_text(&r, EK_CIPHER, cipher);
	cp_log_send(p->log, &r);
}

static void on_up(void *ctx, const char *cipher)
{
	struct process *p = ctx;

	p->why[0] = '\0';
	say(p, EV_SYSLOG_UP, NULL, cipher);
	/* What has not settled on the last connection comes again. */
	cp_settled_begin(&p->settled);
	p->next = p->done;
	ask(p, p->next);
}

/* A receiver that is away for hours is one line, as long as the reason stays. */
static void on_down(void *ctx, const char *why)
{
	struct process *p = ctx;

	if (!strcmp(p->why, why))
		return;
	snprintf(p->why, sizeof(p->why), "%s", why);
	say(p, EV_SYSLOG_DOWN, why, NULL);
}

static void on_written(void *ctx)
{
	struct process *p = ctx;

	cp_settled_sent(&p->settled, p->next, cp_sender_sent(p->sender), now_ms());
	ask(p, p->next);
}

static void on_second(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct process *p = ctx;
	uint64_t place = cp_settled_take(&p->settled, cp_sender_acked(p->sender), now_ms());

	/* A question that found no room on the link would be the last one. */
	if (!p->is_asked && cp_sender_is_free(p->sender))
		ask(p, p->next);
	if (!place)
		return;
	p->done = place;
	tell_done(p);
}

/* ---- life ----------------------------------------------------------------------------------- */

static void on_peer(void *ctx, enum cp_proc_id id UNUSED, int take_fd)
{
	struct process *p = ctx;
	int err = cp_ipc_again(p->log_ipc, take_fd);

	if (err) {
		cp_child_say(&p->child, "a peer's socket: %s", strerror(-err));
		close(take_fd);
		return;
	}
	cp_log_report(p->log);
	if (cp_sender_is_free(p->sender))
		ask(p, p->next);
}

static int load_tls(struct process *p, const struct cp_proc_start *start)
{
	const struct cp_syslog *s = &p->policy->appliance.syslog;
	char ca[PATH_MAX], certificate[PATH_MAX], key[PATH_MAX], why[CP_TLS_WHY_MAX];
	struct cp_tls_files files = {.ca = ca, .name = s->name};
	int err;

	snprintf(ca, sizeof(ca), "%s/pki/%s.crt", start->config_dir, s->ca);
	snprintf(certificate, sizeof(certificate), "%s/pki/%s.crt", start->config_dir,
	         s->certificate);
	snprintf(key, sizeof(key), "%s/pki/%s.key", start->config_dir, s->certificate);
	if (s->certificate[0]) {
		files.certificate = certificate;
		files.key = key;
	}
	err = cp_tls_client_new(&files, &p->tls, why);
	if (err)
		cp_child_say(&p->child, "%s", why);
	return err;
}

static int begin(struct process *p, const struct cp_proc_start *start)
{
	static const struct timeval second = {.tv_sec = 1};
	const struct cp_ipc_hooks from_log = {on_message, on_closed, p};
	const struct cp_sender_hooks hooks = {on_up, on_down, on_written, p};
	int err = cp_child_begin(&p->child, start);

	if (err)
		return err;
	p->policy = start->policy;
	err = load_tls(p, start);
	if (err)
		return err;
	/* What libevent draws at random comes from the kernel, once. */
	err = evutil_secure_rng_init() ? -EIO : 0;
	if (!err)
		err = cp_ipc_new(p->child.loop, start->peer[CP_PROC_LOG], NULL, &p->log_ipc);
	if (!err)
		err = cp_log_new(p->log_ipc, &p->log);
	if (!err)
		err = cp_ipc_handle(p->log_ipc, &from_log);
	if (!err)
		err = cp_sender_new(p->child.loop, &p->policy->appliance.syslog, p->tls, &hooks,
		                    &p->sender);
	if (!err) {
		p->second = event_new(p->child.loop, -1, EV_PERSIST, on_second, p);
		err = p->second && !event_add(p->second, &second) ? 0 : -ENOMEM;
	}
	if (err) {
		cp_child_say(&p->child, "cannot start: %s", strerror(-err));
		return err;
	}
	cp_log_name(p->log, "syslog");
	err = cp_child_confine(&p->child, NULL, NULL);
	if (!err)
		cp_sender_start(p->sender);
	return err;
}

static void end(struct process *p)
{
	cp_sender_free(p->sender);
	cp_tls_client_free(p->tls);
	if (p->second)
		event_free(p->second);
	cp_log_free(p->log);
	cp_ipc_free(p->log_ipc);
	cp_child_end(&p->child);
}

int cp_syslog_main(const struct cp_proc_start *start)
{
	struct process *p = calloc(1, sizeof(*p));
	const struct cp_control_hooks hooks = {.peer = on_peer, .ctx = p};
	int status = EXIT_FAILURE;

	if (!p)
		return status;
	if (begin(p, start) == 0)
		status = cp_child_run(&p->child, &hooks);
	end(p);
	free(p);
	return status;
}
