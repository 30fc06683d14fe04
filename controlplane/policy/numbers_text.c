/* SPDX-License-Identifier: Apache-2.0 */

/*
 * numbers_text - the numbers as a JSON document that a later start reads again.
 *
 *     {"next_tenant": 3, "next_interface": 5, "tenants": [{"name": "blue", "number": 1}],
 *      "interfaces": [{"name": "wan", "number": 0}, {"owner": "blue", "name": "lan", "number": 1}]}
 *
 * Walk     whoever keeps the file -> [numbers_text] -> numbers.c
 * Thread   any
 */

#include "controlplane/policy/field.h"
#include "controlplane/policy/numbers.h"
#include "controlplane/policy/zone.h"

#include <errno.h>

static const char file[] = "numbers.json";

struct tenant_row {
	const char *name;
	uint32_t number;
};

struct iface_row {
	const char *owner, *name; /* owner NULL: the appliance */
	uint32_t number;
};

struct zone_row {
	const char *name, *tzif; /* name NULL: left out */
};

struct draft {
	uint32_t next_tenant, next_iface;
	struct zone_row zone;
	LIST_OF(struct tenant_row) tenants;
	LIST_OF(struct iface_row) ifaces;
};

// clang-format off
#define ROWS(fields) fields, sizeof(fields) / sizeof(fields[0])
static const struct field tenant_fields[] = {
	{"name",   &cp_kind_name,   offsetof(struct tenant_row, name),   .help = "of the tenant"},
	{"number", &cp_kind_number, offsetof(struct tenant_row, number), 1, TENANT_MAX, FIELD_REQUIRED, "its own"},
};
static const struct field_object tenant_object = {"tenant", "a tenant's number", sizeof(struct tenant_row), ROWS(tenant_fields)};

static const struct field iface_fields[] = {
	{"owner",  &cp_kind_name,   offsetof(struct iface_row, owner),  0, 0, FIELD_OPTIONAL, "tenant; without it, the appliance"},
	{"name",   &cp_kind_name,   offsetof(struct iface_row, name),   .help = "of the interface"},
	{"number", &cp_kind_number, offsetof(struct iface_row, number), 0, MSG_IFACES_MAX - 1, FIELD_REQUIRED, "its own"},
};
static const struct field_object iface_object = {"interface", "an interface's number", sizeof(struct iface_row), ROWS(iface_fields)};

static const struct field zone_fields[] = {
	{"name", &cp_kind_zone, offsetof(struct zone_row, name), .help = "of the time zone"},
	{"tzif", &cp_kind_text, offsetof(struct zone_row, tzif), 0, 2 * CP_ZONE_OCTETS_MAX, FIELD_REQUIRED, "its file, in hexadecimal digits"},
};
static const struct field_object zone_object = {"time zone", "the time zone of the policy", sizeof(struct zone_row), ROWS(zone_fields)};

static const struct field fields[] = {
	{"next_tenant",    &cp_kind_number, offsetof(struct draft, next_tenant), 1, TENANT_MAX,         FIELD_REQUIRED, "where the next number is looked for"},
	{"next_interface", &cp_kind_number, offsetof(struct draft, next_iface),  0, MSG_IFACES_MAX - 1, FIELD_REQUIRED, "where the next number is looked for"},
	{"tenants",        &cp_kind_list,   offsetof(struct draft, tenants),     0, TENANT_MAX,         FIELD_REQUIRED, "numbers of tenants", &tenant_object, &cp_kind_object},
	{"zone",           &cp_kind_object, offsetof(struct draft, zone),        0, 0, FIELD_OPTIONAL, "the time zone", &zone_object},
	{"interfaces",     &cp_kind_list,   offsetof(struct draft, ifaces),      0, MSG_IFACES_MAX,     FIELD_REQUIRED, "numbers of interfaces", &iface_object, &cp_kind_object},
};
static const struct field_object numbers_object = {"numbers", "the numbers of tenants and interfaces", sizeof(struct draft), ROWS(fields)};
// clang-format on

/* ---- reading --------------------------------------------------------------------------- */

/* Rows are written in the order of their names, so that a name twice shows, and finding them
 * needs no sorting. */
static int refuse_order(struct cp_policy_error *e, const char *list, size_t i, const char *name)
{
	return cp_policy_refuse(e, file, cp_text("$.%s[%zu].name", list, i).text,
	                        cp_text("\"%s\"", name).text,
	                        "a name behind that of the row before it");
}

static int refuse_number(struct cp_policy_error *e, const char *list, size_t i, uint32_t number)
{
	return cp_policy_refuse(e, file, cp_text("$.%s[%zu].number", list, i).text,
	                        cp_text("%u", number).text,
	                        "a number that no row before it has");
}

static int take_tenants(const struct draft *from, struct cp_numbers *to,
                        struct cp_policy_error *error)
{
	bool taken[TENANT_MAX + 1] = {false};
	size_t i;

	to->tenant = calloc(from->tenants.n + 1, sizeof(*to->tenant));
	if (!to->tenant)
		return -ENOMEM;
	for (i = 0; i < from->tenants.n; i++) {
		const struct tenant_row *row = &from->tenants.at[i];
		struct cp_numbers_tenant *t = &to->tenant[to->n_tenant++];

		t->id = (uint16_t)row->number;
		snprintf(t->name, sizeof(t->name), "%s", row->name);
		if (i && strcmp(t[-1].name, t->name) >= 0)
			return refuse_order(error, "tenants", i, t->name);
		if (taken[t->id])
			return refuse_number(error, "tenants", i, row->number);
		taken[t->id] = true;
	}
	return 0;
}

static int take_ifaces(const struct draft *from, struct cp_numbers *to,
                       struct cp_policy_error *error)
{
	bool taken[MSG_IFACES_MAX] = {false};
	size_t i;
	int order;

	to->iface = calloc(from->ifaces.n + 1, sizeof(*to->iface));
	if (!to->iface)
		return -ENOMEM;
	for (i = 0; i < from->ifaces.n; i++) {
		const struct iface_row *row = &from->ifaces.at[i];
		struct cp_numbers_iface *f = &to->iface[to->n_iface++];

		f->index = (uint16_t)row->number;
		snprintf(f->owner, sizeof(f->owner), "%s", row->owner ? row->owner : "");
		snprintf(f->name, sizeof(f->name), "%s", row->name);
		order = i ? strcmp(f[-1].owner, f->owner) : -1;
		if (order > 0 || (order == 0 && strcmp(f[-1].name, f->name) >= 0))
			return refuse_order(error, "interfaces", i, f->name);
		if (taken[f->index])
			return refuse_number(error, "interfaces", i, row->number);
		taken[f->index] = true;
	}
	return 0;
}

static int take_octets(const char *digits, size_t n, uint8_t *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const char pair[] = {digits[2 * i], digits[2 * i + 1], 0};

		if (strspn(pair, "0123456789abcdef") != 2)
			return -EINVAL;
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return 0;
}

static int take_zone(struct document *d, const struct zone_row *row, struct cp_numbers *to)
{
	size_t len = row->name ? strlen(row->tzif) / 2 : 0;
	uint8_t *octets = cp_arena_take(d->arena, len + 1);
	int err;

	if (!row->name)
		return 0;
	if (!octets)
		return -ENOMEM;
	err = take_octets(row->tzif, len, octets);
	if (!err)
		err = cp_zone_parse(row->name, octets, len, &to->zone);
	if (err != -EINVAL)
		return err;
	return cp_policy_refuse(d->error, file, "$.zone.tzif", "something else",
	                        "a time zone's file (RFC 8536), in hexadecimal digits");
}

int cp_numbers_read(const char *text, size_t len, struct cp_numbers *out,
                    struct cp_policy_error *error)
{
	struct arena arena = {0};
	struct document d = {.file = file, .arena = &arena, .error = error};
	struct draft draft = {0};
	int err;

	memset(error, 0, sizeof(*error));
	cp_numbers_init(out);
	err = cp_document_parse(&d, text, len);
	if (!err)
		err = cp_field_read(&d, NULL, &numbers_object, d.root, &draft);
	if (!err)
		err = take_tenants(&draft, out, error);
	if (!err)
		err = take_ifaces(&draft, out, error);
	if (!err)
		err = take_zone(&d, &draft.zone, out);
	if (!err) {
		out->next_tenant = (uint16_t)draft.next_tenant;
		out->next_iface = (uint16_t)draft.next_iface;
	} else {
		cp_numbers_fini(out);
		cp_policy_error_memory(error, err);
	}
	cp_document_fini(&d);
	cp_arena_fini(&arena);
	return err;
}

/* ---- writing --------------------------------------------------------------------------- */

static void put_zone(const struct cp_zone *z, FILE *f)
{
	size_t len, i;
	const uint8_t *octets = cp_zone_octets(z, &len);

	if (!octets)
		return;
	fprintf(f, "  \"zone\": {\"name\": \"%s\", \"tzif\": \"", cp_zone_name(z));
	for (i = 0; i < len; i++)
		fprintf(f, "%02x", octets[i]);
	fprintf(f, "\"},\n");
}

/* Names are of letters, digits, ".", "_", "-": nothing to escape. */
int cp_numbers_write(const struct cp_numbers *n, char **text)
{
	FILE *f;
	size_t len;
	uint32_t i;

	*text = NULL;
	f = open_memstream(text, &len);
	if (!f)
		return -ENOMEM;
	fprintf(f, "{\n  \"next_tenant\": %u,\n  \"next_interface\": %u,\n", n->next_tenant,
	        n->next_iface);
	if (n->zone)
		put_zone(n->zone, f);
	fprintf(f, "  \"tenants\": [");
	for (i = 0; i < n->n_tenant; i++)
		fprintf(f, "%s\n    {\"name\": \"%s\", \"number\": %u}", i ? "," : "",
		        n->tenant[i].name, n->tenant[i].id);
	fprintf(f, "\n  ],\n  \"interfaces\": [");
	for (i = 0; i < n->n_iface; i++) {
		const struct cp_numbers_iface *row = &n->iface[i];

		fprintf(f, "%s\n    {", i ? "," : "");
		if (row->owner[0])
			fprintf(f, "\"owner\": \"%s\", ", row->owner);
		fprintf(f, "\"name\": \"%s\", \"number\": %u}", row->name, row->index);
	}
	fprintf(f, "\n  ]\n}\n");
	if (fclose(f) == 0)
		return 0;
	free(*text);
	*text = NULL;
	return -ENOMEM;
}
