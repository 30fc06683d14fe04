/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/revision/compare.h"

#include "controlplane/policy/bundle.h"
#include "controlplane/policy/diff.h"
#include "controlplane/policy/warnings.h"

#include <stdio.h>
#include <string.h>

struct into {
	struct revision_changes *changes;
	const char *file;
};

static json_t *text_or_null(const char *text)
{
	json_t *j = text ? json_string(text) : NULL;

	return j ? j : json_null();
}

static void add(void *ctx, const struct cp_diff_line *l)
{
	struct into *into = ctx;

	json_array_append_new(into->changes->row,
	                      json_pack("{s:s, s:o, s:o, s:o}", "file", into->file, "path",
	                                text_or_null(l->path), "before",
	                                text_or_null(l->before), "after",
	                                text_or_null(l->after)));
}

static bool is_document(const char *name)
{
	return strcmp(name, "appliance.json") == 0 || strncmp(name, "tenants/", 8) == 0;
}

static bool is_beside(const char *name)
{
	return strncmp(name, "pki/", 4) == 0 || strcmp(name, "dataplane.json") == 0;
}

static bool is_same_file(const struct cp_bundle_file *a, const struct cp_bundle_file *b)
{
	return a && b && a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* Of what is not ours to read it is said that it differs. */
static void compare_beside(struct into *into, const struct cp_bundle_file *before,
                           const struct cp_bundle_file *after)
{
	const struct cp_diff_line l = {"", before ? "a file" : NULL,
	                               after ? before ? "another" : "a file" : NULL};

	if (is_same_file(before, after))
		return;
	if (into->changes->n++ < REVISION_CHANGES_MAX)
		add(into, &l);
}

static void compare_file(struct revision_changes *out, const char *name,
                         const struct cp_bundle_file *before,
                         const struct cp_bundle_file *after)
{
	struct into into = {out, name};
	size_t room = out->n < REVISION_CHANGES_MAX ? REVISION_CHANGES_MAX - out->n : 0;

	if (is_beside(name))
		compare_beside(&into, before, after);
	else if (!is_same_file(before, after))
		out->n += cp_diff(before ? before->at : NULL, before ? before->len : 0,
		                  after ? after->at : NULL, after ? after->len : 0, room, add,
		                  &into);
}

void revision_compare(const struct cp_bundle *before, const struct cp_bundle *after,
                      bool documents_only, struct revision_changes *out)
{
	size_t n = cp_bundle_count(before), m = cp_bundle_count(after), i = 0, k = 0;

	*out = (struct revision_changes){.row = json_array()};
	/* Both are sorted by name. */
	while (i < n || k < m) {
		const struct cp_bundle_file *a = cp_bundle_at(before, i);
		const struct cp_bundle_file *b = cp_bundle_at(after, k);
		int order = !a ? 1 : !b ? -1 : strcmp(a->name, b->name);
		const char *name = order <= 0 ? a->name : b->name;

		i += order <= 0;
		k += order >= 0;
		if (is_document(name) || (!documents_only && is_beside(name)))
			compare_file(out, name, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
	}
}

void revision_changes_fini(struct revision_changes *c)
{
	json_decref(c->row);
	*c = (struct revision_changes){0};
}

bool revision_is_same(const struct cp_bundle *a, const struct cp_bundle *b)
{
	size_t n = 0, m = 0;

	for (size_t i = 0; i < cp_bundle_count(a); i++) {
		const struct cp_bundle_file *f = cp_bundle_at(a, i);

		if (!is_document(f->name))
			continue;
		n++;
		if (!is_same_file(f, cp_bundle_find(b, f->name)))
			return false;
	}
	for (size_t i = 0; i < cp_bundle_count(b); i++)
		m += is_document(cp_bundle_at(b, i)->name);
	return n == m;
}

/* ---- warnings --------------------------------------------------------------------------------- */

json_t *revision_warnings(const struct cp_policy *p, const struct revision_changes *c)
{
	json_t *out = json_array(), *row;
	size_t i;

	for (uint32_t k = 0; p && k < p->n_warning; k++)
		json_array_append_new(out,
		                      json_sprintf("%s: %s: %s", p->warning[k].file,
		                                   p->warning[k].path, p->warning[k].text));
	json_array_foreach (c->row, i, row) {
		const char *file = json_string_value(json_object_get(row, "file"));

		if (file && strcmp(file, "dataplane.json") == 0)
			json_array_append_new(out, json_sprintf("%s: in force when the data "
			                                        "plane is started again",
			                                        file));
	}
	return out;
}
