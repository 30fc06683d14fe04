/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cursor - bounded reading and writing of octets.
 *
 * A struct cursor reads what a stranger sent; a struct sink writes what we answer.
 * Both fail once and stay failed: a decoder with ten fields tests `bad` at its end,
 * an encoder tests `full` at its end. Neither allocates, neither keeps state besides
 * its struct.
 *
 * Memory   the octets belong to the caller and must outlive the cursor
 */

#include "common/base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct cursor {
	const uint8_t *at;
	size_t left; /* octets not yet taken */
	bool bad;    /* something was taken that was not there */
};

static inline struct cursor cursor_over(const void *octets, size_t len)
{
	struct cursor c = {octets, len, false};

	return c;
}

/* Take @len octets. Returns where they stand, or NULL when fewer are left; the
 * cursor is then empty and bad. */
static inline const void *cursor_take(struct cursor *c, size_t len)
{
	const uint8_t *at = c->at;

	if (len > c->left) {
		c->bad = true;
		c->left = 0;
		return NULL;
	}
	c->at += len;
	c->left -= len;
	return at;
}

/* Take @len octets as a cursor of their own; a bad slice comes from a bad parent. */
static inline struct cursor cursor_slice(struct cursor *c, size_t len)
{
	const void *at = cursor_take(c, len);
	struct cursor s = {at, at ? len : 0, at == NULL};

	return s;
}

/* Numbers in host order; 0 when nothing was left. */
static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);

	return p ? *p : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const be16 *p = cursor_take(c, sizeof(*p));

	return p ? be16_get(*p) : 0;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const be32 *p = cursor_take(c, sizeof(*p));

	return p ? be32_get(*p) : 0;
}

struct sink {
	uint8_t *base;
	size_t used; /* octets written, or reserved */
	size_t size;
	bool full; /* something did not fit; used no longer grows */
};

static inline struct sink sink_over(void *octets, size_t size)
{
	struct sink s = {octets, 0, size, false};

	return s;
}

/* Reserve @len octets to be filled by the caller; NULL when they do not fit. */
static inline void *sink_grab(struct sink *s, size_t len)
{
	uint8_t *at = s->base + s->used;

	if (s->full || len > s->size - s->used) {
		s->full = true;
		return NULL;
	}
	s->used += len;
	return at;
}

static inline void sink_put(struct sink *s, const void *octets, size_t len)
{
	void *at = sink_grab(s, len);

	if (at && len)
		memcpy(at, octets, len);
}

static inline void sink_u8(struct sink *s, uint8_t v)
{
	sink_put(s, &v, 1);
}

static inline void sink_u16(struct sink *s, uint16_t v)
{
	be16 w = be16_from(v);

	sink_put(s, &w, sizeof(w));
}

static inline void sink_u32(struct sink *s, uint32_t v)
{
	be32 w = be32_from(v);

	sink_put(s, &w, sizeof(w));
}
