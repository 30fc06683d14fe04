/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/field.h"

#include <errno.h>

static const struct field *find(const struct field_object *of, const char *key)
{
	size_t i;

	for (i = 0; i < of->n; i++)
		if (strcmp(of->field[i].name, key) == 0)
			return &of->field[i];
	return NULL;
}

/* "one of: name, users, hosts" */
static int refuse_unknown(struct document *d, const struct place *at,
                          const struct field_object *of)
{
	char path[sizeof(d->error->path)], known[200];
	size_t i, used = 0;

	known[0] = 0;
	for (i = 0; i < of->n && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
		                         i ? ", " : "", of->field[i].name);
	return cp_policy_refuse(d->error, d->file, cp_place_format(at, path, sizeof(path)),
	                        "an unknown key", "one of: %s", known);
}

const char *cp_field_expects(const struct field *f, char *buf, size_t size)
{
	size_t used = 0, i;

	if (f->kind == &cp_kind_number) {
		snprintf(buf, size, "a whole number from %u to %u", f->min, f->max);
	} else if (f->kind == &cp_kind_number_off) {
		snprintf(buf, size, "0, or a whole number from %u to %u", f->min, f->max);
	} else if (f->kind == &cp_kind_text) {
		snprintf(buf, size, "printable text of 1 to %u octets", f->max);
	} else if (f->kind == &cp_kind_choice) {
		for (i = 0; f->words[i] && used < size; i++)
			used += (size_t)snprintf(buf + used, size - used, "%s\"%s\"",
			                         i ? " or " : "", f->words[i]);
	} else {
		snprintf(buf, size, "%s", f->kind->text);
	}
	return buf;
}

static int refuse_missing(struct document *d, const struct place *at, const struct field *f)
{
	char path[sizeof(d->error->path)], expected[160];

	return cp_policy_refuse(d->error, d->file, cp_place_format(at, path, sizeof(path)),
	                        "nothing", "%s: %s",
	                        cp_field_expects(f, expected, sizeof(expected)), f->help);
}

/* A default is JSON text, read like what an operator writes: it passes the same checks. The
 * tree is kept in the document, because drafts borrow its strings. */
static int read_default(struct document *d, const struct place *at, const struct field *f,
                        void *out)
{
	json_t *v = json_loads(f->initial, JSON_DECODE_ANY, NULL);

	if (!v || json_array_append_new(d->defaults, v))
		return -ENOMEM;
	return f->kind->read(d, at, f, v, out);
}

static int read_row(struct document *d, const struct place *up, const struct field *f,
                    const json_t *object, void *draft)
{
	const struct place at = {up, f->name, 0};
	const json_t *v = json_object_get(object, f->name);
	void *out = (char *)draft + f->place;

	if (v)
		return f->kind->read(d, &at, f, v, out);
	if (f->initial == FIELD_REQUIRED)
		return refuse_missing(d, &at, f);
	if (f->initial[0] == 0)
		return 0;
	return read_default(d, &at, f, out);
}

int cp_field_read(struct document *d, const struct place *at, const struct field_object *of,
                  const json_t *v, void *draft)
{
	const char *key;
	json_t *member;
	size_t i;
	int err;

	if (!json_is_object(v))
		return cp_document_refuse(d, at, v, "an object: %s", of->help);
	json_object_foreach ((json_t *)v, key, member) {
		const struct place where = {at, key, 0};

		if (!find(of, key))
			return refuse_unknown(d, &where, of);
	}
	for (i = 0; i < of->n; i++) {
		err = read_row(d, at, &of->field[i], v, draft);
		if (err)
			return err;
	}
	return 0;
}

static int read_object(struct document *d, const struct place *at, const struct field *f,
                       const json_t *v, void *out)
{
	return cp_field_read(d, at, f->of, v, out);
}

static size_t element_size(const struct field *f)
{
	return f->of ? f->of->size : f->each->size;
}

/* Room for @n elements of a list or map field, or a refusal of their number. */
static int make_room(struct document *d, const struct place *at, const struct field *f,
                     const json_t *v, size_t n, struct field_list *list)
{
	char path[sizeof(d->error->path)];

	if (n < f->min && n == 0)
		return cp_document_refuse(d, at, v, "at least %u: %s", f->min, f->help);
	if (n < f->min || n > f->max)
		return cp_policy_refuse(
			d->error, d->file, cp_place_format(at, path, sizeof(path)),
			cp_text("%zu elements", n).text, "%u to %u", f->min, f->max);
	list->n = n;
	list->at = cp_arena_take(d->arena, n * element_size(f));
	return list->at ? 0 : -ENOMEM;
}

static int read_list(struct document *d, const struct place *at, const struct field *f,
                     const json_t *v, void *out)
{
	const struct field one = {
		.kind = f->each, .of = f->of, .words = f->words, .help = f->help};
	struct field_list list;
	size_t i;
	int err;

	if (!json_is_array(v))
		return cp_document_refuse(d, at, v, "an array: %s", f->help);
	err = make_room(d, at, f, v, json_array_size(v), &list);
	for (i = 0; !err && i < list.n; i++) {
		const struct place where = {at, NULL, i};

		err = one.kind->read(d, &where, &one, json_array_get(v, i),
		                     (char *)list.at + i * element_size(f));
	}
	if (!err)
		memcpy(out, &list, sizeof(list));
	return err;
}

static int read_map(struct document *d, const struct place *at, const struct field *f,
                    const json_t *v, void *out)
{
	struct field_list list;
	const char *key;
	json_t *member;
	size_t i = 0;
	int err;

	if (!json_is_object(v))
		return cp_document_refuse(d, at, v, "an object: %s", f->help);
	err = make_room(d, at, f, v, json_object_size(v), &list);
	if (err)
		return err;
	json_object_foreach ((json_t *)v, key, member) {
		const struct place where = {at, key, 0};
		char *element = (char *)list.at + i++ * f->of->size;

		memcpy(element, &key, sizeof(key));
		err = cp_field_read(d, &where, f->of, member, element);
		if (err)
			return err;
	}
	memcpy(out, &list, sizeof(list));
	return 0;
}

const struct field_kind cp_kind_object = {"an object", 0, read_object};
const struct field_kind cp_kind_list = {"an array", sizeof(struct field_list), read_list};
const struct field_kind cp_kind_map = {"an object", sizeof(struct field_list), read_map};
