/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/policy.h"

#include "controlplane/policy/appliance.h"
#include "controlplane/policy/directory.h"
#include "controlplane/policy/local.h"
#include "controlplane/policy/numbers.h"
#include "controlplane/policy/ports.h"
#include "controlplane/policy/tenant.h"
#include "controlplane/policy/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* FNV-1a, 64 bits: a name for this state of the documents, not a defence. */
static uint64_t hash(uint64_t h, const void *octets, size_t len)
{
	const uint8_t *at = octets;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ at[i]) * 0x100000001b3;
	return h;
}

static int build_appliance(const struct cp_policy_text *text, struct cp_policy *p,
                           struct cp_policy_error *error)
{
	struct arena arena = {0};
	struct document d = {.file = CP_APPLIANCE_FILE, .arena = &arena, .error = error};
	int err = cp_document_parse(&d, text->at, text->len);

	if (!err)
		err = cp_appliance_build(&d, p);
	cp_document_fini(&d);
	cp_arena_fini(&arena);
	return err;
}

/*
 * A confined process cannot read the database, and gets the zone from the policy before: whether
 * there is one of this name was seen by who is not confined, and only dates ask for more.
 */
static int find_zone(const struct cp_zone *known, struct cp_policy *p,
                     struct cp_policy_error *error)
{
	const char *name = p->appliance.time_zone;
	int err = cp_zone_load(name, &p->zone);

	if (err == -EACCES || err == -EPERM) {
		err = 0;
		if (known && strcmp(cp_zone_name(known), name) == 0) {
			p->zone = cp_zone_copy(known);
			err = p->zone ? 0 : -ENOMEM;
		}
	}
	if (!err && p->zone) {
		p->numbers->zone = cp_zone_copy(p->zone);
		return p->numbers->zone ? 0 : -ENOMEM;
	}
	if (!err || err == -ENOMEM)
		return err;
	return cp_policy_refuse(error, CP_APPLIANCE_FILE, "$.time_zone",
	                        cp_text("\"%s\"", name).text,
	                        "a time zone below " CP_ZONE_DIRECTORY " of this machine (%s)",
	                        err == -EINVAL ? "that is none" : strerror(-err));
}

static int build_tenant(const struct cp_policy_text *text, struct cp_policy *p,
                        struct cp_policy_error *error)
{
	struct cp_tenant *t = &p->tenant[p->n_tenant++];
	const struct text file = cp_text("tenants/%s.json", text->name);
	struct arena arena = {0};
	struct document d = {.file = file.text, .arena = &arena, .error = error};
	int err = cp_document_parse(&d, text->at, text->len);

	snprintf(t->name, sizeof(t->name), "%s", text->name);
	t->id = (uint16_t)cp_numbers_tenant(p->numbers, t->name);
	p->tenant_by_id[t->id] = (uint16_t)p->n_tenant;
	if (!err)
		err = cp_tenant_build(&d, p, t);
	cp_document_fini(&d);
	cp_arena_fini(&arena);
	return err;
}

/* What the data plane takes of all tenants together. */
static int check_totals(const struct cp_policy *p, struct cp_policy_error *error)
{
	uint32_t routes = p->n_route, rules = 0, i;

	for (i = 0; i < p->n_tenant; i++) {
		const struct text file = cp_text("tenants/%s.json", p->tenant[i].name);

		routes += p->tenant[i].n_route;
		rules += p->tenant[i].n_compiled;
		if (routes > MSG_ROUTES_MAX)
			return cp_policy_refuse(error, file.text, "$.routes",
			                        cp_text("%u of all tenants", routes).text,
			                        "at most %d", MSG_ROUTES_MAX);
		if (rules > MSG_RULES_MAX)
			return cp_policy_refuse(
				error, file.text, "$.rules",
				cp_text("%u of all tenants after expansion", rules).text,
				"at most %d", MSG_RULES_MAX);
	}
	return 0;
}

/* ---- numbers --------------------------------------------------------------------------- */

static int number_tenants(struct cp_policy *p, const struct cp_policy_texts *texts,
                          const struct cp_numbers *former)
{
	struct cp_numbers *n = p->numbers;
	size_t i;

	n->tenant = calloc(texts->n_tenant + 1, sizeof(*n->tenant));
	if (!n->tenant)
		return -ENOMEM;
	for (i = 0; i < texts->n_tenant; i++)
		snprintf(n->tenant[n->n_tenant++].name, CP_NAME_MAX, "%s",
		         texts->tenant[i].name);
	return cp_numbers_tenants(n, former);
}

static int number_ifaces(struct cp_policy *p, const struct cp_numbers *former)
{
	struct cp_numbers *n = p->numbers;
	uint32_t i;
	int err;

	n->iface = calloc(p->n_iface + 1, sizeof(*n->iface));
	if (!n->iface)
		return -ENOMEM;
	for (i = 0; i < p->n_iface; i++) {
		const struct cp_tenant *t = cp_policy_tenant(p, p->iface[i].vrf);
		struct cp_numbers_iface *row = &n->iface[n->n_iface++];

		snprintf(row->owner, sizeof(row->owner), "%s", t ? t->name : "");
		snprintf(row->name, sizeof(row->name), "%s", p->iface[i].name);
	}
	err = cp_numbers_ifaces(n, former);
	for (i = 0; !err && i < p->n_iface; i++) {
		const struct cp_tenant *t = cp_policy_tenant(p, p->iface[i].vrf);

		p->iface[i].index =
			(uint16_t)cp_numbers_iface(n, t ? t->name : "", p->iface[i].name);
	}
	return err;
}

/* ---- the whole ------------------------------------------------------------------------- */

static int new_policy(size_t n_tenant, struct cp_policy **out)
{
	struct cp_policy *p = calloc(1, sizeof(*p));

	*out = p;
	if (!p)
		return -ENOMEM;
	p->iface = calloc(MSG_IFACES_MAX, sizeof(*p->iface));
	p->tenant = calloc(n_tenant + 1, sizeof(*p->tenant));
	p->tenant_by_id = calloc(TENANT_MAX + 1, sizeof(*p->tenant_by_id));
	p->numbers = calloc(1, sizeof(*p->numbers));
	if (!p->iface || !p->tenant || !p->tenant_by_id || !p->numbers)
		return -ENOMEM;
	cp_numbers_init(p->numbers);
	return 0;
}

static int build(struct cp_policy *p, const struct cp_policy_texts *texts,
                 const struct cp_numbers *former, struct cp_policy_error *error)
{
	size_t i;
	int err = number_tenants(p, texts, former);

	if (!err)
		err = build_appliance(&texts->appliance, p, error);
	if (!err)
		err = find_zone(texts->zone || !former ? texts->zone : former->zone, p, error);
	for (i = 0; !err && i < texts->n_tenant; i++)
		err = build_tenant(&texts->tenant[i], p, error);
	if (!err)
		err = check_totals(p, error);
	if (!err)
		err = cp_local_build(p, error);
	return err ? err : number_ifaces(p, former);
}

static uint64_t revision_of(const struct cp_policy_texts *texts)
{
	uint64_t h = 0xcbf29ce484222325;
	size_t i;

	h = hash(h, texts->appliance.at, texts->appliance.len);
	for (i = 0; i < texts->n_tenant; i++) {
		h = hash(h, texts->tenant[i].name, strlen(texts->tenant[i].name) + 1);
		h = hash(h, texts->tenant[i].at, texts->tenant[i].len);
	}
	return h;
}

static int by_name(const void *a, const void *b)
{
	const struct cp_policy_text *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* File names have another order than the names in them: "a-b.json", "a.json". */
static int sort_tenants(struct cp_policy_texts *texts, struct cp_policy_error *error)
{
	struct cp_policy_text *sorted;
	size_t i;
	int err = 0;

	if (texts->n_tenant > TENANT_MAX)
		return cp_policy_refuse(error, "tenants", "",
		                        cp_text("%zu documents", texts->n_tenant).text,
		                        "at most %d", TENANT_MAX);
	sorted = calloc(texts->n_tenant + 1, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (i = 0; !err && i < texts->n_tenant; i++) {
		sorted[i] = texts->tenant[i];
		err = cp_tenant_name_check(sorted[i].name, strlen(sorted[i].name), error);
	}
	if (!err)
		qsort(sorted, texts->n_tenant, sizeof(*sorted), by_name);
	for (i = 1; !err && i < texts->n_tenant; i++)
		if (by_name(&sorted[i - 1], &sorted[i]) == 0)
			err = cp_policy_refuse(error, "tenants", "",
			                       cp_text("\"%s\" twice", sorted[i].name).text,
			                       "each tenant once");
	if (err) {
		free(sorted);
		return err;
	}
	texts->tenant = sorted;
	return 0;
}

int cp_policy_parse(const struct cp_policy_texts *texts, const struct cp_numbers *former,
                    struct cp_policy **out, struct cp_policy_error *error)
{
	struct cp_policy_texts sorted = *texts;
	struct cp_policy *p = NULL;
	int err;

	memset(error, 0, sizeof(*error));
	err = sort_tenants(&sorted, error);
	if (err) {
		cp_policy_error_memory(error, err);
		return err;
	}
	err = new_policy(sorted.n_tenant, &p);
	if (!err)
		err = build(p, &sorted, former, error);
	if (!err) {
		p->revision = revision_of(&sorted);
		*out = p;
	} else {
		cp_policy_error_memory(error, err);
		cp_policy_free(p);
	}
	free((void *)sorted.tenant);
	return err;
}

/* Names come from outside: no order of theirs may show in their keys. FNV-1a, then the
 * finalizer of MurmurHash3, which lets each bit of it reach all others. */
uint64_t cp_user_key(const char *name)
{
	uint64_t h = hash(0xcbf29ce484222325, name, strlen(name));

	h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
	h ^= h >> 33;
	return h ? h : 1;
}

uint64_t cp_rule_id(const char *name)
{
	return cp_user_key(name);
}

/* @name  "": none is asked for */
static int check_certificate(int directory, const char *document, const char *path,
                             const char *name, struct cp_policy_error *error)
{
	const struct text file = cp_text("pki/%s.crt", name);

	if (!name[0] || faccessat(directory, file.text, R_OK, 0) == 0)
		return 0;
	return cp_policy_refuse(
		error, document, path,
		cp_text("\"%s\" (%s: %s)", name, file.text, strerror(errno)).text,
		"a certificate that can be read: put it there as PEM");
}

/* A client is refused late and puzzlingly when this is missing; better now. */
static int check_certificates(int directory, const struct cp_policy *p,
                              struct cp_policy_error *error)
{
	const struct cp_syslog *s = &p->appliance.syslog;
	uint32_t i;
	int err;

	err = check_certificate(directory, CP_APPLIANCE_FILE, "$.syslog.ca", s->ca, error);
	if (!err)
		err = check_certificate(directory, CP_APPLIANCE_FILE, "$.syslog.certificate",
		                        s->certificate, error);
	for (i = 0; !err && i < p->n_tenant; i++)
		err = check_certificate(
			directory, cp_text("tenants/%s.json", p->tenant[i].name).text,
			"$.gateway.certificate", p->tenant[i].certificate, error);
	return err;
}

int cp_policy_load(const char *directory, const struct cp_numbers *former,
                   struct cp_policy **out, struct cp_policy_error *error)
{
	struct cp_policy_texts texts;
	struct cp_directory dir;
	struct cp_policy *p;
	int err;

	memset(error, 0, sizeof(*error));
	err = cp_directory_read(directory, &dir, error);
	if (err) {
		cp_policy_error_memory(error, err);
		return err;
	}
	texts = (struct cp_policy_texts){dir.appliance, dir.tenant, dir.n_tenant};
	err = cp_policy_parse(&texts, former, &p, error);
	if (err)
		goto forget_directory;
	err = check_certificates(dir.fd, p, error);
	if (!err)
		err = cp_ports_check(dir.fd, p, error);
	if (err)
		cp_policy_free(p);
	else
		*out = p;
forget_directory:
	cp_directory_fini(&dir);
	return err;
}

static void free_tenant(struct cp_tenant *t)
{
	uint32_t i;

	for (i = 0; t->user && i < t->n_user; i++)
		free(t->user[i].device);
	for (i = 0; t->user_group && i < t->n_user_group; i++)
		free(t->user_group[i].route);
	free(t->pool);
	free(t->subnet);
	free(t->user);
	free(t->by_key);
	free(t->user_group);
	free(t->route);
	free(t->rule);
	free(t->compiled);
	free(t->set);
	free(t->pack);
}

void cp_policy_free(struct cp_policy *p)
{
	uint32_t i;

	if (!p)
		return;
	for (i = 0; p->tenant && i < p->n_tenant; i++)
		free_tenant(&p->tenant[i]);
	if (p->numbers)
		cp_numbers_fini(p->numbers);
	free(p->numbers);
	cp_zone_free(p->zone);
	free(p->tenant);
	free(p->tenant_by_id);
	free(p->warning);
	free(p->iface);
	free(p->route);
	free(p->local);
	free(p);
}

void cp_policy_summary(const struct cp_policy *p, FILE *out)
{
	uint32_t users = 0, rules = 0, records = 0, i;

	for (i = 0; i < p->n_tenant; i++) {
		users += p->tenant[i].n_user;
		rules += p->tenant[i].n_rule;
		records += p->tenant[i].n_compiled;
	}
	fprintf(out,
	        "policy ok: %u tenants, %u users, %u rules (%u after expansion), "
	        "%u interfaces\n",
	        p->n_tenant, users, rules, records, p->n_iface);
}

const struct cp_tenant *cp_policy_tenant(const struct cp_policy *p, uint16_t id)
{
	uint32_t i;

	if (p->tenant_by_id)
		return id <= TENANT_MAX && p->tenant_by_id[id]
		               ? &p->tenant[p->tenant_by_id[id] - 1]
		               : NULL;
	for (i = 0; i < p->n_tenant; i++)
		if (p->tenant[i].id == id)
			return &p->tenant[i];
	return NULL;
}

static int tenant_order(const void *name, const void *tenant)
{
	return strcmp(name, ((const struct cp_tenant *)tenant)->name);
}

const struct cp_tenant *cp_policy_tenant_named(const struct cp_policy *p, const char *name)
{
	return bsearch(name, p->tenant, p->n_tenant, sizeof(*p->tenant), tenant_order);
}

static int user_order(const void *name, const void *user)
{
	return strcmp(name, ((const struct cp_user *)user)->name);
}

const struct cp_user *cp_tenant_user(const struct cp_tenant *t, const char *name)
{
	return bsearch(name, t->user, t->n_user, sizeof(*t->user), user_order);
}

static int key_order(const void *key, const void *row)
{
	const uint64_t *k = key;
	const struct cp_user_key_row *r = row;

	return (*k > r->key) - (*k < r->key);
}

const struct cp_user *cp_tenant_user_by_key(const struct cp_tenant *t, uint64_t key)
{
	const struct cp_user_key_row *row =
		bsearch(&key, t->by_key, t->n_user, sizeof(*t->by_key), key_order);

	return row ? &t->user[row->user] : NULL;
}

const char *cp_tenant_rule_named(const struct cp_tenant *t, uint64_t id)
{
	uint32_t i;

	for (i = 0; id && i < t->n_rule; i++)
		if (t->rule[i].id == id)
			return t->rule[i].name;
	return NULL;
}

const char *cp_tenant_rule_name(const struct cp_tenant *t, uint32_t number)
{
	return number >= 1 && number <= t->n_rule ? t->rule[number - 1].name : NULL;
}
