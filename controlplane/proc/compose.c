/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/compose.h"

#include "controlplane/policy/bundle.h"
#include "controlplane/proc/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool cp_compose_is_document(const char *name)
{
	return strcmp(name, "appliance.json") == 0 || strncmp(name, "tenants/", 8) == 0;
}

static bool is_numbers(const char *name)
{
	return strcmp(name, CP_NUMBERS_FILE) == 0;
}

struct list {
	size_t n, room;
	struct cp_bundle_file *file;
};

static bool is_of_base(const struct cp_compose *how, const char *name)
{
	if (cp_compose_is_document(name))
		return how->documents < 0;
	if (is_numbers(name))
		return how->numbers < 0;
	return !how->without_secrets || !cp_gathered_is_secret(name);
}

/* Sorted like those of a bundle. */
static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct cp_bundle_file *)a)->name,
	              ((const struct cp_bundle_file *)b)->name);
}

static void collect(const struct cp_compose *how, const struct cp_bundle *base,
                    const struct cp_bundle *documents, const struct cp_bundle *numbers,
                    struct list *out)
{
	const struct cp_bundle_file *f;

	for (size_t i = 0; i < cp_bundle_count(base); i++) {
		f = cp_bundle_at(base, i);
		if (is_of_base(how, f->name))
			out->file[out->n++] = *f;
	}
	for (size_t i = 0; documents && i < cp_bundle_count(documents); i++) {
		f = cp_bundle_at(documents, i);
		if (cp_compose_is_document(f->name))
			out->file[out->n++] = *f;
	}
	f = numbers ? cp_bundle_find(numbers, CP_NUMBERS_FILE) : NULL;
	if (f)
		out->file[out->n++] = *f;
	qsort(out->file, out->n, sizeof(*out->file), by_name);
}

static int open_optional(int fd, struct cp_bundle **out)
{
	*out = NULL;
	return fd < 0 ? 0 : cp_bundle_open(fd, out);
}

int cp_compose(const struct cp_compose *how, int *fd)
{
	struct cp_bundle *base = NULL, *documents = NULL, *numbers = NULL;
	struct list list = {0};
	int err = cp_bundle_open(how->base, &base);

	if (!err)
		err = open_optional(how->documents, &documents);
	if (!err)
		err = open_optional(how->numbers, &numbers);
	if (!err) {
		list.room = cp_bundle_count(base) + 1;
		list.room += documents ? cp_bundle_count(documents) : 0;
		list.file = calloc(list.room, sizeof(*list.file));
		err = list.file ? 0 : -ENOMEM;
	}
	if (!err) {
		collect(how, base, documents, numbers, &list);
		err = cp_bundle_make(list.file, list.n, fd);
	}
	free(list.file);
	cp_bundle_close(numbers);
	cp_bundle_close(documents);
	cp_bundle_close(base);
	return err;
}

static bool is_same_file(const struct cp_bundle_file *a, const struct cp_bundle_file *b)
{
	return strcmp(a->name, b->name) == 0 && a->len == b->len &&
	       memcmp(a->at, b->at, a->len) == 0;
}

bool cp_compose_is_same(int a, int b)
{
	struct cp_bundle *x = NULL, *y = NULL;
	bool same = cp_bundle_open(a, &x) == 0 && cp_bundle_open(b, &y) == 0 &&
	            cp_bundle_count(x) == cp_bundle_count(y);

	for (size_t i = 0; same && i < cp_bundle_count(x); i++)
		same = is_same_file(cp_bundle_at(x, i), cp_bundle_at(y, i));
	cp_bundle_close(x);
	cp_bundle_close(y);
	return same;
}
