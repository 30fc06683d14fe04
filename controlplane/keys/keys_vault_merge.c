/* SPDX-License-Identifier: Apache-2.0 */

/*
 * keys_vault_merge - the vault's values in a set of secrets that documents began.
 *
 * Thread   the loop's
 */

#include "controlplane/keys/keys_vault_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int refuse_both(struct cp_policy_error *e, const char *tenant, enum cp_seal_kind kind,
                       const char *name)
{
	const char *what = kind == CP_SEAL_PASSWORD ? "user forget-password" : "psk forget";

	snprintf(e->file, sizeof(e->file), "secrets/%s.json", tenant);
	snprintf(e->path, sizeof(e->path), "%s",
	         kind == CP_SEAL_PASSWORD ? "$.users" : "$.psk");
	snprintf(e->found, sizeof(e->found),
	         "a value for \"%.60s\", who has one set by sekishoctl", name);
	snprintf(e->expected, sizeof(e->expected),
	         "one of both: take it out here, or sekishoctl %s %s %.100s", what, tenant,
	         name);
	return -EINVAL;
}

/* What is being merged. */
struct merge {
	struct keys_vault *v;
	struct keys_shelf *shelf;
	struct cp_secret_tenant *to;
	uint32_t n_closed; /* values that do not open */
	const char *first; /* of their names */
	char why[CP_SEAL_WHY_MAX];
};

/* returns false when there is nothing to be used */
static bool open_entry(struct merge *m, enum cp_seal_kind kind, const struct cp_vault_entry *e,
                       struct secret *value)
{
	const struct cp_seal_of of = {m->shelf->tenant, kind, e->name};
	size_t min = kind == CP_SEAL_PASSWORD ? 16 : 1;
	size_t max = kind == CP_SEAL_PASSWORD ? 16 : CP_PSK_MAX;
	int err = cp_seal_open(m->v->seal, &of, e->sealed, value, NULL);

	if (!err && value->len >= min && value->len <= max)
		return true;
	if (!m->n_closed++) {
		m->first = e->name;
		cp_seal_why(err ? err : -EACCES, e->sealed, m->why);
	}
	return false;
}

static int merge_users(struct merge *m, struct cp_policy_error *error)
{
	const struct cp_vault_list *l = &m->shelf->vault.list[CP_SEAL_PASSWORD];
	struct cp_secret_user *rows = calloc((size_t)l->n + 1, sizeof(*rows));
	int err = rows ? 0 : -ENOMEM;
	uint32_t n = 0, i;

	for (i = 0; !err && i < l->n; i++) {
		const struct cp_vault_entry *e = &l->at[i];
		SECRET value = {0};

		if (m->to->policy && !cp_tenant_user(m->to->policy, e->name))
			continue;
		if (cp_secret_user_find(m->to, e->name))
			err = refuse_both(error, m->to->name, CP_SEAL_PASSWORD, e->name);
		else if (open_entry(m, CP_SEAL_PASSWORD, e, &value)) {
			snprintf(rows[n].name, sizeof(rows[n].name), "%s", e->name);
			rows[n].from = CP_SECRET_VAULT;
			memcpy(rows[n++].nt_hash, value.octet, sizeof(rows[n].nt_hash));
		}
	}
	if (!err)
		err = cp_secret_add_users(m->to, rows, n);
	if (rows)
		wipe(rows, n * sizeof(*rows));
	free(rows);
	return err;
}

static int merge_psk(struct merge *m, struct cp_policy_error *error)
{
	const struct cp_vault_list *l = &m->shelf->vault.list[CP_SEAL_PSK];
	struct cp_secret_psk *rows = calloc((size_t)l->n + 1, sizeof(*rows));
	int err = rows ? 0 : -ENOMEM;
	uint32_t n = 0, i;

	for (i = 0; !err && i < l->n; i++) {
		const struct cp_vault_entry *e = &l->at[i];
		SECRET value = {0};

		if (cp_secret_psk_find(m->to, e->name))
			err = refuse_both(error, m->to->name, CP_SEAL_PSK, e->name);
		else if (open_entry(m, CP_SEAL_PSK, e, &value)) {
			snprintf(rows[n].identity, sizeof(rows[n].identity), "%s", e->name);
			rows[n].from = CP_SECRET_VAULT;
			rows[n].len = value.len;
			memcpy(rows[n++].octet, value.octet, value.len);
		}
	}
	if (!err)
		err = cp_secret_add_psk(m->to, rows, n);
	if (rows)
		wipe(rows, n * sizeof(*rows));
	free(rows);
	return err;
}

int keys_vault_merge(struct keys_vault *v, struct cp_secrets *s,
                     void (*say)(void *ctx, const char *text), void *ctx,
                     struct cp_policy_error *error)
{
	char text[512];
	int err = 0;

	for (uint32_t i = 0; i < s->n_tenant && !err; i++) {
		struct merge m = {v, keys_vault_shelf(v, s->tenant[i].name), &s->tenant[i], 0};

		if (!m.shelf || m.shelf->fault[0])
			continue;
		err = merge_users(&m, error);
		if (!err)
			err = merge_psk(&m, error);
		if (!m.n_closed)
			continue;
		snprintf(text, sizeof(text),
		         "tenant %s: the value set for \"%.64s\" is %s%s; set it anew",
		         m.shelf->tenant, m.first, m.why,
		         m.n_closed > 1 ? ", and not the only one" : "");
		say(ctx, text);
	}
	if (err == -ENOMEM)
		*error = (struct cp_policy_error){.file = "sealed values",
		                                  .found = "too little memory",
		                                  .expected = "room to open them"};
	return err;
}

static bool needs_former(const struct cp_secrets *s)
{
	for (uint32_t i = 0; i < s->n_tenant; i++)
		if (s->tenant[i].n_former)
			return true;
	return false;
}

/* Does a value here open by the former key? Only where renewing it failed. */
static bool holds_former(struct keys_vault *v)
{
	for (size_t i = 0; i < v->n; i++)
		for (unsigned kind = 0; kind <= CP_SEAL_PSK; kind++) {
			const struct cp_vault_list *l = &v->shelf[i].vault.list[kind];

			for (uint32_t k = 0; k < l->n; k++) {
				const struct cp_seal_of of = {v->shelf[i].tenant, kind,
				                              l->at[k].name};
				bool by_former = false;
				SECRET value = {0};

				if (!cp_seal_open(v->seal, &of, l->at[k].sealed, &value,
				                  &by_former) &&
				    by_former)
					return true;
			}
		}
	return false;
}

void keys_vault_settle(struct keys_vault *v, const struct cp_secrets *s)
{
	/* A file that could not be read may be restored, with values under that key. */
	if (!v->former || needs_former(s) || keys_vault_has_fault(v) || holds_former(v))
		return;
	if (unlinkat(v->directory, v->former, 0) == 0) {
		v->former = NULL;
		cp_seal_forget_former(v->seal);
	}
}
