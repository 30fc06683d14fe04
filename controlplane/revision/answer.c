/* SPDX-License-Identifier: Apache-2.0 */

/*
 * answer - what the desk knows, as lines of JSON.
 *
 * Thread   the loop's
 */

#include "controlplane/policy/bundle.h"
#include "controlplane/revision/desk_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *line_of(json_t *take_root)
{
	char *body = take_root ? json_dumps(take_root, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	char *line = NULL;

	json_decref(take_root);
	if (body && asprintf(&line, "%s\n", body) < 0)
		line = NULL;
	free(body);
	return line;
}

char *answer_error(const char *text)
{
	return line_of(json_pack("{s:s}", "error", text));
}

static json_t *hex(uint64_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%016" PRIx64, n);
	return json_string(text);
}

/* Texts of ours that somebody else's words may stand in. */
static json_t *text(const char *t)
{
	json_t *j = json_string(t);

	return j ? j : json_string("?");
}

static json_t *refusal(const struct cp_policy_error *e, const char *why)
{
	char whole[sizeof(*e) + 64];

	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o}", "file", text(e->file), "path", text(e->path),
		"found", text(e->found), "expected", text(e->expected), "text",
		text(e->file[0] ? cp_policy_error_text(e, whole, sizeof(whole)) : why));
}

char *answer_refused(const struct cp_policy_error *error, const char *why)
{
	return line_of(
		json_pack("{s:s, s:o}", "state", "refused", "refused", refusal(error, why)));
}

char *answer_changed(const struct revision_desk *d, const char *state,
                     const struct candidate *c, const char *trouble)
{
	json_t *warnings = revision_warnings(c->policy, &c->changes);

	if (trouble)
		json_array_append_new(warnings, text(trouble));
	return line_of(json_pack("{s:s, s:I, s:O, s:I, s:o}", "state", state, "sequence",
	                         (json_int_t)d->last.sequence, "changes", c->changes.row,
	                         "changes_total", (json_int_t)c->changes.n, "warnings",
	                         warnings));
}

char *answer_diff(const struct cp_bundle *before, const struct cp_bundle *after,
                  bool documents_only)
{
	struct revision_changes c;
	char *line;

	revision_compare(before, after, documents_only, &c);
	line = line_of(
		json_pack("{s:O, s:I}", "changes", c.row, "changes_total", (json_int_t)c.n));
	revision_changes_fini(&c);
	return line;
}

static json_t *revision_row(const struct cp_revision *r)
{
	return json_pack("{s:I, s:o, s:I, s:o, s:o, s:o, s:o}", "sequence",
	                 (json_int_t)r->sequence, "revision", hex(r->revision), "time",
	                 (json_int_t)r->time_s, "by", text(r->by), "claimed", text(r->claimed),
	                 "how", text(r->how), "message", text(r->message));
}

char *answer_history(const struct revision_desk *d, uint64_t count)
{
	json_t *rows = json_array();
	size_t n = cp_history_count(d->deps.history);

	for (size_t i = 0; i < n && (!count || i < count); i++)
		json_array_append_new(rows, revision_row(cp_history_at(d->deps.history, i)));
	return line_of(json_pack("{s:o, s:I, s:I}", "revisions", rows, "total", (json_int_t)n,
	                         "in_force", (json_int_t)d->last.sequence));
}

char *answer_show(const struct cp_revision *r, const struct cp_bundle *b)
{
	json_t *row = revision_row(r), *documents = json_object();

	for (size_t i = 0; i < cp_bundle_count(b); i++) {
		const struct cp_bundle_file *f = cp_bundle_at(b, i);

		if (strcmp(f->name, CP_NUMBERS_FILE))
			json_object_set_new(documents, f->name, json_stringn(f->at, f->len));
	}
	json_object_set_new(row, "documents", documents);
	return line_of(row);
}

char *answer_status(const struct revision_desk *d)
{
	const struct job *j;
	unsigned waiting = 0;
	json_t *root = revision_row(&d->last);

	TAILQ_FOREACH (j, &d->jobs, next)
		waiting += j->request.command == REVISION_APPLY ||
		           j->request.command == REVISION_ROLLBACK;
	json_object_set_new(root, "revision", hex(d->policy->revision));
	json_object_set_new(root, "tenants", json_integer(d->policy->n_tenant));
	json_object_set_new(root, "revisions",
	                    json_integer((json_int_t)cp_history_count(d->deps.history)));
	json_object_set_new(root, "changes_waiting", json_integer(waiting));
	if (d->refusal.time_s) {
		json_t *r = refusal(&d->refusal.error, d->refusal.why);

		json_object_set_new(r, "time", json_integer(d->refusal.time_s));
		json_object_set_new(root, "directory_refused", r);
	}
	return line_of(root);
}
