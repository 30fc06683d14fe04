/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/zone.h"

#include "common/base/cursor.h"
#include "controlplane/policy/zone_rule.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DAY_S = 86400,
	TRANSITIONS_MAX = 4096,
	TYPES_MAX = 256,
	CHARS_MAX = 4096,
	OFFSET_MAX = 26 * 3600, /* RFC 8536 section 3.2: -25 to 26 hours */
};

struct transition {
	int64_t at;
	int32_t offset; /* from then on */
};

struct cp_zone {
	char name[CP_ZONE_NAME_MAX];
	int32_t before; /* the offset before the first transition */
	bool has_rule;
	struct zone_rule rule; /* after the last */
	size_t n, len;
	struct transition transition[]; /* [n], then @len octets of the file */
};

/* ---- TZif ------------------------------------------------------------------------------ */

/* Counts of a header, in its order. */
struct counts {
	uint32_t isut, isstd, leap, time, type, chars;
};

static int take_header(struct cursor *c, struct counts *n)
{
	const char *magic = cursor_take(c, 5);

	cursor_take(c, 15);
	n->isut = cursor_u32(c);
	n->isstd = cursor_u32(c);
	n->leap = cursor_u32(c);
	n->time = cursor_u32(c);
	n->type = cursor_u32(c);
	n->chars = cursor_u32(c);
	if (c->bad || memcmp(magic, "TZif", 4) != 0 || magic[4] < '2')
		return -EINVAL;
	return n->isut > TYPES_MAX || n->isstd > TYPES_MAX || n->leap || n->type < 1 ||
	                       n->type > TYPES_MAX || n->time > TRANSITIONS_MAX ||
	                       n->chars > CHARS_MAX
	               ? -EINVAL
	               : 0;
}

/* The first block has times of 32 bits, and is there for readers of version 1. */
static void skip_first(struct cursor *c, const struct counts *n)
{
	cursor_take(c, n->time * 5 + n->type * 6 + n->chars + n->isstd + n->isut);
}

/* @types  six octets each: offset, is it summer time, place of its name */
static int take_transitions(const struct counts *n, struct cursor times, struct cursor indexes,
                            struct cursor types, struct cp_zone *z)
{
	int32_t offset[TYPES_MAX];
	uint32_t i;
	uint8_t type;

	for (i = 0; i < n->type; i++) {
		offset[i] = (int32_t)cursor_u32(&types);
		cursor_take(&types, 2);
		if (offset[i] > OFFSET_MAX || offset[i] < -OFFSET_MAX)
			return -EINVAL;
	}
	z->before = offset[0]; /* RFC 8536 section 3.2 */
	for (i = 0; i < n->time; i++) {
		uint64_t hi = cursor_u32(&times), lo = cursor_u32(&times);

		type = cursor_u8(&indexes);
		if (type >= n->type)
			return -EINVAL;
		z->transition[i] = (struct transition){(int64_t)(hi << 32 | lo), offset[type]};
		if (i && z->transition[i].at <= z->transition[i - 1].at)
			return -EINVAL;
	}
	z->n = n->time;
	return 0;
}

/* "\n" rule "\n"; without a rule, the last transition is the last. */
static int take_footer(struct cursor *c, struct cp_zone *z)
{
	const char *text = (const char *)c->at, *end;

	if (cursor_u8(c) != '\n' || c->bad)
		return -EINVAL;
	end = memchr(++text, '\n', c->left);
	if (!end)
		return -EINVAL;
	z->has_rule = end > text;
	return z->has_rule ? zone_rule_parse(text, (size_t)(end - text), &z->rule) : 0;
}

int cp_zone_parse(const char *name, const void *octets, size_t len, struct cp_zone **out)
{
	struct cursor c = cursor_over(octets, len), times, indexes, types;
	struct counts n;
	struct cp_zone *z;
	int err;

	if (len > CP_ZONE_OCTETS_MAX || take_header(&c, &n))
		return -EINVAL;
	skip_first(&c, &n);
	if (take_header(&c, &n))
		return -EINVAL;
	times = cursor_slice(&c, n.time * 8);
	indexes = cursor_slice(&c, n.time);
	types = cursor_slice(&c, n.type * 6);
	cursor_take(&c, n.chars + n.isstd + n.isut);
	if (c.bad)
		return -EINVAL;
	z = calloc(1, sizeof(*z) + n.time * sizeof(z->transition[0]) + len);
	if (!z)
		return -ENOMEM;
	snprintf(z->name, sizeof(z->name), "%s", name);
	z->len = len;
	memcpy(&z->transition[n.time], octets, len);
	err = take_transitions(&n, times, indexes, types, z);
	if (!err)
		err = take_footer(&c, z);
	if (err) {
		free(z);
		return err;
	}
	*out = z;
	return 0;
}

/* ---- files ----------------------------------------------------------------------------- */

bool cp_zone_is_name(const char *name)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	size_t len = strlen(name);

	return len >= 1 && len < CP_ZONE_NAME_MAX && strspn(name, set) == len &&
	       name[0] != '/' && name[len - 1] != '/' && !strstr(name, "//");
}

static int read_file(const char *path, uint8_t *octets, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err = 0;
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > CP_ZONE_OCTETS_MAX) {
		err = -EINVAL;
	} else {
		n = read(fd, octets, CP_ZONE_OCTETS_MAX);
		err = n < 0 ? -errno : 0;
		*len = n < 0 ? 0 : (size_t)n;
	}
	close(fd);
	return err;
}

static int make_utc(struct cp_zone **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	snprintf((*out)->name, sizeof((*out)->name), "UTC");
	return 0;
}

int cp_zone_load(const char *name, struct cp_zone **out)
{
	char path[sizeof(CP_ZONE_DIRECTORY) + CP_ZONE_NAME_MAX + 1];
	uint8_t *octets;
	size_t len = 0;
	int err;

	if (strcmp(name, "UTC") == 0)
		return make_utc(out);
	if (!cp_zone_is_name(name))
		return -EINVAL;
	octets = calloc(1, CP_ZONE_OCTETS_MAX);
	if (!octets)
		return -ENOMEM;
	snprintf(path, sizeof(path), CP_ZONE_DIRECTORY "/%s", name);
	err = read_file(path, octets, &len);
	if (!err)
		err = cp_zone_parse(name, octets, len, out);
	free(octets);
	return err;
}

struct cp_zone *cp_zone_copy(const struct cp_zone *z)
{
	size_t size = sizeof(*z) + z->n * sizeof(z->transition[0]) + z->len;
	struct cp_zone *copy = calloc(1, size);

	if (copy)
		memcpy(copy, z, size);
	return copy;
}

void cp_zone_free(struct cp_zone *z)
{
	free(z);
}

const char *cp_zone_name(const struct cp_zone *z)
{
	return z->name;
}

const uint8_t *cp_zone_octets(const struct cp_zone *z, size_t *len)
{
	*len = z->len;
	return z->len ? (const uint8_t *)&z->transition[z->n] : NULL;
}

/* ---- asking ---------------------------------------------------------------------------- */

int32_t cp_zone_offset(const struct cp_zone *z, int64_t t)
{
	size_t lo = 0, hi = z->n;

	if (z->n == 0 || t >= z->transition[z->n - 1].at) {
		if (z->has_rule)
			return zone_rule_offset(&z->rule, t);
		return z->n ? z->transition[z->n - 1].offset : z->before;
	}
	while (lo < hi) { /* the first transition after t */
		size_t mid = lo + (hi - lo) / 2;

		if (z->transition[mid].at <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? z->transition[lo - 1].offset : z->before;
}

/* Years begin in March, so that the odd day is their last. */
int64_t cp_zone_days(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/*
 * Midnight may come twice, when clocks are put back over it, or not at all. The last one
 * counts, or the moment they are put forward.
 */
int64_t cp_zone_day_end(const struct cp_zone *z, int64_t day)
{
	int64_t midnight = (day + 1) * DAY_S;
	int32_t before = cp_zone_offset(z, midnight - 2 * DAY_S);
	int32_t after = cp_zone_offset(z, midnight + 2 * DAY_S);
	int64_t lo = midnight - 2 * DAY_S, hi = midnight + 2 * DAY_S, mid;

	if (cp_zone_offset(z, midnight - after) == after)
		return midnight - after;
	if (cp_zone_offset(z, midnight - before) == before)
		return midnight - before;
	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (mid + cp_zone_offset(z, mid) < midnight)
			lo = mid;
		else
			hi = mid;
	}
	return hi;
}
