/* SPDX-License-Identifier: Apache-2.0 */

/*
 * schema - the documents as JSON Schemas (draft 7), printed from the rows that read them: for
 * editors and for checks before a document comes here.
 *
 * A schema says less than the reader does: what it refuses is refused here, too, and not the
 * other way round. References, overlaps and lengths in octets are beyond it.
 *
 * Walk     appliance.c, tenant.c, access_field.c, network.c, secrets_field.c -> [schema]
 * Source   JSON Schema draft-07 (draft-handrews-json-schema-01, -validation-01)
 * Thread   any
 */

#include "controlplane/policy/appliance.h"
#include "controlplane/policy/secrets_field.h"
#include "controlplane/policy/tenant.h"

#include <assert.h>
#include <errno.h>

static const struct {
	const char *document, *title;
	const struct field_object *of;
} documents[] = {
	{"appliance", "Sekisho: appliance.json", &cp_appliance_object},
	{"tenant", "Sekisho: tenants/NAME.json", &cp_tenant_object},
	{"secrets", "Sekisho: secrets/NAME.json", &cp_secrets_object},
};

/* Objects in the order in which they are first mentioned; each is defined once. */
struct page {
	FILE *out;
	const struct field_object *object[48];
	size_t n;
};

static void mention(struct page *p, const struct field_object *of)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->object[i] == of)
			return;
	assert(p->n < sizeof(p->object) / sizeof(p->object[0]));
	p->object[p->n++] = of;
}

/* A JSON string of our own text: quotes and backslashes are all there is to escape. */
static void put_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

/* "user's secret" is defined as "users_secret". */
static void put_reference(struct page *p, const struct field_object *of, const char *before)
{
	const char *c;

	fprintf(p->out, "\"%s", before);
	for (c = of->name; *c; c++)
		if (*c != '\'')
			fputc(*c == ' ' ? '_' : *c, p->out);
	fputc('"', p->out);
	mention(p, of);
}

static void put_choice(struct page *p, const struct field *f)
{
	size_t i;

	fputs("\"enum\": [", p->out);
	for (i = 0; f->words[i]; i++) {
		fputs(i ? ", " : "", p->out);
		put_text(p->out, f->words[i]);
	}
	fputc(']', p->out);
}

/* Octets are never fewer than characters. */
static void put_string(struct page *p, const struct field *f)
{
	fputs("\"type\": \"string\"", p->out);
	if (f->kind->pattern) {
		fputs(", \"pattern\": ", p->out);
		put_text(p->out, f->kind->pattern);
	}
	if (f->max)
		fprintf(p->out, ", \"minLength\": 1, \"maxLength\": %u", f->max);
}

static void put_value(struct page *p, const struct field *f);

static void put_list(struct page *p, const struct field *f)
{
	const struct field one = {.kind = f->each, .of = f->of, .words = f->words};

	fprintf(p->out, "\"type\": \"array\", \"minItems\": %u, \"maxItems\": %u, \"items\": {",
	        f->min, f->max);
	put_value(p, &one);
	fputc('}', p->out);
}

static void put_value(struct page *p, const struct field *f)
{
	if (f->kind == &cp_kind_bool) {
		fputs("\"type\": \"boolean\"", p->out);
	} else if (f->kind == &cp_kind_number) {
		fprintf(p->out, "\"type\": \"integer\", \"minimum\": %u, \"maximum\": %u",
		        f->min, f->max);
	} else if (f->kind == &cp_kind_number_off) {
		fprintf(p->out,
		        "\"type\": \"integer\", \"anyOf\": [{\"const\": 0}, {\"minimum\": %u, "
		        "\"maximum\": %u}]",
		        f->min, f->max);
	} else if (f->kind == &cp_kind_choice) {
		put_choice(p, f);
	} else if (f->kind == &cp_kind_object) {
		fputs("\"$ref\": ", p->out);
		put_reference(p, f->of, "#/definitions/");
	} else if (f->kind == &cp_kind_list) {
		put_list(p, f);
	} else if (f->kind == &cp_kind_map) {
		fprintf(p->out,
		        "\"type\": \"object\", \"minProperties\": %u, \"maxProperties\": %u, "
		        "\"additionalProperties\": {\"$ref\": ",
		        f->min, f->max);
		put_reference(p, f->of, "#/definitions/");
		fputc('}', p->out);
	} else {
		put_string(p, f);
	}
}

/* Draft 7 passes over what stands beside a reference: the object says what it is itself. */
static void put_row(struct page *p, const struct field *f)
{
	fputs("\n        ", p->out);
	put_text(p->out, f->name);
	fputs(": {", p->out);
	put_value(p, f);
	if (f->kind != &cp_kind_object) {
		fputs(", \"description\": ", p->out);
		put_text(p->out, f->help);
		if (f->initial && f->initial[0])
			fprintf(p->out, ", \"default\": %s", f->initial);
	}
	fputc('}', p->out);
}

static void put_object(struct page *p, const struct field_object *of)
{
	bool is_first = true;
	size_t i;

	fputs("\n    ", p->out);
	put_reference(p, of, "");
	fputs(": {\n      \"description\": ", p->out);
	put_text(p->out, of->help);
	fputs(",\n      \"type\": \"object\",\n      \"additionalProperties\": false,\n"
	      "      \"required\": [",
	      p->out);
	for (i = 0; i < of->n; i++) {
		if (of->field[i].initial != FIELD_REQUIRED)
			continue;
		fputs(is_first ? "" : ", ", p->out);
		put_text(p->out, of->field[i].name);
		is_first = false;
	}
	fputs("],\n      \"properties\": {", p->out);
	for (i = 0; i < of->n; i++) {
		fputs(i ? "," : "", p->out);
		put_row(p, &of->field[i]);
	}
	fputs("\n      }\n    }", p->out);
}

int cp_policy_schema(const char *document, FILE *out)
{
	struct page p = {.out = out};
	size_t i, done;

	for (i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		if (strcmp(documents[i].document, document) != 0)
			continue;
		fprintf(out,
		        "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
		        "  \"title\": \"%s\",\n  \"$ref\": ",
		        documents[i].title);
		put_reference(&p, documents[i].of, "#/definitions/");
		fputs(",\n  \"definitions\": {", out);
		for (done = 0; done < p.n; done++) {
			fputs(done ? "," : "", out);
			put_object(&p, p.object[done]);
		}
		fputs("\n  }\n}\n", out);
		return 0;
	}
	return -ENOENT;
}
