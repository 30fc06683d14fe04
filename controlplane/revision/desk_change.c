/* SPDX-License-Identifier: Apache-2.0 */

/*
 * desk_change - the supervisor's questions to the policy process: is this sound, write down
 * that it is in force, hear that it is not.
 *
 * Walk     proc/live.c -> proc/control.c -> [revision/desk_change] -> candidate.c, journal.c
 * Thread   the loop's
 */

#include "controlplane/policy/bundle.h"
#include "controlplane/policy/numbers.h"
#include "controlplane/revision/desk_parts.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- answers to the supervisor ---------------------------------------------------------------- */

static void verdict(struct revision_desk *d, uint32_t change, int status, const char *why,
                    int fd)
{
	struct cp_control_verdict v = {.status = status};

	snprintf(v.why, sizeof(v.why), "%s", why ? why : "");
	(void)d->deps.say(d->deps.ctx, CP_CONTROL_VERDICT, change, &v, sizeof(v), fd);
}

static int numbers_of(const struct cp_policy *p, int *fd)
{
	struct cp_bundle_file f = {.name = CP_NUMBERS_FILE};
	char *text;
	int err = cp_numbers_write(p->numbers, &text);

	if (err)
		return err;
	f.at = text;
	f.len = strlen(text);
	err = cp_bundle_make(&f, 1, fd);
	free(text);
	return err;
}

static bool open_bundle(const struct cp_control_msg *msg, struct cp_bundle **out)
{
	return msg->fd >= 0 && cp_bundle_open(msg->fd, out) == 0;
}

static uint32_t wish_of(const struct cp_control_msg *msg)
{
	struct cp_control_origin origin = {0};

	if (msg->len == sizeof(origin))
		memcpy(&origin, &msg->body, sizeof(origin));
	return origin.wish;
}

/* ---- is it sound? ------------------------------------------------------------------------------ */

/* Documents that were put together from others than those in force would undo what came
 * between. */
static bool is_stale(const struct revision_desk *d, uint32_t wish)
{
	const struct job *j = wish ? desk_job((struct revision_desk *)d, wish) : NULL;

	return j && j->sequence != d->last.sequence;
}

/* As whom processes run, and which directory is given to one of them: who says that says
 * what root does at the next start. */
static bool moves_rights(const struct cp_appliance *a, const struct cp_appliance *b)
{
	static const size_t fields[] = {
		offsetof(struct cp_appliance, session_user),
		offsetof(struct cp_appliance, keys_user),
		offsetof(struct cp_appliance, log_user),
		offsetof(struct cp_appliance, policy_user),
		offsetof(struct cp_appliance, metrics_user),
		offsetof(struct cp_appliance, syslog_user),
		offsetof(struct cp_appliance, operator_user),
		offsetof(struct cp_appliance, scraper_user),
		offsetof(struct cp_appliance, log_directory),
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp((const char *)a + fields[i], (const char *)b + fields[i]))
			return true;
	return false;
}

/* What root writes into the directory comes into force without a wish. */
static bool may_not(struct revision_desk *d, uint32_t wish, const struct candidate *c)
{
	const struct job *j = wish ? desk_job(d, wish) : NULL;

	return j && !j->is_root && d->policy &&
	       moves_rights(&d->policy->appliance, &c->policy->appliance);
}

static void on_check(struct revision_desk *d, const struct cp_control_msg *msg)
{
	char text[sizeof(d->candidate.error) + 64];
	struct candidate *c = &d->candidate;
	struct cp_bundle *b;
	int err, numbers;

	candidate_fini(c);
	d->checked = 0;
	if (!open_bundle(msg, &b)) {
		verdict(d, msg->value, -EBADMSG, "the bundle cannot be read", -1);
		return;
	}
	d->checked = msg->value;
	err = candidate_look(c, d->in_force, d->policy, b);
	if (err) {
		verdict(d, msg->value, err, cp_policy_error_text(&c->error, text, sizeof(text)),
		        -1);
		return;
	}
	if (is_stale(d, wish_of(msg))) {
		verdict(d, msg->value, -ESTALE, "the policy changed meanwhile: try again", -1);
		return;
	}
	if (may_not(d, wish_of(msg), c)) {
		verdict(d, msg->value, -EPERM,
		        "appliance.json: $.accounts or $.log_directory changes, which decide "
		        "whose rights processes have: only root may bring that into force",
		        -1);
		return;
	}
	err = numbers_of(c->policy, &numbers);
	verdict(d, msg->value, err, err ? strerror(-err) : NULL, err ? -1 : numbers);
	if (!err)
		close(numbers);
}

/* ---- in force ----------------------------------------------------------------------------------- */

static void fill_revision(const struct job *j, const struct cp_policy *p,
                          struct cp_revision *out)
{
	*out = (struct cp_revision){.revision = p->revision, .time_s = (int64_t)time(NULL)};
	snprintf(out->how, sizeof(out->how), "%s",
	         j ? revision_command_name(j->request.command) : "directory");
	if (!j)
		return;
	snprintf(out->by, sizeof(out->by), "%s", j->by);
	snprintf(out->claimed, sizeof(out->claimed), "%s", j->request.claimed);
	if (j->request.message[0])
		snprintf(out->message, sizeof(out->message), "%s", j->request.message);
	else if (j->request.command == REVISION_ROLLBACK)
		snprintf(out->message, sizeof(out->message), "to revision %llu",
		         (unsigned long long)j->request.sequence);
}

/* The candidate is in force. returns 0, -errno of writing it down */
static int keep(struct revision_desk *d, const struct job *j, struct candidate *c)
{
	bool is_new = !revision_is_same(d->in_force, c->bundle);
	struct cp_revision r;
	int err = 0;

	fill_revision(j, c->policy, &r);
	if (is_new) {
		err = cp_history_add(d->deps.history, &r, c->bundle);
		if (err)
			r.sequence = 0;
		d->last = r;
	}
	cp_bundle_close(d->in_force);
	cp_policy_free(d->policy);
	d->in_force = c->bundle;
	d->policy = c->policy;
	c->bundle = NULL;
	d->refusal = (struct refusal){0};
	journal_applied(d, j, c);
	return err;
}

static void answer_job(struct revision_desk *d, struct job *j, struct candidate *c, int err)
{
	char trouble[160];

	if (!j)
		return;
	snprintf(trouble, sizeof(trouble), "it could not be written down as a revision: %s",
	         strerror(-err));
	c->policy = d->policy;
	desk_finish(d, j,
	            answer_changed(d, c->changes.n ? "in force" : "unchanged", c,
	                           err ? trouble : NULL));
}

static void on_in_force(struct revision_desk *d, const struct cp_control_msg *msg)
{
	struct job *j = desk_job(d, wish_of(msg));
	struct candidate c = {0};
	struct cp_bundle *b;
	int err;

	if (!open_bundle(msg, &b) || candidate_look(&c, d->in_force, d->policy, b)) {
		/* It came from us, or from the program's start: there is no memory. */
		candidate_fini(&c);
		verdict(d, msg->value, -EBADMSG, "the bundle cannot be read", -1);
		/* Others wait for this job's end. */
		if (j)
			desk_finish(
				d, j,
				answer_error("it is in force, but could not be written down "
			                     "as a revision"));
		return;
	}
	candidate_fini(&d->candidate);
	err = keep(d, j, &c);
	verdict(d, msg->value, err, err ? strerror(-err) : NULL, -1);
	c.policy = NULL;
	answer_job(d, j, &c, err);
	c.policy = NULL;
	candidate_fini(&c);
}

/* ---- not in force ------------------------------------------------------------------------------- */

static void take_refused(const struct cp_control_msg *msg, struct cp_control_refused *out)
{
	*out = (struct cp_control_refused){.status = -EBADMSG};
	if (msg->len == sizeof(*out))
		memcpy(out, &msg->body, sizeof(*out));
	out->error.file[sizeof(out->error.file) - 1] = '\0';
	out->error.path[sizeof(out->error.path) - 1] = '\0';
	out->error.found[sizeof(out->error.found) - 1] = '\0';
	out->error.expected[sizeof(out->error.expected) - 1] = '\0';
	out->why[sizeof(out->why) - 1] = '\0';
}

static void on_refused(struct revision_desk *d, const struct cp_control_msg *msg)
{
	struct cp_control_refused r;
	struct job *j;

	take_refused(msg, &r);
	j = r.wish ? desk_job(d, r.wish) : NULL;
	/* It was us: we know more. */
	if (d->checked && d->checked == msg->value && d->candidate.error.file[0])
		r.error = d->candidate.error;
	journal_refused(d, j, &r.error, r.why);
	if (!j) {
		d->refusal = (struct refusal){.time_s = (int64_t)time(NULL), .error = r.error};
		memcpy(d->refusal.why, r.why, sizeof(r.why));
	}
	candidate_fini(&d->candidate);
	d->checked = 0;
	if (j)
		desk_finish(d, j, answer_refused(&r.error, r.why));
}

static void on_directory(struct revision_desk *d, const struct cp_control_msg *msg)
{
	struct job *j = desk_job(d, msg->value);
	struct cp_control_refused r;
	struct cp_bundle *b = NULL;

	if (!j || j->state != JOB_READING)
		return;
	take_refused(msg, &r);
	if (!open_bundle(msg, &b) && !r.why[0])
		snprintf(r.why, sizeof(r.why), "the directory's bundle cannot be read");
	desk_directory(d, j, b, &r);
}

void revision_desk_change(void *ctx, const struct cp_control_msg *msg)
{
	struct revision_desk *d = ctx;

	if (msg->type == CP_CONTROL_CHECK)
		on_check(d, msg);
	else if (msg->type == CP_CONTROL_IN_FORCE)
		on_in_force(d, msg);
	else if (msg->type == CP_CONTROL_REFUSED)
		on_refused(d, msg);
	else if (msg->type == CP_CONTROL_DIRECTORY)
		on_directory(d, msg);
	if (msg->fd >= 0)
		close(msg->fd);
}
