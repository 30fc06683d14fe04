/* SPDX-License-Identifier: Apache-2.0 */

/*
 * journal - what the logs hear of changes: operator.log who changed which value from what to
 * what, system.log why a directory cannot be taken up.
 *
 * Thread   the loop's
 */

#include "controlplane/log/log.h"
#include "controlplane/revision/desk_parts.h"

#include <stdio.h>

enum {
	LINES_MAX = 200, /* of one change; then one with the number of the others */
};

static void add_who(struct event_record *r, const struct job *job)
{
	char command[32];

	if (!job) {
		event_text(r, EK_OPERATOR, "(whoever wrote into the directory)");
		event_text(r, EK_COMMAND, "directory");
		return;
	}
	event_text(r, EK_OPERATOR, job->by);
	if (job->request.claimed[0])
		event_text(r, EK_CLAIMED, job->request.claimed);
	snprintf(command, sizeof(command), "policy %s",
	         revision_command_name(job->request.command));
	event_text(r, EK_COMMAND, command);
}

static const char *text_in(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static void change_line(struct revision_desk *d, const struct job *job, const char *object,
                        const char *before, const char *after)
{
	struct event_record r;

	cp_log_begin(d->deps.log, &r, EV_OPERATOR_CHANGE);
	add_who(&r, job);
	event_text(&r, EK_OBJECT, object);
	event_text(&r, EK_BEFORE, before);
	event_text(&r, EK_AFTER, after);
	event_number(&r, EK_REVISION, d->policy->revision);
	cp_log_send(d->deps.log, &r);
}

void journal_applied(struct revision_desk *d, const struct job *job, const struct candidate *c)
{
	char object[600];
	json_t *row;
	size_t i;

	json_array_foreach (c->changes.row, i, row) {
		const char *path = text_in(row, "path");

		if (i == LINES_MAX)
			break;
		snprintf(object, sizeof(object), "%s%s%s", text_in(row, "file"),
		         path && *path ? ": " : "", path ? path : "");
		change_line(d, job, object, text_in(row, "before"), text_in(row, "after"));
	}
	if (c->changes.n <= LINES_MAX)
		return;
	snprintf(object, sizeof(object), "and %zu values more: sekishoctl policy show %llu",
	         c->changes.n - LINES_MAX, (unsigned long long)d->last.sequence);
	change_line(d, job, object, NULL, NULL);
}

/* Where and what it was; short, because what was expected stands beside it. */
static void add_reason(struct event_record *r, const struct cp_policy_error *error,
                       const char *why)
{
	char text[sizeof(error->path) + sizeof(error->found) + 16];

	if (!error->file[0]) {
		event_text(r, EK_REASON, why);
		return;
	}
	snprintf(text, sizeof(text), "%s%sfound %s", error->path, error->path[0] ? ": " : "",
	         error->found);
	event_text(r, EK_REASON, text);
	event_text(r, EK_EXPECTED, error->expected);
}

static void operator_refused(struct revision_desk *d, const struct job *job,
                             const struct cp_policy_error *error, const char *why)
{
	struct event_record r;

	cp_log_begin(d->deps.log, &r, EV_OPERATOR_REFUSED);
	add_who(&r, job);
	if (error->file[0])
		event_text(&r, EK_OBJECT, error->file);
	add_reason(&r, error, why);
	cp_log_send(d->deps.log, &r);
}

void journal_refused(struct revision_desk *d, const struct job *job,
                     const struct cp_policy_error *error, const char *why)
{
	struct event_record r;

	if (job) {
		operator_refused(d, job, error, why);
		return;
	}
	cp_log_begin(d->deps.log, &r, EV_POLICY_REFUSED);
	if (error->file[0])
		event_text(&r, EK_FILE, error->file);
	add_reason(&r, error, why);
	cp_log_send(d->deps.log, &r);
}
