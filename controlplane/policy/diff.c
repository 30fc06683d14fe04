/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/diff.h"

#include "controlplane/policy/secrets.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct diff {
	size_t n, max;
	void (*line)(void *ctx, const struct cp_diff_line *l);
	void *ctx;
};

/* Where in the document: a chain on the stack. */
struct at {
	const struct at *up; /* NULL: the root */
	const char *key;     /* of an object */
	const char *name;    /* of a list's object */
	size_t index;        /* else */
	unsigned depth;
	bool is_secret; /* this, or something above it */
};

/* ---- text ----------------------------------------------------------------------------------- */

struct text {
	size_t used, size;
	char *at;
};

/* Whole characters of UTF-8 only. */
static void put(struct text *t, const char *octets, size_t len)
{
	size_t room = t->size - 1 - t->used;

	if (len > room) {
		len = room;
		while (len && ((unsigned char)octets[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(t->at + t->used, octets, len);
	t->used += len;
	t->at[t->used] = '\0';
}

static void put_text(struct text *t, const char *text)
{
	put(t, text, strlen(text));
}

static bool is_plain(const char *text, const char *also)
{
	for (; *text; text++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
		            *text) &&
		    !strchr(also, *text))
			return false;
	return true;
}

static void put_name(struct text *t, const char *name)
{
	json_t *j;
	char quoted[CP_DIFF_PATH_MAX];
	size_t n;

	if (is_plain(name, "-.@ ")) {
		put_text(t, name);
		return;
	}
	j = json_string(name);
	n = json_dumpb(j, quoted, sizeof(quoted), JSON_ENCODE_ANY);
	put(t, quoted, n < sizeof(quoted) ? n : sizeof(quoted));
	json_decref(j);
}

static void put_path(struct text *t, const struct at *at)
{
	char index[32];

	if (!at) {
		put_text(t, "$");
		return;
	}
	put_path(t, at->up);
	if (at->key && is_plain(at->key, "")) {
		put_text(t, ".");
		put_text(t, at->key);
		return;
	}
	put_text(t, "[");
	if (at->key || at->name) {
		put_name(t, at->key ? at->key : at->name);
	} else {
		snprintf(index, sizeof(index), "%zu", at->index);
		put_text(t, index);
	}
	put_text(t, "]");
}

/* ---- values ---------------------------------------------------------------------------------- */

static const char masked[] = "(secret)";

static bool is_secret_key(const char *key)
{
	static const char *const words[] = {"password", "secret",  "psk",
	                                    "sealed",   "nt_hash", "private"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(key, words[i]))
			return true;
	return strcmp(key, "key") == 0 || cp_secret_is_field(key);
}

/* A copy without secrets, no deeper than it can be shown; NULL without memory. */
static json_t *showable(const json_t *v, unsigned depth)
{
	json_t *copy, *child;
	const char *key;
	size_t i;

	if (!json_is_object(v) && !json_is_array(v))
		return json_incref((json_t *)v);
	if (depth == CP_DIFF_DEPTH_MAX)
		return json_string("...");
	copy = json_is_object(v) ? json_object() : json_array();
	if (json_is_object(v)) {
		json_object_foreach ((json_t *)v, key, child) {
			if (is_secret_key(key))
				json_object_set_new(copy, key, json_string(masked));
			else
				json_object_set_new(copy, key, showable(child, depth + 1));
		}
	}
	json_array_foreach (v, i, child) {
		/* More is cut away anyhow. */
		if (i == CP_DIFF_VALUE_MAX)
			break;
		json_array_append_new(copy, showable(child, depth + 1));
	}
	return copy;
}

static int take(const char *octets, size_t len, void *ctx)
{
	struct text *t = ctx;

	put(t, octets, len);
	return t->used + 4 >= t->size ? -1 : 0;
}

static const char *show(const struct at *at, const json_t *v, char buf[CP_DIFF_VALUE_MAX])
{
	struct text t = {0, CP_DIFF_VALUE_MAX, buf};
	json_t *copy;

	buf[0] = '\0';
	if (!v)
		return NULL;
	if (at && at->is_secret) {
		put_text(&t, masked);
		return buf;
	}
	copy = showable(v, 0);
	if (json_dump_callback(copy, take, &t, JSON_ENCODE_ANY) && t.used > 3) {
		t.used -= 3;
		while (t.used && ((unsigned char)buf[t.used] & 0xc0) == 0x80)
			t.used--;
		buf[t.used] = '\0';
		put_text(&t, "...");
	}
	json_decref(copy);
	return buf;
}

static void say_text(struct diff *d, const struct at *at, const char *before, const char *after)
{
	char path[CP_DIFF_PATH_MAX] = "";
	struct text t = {0, sizeof(path), path};
	struct cp_diff_line line = {path, before, after};

	if (d->n++ >= d->max)
		return;
	put_path(&t, at);
	d->line(d->ctx, &line);
}

static void say(struct diff *d, const struct at *at, const json_t *before, const json_t *after)
{
	char a[CP_DIFF_VALUE_MAX], b[CP_DIFF_VALUE_MAX];

	if (d->n >= d->max) {
		d->n++;
		return;
	}
	say_text(d, at, show(at, before, a), show(at, after, b));
}

/* ---- lists ----------------------------------------------------------------------------------- */

static const char *name_in(const json_t *v)
{
	return json_string_value(json_object_get(v, "name"));
}

/* {"alice": element, ...}; NULL: not every element is an object with a name of its own. */
static json_t *by_name(const json_t *list)
{
	json_t *map = json_object(), *v;
	const char *name;
	size_t i;

	json_array_foreach (list, i, v) {
		name = name_in(v);
		if (!name || json_object_get(map, name) || json_object_set(map, name, v)) {
			json_decref(map);
			return NULL;
		}
	}
	return map;
}

static void compare(struct diff *d, const struct at *at, const json_t *a, const json_t *b);

/* The names of @list that stand in @other too, in order. */
static json_t *common(const json_t *list, const json_t *other)
{
	json_t *names = json_array(), *v;
	size_t i;

	json_array_foreach (list, i, v)
		if (json_object_get(other, name_in(v)))
			json_array_append(names, json_object_get(v, "name"));
	return names;
}

/* The part between the first and the last that are not the same. Both have one length. */
static json_t *part(const json_t *list, size_t first, size_t end)
{
	json_t *out = json_array();

	for (size_t i = first; i < end && i - first < CP_DIFF_VALUE_MAX; i++)
		json_array_append(out, json_array_get(list, i));
	return out;
}

static void cut_same(json_t **a, json_t **b)
{
	size_t end = json_array_size(*a), first = 0;
	json_t *x, *y;

	while (end && json_equal(json_array_get(*a, end - 1), json_array_get(*b, end - 1)))
		end--;
	while (first < end && json_equal(json_array_get(*a, first), json_array_get(*b, first)))
		first++;
	x = part(*a, first, end);
	y = part(*b, first, end);
	json_decref(*a);
	json_decref(*b);
	*a = x;
	*b = y;
}

static void compare_order(struct diff *d, const struct at *at, const json_t *a, const json_t *b,
                          const json_t *in_a, const json_t *in_b)
{
	char before[CP_DIFF_VALUE_MAX + 16], after[CP_DIFF_VALUE_MAX + 16],
		text[CP_DIFF_VALUE_MAX];
	json_t *x = common(a, in_b), *y = common(b, in_a);

	if (!json_equal(x, y)) {
		cut_same(&x, &y);
		snprintf(before, sizeof(before), "order %s", show(at, x, text));
		snprintf(after, sizeof(after), "order %s", show(at, y, text));
		say_text(d, at, before, after);
	}
	json_decref(x);
	json_decref(y);
}

static struct at below(const struct at *at)
{
	return (struct at){
		.up = at, .depth = at ? at->depth + 1 : 1, .is_secret = at && at->is_secret};
}

static void compare_named(struct diff *d, const struct at *at, const json_t *a, const json_t *b,
                          const json_t *in_a, const json_t *in_b)
{
	struct at here = below(at);
	json_t *v;
	size_t i;

	json_array_foreach (a, i, v) {
		here.name = name_in(v);
		compare(d, &here, v, json_object_get(in_b, here.name));
	}
	json_array_foreach (b, i, v) {
		here.name = name_in(v);
		if (!json_object_get(in_a, here.name))
			say(d, &here, NULL, v);
	}
	compare_order(d, at, a, b, in_a, in_b);
}

static void compare_by_index(struct diff *d, const struct at *at, const json_t *a,
                             const json_t *b)
{
	size_t n = json_array_size(a), m = json_array_size(b);
	struct at here = below(at);

	for (size_t i = 0; i < n || i < m; i++) {
		here.index = i;
		compare(d, &here, json_array_get(a, i), json_array_get(b, i));
	}
}

static bool has_structure(const json_t *list)
{
	json_t *v;
	size_t i;

	json_array_foreach (list, i, v)
		if (json_is_object(v) || json_is_array(v))
			return true;
	return false;
}

/* {"a string": true} of the texts of a list */
static json_t *as_set(const json_t *list)
{
	json_t *set = json_object(), *v;
	size_t i;

	json_array_foreach (list, i, v)
		if (json_is_string(v))
			json_object_set_new(set, json_string_value(v), json_true());
	return set;
}

static void say_missing(struct diff *d, const struct at *at, const json_t *list,
                        const json_t *set, bool is_before)
{
	json_t *v;
	size_t i;

	json_array_foreach (list, i, v)
		if (!json_is_string(v) || !json_object_get(set, json_string_value(v)))
			say(d, at, is_before ? v : NULL, is_before ? NULL : v);
}

/* A short list is shown before and after; of a long one, what went and what came. */
static void compare_plain(struct diff *d, const struct at *at, const json_t *a, const json_t *b)
{
	enum { SHORT = 16 };
	json_t *in_a, *in_b;
	size_t n = d->n;

	if (json_array_size(a) <= SHORT && json_array_size(b) <= SHORT) {
		say(d, at, a, b);
		return;
	}
	in_a = as_set(a);
	in_b = as_set(b);
	say_missing(d, at, a, in_b, true);
	say_missing(d, at, b, in_a, false);
	if (d->n == n)
		say(d, at, a, b);
	json_decref(in_a);
	json_decref(in_b);
}

static void compare_lists(struct diff *d, const struct at *at, const json_t *a, const json_t *b)
{
	json_t *in_a, *in_b;

	if (!has_structure(a) && !has_structure(b)) {
		compare_plain(d, at, a, b);
		return;
	}
	in_a = by_name(a);
	in_b = by_name(b);
	if (in_a && in_b)
		compare_named(d, at, a, b, in_a, in_b);
	else
		compare_by_index(d, at, a, b);
	json_decref(in_a);
	json_decref(in_b);
}

/* ---- anything --------------------------------------------------------------------------------- */

static void compare_objects(struct diff *d, const struct at *at, const json_t *a,
                            const json_t *b)
{
	struct at here = below(at);
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)a, key, v) {
		here.key = key;
		here.is_secret = (at && at->is_secret) || is_secret_key(key);
		compare(d, &here, v, json_object_get(b, key));
	}
	json_object_foreach ((json_t *)b, key, v) {
		here.key = key;
		here.is_secret = (at && at->is_secret) || is_secret_key(key);
		if (!json_object_get(a, key))
			say(d, &here, NULL, v);
	}
}

static void compare(struct diff *d, const struct at *at, const json_t *a, const json_t *b)
{
	const bool is_deep = at && at->depth >= CP_DIFF_DEPTH_MAX;

	if (a && b && json_equal(a, b))
		return;
	if (json_is_object(a) && json_is_object(b) && !is_deep)
		compare_objects(d, at, a, b);
	else if (json_is_array(a) && json_is_array(b) && !is_deep)
		compare_lists(d, at, a, b);
	else
		say(d, at, a, b);
}

size_t cp_diff(const char *before, size_t before_len, const char *after, size_t after_len,
               size_t max, void (*line)(void *ctx, const struct cp_diff_line *l), void *ctx)
{
	struct diff d = {.max = max, .line = line, .ctx = ctx};
	json_t *a = before ? json_loadb(before, before_len, 0, NULL) : NULL;
	json_t *b = after ? json_loadb(after, after_len, 0, NULL) : NULL;
	const bool is_same =
		before && after && before_len == after_len && !memcmp(before, after, after_len);

	if (a && b)
		compare(&d, NULL, a, b);
	else if ((before || after) && !is_same)
		say_text(&d, NULL, before ? a ? "a document" : "no JSON" : NULL,
		         after ? b ? "a document" : "no JSON" : NULL);
	json_decref(a);
	json_decref(b);
	return d.n;
}
