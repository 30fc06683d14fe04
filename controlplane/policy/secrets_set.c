/* SPDX-License-Identifier: Apache-2.0 */

/*
 * secrets_set - finding values in a set of secrets, and changing it while it is used.
 *
 * Thread   the keys process' loop
 * Memory   rows that move leave nothing behind
 */

#include "common/base/secret.h"
#include "controlplane/policy/secrets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
	const struct cp_secret_user *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int user_order(const void *name, const void *row)
{
	const struct cp_secret_user *user = row;

	return strcmp(name, user->name);
}

struct cp_secret_user *cp_secret_user_find(const struct cp_secret_tenant *t, const char *name)
{
	return t->n_user ? bsearch(name, t->user, t->n_user, sizeof(*t->user), user_order)
	                 : NULL;
}

struct cp_secret_psk *cp_secret_psk_find(const struct cp_secret_tenant *t, const char *identity)
{
	for (uint32_t i = 0; i < t->n_psk; i++)
		if (strcmp(t->psk[i].identity, identity) == 0 && t->psk[i].len)
			return &t->psk[i];
	return NULL;
}

const struct cp_secret_psk *cp_secret_psk_for(const struct cp_secret_tenant *t,
                                              const char *identity)
{
	const struct cp_secret_psk *psk = cp_secret_psk_find(t, identity);

	if (psk || (t->policy && cp_tenant_user(t->policy, identity)))
		return psk;
	return cp_secret_psk_find(t, "*");
}

struct cp_secret_tenant *cp_secrets_tenant(const struct cp_secrets *s, const char *name)
{
	for (uint32_t i = 0; i < s->n_tenant; i++)
		if (strcmp(s->tenant[i].name, name) == 0)
			return &s->tenant[i];
	return NULL;
}

/* @n rows of @size, and room for @more behind them; the old ones are wiped. */
static void *grow(void *take_rows, uint32_t n, uint32_t more, size_t size)
{
	void *rows = calloc((size_t)n + more + 1, size);

	if (!rows)
		return NULL;
	if (take_rows) {
		memcpy(rows, take_rows, n * size);
		wipe(take_rows, n * size);
	}
	free(take_rows);
	return rows;
}

/* Pointers are sorted and not the rows: a sort may move through memory that it does not
 * wipe. */
int cp_secret_add_users(struct cp_secret_tenant *t, const struct cp_secret_user *user,
                        uint32_t n)
{
	const size_t all = (size_t)t->n_user + n;
	const struct cp_secret_user **order = calloc(all + 1, sizeof(*order));
	struct cp_secret_user *rows = calloc(all + 1, sizeof(*rows));
	size_t i;

	if (!order || !rows) {
		free(order);
		free(rows);
		return -ENOMEM;
	}
	for (i = 0; i < all; i++)
		order[i] = i < t->n_user ? &t->user[i] : &user[i - t->n_user];
	qsort(order, all, sizeof(*order), by_name);
	for (i = 0; i < all; i++)
		rows[i] = *order[i];
	free(order);
	if (t->user)
		wipe(t->user, t->n_user * sizeof(*t->user));
	free(t->user);
	t->user = rows;
	t->n_user = (uint32_t)all;
	return 0;
}

int cp_secret_add_psk(struct cp_secret_tenant *t, const struct cp_secret_psk *psk, uint32_t n)
{
	struct cp_secret_psk *rows = grow(t->psk, t->n_psk, n, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	memcpy(rows + t->n_psk, psk, n * sizeof(*rows));
	t->psk = rows;
	t->n_psk += n;
	return 0;
}

static void drop(void *rows, uint32_t *n, size_t size, void *row)
{
	char *end = (char *)rows + *n * size, *at = row;

	memmove(at, at + size, (size_t)(end - at) - size);
	wipe(end - size, size);
	(*n)--;
}

void cp_secret_drop_user(struct cp_secret_tenant *t, const char *name)
{
	struct cp_secret_user *user = cp_secret_user_find(t, name);

	if (user)
		drop(t->user, &t->n_user, sizeof(*t->user), user);
}

void cp_secret_drop_psk(struct cp_secret_tenant *t, const char *identity)
{
	struct cp_secret_psk *psk = cp_secret_psk_find(t, identity);

	if (psk)
		drop(t->psk, &t->n_psk, sizeof(*t->psk), psk);
}

/* ---- what an operator should know ----------------------------------------------------------- */

static uint32_t count_readable(const struct cp_secret_tenant *t)
{
	uint32_t n = 0, i;

	for (i = 0; i < t->n_user; i++)
		n += t->user[i].from == CP_SECRET_CLEAR || t->user[i].from == CP_SECRET_HASH;
	for (i = 0; i < t->n_psk; i++)
		n += t->psk[i].from == CP_SECRET_CLEAR;
	return n;
}

/* Users who cannot prove who they are; the first of them. */
static const struct cp_user *find_helpless(const struct cp_secret_tenant *t, uint32_t *n)
{
	const struct cp_user *first = NULL;

	*n = 0;
	for (uint32_t i = 0; i < t->policy->n_user; i++) {
		const struct cp_user *u = &t->policy->user[i];

		if (!u->enabled || cp_secret_user_find(t, u->name) ||
		    cp_secret_psk_find(t, u->name))
			continue;
		first = first ? first : u;
		++*n;
	}
	return first;
}

static void remark(const struct cp_secret_tenant *t, void (*say)(void *, const char *),
                   void *ctx)
{
	uint32_t readable = count_readable(t), n;
	const struct cp_user *helpless;
	char text[512];

	if (readable) {
		snprintf(text, sizeof(text),
		         "secrets/%s.json: %u of its values can be read by who reads the file; "
		         "sekishoctl user set-password, psk set and secrets seal keep them "
		         "sealed",
		         t->name, readable);
		say(ctx, text);
	}
	if (!t->policy)
		return;
	helpless = t->policy->auth[CP_AUTH_EAP_MSCHAPV2] ? find_helpless(t, &n) : NULL;
	if (helpless) {
		snprintf(
			text, sizeof(text),
			"tenants/%s.json: user \"%s\"%s has no password and no key: sekishoctl "
			"user set-password %s %s",
			t->name, helpless->name, n > 1 ? ", and not the only one," : "",
			t->name, helpless->name);
		say(ctx, text);
	}
	if (t->policy->auth[CP_AUTH_PSK] && !t->n_psk) {
		snprintf(text, sizeof(text),
		         "tenants/%s.json: it offers \"psk\" and there is no key: sekishoctl "
		         "psk "
		         "set %s IDENTITY",
		         t->name, t->name);
		say(ctx, text);
	}
}

void cp_secrets_remarks(const struct cp_secrets *s, void (*say)(void *ctx, const char *text),
                        void *ctx)
{
	for (uint32_t i = 0; i < s->n_tenant; i++)
		remark(&s->tenant[i], say, ctx);
}
