/* SPDX-License-Identifier: Apache-2.0 */

/*
 * candidate - documents put together and looked at, before anybody is asked to run them.
 *
 * Walk     desk.c -> [revision/candidate] -> policy/from_bundle.c
 * Thread   the loop's
 */

#include "controlplane/policy/bundle.h"
#include "controlplane/policy/warnings.h"
#include "controlplane/proc/stage.h"
#include "controlplane/revision/desk_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int candidate_look(struct candidate *c, const struct cp_bundle *in_force,
                   const struct cp_policy *former, struct cp_bundle *take_bundle)
{
	int err;

	*c = (struct candidate){.bundle = take_bundle};
	err = cp_policy_from_bundle(take_bundle, &c->policy, &c->error);
	if (!err)
		err = cp_policy_warn_changes(c->policy, former);
	if (!err)
		revision_compare(in_force, take_bundle, false, &c->changes);
	return err;
}

void candidate_fini(struct candidate *c)
{
	cp_bundle_close(c->bundle);
	cp_policy_free(c->policy);
	revision_changes_fini(&c->changes);
	*c = (struct candidate){0};
}

/* ---- put together ------------------------------------------------------------------------------ */

static bool is_document(const char *name)
{
	return strcmp(name, "appliance.json") == 0 || strncmp(name, "tenants/", 8) == 0;
}

struct mark {
	char name[CP_BUNDLE_NAME_MAX];
};

struct list {
	size_t n, n_mark;
	struct cp_bundle_file *file;
	struct mark *mark;
};

static int list_init(struct list *l, size_t room)
{
	*l = (struct list){
		.file = calloc(room * 2 + 1, sizeof(*l->file)),
		.mark = calloc(room + 1, sizeof(*l->mark)),
	};
	return l->file && l->mark ? 0 : -ENOMEM;
}

static void list_fini(struct list *l)
{
	free(l->file);
	free(l->mark);
}

static void add(struct list *l, const char *name, const char *at, size_t len)
{
	l->file[l->n++] = (struct cp_bundle_file){name, at, len};
}

/* It is to be written into the directory, or taken out there. */
static void add_mark(struct list *l, const char *name)
{
	struct mark *m = &l->mark[l->n_mark++];

	snprintf(m->name, sizeof(m->name), "%s%s", CP_STAGE_GIVEN, name);
	add(l, m->name, "", 0);
}

static void add_beside(struct list *l, const struct cp_bundle *beside,
                       const struct cp_bundle *in_force)
{
	for (size_t i = 0; i < cp_bundle_count(beside); i++) {
		const struct cp_bundle_file *f = cp_bundle_at(beside, i);

		if (!is_document(f->name) && strcmp(f->name, CP_NUMBERS_FILE))
			add(l, f->name, f->at, f->len);
	}
	for (size_t i = 0; i < cp_bundle_count(in_force); i++) {
		const struct cp_bundle_file *f = cp_bundle_at(in_force, i);

		if (strcmp(f->name, CP_NUMBERS_FILE) == 0)
			add(l, f->name, f->at, f->len);
	}
}

int candidate_of_request(const struct cp_bundle *in_force, const struct cp_bundle *beside,
                         const json_t *documents, bool whole, int *fd)
{
	const char *name;
	struct list l;
	json_t *text;
	int err = list_init(&l, cp_bundle_count(in_force) + cp_bundle_count(beside) +
	                                json_object_size(documents));

	if (err)
		goto done;
	add_beside(&l, beside, in_force);
	for (size_t i = 0; i < cp_bundle_count(in_force); i++) {
		const struct cp_bundle_file *f = cp_bundle_at(in_force, i);

		if (!is_document(f->name) || json_object_get(documents, f->name))
			continue;
		if (whole)
			add_mark(&l, f->name);
		else
			add(&l, f->name, f->at, f->len);
	}
	json_object_foreach ((json_t *)documents, name, text) {
		add_mark(&l, name);
		if (json_is_string(text))
			add(&l, name, json_string_value(text), json_string_length(text));
	}
	err = cp_bundle_make(l.file, l.n, fd);
done:
	list_fini(&l);
	return err;
}

int candidate_of_revision(const struct cp_bundle *in_force, const struct cp_bundle *beside,
                          const struct cp_bundle *former, int *fd)
{
	struct list l;
	int err = list_init(&l, cp_bundle_count(in_force) + cp_bundle_count(beside) +
	                                cp_bundle_count(former));

	if (err)
		goto done;
	add_beside(&l, beside, in_force);
	for (size_t i = 0; i < cp_bundle_count(former); i++) {
		const struct cp_bundle_file *f = cp_bundle_at(former, i);

		if (!is_document(f->name))
			continue;
		add(&l, f->name, f->at, f->len);
		add_mark(&l, f->name);
	}
	for (size_t i = 0; i < cp_bundle_count(in_force); i++) {
		const struct cp_bundle_file *f = cp_bundle_at(in_force, i);

		if (is_document(f->name) && !cp_bundle_find(former, f->name))
			add_mark(&l, f->name);
	}
	err = cp_bundle_make(l.file, l.n, fd);
done:
	list_fini(&l);
	return err;
}
