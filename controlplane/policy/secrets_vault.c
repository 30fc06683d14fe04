/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/secrets_vault.h"

#include "controlplane/policy/names.h"
#include "controlplane/policy/secrets_field.h"
#include "controlplane/policy/tenant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows --------------------------------------------------------------------------------- */

struct entry_draft {
	const char *name; /* the key */
	const char *sealed, *set;
};

struct vault_draft {
	uint32_t schema;
	const char *tenant;
	LIST_OF(struct entry_draft) users;
	LIST_OF(struct entry_draft) psk;
};

static int read_time(struct document *d, const struct place *at, const struct field *f,
                     const json_t *v, void *out)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	const char *text = json_string_value(v);
	bool is_time = text && strlen(text) == sizeof(form) - 1;

	for (size_t i = 0; is_time && form[i]; i++)
		is_time =
			form[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i];
	if (!is_time)
		return cp_document_refuse(d, at, v, "%s", f->kind->text);
	memcpy(out, &text, sizeof(text));
	return 0;
}

static const struct field_kind kind_time = {"a time such as \"2026-01-31T09:00:00Z\"",
                                            sizeof(char *), read_time};

// clang-format off
#define AT(member) offsetof(struct entry_draft, member)
static const struct field entry_fields[] = {
	{"sealed", &cp_kind_sealed, AT(sealed), 0, 0, FIELD_REQUIRED, "the value"},
	{"set",    &kind_time,      AT(set),    0, 0, FIELD_REQUIRED, "when it was set"},
};
#undef AT
static const struct field_object entry_object = {
	"value", "a sealed value", sizeof(struct entry_draft), entry_fields, sizeof(entry_fields) / sizeof(entry_fields[0]),
};

#define AT(member) offsetof(struct vault_draft, member)
static const struct field vault_fields[] = {
	{"schema", &cp_kind_number, AT(schema), 1, 1, FIELD_REQUIRED, "version of this form"},
	{"tenant", &cp_kind_name,   AT(tenant), 0, 0, FIELD_REQUIRED, "whose values these are"},
	{"users",  &cp_kind_map,    AT(users),  0, CP_TENANT_USERS_MAX, "{}", "passwords by user", &entry_object},
	{"psk",    &cp_kind_map,    AT(psk),    0, CP_TENANT_USERS_MAX, "{}", "pre-shared keys by identity", &entry_object},
};
#undef AT
static const struct field_object vault_object = {
	"vault", "sealed values of a tenant", sizeof(struct vault_draft), vault_fields, sizeof(vault_fields) / sizeof(vault_fields[0]),
};
// clang-format on

/* ---- lists -------------------------------------------------------------------------------- */

/* Where @name stands or would stand. */
static uint32_t place_in(const struct cp_vault_list *l, const char *name, bool *found)
{
	uint32_t low = 0, high = l->n;

	*found = false;
	while (low < high && !*found) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(name, l->at[middle].name);

		*found = order == 0;
		if (order <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	return high;
}

struct cp_vault_entry *cp_vault_find(const struct cp_vault *v, enum cp_seal_kind kind,
                                     const char *name)
{
	const struct cp_vault_list *l = &v->list[kind];
	bool found;
	uint32_t i = place_in(l, name, &found);

	return found ? &l->at[i] : NULL;
}

static void entry_fini(struct cp_vault_entry *e)
{
	free(e->name);
	free(e->sealed);
}

static int entry_init(struct cp_vault_entry *e, const char *name, const char *sealed,
                      const char *set)
{
	e->name = strdup(name);
	e->sealed = strdup(sealed);
	snprintf(e->set, sizeof(e->set), "%s", set);
	if (e->name && e->sealed)
		return 0;
	entry_fini(e);
	return -ENOMEM;
}

static int make_room(struct cp_vault_list *l)
{
	uint32_t room = l->room ? l->room * 2 : 16;
	struct cp_vault_entry *at;

	if (l->n < l->room)
		return 0;
	at = reallocarray(l->at, room, sizeof(*at));
	if (!at)
		return -ENOMEM;
	l->at = at;
	l->room = room;
	return 0;
}

int cp_vault_put(struct cp_vault *v, enum cp_seal_kind kind, const char *name,
                 const char *sealed, const char set[CP_VAULT_TIME])
{
	struct cp_vault_list *l = &v->list[kind];
	struct cp_vault_entry e;
	bool found;
	uint32_t i = place_in(l, name, &found);
	int err = found ? 0 : make_room(l);

	if (!err)
		err = entry_init(&e, name, sealed, set);
	if (err)
		return err;
	if (found) {
		entry_fini(&l->at[i]);
	} else {
		memmove(&l->at[i + 1], &l->at[i], (l->n - i) * sizeof(e));
		l->n++;
	}
	l->at[i] = e;
	return 0;
}

bool cp_vault_drop(struct cp_vault *v, enum cp_seal_kind kind, const char *name)
{
	struct cp_vault_list *l = &v->list[kind];
	bool found;
	uint32_t i = place_in(l, name, &found);

	if (!found)
		return false;
	entry_fini(&l->at[i]);
	l->n--;
	memmove(&l->at[i], &l->at[i + 1], (l->n - i) * sizeof(*l->at));
	return true;
}

void cp_vault_fini(struct cp_vault *v)
{
	for (unsigned kind = 0; kind <= CP_SEAL_PSK; kind++) {
		for (uint32_t i = 0; i < v->list[kind].n; i++)
			entry_fini(&v->list[kind].at[i]);
		free(v->list[kind].at);
	}
	memset(v, 0, sizeof(*v));
}

/* ---- octets to struct ------------------------------------------------------------------------ */

static int take_entries(struct document *d, struct cp_vault *v, enum cp_seal_kind kind,
                        const char *list, struct entry_draft *draft, size_t n)
{
	const size_t name_max = kind == CP_SEAL_PASSWORD ? CP_USER_MAX : CP_IDENTITY_MAX;
	struct names names;
	int err = cp_names_build(d, &names, list, "name", draft, n, sizeof(*draft));

	for (size_t i = 0; !err && i < n; i++) {
		const struct entry_draft *e = &draft[names.row[i].index];

		if (!*e->name || strlen(e->name) >= name_max)
			return cp_policy_refuse(d->error, d->file, list,
			                        "a name that is empty or too long",
			                        "1 to %zu octets", name_max - 1);
		err = cp_vault_put(v, kind, e->name, e->sealed, e->set);
	}
	return err;
}

static int build(struct document *d, const char *tenant, struct cp_vault *out)
{
	struct vault_draft draft = {0};
	int err = cp_field_read(d, NULL, &vault_object, d->root, &draft);

	if (!err && strcmp(draft.tenant, tenant) != 0)
		err = cp_policy_refuse(d->error, d->file, "$.tenant", "another tenant's file",
		                       "\"%s\"", tenant);
	if (!err)
		err = take_entries(d, out, CP_SEAL_PASSWORD, "$.users", draft.users.at,
		                   draft.users.n);
	if (!err)
		err = take_entries(d, out, CP_SEAL_PSK, "$.psk", draft.psk.at, draft.psk.n);
	return err;
}

int cp_vault_parse(const char *file, const char *tenant, const char *text, size_t len,
                   struct cp_vault *out, struct cp_policy_error *error)
{
	struct arena arena = {0};
	struct document d = {.file = file, .secret = true, .arena = &arena, .error = error};
	int err;

	*out = (struct cp_vault){0};
	snprintf(out->tenant, sizeof(out->tenant), "%s", tenant);
	err = cp_document_parse(&d, text, len);
	if (!err)
		err = build(&d, tenant, out);
	cp_policy_error_memory(error, err);
	cp_document_fini(&d);
	cp_arena_fini(&arena);
	return err;
}

/* ---- and back ---------------------------------------------------------------------------------- */

static json_t *format_list(const struct cp_vault_list *l)
{
	json_t *map = json_object();

	for (uint32_t i = 0; i < l->n; i++)
		if (json_object_set_new(map, l->at[i].name,
		                        json_pack("{s:s, s:s}", "sealed", l->at[i].sealed,
		                                  "set", l->at[i].set))) {
			json_decref(map);
			return NULL;
		}
	return map;
}

/* One value a line, so that tools that compare files show what changed. */
char *cp_vault_format(const struct cp_vault *v)
{
	json_t *users = format_list(&v->list[CP_SEAL_PASSWORD]);
	json_t *psk = format_list(&v->list[CP_SEAL_PSK]);
	json_t *root = json_pack("{s:i, s:s, s:o, s:o}", "schema", 1, "tenant", v->tenant,
	                         "users", users, "psk", psk);
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL, *line = NULL;

	if (text && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	if (text) {
		json_free_t give;

		json_get_alloc_funcs(NULL, &give);
		give(text);
	}
	json_decref(root);
	return line;
}
