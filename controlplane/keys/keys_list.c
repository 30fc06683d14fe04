/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/keys/keys_list.h"

struct list {
	json_t *rows;
	uint32_t total, skip, max;
	const struct cp_secret_tenant *t;
	const struct cp_vault *v;
};

static const char *const sources[CP_SECRET_FROM_COUNT] = {
	[CP_SECRET_CLEAR] = "document, in clear text",
	[CP_SECRET_HASH] = "document, as a hash",
	[CP_SECRET_SEALED] = "document, sealed",
	[CP_SECRET_VAULT] = "sekishoctl",
};

static bool is_wanted(struct list *l)
{
	uint32_t i = l->total++;

	return i >= l->skip && i - l->skip < l->max;
}

static void put_row(struct list *l, const char *kind, const char *name, const char *state,
                    const char *source, const char *set)
{
	json_t *row = json_pack("{s:s, s:s, s:s, s:s}", "kind", kind, "name", name, "state",
	                        state, "from", source);

	if (set)
		json_object_set_new(row, "set", json_string(set));
	json_array_append_new(l->rows, row);
}

static const struct cp_vault_entry *kept(const struct list *l, enum cp_seal_kind kind,
                                         const char *name)
{
	return l->v ? cp_vault_find(l->v, kind, name) : NULL;
}

static void put_users(struct list *l)
{
	for (uint32_t i = 0; l->t->policy && i < l->t->policy->n_user; i++) {
		const struct cp_user *u = &l->t->policy->user[i];
		const struct cp_vault_entry *e = kept(l, CP_SEAL_PASSWORD, u->name);
		const struct cp_secret_user *s;

		if (!is_wanted(l))
			continue;
		s = cp_secret_user_find(l->t, u->name);
		put_row(l, "password", u->name,
		        s   ? u->enabled ? "set" : "set, user disabled"
		        : e ? "cannot be opened"
		        : cp_secret_psk_find(l->t, u->name) ? "none, has a key"
		                                            : "none",
		        s   ? sources[s->from]
		        : e ? "sekishoctl"
		            : "",
		        e ? e->set : NULL);
	}
}

static void put_psk(struct list *l)
{
	for (uint32_t i = 0; i < l->t->n_psk; i++) {
		const struct cp_secret_psk *p = &l->t->psk[i];
		const struct cp_vault_entry *e = kept(l, CP_SEAL_PSK, p->identity);

		if (is_wanted(l))
			put_row(l, "psk", p->identity, "set", sources[p->from],
			        e ? e->set : NULL);
	}
}

/* What no user or key in use stands for. */
static void put_idle(struct list *l)
{
	for (uint32_t i = 0; i < l->v->list[CP_SEAL_PASSWORD].n; i++) {
		const struct cp_vault_entry *e = &l->v->list[CP_SEAL_PASSWORD].at[i];

		if (l->t && l->t->policy && cp_tenant_user(l->t->policy, e->name))
			continue;
		if (is_wanted(l))
			put_row(l, "password", e->name, "kept, no such user", "sekishoctl",
			        e->set);
	}
	for (uint32_t i = 0; i < l->v->list[CP_SEAL_PSK].n; i++) {
		const struct cp_vault_entry *e = &l->v->list[CP_SEAL_PSK].at[i];

		if (l->t && cp_secret_psk_find(l->t, e->name))
			continue;
		if (is_wanted(l))
			put_row(l, "psk", e->name,
			        l->t ? "cannot be opened" : "kept, no such tenant",
			        "sekishoctl", e->set);
	}
}

void keys_list(const struct cp_secret_tenant *t, const struct cp_vault *v, uint32_t skip,
               uint32_t max, json_t *answer)
{
	struct list l = {json_array(), 0, skip, max, t, v};

	if (t) {
		put_users(&l);
		put_psk(&l);
	}
	if (v)
		put_idle(&l);
	json_object_set_new(answer, "total", json_integer(l.total));
	json_object_set_new(answer, "rows", l.rows);
}
