/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * field - every field of every document is a row: name, kind, place, range, default, help.
 *
 * The reader walks the rows, never the document, so what no row names is refused. Rows fill
 * a draft: a struct of the same shape as the JSON object, strings borrowed from the tree.
 * What a draft means is checked afterwards. docs/operations/policy.md is printed from the
 * same rows (manual.c).
 *
 * Walk     document.c -> [field] -> kind.c, tenant.c, access.c, proposal.c (kinds)
 * Thread   the loader's
 */

#include "controlplane/policy/document.h"

#include <stddef.h>
#include <stdint.h>

struct field;

/* A kind of value. */
struct field_kind {
	const char *text; /* "an IPv4 address": messages and manual; NULL: told from the row */
	size_t size;      /* octets read() fills */
	/* @f->kind is the kind itself. returns 0, -EINVAL (refused), -ENOMEM */
	int (*read)(struct document *d, const struct place *at, const struct field *f,
	            const json_t *v, void *out);
	bool (*is)(const char *text); /* kinds that are one word */
	const char *pattern;          /* kinds that are text, for schemas: a regular expression
	                               * (ECMA 262) that all of them match; NULL: any text */
};

/* An object's rows. */
struct field_object {
	const char *name; /* of one such thing: "rule" */
	const char *help;
	size_t size; /* of its draft */
	const struct field *field;
	size_t n;
};

struct field {
	const char *name;
	const struct field_kind *kind;
	size_t place;        /* in the draft */
	uint32_t min, max;   /* numbers: value; texts: octets; lists and maps: elements */
	const char *initial; /* default as JSON; FIELD_REQUIRED; FIELD_OPTIONAL */
	const char *help;
	const struct field_object *of; /* objects, and lists and maps of them */
	const struct field_kind *each; /* lists: kind of an element */
	const char *const *words;      /* choices, NULL at the end */
};

/* Pieces of patterns: an octet, an address, a length behind it from 0 or from 8. */
#define FIELD_V4_OCTET    "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define FIELD_V4          "(" FIELD_V4_OCTET "\\.){3}" FIELD_V4_OCTET
#define FIELD_V4_LENGTH   "/0*([0-9]|[12][0-9]|3[0-2])"
#define FIELD_V4_LENGTH_8 "/0*([89]|[12][0-9]|3[0-2])"
/* Of IPv6 only the letters: what follows what is told by the parser. */
#define FIELD_V6        "[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]*"
#define FIELD_V6_LENGTH "/0*([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])"
#define FIELD_PRINTABLE "[^\\x00-\\x1f\\x7f-\\x9f]"

#define FIELD_REQUIRED NULL
#define FIELD_OPTIONAL "" /* left zero when it is not there */

/* In drafts: what a list field fills. Every LIST_OF() has the layout of struct field_list. */
#define LIST_OF(type)     \
	struct {          \
		size_t n; \
		type *at; \
	}
struct field_list {
	size_t n;
	void *at;
};

/* The kinds, and the C type each fills. */
extern const struct field_kind cp_kind_bool;       /* bool */
extern const struct field_kind cp_kind_number;     /* uint32_t */
extern const struct field_kind cp_kind_number_off; /* uint32_t: 0, or within the range */
extern const struct field_kind cp_kind_choice;     /* uint32_t, index into words */
extern const struct field_kind cp_kind_name;       /* const char *, CP_NAME_MAX with NUL */
extern const struct field_kind cp_kind_group;      /* the same, but not "any" */
extern const struct field_kind cp_kind_user;       /* const char *, CP_USER_MAX with NUL */
extern const struct field_kind cp_kind_text;       /* const char *, row's max */
extern const struct field_kind cp_kind_domain;     /* const char *, a FQDN */
extern const struct field_kind cp_kind_host;       /* const char *, a FQDN or an address */
extern const struct field_kind cp_kind_port;       /* const char *, MSG_NAME_MAX with NUL */
extern const struct field_kind cp_kind_path;       /* const char *, 200 octets */
extern const struct field_kind cp_kind_account;    /* const char *, 31 octets */
extern const struct field_kind cp_kind_zone;       /* const char *, of the tz database */
extern const struct field_kind cp_kind_address;    /* struct addr, of a host */
extern const struct field_kind cp_kind_prefix;     /* struct prefix */
extern const struct field_kind cp_kind_on_link;    /* struct on_link */
/* Of both families: the ones above are IPv4's. */
extern const struct field_kind cp_kind_either;        /* struct addr, of a host */
extern const struct field_kind cp_kind_router;        /* likewise, or of one link */
extern const struct field_kind cp_kind_either_prefix; /* struct prefix */
extern const struct field_kind cp_kind_on_link6;      /* struct on_link, IPv6 */
extern const struct field_kind cp_kind_object;        /* field_object's draft, in place */
extern const struct field_kind cp_kind_list;          /* LIST_OF */
extern const struct field_kind cp_kind_map;           /* LIST_OF; the key is the first member */

struct on_link {
	struct addr addr;
	struct prefix net;
};

/* What a row expects, for messages and the manual: "a whole number from 1 to 16". */
const char *cp_field_expects(const struct field *f, char *buf, size_t size);

/* Is it one a single host can have: not "this network", loopback, multicast or reserved?
 * (RFC 6890 section 2.2.2) */
bool cp_addr_is_host(const struct addr *a);
/* fe80::/10 */
bool cp_addr_is_link_local(const struct addr *a);

/*
 * Read the object @v into @draft (of->size octets).
 *
 * returns  0, -EINVAL (d->error), -ENOMEM
 */
int cp_field_read(struct document *d, const struct place *at, const struct field_object *of,
                  const json_t *v, void *draft);
