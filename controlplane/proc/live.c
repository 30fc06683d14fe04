/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/live.h"

#include "controlplane/policy/bundle.h"
#include "controlplane/proc/change.h"
#include "controlplane/proc/compose.h"
#include "controlplane/proc/gather.h"
#include "controlplane/proc/stage.h"
#include "controlplane/proc/table.h"
#include "controlplane/proc/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	TRIES_MAX = 3, /* of a change that nobody refused */
};

/* Both forms of one policy. */
struct pair {
	int open, secret; /* without and with the secrets; -1: none */
};

/* What the policy process wishes; it queues the others itself. */
struct wish {
	uint32_t number; /* 0: none */
	int documents;   /* PROPOSE: its bundle; -1: TAKE */
};

struct cp_live {
	struct cp_live_deps deps;
	struct cp_watch watch;
	struct cp_change change;
	struct pair in_force, next;
	/* Of the directory, as it stood when a change began; and the last one that was refused,
	 * which is not tried again by itself. */
	int tried, refused;
	struct wish wish;       /* the next */
	uint32_t running;       /* of the change that runs: its wish's number, or 0 */
	struct cp_stage *stage; /* its documents, beside their places */
	bool is_first;
	bool is_adopted;      /* what runs only has to be written down */
	bool is_of_directory; /* the change that runs */
	bool is_wanted;       /* the directory has to be looked at */
	bool is_renewed;      /* the keys process started while a change ran */
	unsigned tries;
	struct cp_control_refused why; /* of the change that runs */
};

static const struct pair none = {-1, -1};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int duplicate(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void forget(struct pair *p)
{
	close_fd(&p->open);
	close_fd(&p->secret);
}

static void forget_wish(struct cp_live *l)
{
	close_fd(&l->wish.documents);
	l->wish.number = 0;
}

static void forget_running(struct cp_live *l)
{
	cp_stage_abort(l->stage);
	l->stage = NULL;
	l->running = 0;
	l->is_adopted = false;
	forget(&l->next);
	close_fd(&l->tried);
}

/* ---- what is said to the policy process ------------------------------------------------------ */

static void because(struct cp_live *l, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void because(struct cp_live *l, int err, const char *format, ...)
{
	va_list args;

	l->why = (struct cp_control_refused){.status = err};
	va_start(args, format);
	vsnprintf(l->why.why, sizeof(l->why.why), format, args);
	va_end(args);
}

static void because_of(struct cp_live *l, int err, const struct cp_policy_error *error)
{
	char text[sizeof(*error) + 64];

	because(l, err, "%s", cp_policy_error_text(error, text, sizeof(text)));
	l->why.error = *error;
}

static void tell_refused(struct cp_live *l)
{
	l->why.wish = l->running;
	/* It writes the log, knowing more. Without it, somebody has to. */
	if (l->deps.send(l->deps.ctx, CP_PROC_POLICY, CP_CONTROL_REFUSED, l->change.number,
	                 &l->why, sizeof(l->why), -1) &&
	    !l->running)
		l->deps.refused(l->deps.ctx, &l->why);
}

/* ---- a candidate ------------------------------------------------------------------------------ */

/* The other form, of the one with the secrets. */
static int complete(struct pair *p)
{
	const struct cp_compose how = {
		.base = p->secret, .documents = -1, .numbers = -1, .without_secrets = true};

	close_fd(&p->open);
	return cp_compose(&how, &p->open);
}

static int renumber(struct pair *p, int numbers)
{
	const struct cp_compose how = {.base = p->secret, .documents = -1, .numbers = numbers};
	int fd, err = cp_compose(&how, &fd);

	if (err)
		return err;
	close_fd(&p->secret);
	p->secret = fd;
	return complete(p);
}

/* returns 0, or -errno with the reason in l->why */
static int gather(struct cp_live *l, int *fd)
{
	struct cp_policy_error error;
	struct cp_gathered g;
	int err = cp_gather(l->deps.site->config_dir, &g, &error);

	if (err) {
		because_of(l, err, &error);
		return err;
	}
	err = cp_gathered_bundle(&g, fd);
	cp_gathered_fini(&g);
	if (err)
		because(l, err, "the documents cannot be put into a bundle: %s",
		        strerror(-err));
	return err;
}

/* The directory as it stands, with other documents when they are wished. */
static int make_candidate(struct cp_live *l, int documents, struct pair *out)
{
	struct cp_compose how = {.documents = documents, .numbers = l->in_force.open};
	int err = gather(l, &how.base);

	*out = none;
	if (err)
		return err;
	err = cp_compose(&how, &out->secret);
	close(how.base);
	if (!err)
		err = complete(out);
	if (err) {
		because(l, err, "the documents cannot be put into a bundle: %s",
		        strerror(-err));
		forget(out);
	}
	return err;
}

static int stage(struct cp_live *l, int documents)
{
	struct cp_policy_error error;
	struct cp_bundle *b;
	int err = cp_bundle_open(documents, &b);

	if (err) {
		because(l, err, "the documents' bundle: %s", strerror(-err));
		return err;
	}
	err = cp_stage(l->deps.site->config_dir, b, &l->stage, &error);
	cp_bundle_close(b);
	if (err)
		because_of(l, err, &error);
	return err;
}

/* ---- the steps -------------------------------------------------------------------------------- */

static const enum cp_proc_id asked[CP_CHANGE_STATE_COUNT] = {
	[CP_CHANGE_IDLE] = CP_PROC_COUNT,  [CP_CHANGE_CHECK] = CP_PROC_POLICY,
	[CP_CHANGE_KEYS] = CP_PROC_KEYS,   [CP_CHANGE_SESSION] = CP_PROC_SESSION,
	[CP_CHANGE_KEPT] = CP_PROC_POLICY, [CP_CHANGE_UNDO] = CP_PROC_KEYS,
};

static int ask(void *ctx, enum cp_change_state step, uint32_t number)
{
	struct cp_live *l = ctx;
	const struct cp_control_origin origin = {.wish = l->running};
	const bool has_origin = step == CP_CHANGE_CHECK || step == CP_CHANGE_KEPT;
	enum cp_control_type type = CP_CONTROL_POLICY;
	int fd = l->next.open;

	if (step == CP_CHANGE_CHECK)
		type = CP_CONTROL_CHECK;
	if (step == CP_CHANGE_KEPT) {
		type = CP_CONTROL_IN_FORCE;
		fd = l->in_force.open;
	}
	if (step == CP_CHANGE_KEYS)
		fd = l->next.secret;
	if (step == CP_CHANGE_UNDO)
		fd = l->in_force.secret;
	/* Only the directory is written; or only secrets are new. */
	if (step == CP_CHANGE_KEYS && cp_compose_is_same(l->next.secret, l->in_force.secret))
		return 1;
	if (step == CP_CHANGE_SESSION && cp_compose_is_same(l->next.open, l->in_force.open))
		return 1;
	because(l, -ETIME, "the %s process died, or did not answer, while it was asked",
	        cp_proc_table[asked[step]].name);
	return l->deps.send(l->deps.ctx, asked[step], type, number, has_origin ? &origin : NULL,
	                    has_origin ? sizeof(origin) : 0, fd);
}

static void adopt(void *ctx)
{
	struct cp_live *l = ctx;
	int err;

	if (l->stage) {
		err = cp_stage_commit(l->stage);
		l->stage = NULL;
		if (err)
			dprintf(STDERR_FILENO,
			        "sekisho-controlplane: a policy is in force that could not be "
			        "written into %s: %s\n",
			        l->deps.site->config_dir, strerror(-err));
	}
	forget(&l->in_force);
	l->in_force = l->next;
	l->next = none;
	l->is_first = false;
	l->is_adopted = true;
	close_fd(&l->refused);
	/* It started with the former one. */
	if (l->is_renewed)
		l->deps.kill(l->deps.ctx, CP_PROC_KEYS);
	l->is_renewed = false;
}

/* Later, when who was lost is there again. */
static void try_again(struct cp_live *l)
{
	l->is_wanted = true;
	if (!l->wish.number)
		l->wish.number = l->running;
	forget_running(l);
}

static void refuse(void *ctx, bool lost)
{
	struct cp_live *l = ctx;

	if (lost && l->is_of_directory && ++l->tries < TRIES_MAX) {
		try_again(l);
		return;
	}
	l->tries = 0;
	if (l->is_of_directory) {
		close_fd(&l->refused);
		l->refused = l->tried;
		l->tried = -1;
	}
	tell_refused(l);
	forget_running(l);
}

static void kill_asked(void *ctx, enum cp_change_state step)
{
	struct cp_live *l = ctx;

	l->deps.kill(l->deps.ctx, asked[step]);
}

/* What was only to be written down is. */
static void settle(struct cp_live *l)
{
	if (l->change.state == CP_CHANGE_IDLE && l->is_adopted)
		forget_running(l);
}

/* ---- begin ------------------------------------------------------------------------------------ */

static bool can_begin(const struct cp_live *l)
{
	return l->change.state == CP_CHANGE_IDLE &&
	       l->deps.is_ready(l->deps.ctx, CP_PROC_POLICY) &&
	       l->deps.is_ready(l->deps.ctx, CP_PROC_KEYS) &&
	       l->deps.is_ready(l->deps.ctx, CP_PROC_SESSION);
}

static void begin(struct cp_live *l, bool is_of_directory, uint64_t now_ms)
{
	l->is_of_directory = is_of_directory;
	l->is_renewed = false;
	cp_change_begin(&l->change, now_ms);
	settle(l);
}

/* Nothing to do: who wished it hears that it is in force. */
static void tell_unchanged(struct cp_live *l)
{
	const struct cp_control_origin origin = {.wish = l->running};

	(void)l->deps.send(l->deps.ctx, CP_PROC_POLICY, CP_CONTROL_IN_FORCE, 0, &origin,
	                   sizeof(origin), l->in_force.open);
	close_fd(&l->refused);
	forget_running(l);
}

static void begin_directory(struct cp_live *l, uint64_t now_ms)
{
	bool is_asked_for = l->running || l->tries;
	int err = make_candidate(l, -1, &l->next);

	if (err) {
		l->tries = 0;
		close_fd(&l->refused);
		tell_refused(l);
		forget_running(l);
	} else if (cp_compose_is_same(l->next.secret, l->in_force.secret)) {
		tell_unchanged(l);
	} else if (!is_asked_for && l->refused >= 0 &&
	           cp_compose_is_same(l->next.secret, l->refused)) {
		forget_running(l);
	} else {
		l->tried = duplicate(l->next.secret);
		begin(l, true, now_ms);
	}
}

static void begin_documents(struct cp_live *l, int take_documents, uint64_t now_ms)
{
	int err = make_candidate(l, take_documents, &l->next);

	if (!err)
		err = stage(l, take_documents);
	close(take_documents);
	if (!err) {
		begin(l, false, now_ms);
		return;
	}
	tell_refused(l);
	forget_running(l);
}

static void begin_due(struct cp_live *l, uint64_t now_ms)
{
	int documents = l->wish.documents;

	if (!can_begin(l) || !(l->wish.number || l->is_wanted))
		return;
	l->running = l->wish.number;
	l->wish = (struct wish){0, -1};
	if (documents >= 0) {
		begin_documents(l, documents, now_ms);
	} else {
		l->is_wanted = false;
		begin_directory(l, now_ms);
	}
}

/* ---- what happens ------------------------------------------------------------------------------ */

static bool may_answer(const struct cp_live *l, enum cp_proc_id from)
{
	return asked[l->change.state] == from;
}

static void on_verdict(struct cp_live *l, const struct cp_control_msg *msg, uint64_t now_ms)
{
	struct cp_control_verdict v = {.status = -EBADMSG};
	int err;

	if (msg->len == sizeof(v))
		memcpy(&v, &msg->body, sizeof(v));
	v.why[sizeof(v.why) - 1] = '\0';
	if (msg->value != l->change.number)
		return;
	if (!v.status && l->change.state == CP_CHANGE_CHECK && msg->fd >= 0) {
		err = renumber(&l->next, msg->fd);
		if (err) {
			v.status = err;
			snprintf(v.why, sizeof(v.why), "its numbers: %s", strerror(-err));
		}
	}
	if (v.status)
		because(l, v.status, "the %s process refused it: %s",
		        cp_proc_table[asked[l->change.state]].name, v.why);
	cp_change_verdict(&l->change, msg->value, !v.status, now_ms);
	settle(l);
}

static void on_read(struct cp_live *l, uint32_t number)
{
	struct cp_control_refused kept = l->why;
	struct pair p;
	int err = make_candidate(l, -1, &p);

	l->why.wish = number;
	(void)l->deps.send(l->deps.ctx, CP_PROC_POLICY, CP_CONTROL_DIRECTORY, number,
	                   err ? &l->why : NULL, err ? sizeof(l->why) : 0, err ? -1 : p.open);
	l->why = kept;
	if (!err)
		forget(&p);
}

static void on_wish(struct cp_live *l, const struct cp_control_msg *msg, bool has_documents)
{
	if (l->wish.number || !msg->value || has_documents != (msg->fd >= 0)) {
		l->deps.kill(l->deps.ctx, CP_PROC_POLICY); /* it wishes one thing at a time */
		return;
	}
	l->wish.number = msg->value;
	l->wish.documents = duplicate(msg->fd);
}

static bool from_policy(struct cp_live *l, const struct cp_control_msg *msg)
{
	switch (msg->type) {
	case CP_CONTROL_READ:
		on_read(l, msg->value);
		return true;
	case CP_CONTROL_TAKE:
	case CP_CONTROL_PROPOSE:
		on_wish(l, msg, msg->type == CP_CONTROL_PROPOSE);
		return true;
	default:
		return false;
	}
}

bool cp_live_message(struct cp_live *l, enum cp_proc_id from, const struct cp_control_msg *msg,
                     uint64_t now_ms)
{
	bool taken = false;

	if (msg->type == CP_CONTROL_VERDICT) {
		if (may_answer(l, from))
			on_verdict(l, msg, now_ms);
		taken = true;
	} else if (from == CP_PROC_POLICY) {
		taken = from_policy(l, msg);
	}
	if (taken && msg->fd >= 0)
		close(msg->fd);
	if (taken)
		begin_due(l, now_ms);
	return taken;
}

void cp_live_ready(struct cp_live *l, enum cp_proc_id id, uint64_t now_ms)
{
	/* A new policy process has to hear that the directory holds what was refused. */
	if (id == CP_PROC_POLICY) {
		close_fd(&l->refused);
		l->is_wanted = true;
	}
	begin_due(l, now_ms);
}

void cp_live_died(struct cp_live *l, enum cp_proc_id id, uint64_t now_ms)
{
	const enum cp_change_state s = l->change.state;

	if (id == CP_PROC_KEYS && s != CP_CHANGE_IDLE)
		l->is_renewed = true;
	if (s != CP_CHANGE_IDLE && asked[s] == id)
		cp_change_lost(&l->change, s, now_ms);
	settle(l);
	/* Nobody waits for these any more. */
	if (id == CP_PROC_POLICY) {
		forget_wish(l);
		l->running = 0;
	}
}

void cp_live_touch(struct cp_live *l, uint64_t now_ms)
{
	close_fd(&l->refused);
	cp_watch_touch(&l->watch, now_ms);
}

void cp_live_turn(struct cp_live *l, uint64_t now_ms)
{
	if (l->watch.fd >= 0)
		cp_watch_read(&l->watch, now_ms);
	if (cp_watch_is_due(&l->watch, now_ms))
		l->is_wanted = true;
	cp_change_tick(&l->change, now_ms);
	settle(l);
	begin_due(l, now_ms);
}

uint64_t cp_live_due_ms(const struct cp_live *l)
{
	uint64_t a = cp_watch_due_ms(&l->watch), b = cp_change_due_ms(&l->change);

	return a < b ? a : b;
}

int cp_live_fd(const struct cp_live *l)
{
	return l->watch.fd;
}

int cp_live_bundle(const struct cp_live *l, bool with_secrets)
{
	return with_secrets ? l->in_force.secret : l->in_force.open;
}

bool cp_live_is_first(const struct cp_live *l)
{
	return l->is_first;
}

/* ---- life -------------------------------------------------------------------------------------- */

int cp_live_new(const struct cp_live_deps *deps, struct cp_live **out)
{
	struct cp_live *l = calloc(1, sizeof(*l));
	const struct cp_change_deps change = {ask, adopt, refuse, kill_asked, l};
	int err;

	if (!l)
		return -ENOMEM;
	l->deps = *deps;
	l->next = none;
	l->tried = l->refused = l->wish.documents = -1;
	l->is_first = true;
	l->in_force.open = duplicate(deps->site->bundle);
	l->in_force.secret = duplicate(deps->site->secret_bundle);
	cp_change_init(&l->change, &change);
	err = cp_watch_init(&l->watch, deps->site->config_dir);
	if (err)
		dprintf(STDERR_FILENO,
		        "sekisho-controlplane: %s cannot be watched (%s): a change is taken up "
		        "on SIGHUP and by sekishoctl policy apply\n",
		        deps->site->config_dir, strerror(-err));
	*out = l;
	return 0;
}

void cp_live_free(struct cp_live *l)
{
	if (!l)
		return;
	cp_watch_fini(&l->watch);
	forget_wish(l);
	forget_running(l);
	forget(&l->in_force);
	close_fd(&l->refused);
	free(l);
}
