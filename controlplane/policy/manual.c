/* SPDX-License-Identifier: Apache-2.0 */

/*
 * manual - docs/operations/policy.md, printed from the rows that read the documents.
 *
 * Walk     appliance.c, tenant.c, access_field.c, network.c, secrets_field.c -> [manual]
 * Thread   any
 */

#include "controlplane/policy/appliance.h"
#include "controlplane/policy/proposal.h"
#include "controlplane/policy/secrets_field.h"
#include "controlplane/policy/tenant.h"

#include <ctype.h>

static const char head[] =
	"# The documents of a configuration directory\n"
	"\n"
	"<!-- Printed from the rows that read the documents: build/dev/tests/test-manual "
	"--print -->\n"
	"\n"
	"    DIR/appliance.json        the gateway itself\n"
	"    DIR/dataplane.json        ports, cores and memory (read by sekisho-dataplane)\n"
	"    DIR/tenants/NAME.json     one tenant; NAME is its name, of lower-case letters, "
	"digits, hyphens\n"
	"    DIR/secrets/NAME.json     its passwords and keys, mode 0600; may be missing: "
	"secrets.md\n"
	"    DIR/pki/CERT.crt          certificates, PEM\n"
	"    DIR/pki/CERT.key          their private keys, PEM, mode 0600\n"
	"\n"
	"    sekisho-controlplane --check --config DIR --runtime DIR\n"
	"\n"
	"reads everything, changes nothing, and prints one line. Documents are JSON (RFC "
	"8259). A key that\n"
	"is not in these tables is refused, so is one that stands twice; the first mistake "
	"found is named\n"
	"with its file, its path in the document, what was found and what was expected:\n"
	"\n"
	"    tenants/lab.json: $.pools[0].first: found \"10.99\", expected an IPv4 address "
	"such as \"10.0.0.1\"\n"
	"\n"
	"A refused configuration changes nothing. Clients may connect over IPv6; what a field "
	"calls IPv4\n"
	"takes no IPv6 in this version. What is sound and probably not meant is a warning: a "
	"rule that can never match because\n"
	"those before it take all it would, users in no group that a rule names, weak "
	"algorithms.\n"
	"\n"
	"`config/schema/` has the documents as JSON Schemas, for editors; `config/example/` "
	"has some to start\n"
	"from.\n"
	"\n"
	"Beyond the tables, these must fit together:\n"
	"\n"
	"- names are found: a user's groups, a rule's groups, an interface of a route, a "
	"certificate\n"
	"- no two interfaces have one port and VLAN; networks of one side do not overlap\n"
	"- a route's gateway is in the network of an interface\n"
	"- addresses of a tenant's gateway are in networks of outer interfaces; two tenants "
	"may share one\n"
	"  when their identities differ\n"
	"- pools overlap neither each other nor a network of the inside, and hold no name "
	"server; fixed\n"
	"  addresses are in a pool, each of one user\n"
	"- a rule is multiplied out, user groups x prefixes x services: 65,536 records a "
	"tenant at most.\n"
	"  A range of addresses is up to 62 prefixes\n"
	"- groups may include groups of their kind, not in a circle. A user is in those he "
	"names, "
	"then in\n"
	"  those that include one of them, 32 at most\n"
	"- who is in groups with \"routes\" is offered these networks, all of them, in place "
	"of "
	"the tenant's;\n"
	"  16 at most that do not hold each other. With \"dns\" the same, the first 4\n"
	"- tenants and interfaces have numbers, kept as long as their names live: a tenant "
	"that "
	"is named\n"
	"  anew is another one\n"
	"- every user in secrets/NAME.json is in tenants/NAME.json. Who has no password there "
	"may "
	"have one\n"
	"  that sekishoctl set, and not both; enabled users without any are named when the "
	"gateway starts\n";

/* Objects in the order in which they are first mentioned; each is printed once. */
struct page {
	FILE *out;
	const struct field_object *object[32];
	size_t n;
};

static void mention(struct page *p, const struct field_object *of)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->object[i] == of)
			return;
	if (p->n < sizeof(p->object) / sizeof(p->object[0]))
		p->object[p->n++] = of;
}

/* A Markdown link to the object's heading: letters and digits, hyphens for spaces. */
static void put_link(struct page *p, const struct field_object *of)
{
	const char *c;

	fprintf(p->out, "[%s](#", of->name);
	for (c = of->name; *c; c++)
		if (isalnum((unsigned char)*c) || *c == '-')
			fputc(*c, p->out);
		else if (*c == ' ')
			fputc('-', p->out);
	fputc(')', p->out);
}

static void put_value(struct page *p, const struct field *f)
{
	const struct field one = {.kind = f->each, .of = f->of, .words = f->words};
	char text[200];

	if (f->kind == &cp_kind_list) {
		fprintf(p->out, "array of %u to %u: ", f->min, f->max);
		put_value(p, &one);
	} else if (f->kind == &cp_kind_map) {
		fprintf(p->out, "object of %u to %u names: ", f->min, f->max);
		put_link(p, f->of);
	} else if (f->kind == &cp_kind_object) {
		put_link(p, f->of);
	} else {
		fputs(cp_field_expects(f, text, sizeof(text)), p->out);
	}
}

static void put_row(struct page *p, const struct field *f)
{
	fprintf(p->out, "| `%s` | ", f->name);
	put_value(p, f);
	if (f->initial == FIELD_REQUIRED)
		fprintf(p->out, " | **required** | %s |\n", f->help);
	else if (!f->initial[0])
		fprintf(p->out, " | | %s |\n", f->help);
	else
		fprintf(p->out, " | `%s` | %s |\n", f->initial, f->help);
}

static void put_object(struct page *p, const struct field_object *of)
{
	size_t i;

	fprintf(p->out, "\n### %s\n\n%c%s.\n\n", of->name, toupper((unsigned char)of->help[0]),
	        of->help + 1);
	fprintf(p->out, "| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
	for (i = 0; i < of->n; i++) {
		put_row(p, &of->field[i]);
		if (of->field[i].of)
			mention(p, of->field[i].of);
	}
}

void cp_policy_manual(FILE *out)
{
	static const struct {
		const char *title;
		const struct field_object *of;
	} documents[] = {
		{"appliance.json", &cp_appliance_object},
		{"tenants/NAME.json", &cp_tenant_object},
		{"secrets/NAME.json", &cp_secrets_object},
	};
	struct page p = {.out = out};
	size_t i, done = 0;

	fputs(head, out);
	for (i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		fprintf(out, "\n## %s\n", documents[i].title);
		mention(&p, documents[i].of);
		for (; done < p.n; done++)
			put_object(&p, p.object[done]);
	}
	fputs("\n## Words of proposals\n\nJoined by \"-\", in any order: a cipher; with "
	      "AES-CBC an "
	      "integrity algorithm; a PRF, by default\nof the integrity algorithm's hash; a "
	      "key "
	      "exchange group. A proposal for ESP is a cipher, with CBC an integrity "
	      "algorithm, and perhaps\n"
	      "the length of sequence numbers: without a word the client's choice, 64 bits "
	      "where it can.\n\n",
	      out);
	cp_proposal_manual(out);
}
