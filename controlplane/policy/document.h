/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * document - one JSON file: read once, bounded, parsed, and refused in a sentence.
 *
 * Walk     policy.c -> [document] -> field.c -> appliance.c, tenant.c
 * Source   RFC 8259
 * Thread   the loader's
 * Memory   the text and the JSON tree live until cp_document_fini(); drafts borrow strings
 */

#include "controlplane/policy/arena.h"
#include "controlplane/policy/policy.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>

enum {
	CP_DOCUMENT_MAX = 16 << 20, /* octets: 100,000 users take about 8 MB */
	CP_DOCUMENT_DEPTH = 16,     /* arrays and objects inside each other */
};

struct document {
	const char *file; /* as messages name it: "tenants/lab.json" */
	bool secret;      /* no value of it may stand in a message */
	json_t *root;
	json_t *defaults;              /* array: values of fields that were left out */
	struct arena *arena;           /* drafts of this document */
	struct cp_policy_error *error; /* filled by whoever refuses */
};

/* Where in a document: a chain on the stack, one link a level. */
struct place {
	const struct place *up; /* NULL: the root, "$" */
	const char *key;        /* NULL: an element */
	size_t index;
};

/* Octets of a file, owned. */
struct document_text {
	char *at;
	size_t len;
};

/*
 * Read DIR/@file whole, once. What is checked and parsed afterwards is this copy.
 *
 * @private  the file must not be readable or writable by group and others
 * returns   0, -errno (@error says why)
 */
int cp_document_read(int directory, const char *file, bool private, struct document_text *out,
                     struct cp_policy_error *error);
/* Wipes: the text may hold secrets. */
void cp_document_text_fini(struct document_text *t);

/*
 * Parse @text into d->root.
 *
 * returns  0, -EINVAL, -ENOMEM
 */
int cp_document_parse(struct document *d, const char *text, size_t len);
void cp_document_fini(struct document *d);

/*
 * Refuse: fill the error. Each returns -EINVAL, so that its call can be returned.
 *
 * cp_document_refuse()  while reading: what was found is told from the value @v
 * cp_policy_refuse()    while checking: found is text
 */
int cp_document_refuse(struct document *d, const struct place *at, const json_t *v,
                       const char *expected, ...) __attribute__((format(printf, 4, 5)));
int cp_policy_refuse(struct cp_policy_error *e, const char *file, const char *path,
                     const char *found, const char *expected, ...)
	__attribute__((format(printf, 5, 6)));

/* When @err is -ENOMEM, and nothing was refused, say so in @e: an error always has words. */
void cp_policy_error_memory(struct cp_policy_error *e, int err);

/* A piece of text by value: cp_text("$.users[%zu]", i).text as an argument. */
struct text {
	char text[256];
};
struct text cp_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "$.rules[3].users[0]" */
const char *cp_place_format(const struct place *at, char *buf, size_t size);
