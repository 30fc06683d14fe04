/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/metrics/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	NUMBER_OCTETS = 32, /* of a number as a label */
	PLACE_MAX = 64,
};

/* Labels of one sample, with room for numbers as text. */
struct labels {
	size_t n;
	struct cp_openmetrics_label at[CP_METRICS_LABELS_MAX];
	char number[CP_METRICS_LABELS_MAX][NUMBER_OCTETS];
};

/* "link/up" below @root; "" is @root itself. */
static const json_t *find(const json_t *root, const char *place)
{
	char word[PLACE_MAX];

	while (root && *place) {
		size_t n = strcspn(place, "/");

		if (n >= sizeof(word))
			return NULL;
		memcpy(word, place, n);
		word[n] = '\0';
		root = json_object_get(root, word);
		place += n + (place[n] == '/');
	}
	return root;
}

/* ---- a value, a label ------------------------------------------------------------------------ */

static bool is_value(const json_t *j)
{
	return json_is_number(j) || json_is_boolean(j);
}

static void put_value(struct cp_openmetrics *w, const struct cp_metrics_row *row,
                      const struct labels *l, const json_t *j)
{
	uint64_t scale = row->scale ? row->scale : 1;
	double value = json_number_value(j) * (double)scale;
	uint64_t n;

	if (json_is_boolean(j))
		cp_openmetrics_count(w, l->at, l->n, json_is_true(j));
	else if (json_is_integer(j) && json_integer_value(j) >= 0 &&
	         !__builtin_mul_overflow((uint64_t)json_integer_value(j), scale, &n))
		cp_openmetrics_count(w, l->at, l->n, n);
	/* What uses all 64 bits comes as a real number. A counter is not negative. */
	else if (value >= 0 || row->family.type != CP_METRIC_COUNTER)
		cp_openmetrics_real(w, l->at, l->n, value);
}

static void add_label(struct labels *l, const char *name, const char *value)
{
	l->at[l->n++] = (struct cp_openmetrics_label){name, value};
}

static void add_label_json(struct labels *l, const char *name, const json_t *j)
{
	char *text = l->number[l->n];

	if (json_is_string(j)) {
		add_label(l, name, json_string_value(j));
		return;
	}
	if (json_is_integer(j))
		snprintf(text, NUMBER_OCTETS, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
	else if (json_is_real(j))
		snprintf(text, NUMBER_OCTETS, "%.17g", json_real_value(j));
	else
		text[0] = '\0';
	add_label(l, name, text);
}

/* "=stale" is a label's value itself; else where to find it, for which there is a function. */
static void add_labels(struct labels *l, const struct cp_metrics_row *row,
                       const json_t *(*look)(const json_t *doc, const char *from, size_t i),
                       const json_t *doc, size_t i)
{
	for (size_t k = 0; k < CP_METRICS_LABELS_MAX && row->label[k].name; k++) {
		const char *from = row->label[k].from;

		if (*from == '=')
			add_label(l, row->label[k].name, from + 1);
		else
			add_label_json(l, row->label[k].name, look(doc, from, i));
	}
}

static const json_t *look_below(const json_t *doc, const char *from, size_t i)
{
	(void)i;
	return find(doc, from);
}

static const json_t *look_column(const json_t *doc, const char *from, size_t i)
{
	return json_array_get(json_object_get(doc, from), i);
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static void put_one(struct cp_openmetrics *w, const struct cp_metrics_row *row,
                    const json_t *at)
{
	const json_t *value = json_object_get(at, row->value);
	struct labels l = {0};

	if (!is_value(value))
		return;
	add_labels(&l, row, look_below, at, 0);
	put_value(w, row, &l, value);
}

static void put_each(struct cp_openmetrics *w, const struct cp_metrics_row *row,
                     const json_t *at)
{
	bool is_inside = row->shape == CP_METRICS_INSIDE;
	size_t skip = is_inside ? 0 : strlen(row->value);
	const char *key;
	const json_t *value;

	json_object_foreach ((json_t *)at, key, value) {
		struct labels l = {0};

		if (is_inside)
			value = json_object_get(value, row->value);
		if (!is_value(value) || strncmp(key, row->value, skip))
			continue;
		add_label(&l, row->label[0].name, key + skip);
		put_value(w, row, &l, value);
	}
}

static void put_columns(struct cp_openmetrics *w, const struct cp_metrics_row *row,
                        const json_t *at)
{
	bool is_info = row->family.type == CP_METRIC_INFO;
	const json_t *first = json_object_get(at, row->label[0].from);

	for (size_t i = 0; i < json_array_size(first); i++) {
		const json_t *value = is_info ? NULL : look_column(at, row->value, i);
		struct labels l = {0};

		if (!is_info && !is_value(value))
			continue;
		add_labels(&l, row, look_column, at, i);
		if (is_info)
			cp_openmetrics_count(w, l.at, l.n, 1);
		else
			put_value(w, row, &l, value);
	}
}

static void put_words(struct cp_openmetrics *w, const struct cp_metrics_row *row,
                      const json_t *at)
{
	struct labels l = {0};

	add_labels(&l, row, look_below, at, 0);
	cp_openmetrics_count(w, l.at, l.n, 1);
}

void cp_metrics_write(struct cp_openmetrics *w, json_t *const doc[CP_METRICS_SOURCE_COUNT])
{
	static void (*const put[])(struct cp_openmetrics *, const struct cp_metrics_row *,
	                           const json_t *) = {
		[CP_METRICS_ONE] = put_one,     [CP_METRICS_EACH] = put_each,
		[CP_METRICS_INSIDE] = put_each, [CP_METRICS_COLUMNS] = put_columns,
		[CP_METRICS_WORDS] = put_words,
	};
	const char *head = "";

	for (size_t i = 0; i < cp_metrics_catalogue_n; i++) {
		const struct cp_metrics_row *row = &cp_metrics_catalogue[i];
		const json_t *at = find(doc[row->source], row->place);

		if (!json_is_object(at))
			continue;
		if (strcmp(head, row->family.name)) {
			head = row->family.name;
			cp_openmetrics_family(w, &row->family);
		}
		put[row->shape](w, row, at);
	}
}
