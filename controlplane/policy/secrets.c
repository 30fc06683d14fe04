/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/secrets.h"

#include "common/base/secret.h"
#include "controlplane/crypto/legacy.h"
#include "controlplane/policy/names.h"
#include "controlplane/policy/secrets_field.h"
#include "controlplane/policy/wiping.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define TEXT(...) cp_text(__VA_ARGS__).text

/* ---- users ---- */

/* "$.users.alice" */
static struct text place_of(const char *user)
{
	const struct place users = {NULL, "users", 0}, at = {&users, user, 0};
	struct text t;

	cp_place_format(&at, t.text, sizeof(t.text));
	return t;
}

static int take_user(struct document *d, const struct cp_tenant *tenant,
                     const struct secret_user_draft *from, struct cp_secret_user *to)
{
	const struct text at = place_of(from->name);

	if (!cp_tenant_user(tenant, from->name))
		return cp_policy_refuse(d->error, d->file, at.text, "a user nobody knows",
		                        "a user of tenants/%s.json", tenant->name);
	if (!from->password == !from->nt_hash.given)
		return cp_policy_refuse(d->error, d->file, at.text,
		                        from->password ? "both" : "neither",
		                        "either \"password\" or \"nt_hash\"");
	snprintf(to->name, sizeof(to->name), "%s", from->name);
	if (from->nt_hash.given) {
		memcpy(to->nt_hash, from->nt_hash.octet, sizeof(to->nt_hash));
		return 0;
	}
	if (cp_crypto_nt_hash(from->password, strlen(from->password), to->nt_hash))
		return cp_policy_refuse(
			d->error, d->file, at.text, "a password that is too long",
			"at most %d characters (UTF-16 units)", CP_CRYPTO_PASSWORD_MAX);
	return 0;
}

static int build_users(struct document *d, const struct cp_tenant *tenant,
                       const struct secrets_draft *draft, struct cp_secret_tenant *t)
{
	struct names names;
	size_t i;
	int err;

	err = cp_names_build(d, &names, "$.users", "name", draft->users.at, draft->users.n,
	                     sizeof(struct secret_user_draft));
	if (err)
		return err;
	t->user = calloc(draft->users.n + 1, sizeof(*t->user));
	if (!t->user)
		return -ENOMEM;
	t->n_user = (uint32_t)draft->users.n;
	for (i = 0; !err && i < draft->users.n; i++)
		err = take_user(d, tenant, &draft->users.at[names.row[i].index], &t->user[i]);
	return err;
}

/* ---- pre-shared keys ---- */

static int build_psk(struct document *d, const struct cp_tenant *tenant,
                     const struct secrets_draft *draft, struct names *names,
                     struct cp_secret_tenant *t)
{
	size_t i;
	int err;

	err = cp_names_build(d, names, "$.psk", "identity", draft->psk.at, draft->psk.n,
	                     sizeof(struct secret_psk_draft));
	if (err)
		return err;
	if (tenant->auth[CP_AUTH_PSK] && draft->psk.n == 0)
		return cp_policy_refuse(d->error, d->file, "$.psk", "no key",
		                        "at least one: tenants/%s.json offers \"psk\"",
		                        tenant->name);
	t->psk = calloc(draft->psk.n + 1, sizeof(*t->psk));
	if (!t->psk)
		return -ENOMEM;
	t->n_psk = (uint32_t)draft->psk.n;
	for (i = 0; i < draft->psk.n; i++) {
		const struct secret_psk_draft *from = &draft->psk.at[i];
		struct cp_secret_psk *to = &t->psk[i];

		snprintf(to->identity, sizeof(to->identity), "%s", from->identity);
		to->len = (uint16_t)strlen(from->secret);
		memcpy(to->octet, from->secret, to->len);
	}
	return 0;
}

/* ---- the whole ---- */

static int user_order(const void *name, const void *row)
{
	const struct cp_secret_user *user = row;

	return strcmp(name, user->name);
}

/* A user who cannot prove who he is was forgotten here, or is meant to be disabled. */
static int check_every_user(struct document *d, const struct cp_tenant *tenant,
                            const struct names *psk, const struct cp_secret_tenant *t)
{
	uint32_t i;

	if (!tenant->auth[CP_AUTH_EAP_MSCHAPV2])
		return 0;
	for (i = 0; i < tenant->n_user; i++) {
		const struct cp_user *u = &tenant->user[i];

		if (!u->enabled || cp_names_find(psk, u->name) >= 0 ||
		    bsearch(u->name, t->user, t->n_user, sizeof(*t->user), user_order))
			continue;
		return cp_policy_refuse(d->error, d->file, place_of(u->name).text, "nothing",
		                        "a password: add it, or set \"enabled\": false in "
		                        "tenants/%s.json",
		                        tenant->name);
	}
	return 0;
}

static int build(struct document *d, const struct cp_tenant *tenant, struct cp_secret_tenant *t)
{
	struct secrets_draft draft = {0};
	struct names psk;
	int err = cp_field_read(d, NULL, &cp_secrets_object, d->root, &draft);

	if (!err)
		err = build_users(d, tenant, &draft, t);
	if (!err)
		err = build_psk(d, tenant, &draft, &psk, t);
	return err ? err : check_every_user(d, tenant, &psk, t);
}

int cp_secrets_parse(const struct cp_policy_text *text, const struct cp_tenant *tenant,
                     struct cp_secret_tenant *out, struct cp_policy_error *error)
{
	const struct text file = cp_text("secrets/%s.json", tenant->name);
	struct arena arena = {0};
	struct document d = {
		.file = file.text, .secret = true, .arena = &arena, .error = error};
	struct wiping wiping;
	int err;

	out->policy = tenant;
	cp_wiping_begin(&wiping);
	err = cp_document_parse(&d, text->at, text->len);
	if (!err)
		err = build(&d, tenant, out);
	cp_document_fini(&d);
	cp_arena_fini(&arena);
	cp_wiping_end(&wiping);
	return err;
}

static int load_document(int directory, const struct cp_tenant *tenant,
                         struct cp_secret_tenant *out, struct cp_policy_error *error)
{
	const struct text file = cp_text("secrets/%s.json", tenant->name);
	struct cp_policy_text text = {tenant->name, NULL, 0};
	struct document_text octets;
	int err = cp_document_read(directory, file.text, true, &octets, error);

	if (err)
		return err;
	text.at = octets.at;
	text.len = octets.len;
	err = cp_secrets_parse(&text, tenant, out, error);
	cp_document_text_fini(&octets);
	return err;
}

static int load_key(int directory, const struct cp_tenant *tenant, struct cp_secret_tenant *out,
                    struct cp_policy_error *error)
{
	struct document_text octets;
	int err;

	if (!tenant->certificate[0])
		return 0;
	err = cp_document_read(directory, TEXT("pki/%s.key", tenant->certificate), true,
	                       &octets, error);
	if (err)
		return err;
	memcpy(out->certificate, tenant->certificate, sizeof(out->certificate));
	out->key_pem = octets.at;
	out->key_pem_len = octets.len;
	return 0;
}

int cp_secrets_load(const char *directory, const struct cp_policy *policy,
                    struct cp_secrets **out, struct cp_policy_error *error)
{
	struct cp_secrets *s = calloc(1, sizeof(*s));
	int fd, err = s ? 0 : -ENOMEM;
	uint32_t i;

	memset(error, 0, sizeof(*error));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		cp_policy_refuse(error, directory, "", strerror(-err),
		                 "a configuration directory");
		goto free_secrets;
	}
	if (!err)
		s->tenant = calloc(policy->n_tenant + 1, sizeof(*s->tenant));
	if (!err && !s->tenant)
		err = -ENOMEM;
	for (i = 0; !err && i < policy->n_tenant; i++) {
		struct cp_secret_tenant *t = &s->tenant[s->n_tenant++];

		snprintf(t->name, sizeof(t->name), "%s", policy->tenant[i].name);
		err = load_document(fd, &policy->tenant[i], t, error);
		if (!err)
			err = load_key(fd, &policy->tenant[i], t, error);
	}
	close(fd);
	if (!err) {
		*out = s;
		return 0;
	}
	cp_policy_error_memory(error, err);
free_secrets:
	cp_secrets_free(s);
	return err;
}

static const struct cp_secret_psk *find_psk(const struct cp_secret_tenant *t,
                                            const char *identity)
{
	uint32_t i;

	for (i = 0; i < t->n_psk; i++)
		if (strcmp(t->psk[i].identity, identity) == 0 && t->psk[i].len)
			return &t->psk[i];
	return NULL;
}

const struct cp_secret_psk *cp_secret_psk_for(const struct cp_secret_tenant *t,
                                              const char *identity)
{
	const struct cp_secret_psk *psk = find_psk(t, identity);

	if (psk || (t->policy && cp_tenant_user(t->policy, identity)))
		return psk;
	return find_psk(t, "*");
}

void cp_secret_tenant_fini(struct cp_secret_tenant *t)
{
	if (t->user)
		wipe(t->user, t->n_user * sizeof(*t->user));
	if (t->psk)
		wipe(t->psk, t->n_psk * sizeof(*t->psk));
	if (t->key_pem)
		wipe(t->key_pem, t->key_pem_len);
	free(t->user);
	free(t->psk);
	free(t->key_pem);
	memset(t, 0, sizeof(*t));
}

void cp_secrets_free(struct cp_secrets *s)
{
	uint32_t i;

	if (!s)
		return;
	for (i = 0; i < s->n_tenant; i++)
		cp_secret_tenant_fini(&s->tenant[i]);
	free(s->tenant);
	free(s);
}
