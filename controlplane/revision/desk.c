/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/revision/desk.h"

#include "controlplane/door/door.h"
#include "controlplane/policy/bundle.h"
#include "controlplane/revision/desk_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct job *desk_job(struct revision_desk *d, uint32_t number)
{
	struct job *j;

	TAILQ_FOREACH (j, &d->jobs, next)
		if (j->number == number)
			return j;
	return NULL;
}

static bool is_change(const struct job *j)
{
	return j->request.command == REVISION_APPLY || j->request.command == REVISION_ROLLBACK;
}

static void start(struct revision_desk *d, struct job *j);

/* The next change, when no other is on its way. */
static void start_next(struct revision_desk *d)
{
	struct job *j, *next = NULL;

	TAILQ_FOREACH (j, &d->jobs, next) {
		if (is_change(j) && j->state != JOB_QUEUED)
			return;
		if (is_change(j) && !next)
			next = j;
	}
	if (next)
		start(d, next);
}

void desk_finish(struct revision_desk *d, struct job *take_job, char *take_line)
{
	bool was_change = is_change(take_job);

	TAILQ_REMOVE(&d->jobs, take_job, next);
	if (take_job->guest)
		cp_door_answer(take_job->guest, take_line);
	else
		free(take_line);
	revision_request_fini(&take_job->request);
	free(take_job);
	if (was_change)
		start_next(d);
}

static void finish_refused(struct revision_desk *d, struct job *j,
                           const struct cp_policy_error *error, const char *why)
{
	if (is_change(j) && !j->request.dry_run)
		journal_refused(d, j, error, why);
	desk_finish(d, j, answer_refused(error, why));
}

static void finish_errno(struct revision_desk *d, struct job *j, const char *what, int err)
{
	const struct cp_policy_error nothing = {0};
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(-err));
	finish_refused(d, j, &nothing, text);
}

/* ---- ask the supervisor ----------------------------------------------------------------------- */

static int say(struct revision_desk *d, struct job *j, enum cp_control_type type, int fd)
{
	return d->deps.say(d->deps.ctx, type, j->number, NULL, 0, fd);
}

static void start(struct revision_desk *d, struct job *j)
{
	int err = say(d, j, CP_CONTROL_READ, -1);

	j->state = JOB_READING;
	if (err)
		finish_errno(d, j, "the supervisor cannot be asked", err);
}

/* ---- a candidate for a job --------------------------------------------------------------------- */

/* @fd  filled with the bundle to propose; -1: the directory is meant
 * returns 0, or -errno with @c->error or a sentence in @why */
static int put_together(struct revision_desk *d, const struct job *j, struct cp_bundle *beside,
                        int *fd, char why[256])
{
	const struct revision_request *r = &j->request;
	struct cp_bundle *former;
	int documents, err;

	*fd = -1;
	if (r->command != REVISION_ROLLBACK)
		return r->documents ? candidate_of_request(d->in_force, beside, r->documents,
		                                           r->whole, fd)
		                    : 0;
	err = cp_history_documents(d->deps.history, r->sequence, &documents);
	if (err) {
		snprintf(why, 256, "revision %llu %s", (unsigned long long)r->sequence,
		         err == -ENOENT ? "is not kept; sekishoctl policy history lists those "
		                          "that are"
		                        : strerror(-err));
		return err;
	}
	err = cp_bundle_open(documents, &former);
	close(documents);
	if (err)
		return err;
	err = candidate_of_revision(d->in_force, beside, former, fd);
	cp_bundle_close(former);
	return err;
}

/* Begin what was checked. @fd  as put_together() left it */
static void run(struct revision_desk *d, struct job *j, int fd)
{
	int err = say(d, j, fd < 0 ? CP_CONTROL_TAKE : CP_CONTROL_PROPOSE, fd);

	j->state = JOB_RUNNING;
	j->sequence = d->last.sequence;
	if (err)
		finish_errno(d, j, "the supervisor cannot be asked", err);
}

static bool is_base_gone(struct revision_desk *d, struct job *j)
{
	const struct cp_policy_error nothing = {0};
	char why[160];

	if (!j->request.base || j->request.base == d->last.sequence)
		return false;
	snprintf(why, sizeof(why),
	         "revision %llu is in force, not %llu: somebody was faster. Look at "
	         "sekishoctl policy diff %llu, then try again",
	         (unsigned long long)d->last.sequence, (unsigned long long)j->request.base,
	         (unsigned long long)j->request.base);
	finish_refused(d, j, &nothing, why);
	return true;
}

/* check, apply, rollback: with what stands in the directory now. */
static void look_and_run(struct revision_desk *d, struct job *j, struct cp_bundle *take_b)
{
	struct cp_policy_error nothing = {0};
	struct candidate c = {0};
	char why[256] = "";
	int fd, err;

	if (is_base_gone(d, j)) {
		cp_bundle_close(take_b);
		return;
	}
	err = put_together(d, j, take_b, &fd, why);
	if (!err && fd >= 0) {
		cp_bundle_close(take_b);
		take_b = NULL;
		err = cp_bundle_open(fd, &take_b);
	}
	if (err) {
		cp_bundle_close(take_b);
		if (why[0])
			finish_refused(d, j, &nothing, why);
		else
			finish_errno(d, j, "the documents cannot be put together", err);
	} else if (candidate_look(&c, d->in_force, d->policy, take_b)) {
		finish_refused(d, j, &c.error, "");
	} else if (is_change(j) && !j->request.dry_run) {
		run(d, j, fd);
	} else {
		desk_finish(d, j, answer_changed(d, "checked", &c, NULL));
	}
	candidate_fini(&c);
	if (fd >= 0)
		close(fd);
}

/* ---- diff --------------------------------------------------------------------------------------- */

/* NULL after the answer */
static struct cp_bundle *revision_bundle(struct revision_desk *d, struct job *j, uint64_t n)
{
	struct cp_bundle *b = NULL;
	char why[160];
	int fd, err = cp_history_documents(d->deps.history, n, &fd);

	if (!err) {
		err = cp_bundle_open(fd, &b);
		close(fd);
	}
	if (!err)
		return b;
	snprintf(why, sizeof(why), "revision %llu %s", (unsigned long long)n,
	         err == -ENOENT ? "is not kept; sekishoctl policy history lists those that are"
	                        : "cannot be read");
	desk_finish(d, j, answer_error(why));
	return NULL;
}

static void diff_revisions(struct revision_desk *d, struct job *j)
{
	struct cp_bundle *from = revision_bundle(d, j, j->request.from), *to = NULL;

	if (!from)
		return;
	if (j->request.to)
		to = revision_bundle(d, j, j->request.to);
	if (to || !j->request.to)
		desk_finish(d, j, answer_diff(from, to ? to : d->in_force, true));
	cp_bundle_close(to);
	cp_bundle_close(from);
}

static void diff_directory(struct revision_desk *d, struct job *j, struct cp_bundle *take_b)
{
	char why[256] = "";
	struct cp_bundle *b;
	int fd, err = put_together(d, j, take_b, &fd, why);

	if (!err && fd >= 0) {
		err = cp_bundle_open(fd, &b);
		close(fd);
		if (!err) {
			cp_bundle_close(take_b);
			take_b = b;
		}
	}
	if (err)
		finish_errno(d, j, "the documents cannot be put together", err);
	else
		desk_finish(d, j, answer_diff(d->in_force, take_b, false));
	cp_bundle_close(take_b);
}

void desk_directory(struct revision_desk *d, struct job *j, struct cp_bundle *take_b,
                    const struct cp_control_refused *why)
{
	if (!take_b)
		finish_refused(d, j, &why->error, why->why);
	else if (j->request.command == REVISION_DIFF)
		diff_directory(d, j, take_b);
	else
		look_and_run(d, j, take_b);
}

/* ---- requests ------------------------------------------------------------------------------------ */

static void show(struct revision_desk *d, struct job *j)
{
	const uint64_t n = j->request.sequence;
	struct cp_bundle *b = revision_bundle(d, j, n);

	if (!b)
		return;
	desk_finish(d, j, answer_show(cp_history_find(d->deps.history, n), b));
	cp_bundle_close(b);
}

/* A job that is not answered at once has called cp_door_hold(). */
static void begin(struct revision_desk *d, struct job *j)
{
	switch (j->request.command) {
	case REVISION_HISTORY:
		desk_finish(d, j, answer_history(d, j->request.count));
		break;
	case REVISION_STATUS:
		desk_finish(d, j, answer_status(d));
		break;
	case REVISION_SHOW:
		show(d, j);
		break;
	case REVISION_APPLY:
	case REVISION_ROLLBACK:
		cp_door_hold(j->guest);
		start_next(d);
		break;
	default:
		if (j->request.from) {
			diff_revisions(d, j);
			break;
		}
		cp_door_hold(j->guest);
		start(d, j);
		break;
	}
}

void revision_desk_ask(void *ctx, struct cp_door_guest *g, const char *line, size_t len)
{
	struct job *j = calloc(1, sizeof(*j));
	char fault[REVISION_FAULT_MAX];
	struct revision_desk *d = ctx;

	if (!j || revision_request_parse(line, len, &j->request, fault)) {
		cp_door_answer(g, answer_error(j ? fault : "out of memory"));
		free(j);
		return;
	}
	j->guest = g;
	j->number = ++d->number ? d->number : ++d->number;
	snprintf(j->by, sizeof(j->by), "%s", cp_door_name(g));
	j->is_root = cp_door_uid(g) == 0;
	TAILQ_INSERT_TAIL(&d->jobs, j, next);
	begin(d, j);
}

/* What he asked for and is on its way goes on; what waits does not begin. */
void revision_desk_gone(void *ctx, struct cp_door_guest *g)
{
	struct revision_desk *d = ctx;
	struct job *j;

	TAILQ_FOREACH (j, &d->jobs, next)
		if (j->guest == g)
			break;
	if (!j)
		return;
	j->guest = NULL;
	if (j->state == JOB_QUEUED)
		desk_finish(d, j, NULL);
}

/* ---- life ---------------------------------------------------------------------------------------- */

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

/* What is in force and is not the last revision: the program was started with it. */
static int reconcile(struct revision_desk *d)
{
	struct cp_revision r = {
		.revision = d->policy->revision, .time_s = now_s(), .how = "start"};
	const struct cp_revision *last = cp_history_at(d->deps.history, 0);
	struct cp_bundle *b;
	bool is_same = false;
	int fd;

	if (last && cp_history_documents(d->deps.history, last->sequence, &fd) == 0) {
		if (cp_bundle_open(fd, &b) == 0) {
			is_same = revision_is_same(b, d->in_force);
			cp_bundle_close(b);
		}
		close(fd);
	}
	if (is_same) {
		d->last = *last;
		return 0;
	}
	d->last = r;
	return cp_history_add(d->deps.history, &d->last, d->in_force);
}

int revision_desk_new(const struct revision_desk_deps *deps, struct revision_desk **out)
{
	struct revision_desk *d = calloc(1, sizeof(*d));
	struct cp_policy_error error;
	int err = -ENOMEM;

	if (!d)
		return err;
	d->deps = *deps;
	TAILQ_INIT(&d->jobs);
	/* The supervisor may still know a number of the process before. */
	d->number = (uint32_t)now_s() << 8;
	err = cp_bundle_open(deps->bundle, &d->in_force);
	if (!err)
		err = cp_policy_from_bundle(d->in_force, &d->policy, &error);
	if (err) {
		revision_desk_free(d);
		return err;
	}
	err = reconcile(d);
	if (err) {
		const struct cp_policy_error nothing = {0};
		char why[160];

		d->last.sequence = 0;
		snprintf(why, sizeof(why), "the revision in force cannot be written down: %s",
		         strerror(-err));
		journal_refused(d, NULL, &nothing, why);
	}
	*out = d;
	return 0;
}

void revision_desk_free(struct revision_desk *d)
{
	struct job *j;

	if (!d)
		return;
	while ((j = TAILQ_FIRST(&d->jobs))) {
		TAILQ_REMOVE(&d->jobs, j, next);
		revision_request_fini(&j->request);
		free(j);
	}
	candidate_fini(&d->candidate);
	cp_policy_free(d->policy);
	cp_bundle_close(d->in_force);
	free(d);
}
