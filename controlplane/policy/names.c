/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/names.h"

#include <errno.h>

static int by_name(const void *a, const void *b)
{
	const struct name_row *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

int cp_names_build(struct document *d, struct names *out, const char *list, const char *key,
                   const void *first, size_t n, size_t size)
{
	size_t i;

	out->n = n;
	out->row = cp_arena_take(d->arena, n * sizeof(*out->row));
	if (!out->row)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		memcpy(&out->row[i].name, (const char *)first + i * size, sizeof(char *));
		out->row[i].index = i;
	}
	qsort(out->row, n, sizeof(*out->row), by_name);
	for (i = 1; i < n; i++) {
		const struct name_row *old = &out->row[i - 1], *new = &out->row[i];

		if (strcmp(old->name, new->name) == 0)
			return cp_policy_refuse(
				d->error, d->file,
				cp_text("%s[%zu].%s", list, new->index, key).text,
				cp_text("\"%s\"", new->name).text,
				"one that is not used yet: %s[%zu] has it", list, old->index);
	}
	return 0;
}

ptrdiff_t cp_names_find(const struct names *names, const char *name)
{
	size_t lo = 0, hi = names->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(names->row[mid].name, name);

		if (order == 0)
			return (ptrdiff_t)names->row[mid].index;
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}
