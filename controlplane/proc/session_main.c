/* SPDX-License-Identifier: Apache-2.0 */

/*
 * session_main - the session process: what speaks with clients and with the data plane,
 * wired together. It holds no long-term secret and opens no file of secrets.
 *
 * Walk     dpctl/ -> [proc/session_main] -> ike/ike_main.c, session/session.c
 * Thread   its loop
 */

#include "common/msg/attach.h"
#include "controlplane/crypto/crypto.h"
#include "controlplane/ctl/ctl.h"
#include "controlplane/dpctl/dpctl.h"
#include "controlplane/ike/ike.h"
#include "controlplane/keys/keys.h"
#include "controlplane/log/log.h"
#include "controlplane/policy/bundle.h"
#include "controlplane/policy/policy.h"
#include "controlplane/proc/child.h"
#include "controlplane/proc/ipc.h"
#include "controlplane/session/session.h"
#include "controlplane/takeover/takeover.h"

#include <event2/event.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	LAST_WORDS_MS = 1000, /* for log lines on their way at the end */
	ALONE_S = 5,          /* without a data plane before the log says so */
};

struct process {
	struct cp_child child;
	const struct cp_policy *policy;
	struct cp_ipc *keys_ipc, *log_ipc, *metrics_ipc;
	struct cp_log *log;
	struct cp_keys *keys;
	struct cp_crypto *crypto;
	struct cp_dpctl *dpctl;
	struct cp_sessions *sessions;
	struct cp_ike *ike;
	struct cp_ctl *ctl;
	struct cp_takeover *takeover;
	struct event *second;
	struct cp_ctl_state state;
	unsigned alone_s; /* seconds since the start without any attach */
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- which policy is gone by -------------------------------------------------------------- */

static void on_verdict(void *ctx, uint32_t change, int status, const char *why)
{
	struct process *p = ctx;

	cp_control_verdict(p->child.control, change, status, why);
}

static void on_adopted(void *ctx, const struct cp_policy *policy)
{
	struct process *p = ctx;

	p->policy = policy;
	cp_ctl_policy(p->ctl, policy);
}

static void on_told(void *ctx, bool is_applied)
{
	struct process *p = ctx;

	p->state.policy = is_applied ? CP_CTL_POLICY_APPLIED : CP_CTL_POLICY_REFUSED;
}

static void on_policy_done(void *ctx, const struct msg_policy_done *done)
{
	struct process *p = ctx;

	cp_takeover_done(p->takeover, done);
}

static int read_bundle(struct cp_bundle *b, struct cp_policy **policy, struct cp_ike_pki **pki,
                       struct cp_policy_error *error)
{
	int err = cp_policy_from_bundle(b, policy, error);

	if (err)
		return err;
	err = cp_ike_pki_load(*policy, b, NULL, pki, error);
	if (err)
		cp_policy_free(*policy);
	return err;
}

/* Reading it here, in the loop, takes some milliseconds a thousand users (decision 0018). */
static void on_policy(void *ctx, uint32_t change, int take_fd)
{
	struct process *p = ctx;
	struct cp_policy_error error;
	struct cp_ike_pki *pki;
	struct cp_policy *policy;
	struct cp_bundle *b;
	char why[CP_WHY_MAX];
	int err = cp_bundle_open(take_fd, &b);

	close(take_fd);
	if (err) {
		cp_control_verdict(p->child.control, change, err, "the bundle is not sound");
		return;
	}
	err = read_bundle(b, &policy, &pki, &error);
	cp_bundle_close(b);
	if (!err)
		cp_takeover_offer(p->takeover, change, policy, pki);
	else
		cp_control_verdict(p->child.control, change, err,
		                   cp_policy_error_text(&error, why, sizeof(why)));
}

/* ---- the link: what arrives goes to those it concerns ------------------------------------- */

static void on_up(void *ctx, uint32_t n_workers, uint32_t max_sessions, uint64_t boot)
{
	struct process *p = ctx;
	struct event_record r;

	p->state.attached_ms = now_ms();
	p->state.n_workers = n_workers;
	p->state.max_sessions = max_sessions;
	p->state.policy = CP_CTL_POLICY_WAITS;
	cp_log_begin(p->log, &r, EV_LINK_UP);
	event_number(&r, EK_COUNT, n_workers);
	cp_log_send(p->log, &r);
	cp_sessions_up(p->sessions, n_workers, max_sessions, boot);
	cp_takeover_up(p->takeover);
}

static void log_down(struct process *p, const char *reason)
{
	struct event_record r;

	cp_log_begin(p->log, &r, EV_LINK_DOWN);
	event_text(&r, EK_REASON, reason);
	cp_log_send(p->log, &r);
}

static void on_down(void *ctx)
{
	struct process *p = ctx;

	p->state.policy = CP_CTL_POLICY_WAITS;
	log_down(p, "the attach ended");
	cp_sessions_down(p->sessions);
	cp_takeover_down(p->takeover);
}

static void on_punt(void *ctx, const struct msg_punt *punt, const void *octets, size_t len)
{
	struct process *p = ctx;

	cp_ike_punt(p->ike, punt, octets, len);
}

static void on_ack(void *ctx, uint32_t seq, const struct msg_ack *ack)
{
	struct process *p = ctx;

	cp_sessions_ack(p->sessions, seq, ack);
}

static void on_orphan(void *ctx, const struct msg_session_orphan *orphan)
{
	struct process *p = ctx;

	cp_sessions_orphan(p->sessions, orphan);
}

static void on_orphans_end(void *ctx)
{
	struct process *p = ctx;

	cp_sessions_orphans_end(p->sessions);
}

static void on_usage(void *ctx, const struct msg_session_usage *usage)
{
	struct process *p = ctx;

	cp_sessions_usage(p->sessions, usage);
}

static void on_gone(void *ctx, const struct msg_session_usage *usage)
{
	struct process *p = ctx;

	cp_sessions_gone(p->sessions, usage);
}

static void on_child_limit(void *ctx, const struct msg_child_limit *limit)
{
	struct process *p = ctx;

	cp_sessions_child_limit(p->sessions, limit);
}

static void on_flow(void *ctx, const struct msg_flow *flow)
{
	struct process *p = ctx;

	cp_sessions_flow(p->sessions, flow);
}

/* ---- the other processes, and time -------------------------------------------------------- */

static void on_peer(void *ctx, enum cp_proc_id id, int take_fd)
{
	struct process *p = ctx;
	struct cp_ipc *ipc = id == CP_PROC_LOG       ? p->log_ipc
	                     : id == CP_PROC_METRICS ? p->metrics_ipc
	                                             : p->keys_ipc;
	int err = cp_ipc_again(ipc, take_fd);

	if (err) {
		cp_child_say(&p->child, "a peer's socket: %s", strerror(-err));
		close(take_fd);
	}
	if (id == CP_PROC_LOG) {
		p->state.log_restarts++;
		cp_log_report(p->log);
	} else if (id == CP_PROC_KEYS) {
		p->state.keys_restarts++;
	}
}

static void on_stop(void *ctx)
{
	struct process *p = ctx;

	cp_ike_goodbye(p->ike);
}

static void on_second(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct process *p = ctx;

	cp_log_report(p->log);
	if (!p->state.attached_ms && ++p->alone_s == ALONE_S)
		log_down(p, "no data plane answers; is sekisho-dataplane running with the same "
		            "runtime directory?");
}

/* ---- life --------------------------------------------------------------------------------- */

/* Who answers our questions, and whom we tell. */
static int begin_peers(struct process *p, const struct cp_proc_start *start)
{
	int err = cp_ipc_new(p->child.loop, start->peer[CP_PROC_LOG], NULL, &p->log_ipc);

	if (!err)
		err = cp_log_new(p->log_ipc, &p->log);
	if (!err)
		err = cp_ipc_new(p->child.loop, start->peer[CP_PROC_KEYS], NULL, &p->keys_ipc);
	if (!err)
		err = cp_keys_new(p->keys_ipc, &p->keys);
	if (!err)
		err = cp_ipc_new(p->child.loop, start->peer[CP_PROC_METRICS], NULL,
		                 &p->metrics_ipc);
	if (!err)
		cp_log_name(p->log, "session");
	p->state.keys_restarts = start->restarts[CP_PROC_KEYS];
	p->state.log_restarts = start->restarts[CP_PROC_LOG];
	return err;
}

static int begin_link(struct process *p, const struct cp_proc_start *start)
{
	const struct cp_dpctl_hooks hooks = {
		.up = on_up,
		.down = on_down,
		.punt = on_punt,
		.ack = on_ack,
		.policy_done = on_policy_done,
		.orphan = on_orphan,
		.orphans_end = on_orphans_end,
		.usage = on_usage,
		.gone = on_gone,
		.child_limit = on_child_limit,
		.flow = on_flow,
		.ctx = p,
	};
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

	snprintf(path, sizeof(path), "%s/%s", start->runtime_dir, ATTACH_SOCKET);
	return cp_dpctl_new(p->child.loop, path, &hooks, &p->dpctl);
}

/* Certificates come with the policy: what stands in the directory may be newer. */
static int load_pki(struct process *p, const struct cp_proc_start *start,
                    struct cp_ike_pki **out)
{
	struct cp_policy_error error;
	struct cp_bundle *b = NULL;
	struct event_record r;
	int err = start->bundle < 0 ? 0 : cp_bundle_open(start->bundle, &b);

	if (err)
		return err;
	err = cp_ike_pki_load(p->policy, b, start->config_dir, out, &error);
	cp_bundle_close(b);
	if (err != -EINVAL)
		return err;
	cp_log_begin(p->log, &r, EV_POLICY_REFUSED);
	event_text(&r, EK_FILE, error.file);
	event_text(&r, EK_REASON, error.found);
	event_text(&r, EK_EXPECTED, error.expected);
	cp_log_send(p->log, &r);
	return err;
}

static int begin_sessions(struct process *p, const struct cp_proc_start *start)
{
	const struct cp_sessions_deps deps = {p->child.loop, p->policy, p->log};
	struct cp_ike_deps ike = {
		.loop = p->child.loop,
		.policy = p->policy,
		.crypto = p->crypto,
		.keys = p->keys,
		.dpctl = p->dpctl,
		.log = p->log,
	};
	int err = cp_sessions_new(&deps, &p->sessions);

	if (err)
		return err;
	cp_sessions_link(p->sessions, p->dpctl);
	ike.sessions = p->sessions;
	err = load_pki(p, start, &ike.take_pki);
	if (err)
		return err;
	err = cp_ike_new(&ike, &p->ike);
	if (err)
		cp_ike_pki_free(ike.take_pki);
	return err;
}

static int begin_policy(struct process *p)
{
	const struct cp_takeover_deps deps = {
		.loop = p->child.loop,
		.policy = p->policy,
		.dpctl = p->dpctl,
		.sessions = p->sessions,
		.ike = p->ike,
		.log = p->log,
		.verdict = on_verdict,
		.adopted = on_adopted,
		.told = on_told,
		.ctx = p,
	};

	return cp_takeover_new(&deps, &p->takeover);
}

static int begin_ctl(struct process *p, const struct cp_proc_start *start)
{
	const struct cp_ctl_deps deps = {
		.loop = p->child.loop,
		.take_listen = start->listen,
		.operator_uid = start->operator_uid,
		.policy = p->policy,
		.log_dir = start->log_dir,
		.state = &p->state,
		.sessions = p->sessions,
		.ike = p->ike,
		.dpctl = p->dpctl,
		.log = p->log,
		.keys_ipc = p->keys_ipc,
		.log_ipc = p->log_ipc,
		.metrics_ipc = p->metrics_ipc,
	};

	return cp_ctl_new(&deps, &p->ctl);
}

static int begin_timers(struct process *p)
{
	static const struct timeval second = {.tv_sec = 1};

	p->second = event_new(p->child.loop, -1, EV_PERSIST, on_second, p);
	return p->second && !event_add(p->second, &second) ? 0 : -ENOMEM;
}

static int start_threads(void *ctx)
{
	struct process *p = ctx;

	return cp_crypto_start(p->crypto, p->policy->appliance.dh_threads);
}

static int begin(struct process *p, const struct cp_proc_start *start)
{
	const char *what = "peers";
	int err = cp_child_begin(&p->child, start);

	if (err)
		return err;
	p->policy = start->policy;
	p->state.started_ms = start->started_ms;
	err = begin_peers(p, start);
	if (!err) {
		what = "cryptography";
		err = cp_crypto_new(p->child.loop, 0, &p->crypto);
	}
	if (!err) {
		what = "link";
		err = begin_link(p, start);
	}
	if (!err) {
		what = "IKE (system.log says more)";
		err = begin_sessions(p, start);
	}
	if (!err) {
		what = "policy";
		err = begin_policy(p);
	}
	if (!err) {
		what = "sekishoctl's socket";
		err = begin_ctl(p, start);
	}
	if (!err) {
		what = "timers";
		err = begin_timers(p);
	}
	if (err) {
		cp_child_say(&p->child, "cannot start: %s: %s", what, strerror(-err));
		return err;
	}
	return cp_child_confine(&p->child, start_threads, p);
}

static void end(struct process *p)
{
	if (p->second)
		event_free(p->second);
	cp_ctl_free(p->ctl);
	cp_ipc_free(p->metrics_ipc);
	cp_ike_free(p->ike);
	cp_sessions_free(p->sessions);
	cp_takeover_free(p->takeover);
	cp_dpctl_free(p->dpctl);
	cp_crypto_free(p->crypto);
	cp_keys_free(p->keys);
	cp_ipc_free(p->keys_ipc);
	if (p->log_ipc)
		cp_ipc_flush(p->log_ipc, LAST_WORDS_MS);
	cp_log_free(p->log);
	cp_ipc_free(p->log_ipc);
	cp_child_end(&p->child);
}

int cp_session_main(const struct cp_proc_start *start)
{
	struct process p = {0};
	const struct cp_control_hooks hooks = {
		.peer = on_peer, .policy = on_policy, .stop = on_stop, .ctx = &p};
	int status = EXIT_FAILURE;

	if (begin(&p, start) == 0)
		status = cp_child_run(&p.child, &hooks);
	end(&p);
	return status;
}
