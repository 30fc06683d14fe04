/* SPDX-License-Identifier: Apache-2.0 */

/*
 * supervisor - starts the processes, introduces them to each other, starts them again.
 *
 * One thread, one poll(), no library with a state: what it has in memory, every child
 * inherits. A process that dies before it was ever ready ends the program (a mistake of the
 * operator's, who is still looking); one that dies later is started again, after 100 ms at
 * first and at most 10 s.
 *
 * Walk     main.c -> [proc/supervisor] -> spawn.c -> the process' main
 * Thread   the supervisor's
 */

#include "controlplane/proc/confine.h"
#include "controlplane/proc/control.h"
#include "controlplane/proc/live.h"
#include "controlplane/proc/notify.h"
#include "controlplane/proc/places.h"
#include "controlplane/proc/proc.h"
#include "controlplane/proc/spawn.h"
#include "controlplane/proc/table.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	BACKOFF_FIRST_MS = 100,
	BACKOFF_MAX_MS = 10000,
	STEADY_MS = 30000, /* who lived so long starts from the first back-off again */
	GRACE_MS = 3000,   /* to stop in good order */
	PENDING_MAX = 16,  /* events while the log process does not run */
};

struct proc {
	pid_t pid;   /* 0: does not run */
	int control; /* -1: does not run */
	bool ready;  /* since its last start */
	bool was_ready;
	bool is_stuck; /* killed for its silence */
	uint32_t restarts;
	uint64_t heard_ms; /* last message from it */
	uint64_t started_ms;
	uint64_t backoff_ms;
	uint64_t start_at_ms; /* 0: no start is due */
};

struct supervisor {
	const struct cp_site *site;
	struct cp_live *live; /* the policy in force and the changes to it */
	struct proc proc[CP_PROC_COUNT];
	int signals;
	struct cp_places places;
	int status;     /* of the program */
	bool announced; /* READY was said */
	bool stopping;
	uint64_t watchdog_ms, watchdog_at_ms; /* of the service manager; 0: none */
	uint64_t kill_at_ms;                  /* stopping: when patience ends */
	uint64_t started_ms;
	struct event_origin origin; /* of our own records */
	unsigned n_pending, n_forgotten;
	struct event_record pending[PENDING_MAX];
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "sekisho-controlplane: %.*s\n", n, line);
}

/* ---- events: written by the log process, held while there is none ------------------------ */

static void record_begin(struct supervisor *s, struct event_record *r, enum event_id id)
{
	event_begin(r, id, clock_ns(CLOCK_REALTIME));
	event_number_record(r, &s->origin);
}

static bool record_send(struct supervisor *s, const struct event_record *r)
{
	int channel = s->proc[CP_PROC_LOG].control;

	return channel >= 0 &&
	       cp_control_send(channel, CP_CONTROL_EVENT, 0, r, event_size(r), -1) == 0;
}

static void record(struct supervisor *s, const struct event_record *r)
{
	if (record_send(s, r))
		return;
	if (s->n_pending < PENDING_MAX)
		s->pending[s->n_pending++] = *r;
	else
		s->n_forgotten++;
}

static void record_pending(struct supervisor *s)
{
	struct event_record lost;
	unsigned n = s->n_pending;

	s->n_pending = 0;
	for (unsigned i = 0; i < n; i++)
		record(s, &s->pending[i]);
	if (!s->n_forgotten)
		return;
	record_begin(s, &lost, EV_LOG_LOST);
	event_text(&lost, EK_PROCESS, "supervisor");
	event_number(&lost, EK_COUNT, s->n_forgotten);
	if (record_send(s, &lost))
		s->n_forgotten = 0;
}

static void record_start(struct supervisor *s, enum cp_proc_id id)
{
	struct event_record r;

	record_begin(s, &r, EV_PROC_START);
	event_text(&r, EK_PROCESS, cp_proc_table[id].name);
	event_number(&r, EK_PID, (uint64_t)s->proc[id].pid);
	event_number(&r, EK_COUNT, s->proc[id].restarts);
	if (!cp_confine_landlock())
		event_text(&r, EK_REMEDY,
		           "this kernel has no landlock; user, no-new-privs and "
		           "seccomp confine the process");
	record(s, &r);
}

static void death_text(int status, char *buf, size_t size)
{
	if (WIFEXITED(status))
		snprintf(buf, size, "exited with status %d", WEXITSTATUS(status));
	else if (WTERMSIG(status) == SIGSYS)
		snprintf(buf, size, "made a system call it may not make (SIGSYS)");
	else
		snprintf(buf, size, "killed by signal %d (%s)", WTERMSIG(status),
		         strsignal(WTERMSIG(status)));
}

static void record_death(struct supervisor *s, enum cp_proc_id id, pid_t pid,
                         const char *reason)
{
	struct event_record r;

	record_begin(s, &r, EV_PROC_DIED);
	event_text(&r, EK_PROCESS, cp_proc_table[id].name);
	event_number(&r, EK_PID, (uint64_t)pid);
	event_text(&r, EK_REASON, reason);
	event_number(&r, EK_SECONDS, (now_ms() - s->proc[id].started_ms) / 1000);
	event_number(&r, EK_COUNT, s->proc[id].restarts);
	record(s, &r);
}

/* The policy stays what it was, for this reason. */
static void record_refusal(struct supervisor *s, const struct cp_control_refused *why)
{
	struct event_record r;

	record_begin(s, &r, EV_POLICY_REFUSED);
	if (why->error.file[0]) {
		event_text(&r, EK_FILE, why->error.file);
		event_text(&r, EK_EXPECTED, why->error.expected);
	}
	event_text(&r, EK_REASON, why->why);
	record(s, &r);
}

/* ---- the policy: what live.c needs of us ---------------------------------------------------- */

static int live_send(void *ctx, enum cp_proc_id to, enum cp_control_type type, uint32_t value,
                     const void *body, size_t len, int fd)
{
	struct supervisor *s = ctx;

	if (s->proc[to].control < 0)
		return -EPIPE;
	return cp_control_send(s->proc[to].control, type, value, body, len, fd);
}

static bool live_is_ready(void *ctx, enum cp_proc_id id)
{
	struct supervisor *s = ctx;

	return s->proc[id].ready && s->proc[id].control >= 0 && !s->stopping;
}

static void live_kill(void *ctx, enum cp_proc_id id)
{
	struct supervisor *s = ctx;

	if (s->proc[id].pid)
		kill(s->proc[id].pid, SIGKILL);
}

static void live_refused(void *ctx, const struct cp_control_refused *why)
{
	say("a change of the policy is refused: %s", why->why);
	record_refusal(ctx, why);
}

static int live_begin(struct supervisor *s)
{
	const struct cp_live_deps deps = {
		.site = s->site,
		.send = live_send,
		.is_ready = live_is_ready,
		.kill = live_kill,
		.refused = live_refused,
		.ctx = s,
	};
	struct cp_control_refused why = {.status = -EINVAL};

	if (s->site->refused[0]) {
		snprintf(why.why, sizeof(why.why), "%.*s", (int)sizeof(why.why) - 1,
		         s->site->refused);
		say("THE CONFIGURATION CANNOT BE USED: %s", why.why);
		say("going on with the last policy that was in force");
		record_refusal(s, &why);
	}
	return cp_live_new(&deps, &s->live);
}

/* ---- start ------------------------------------------------------------------------------ */

static int make_pair(int fd[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) ? -errno : 0;
}

static void close_all(int *fd, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = -1;
	}
}

/* Who runs and may talk to @id gets the other end of a new pair. */
static void introduce(struct supervisor *s, enum cp_proc_id id, const int *theirs)
{
	for (unsigned other = 0; other < CP_PROC_COUNT; other++) {
		if (theirs[other] < 0)
			continue;
		if (cp_control_send(s->proc[other].control, CP_CONTROL_PEER, id, NULL, 0,
		                    theirs[other]) == 0)
			continue;
		/* Who does not read what we say will not work again by itself. */
		say("the %s process does not answer its supervisor", cp_proc_table[other].name);
		kill(s->proc[other].pid, SIGKILL);
	}
}

static int start_proc(struct supervisor *s, enum cp_proc_id id)
{
	struct proc *p = &s->proc[id];
	struct cp_proc_start start = {
		.id = id,
		.policy = cp_live_is_first(s->live) || !cp_proc_table[id].follows_policy
	                          ? s->site->policy
	                          : NULL,
		.bundle = cp_live_bundle(s->live, cp_proc_table[id].rights & CP_HOLDS_SECRETS),
		.config_dir = s->site->config_dir,
		.runtime_dir = s->site->runtime_dir,
		.log_dir = s->site->log_dir,
		.account = s->site->account[id],
		.operator_uid = s->site->operator_uid,
		.directory = s->places.directory[id],
		.listen = s->places.door[id],
		.started_ms = s->started_ms,
		.supervisor = getpid(),
	};
	int theirs[CP_PROC_COUNT], control[2], fd[2], err;
	unsigned other;

	for (other = 0; other < CP_PROC_COUNT; other++) {
		start.peer[other] = theirs[other] = -1;
		start.restarts[other] = s->proc[other].restarts;
	}
	err = make_pair(control);
	if (err)
		return err;
	for (other = 0; other < CP_PROC_COUNT; other++) {
		if (other == id || s->proc[other].control < 0 || !cp_proc_may_talk(id, other))
			continue;
		err = make_pair(fd);
		if (err)
			goto close_pairs;
		start.peer[other] = fd[0];
		theirs[other] = fd[1];
	}
	start.control = control[0];

	p->pid = cp_spawn(&start);
	if (p->pid < 0) {
		err = (int)p->pid;
		p->pid = 0;
		goto close_pairs;
	}
	p->control = control[1];
	control[1] = -1;
	p->ready = false;
	p->started_ms = now_ms();
	p->start_at_ms = 0;
	introduce(s, id, theirs);
	if (id == CP_PROC_LOG)
		record_pending(s);
	record_start(s, id);

close_pairs:
	close_all(start.peer, CP_PROC_COUNT);
	close_all(theirs, CP_PROC_COUNT);
	close_all(control, 2);
	return err;
}

static void start_later(struct supervisor *s, enum cp_proc_id id)
{
	struct proc *p = &s->proc[id];

	if (!p->backoff_ms || now_ms() - p->started_ms > STEADY_MS)
		p->backoff_ms = BACKOFF_FIRST_MS;
	else if (p->backoff_ms < BACKOFF_MAX_MS)
		p->backoff_ms =
			p->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : p->backoff_ms * 2;
	p->start_at_ms = now_ms() + p->backoff_ms;
	p->restarts++;
}

static void start_due(struct supervisor *s)
{
	int err;

	for (unsigned id = 0; id < CP_PROC_COUNT; id++) {
		struct proc *p = &s->proc[id];

		if (s->stopping || p->pid || !p->start_at_ms || p->start_at_ms > now_ms())
			continue;
		err = start_proc(s, id);
		if (!err)
			continue;
		say("%s: cannot start: %s", cp_proc_table[id].name, strerror(-err));
		p->started_ms = now_ms();
		start_later(s, id);
	}
}

/* ---- stop -------------------------------------------------------------------------------- */

/* One after the other, the last started first: the session process still has the keys and
 * the log while it says goodbye. */
static void stop_next(struct supervisor *s)
{
	for (unsigned id = CP_PROC_COUNT; id-- > 0;) {
		struct proc *p = &s->proc[id];

		if (!p->pid)
			continue;
		s->kill_at_ms = now_ms() + GRACE_MS;
		if (p->control < 0 ||
		    cp_control_send(p->control, CP_CONTROL_STOP, 0, NULL, 0, -1))
			kill(p->pid, SIGKILL);
		return;
	}
}

static void kill_all(struct supervisor *s)
{
	for (unsigned id = 0; id < CP_PROC_COUNT; id++)
		if (s->proc[id].pid)
			kill(s->proc[id].pid, SIGKILL);
}

static void stop(struct supervisor *s, int status)
{
	if (s->stopping) {
		kill_all(s);
		return;
	}
	s->stopping = true;
	s->status = status;
	cp_notify("STOPPING=1");
	stop_next(s);
}

static bool is_any_running(const struct supervisor *s)
{
	for (unsigned id = 0; id < CP_PROC_COUNT; id++)
		if (s->proc[id].pid)
			return true;
	return false;
}

/* ---- what happens ------------------------------------------------------------------------- */

static void on_death(struct supervisor *s, enum cp_proc_id id, int status)
{
	struct proc *p = &s->proc[id];
	pid_t pid = p->pid;
	char reason[96];

	p->pid = 0;
	p->ready = false;
	if (p->control >= 0)
		close(p->control);
	p->control = -1;
	if (s->stopping) {
		stop_next(s);
		return;
	}
	cp_live_died(s->live, id, now_ms());
	if (p->is_stuck)
		snprintf(reason, sizeof(reason), "ended: its loop stood still for %u s",
		         s->site->silent_ms / 1000);
	else
		death_text(status, reason, sizeof(reason));
	record_death(s, id, pid, reason);
	if (!p->was_ready) {
		say("%s: %s before it was ready; giving up", cp_proc_table[id].name, reason);
		stop(s, EXIT_FAILURE);
		return;
	}
	start_later(s, id);
	say("%s (process %d) %s; starting it again in %u ms", cp_proc_table[id].name, pid,
	    reason, (unsigned)p->backoff_ms);
}

static void reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned id = 0; id < CP_PROC_COUNT; id++)
			if (s->proc[id].pid == pid)
				on_death(s, id, status);
}

static void on_ready(struct supervisor *s, struct proc *p)
{
	p->ready = p->was_ready = true;
	p->is_stuck = false;
	cp_live_ready(s->live, (enum cp_proc_id)(p - s->proc), now_ms());
	for (unsigned id = 0; id < CP_PROC_COUNT; id++)
		if (!s->proc[id].was_ready && cp_proc_is_wanted(id, s->site->policy))
			return;
	if (s->announced || s->stopping)
		return;
	s->announced = true;
	cp_notify("READY=1");
	say("ready");
}

static void on_control(struct supervisor *s, struct proc *p)
{
	struct cp_control_msg msg;
	int err = cp_control_receive(p->control, &msg);

	p->heard_ms = now_ms();
	if (!err && !cp_live_message(s->live, (enum cp_proc_id)(p - s->proc), &msg, now_ms())) {
		if (msg.fd >= 0)
			close(msg.fd);
		if (msg.type == CP_CONTROL_READY)
			on_ready(s, p);
	}
	if (err == -EPIPE) {
		close(p->control);
		p->control = -1;
		kill(p->pid, SIGKILL);
	}
}

/* When something here is due by itself: a silent process, the watchdog. */
static uint64_t pulse_due_ms(const struct supervisor *s)
{
	uint64_t at = s->watchdog_ms ? s->watchdog_at_ms : UINT64_MAX;

	for (unsigned id = 0; id < CP_PROC_COUNT; id++)
		if (s->proc[id].ready && !s->proc[id].is_stuck &&
		    s->proc[id].heard_ms + s->site->silent_ms < at)
			at = s->proc[id].heard_ms + s->site->silent_ms;
	return at;
}

/* A loop that does not turn any more is ended, and started again like one that died. */
static void end_silent(struct supervisor *s, uint64_t now)
{
	for (unsigned id = 0; id < CP_PROC_COUNT; id++) {
		struct proc *p = &s->proc[id];

		if (!p->pid || !p->ready || p->is_stuck ||
		    now < p->heard_ms + s->site->silent_ms)
			continue;
		say("the %s process has said nothing for %u seconds; ending it",
		    cp_proc_table[id].name, s->site->silent_ms / 1000);
		p->is_stuck = true;
		kill(p->pid, SIGKILL);
	}
}

static void pulse(struct supervisor *s)
{
	uint64_t now = now_ms();

	if (!s->stopping)
		end_silent(s, now);
	if (!s->watchdog_ms || now < s->watchdog_at_ms)
		return;
	cp_notify("WATCHDOG=1");
	s->watchdog_at_ms = now + s->watchdog_ms / 3;
}

static void on_signal(struct supervisor *s)
{
	struct signalfd_siginfo si;

	while (read(s->signals, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGCHLD)
			reap(s);
		else if (si.ssi_signo == SIGHUP)
			cp_live_touch(s->live, now_ms());
		else
			stop(s, EXIT_SUCCESS);
	}
}

static int wait_ms(const struct supervisor *s)
{
	uint64_t at = s->stopping ? s->kill_at_ms : cp_live_due_ms(s->live), now = now_ms();
	uint64_t pulse_at = pulse_due_ms(s);

	for (unsigned id = 0; id < CP_PROC_COUNT && !s->stopping; id++)
		if (s->proc[id].start_at_ms && s->proc[id].start_at_ms < at)
			at = s->proc[id].start_at_ms;
	at = pulse_at < at ? pulse_at : at;
	if (at == UINT64_MAX)
		return -1;
	return at > now ? (int)(at - now) : 0;
}

static void turn(struct supervisor *s)
{
	struct pollfd fd[CP_PROC_COUNT + 2];
	unsigned id;

	for (id = 0; id < CP_PROC_COUNT; id++)
		fd[id] = (struct pollfd){.fd = s->proc[id].control, .events = POLLIN};
	fd[CP_PROC_COUNT] = (struct pollfd){.fd = s->signals, .events = POLLIN};

	fd[CP_PROC_COUNT + 1] = (struct pollfd){.fd = cp_live_fd(s->live), .events = POLLIN};

	if (poll(fd, CP_PROC_COUNT + 2, wait_ms(s)) < 0 && errno != EINTR) {
		say("poll: %s", strerror(errno));
		kill_all(s);
	}
	for (id = 0; id < CP_PROC_COUNT; id++)
		if (fd[id].revents && fd[id].fd == s->proc[id].control)
			on_control(s, &s->proc[id]);
	on_signal(s);
	cp_live_turn(s->live, now_ms());
	pulse(s);
	if (s->stopping && now_ms() >= s->kill_at_ms) {
		kill_all(s);
		s->kill_at_ms = now_ms() + GRACE_MS;
	}
	start_due(s);
}

/* ---- set up -------------------------------------------------------------------------------- */

static int block_signals(int *out)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	*out = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *out < 0 ? -errno : 0;
}

static int begin(struct supervisor *s)
{
	char why[CP_WHY_MAX];
	int err;

	if (getrandom(&s->origin.random, sizeof(uint64_t), 0) != (ssize_t)sizeof(uint64_t))
		return -EIO;
	s->started_ms = now_ms();
	s->watchdog_ms = cp_notify_watchdog_ms();
	err = live_begin(s);
	if (!err)
		err = block_signals(&s->signals);
	if (!err) {
		err = cp_places_open(s->site, &s->places, why);
		if (err)
			say("%s", why);
	}
	if (!err && !cp_confine_landlock())
		say("this kernel has no landlock; user, no-new-privs and seccomp confine the "
		    "processes");
	for (unsigned id = 0; id < CP_PROC_COUNT && !err; id++)
		if (cp_proc_is_wanted(id, s->site->policy))
			err = start_proc(s, id);
	return err;
}

int cp_supervisor_run(const struct cp_site *site)
{
	struct supervisor *s = calloc(1, sizeof(*s));
	int err, status;

	if (!s)
		return EXIT_FAILURE;
	s->site = site;
	s->signals = -1;
	for (unsigned id = 0; id < CP_PROC_COUNT; id++)
		s->proc[id].control = -1;
	cp_places_init(&s->places);

	err = begin(s);
	if (err) {
		say("cannot start: %s", strerror(-err));
		stop(s, EXIT_FAILURE);
	}
	while (is_any_running(s))
		turn(s);

	cp_places_close(s->site, &s->places);
	close_all(&s->signals, 1);
	cp_live_free(s->live);
	status = s->status;
	free(s);
	return status;
}
