/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/secrets.h"

#include "common/base/secret.h"
#include "controlplane/crypto/legacy.h"
#include "controlplane/crypto/seal.h"
#include "controlplane/policy/bundle.h"
#include "controlplane/policy/names.h"
#include "controlplane/policy/secrets_field.h"
#include "controlplane/policy/wiping.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define TEXT(...) cp_text(__VA_ARGS__).text

/* Whose document is read, what opens its values, and where they go. */
struct reader {
	const struct cp_tenant *tenant;
	struct cp_seal *seal; /* or NULL */
	struct cp_secret_tenant *out;
};

/* ---- users ---- */

/* "$.users.alice" */
static struct text place_of(const char *user)
{
	const struct place users = {NULL, "users", 0}, at = {&users, user, 0};
	struct text t;

	cp_place_format(&at, t.text, sizeof(t.text));
	return t;
}

/* The value for @place is sealed: open it, or refuse the document. */
static int open_sealed(struct document *d, struct reader *r, const struct cp_seal_of *of,
                       const char *place, const char *sealed, size_t len_min, size_t len_max,
                       struct secret *out)
{
	char why[CP_SEAL_WHY_MAX], id[CP_SEAL_ID_MAX];
	bool by_former = false;
	int err = cp_seal_open(r->seal, of, sealed, out, &by_former);

	if (!err && (out->len < len_min || out->len > len_max))
		err = -EACCES;
	if (err) {
		cp_seal_id(r->seal, id);
		return cp_policy_refuse(d->error, d->file, place, cp_seal_why(err, sealed, why),
		                        "one sealed for it by this gateway (its key's id: %s): "
		                        "sekishoctl secrets seal",
		                        id);
	}
	r->out->n_former += by_former;
	return 0;
}

static int take_hash(struct document *d, struct reader *r, const struct secret_user_draft *from,
                     const char *place, struct cp_secret_user *to)
{
	const struct cp_seal_of of = {r->tenant->name, CP_SEAL_PASSWORD, from->name};
	SECRET value = {0};
	int err;

	if (from->nt_hash.given) {
		to->from = CP_SECRET_HASH;
		memcpy(to->nt_hash, from->nt_hash.octet, sizeof(to->nt_hash));
		return 0;
	}
	if (from->password) {
		to->from = CP_SECRET_CLEAR;
		err = cp_crypto_nt_hash(from->password, strlen(from->password), to->nt_hash);
		return !err ? 0
		            : cp_policy_refuse(d->error, d->file, place,
		                               "a password that is too long",
		                               "at most %d characters (UTF-16 units)",
		                               CP_CRYPTO_PASSWORD_MAX);
	}
	to->from = CP_SECRET_SEALED;
	err = open_sealed(d, r, &of, place, from->sealed, sizeof(to->nt_hash),
	                  sizeof(to->nt_hash), &value);
	if (!err)
		memcpy(to->nt_hash, value.octet, sizeof(to->nt_hash));
	return err;
}

/* A sealed value that nobody is there to open is left out. */
static bool is_left_out(const struct reader *r, const char *sealed)
{
	return sealed && !r->seal;
}

static int take_user(struct document *d, struct reader *r, const struct secret_user_draft *from)
{
	const struct text at = place_of(from->name);
	struct cp_secret_user *to = &r->out->user[r->out->n_user];
	int n = !!from->password + from->nt_hash.given + !!from->sealed;

	if (!cp_tenant_user(r->tenant, from->name))
		return cp_policy_refuse(d->error, d->file, at.text, "a user nobody knows",
		                        "a user of tenants/%s.json", r->tenant->name);
	if (n != 1)
		return cp_policy_refuse(d->error, d->file, at.text,
		                        n ? "more than one" : "none of them",
		                        "one of \"password\", \"nt_hash\" and \"sealed\"");
	if (is_left_out(r, from->sealed))
		return 0;
	r->out->n_user++;
	snprintf(to->name, sizeof(to->name), "%s", from->name);
	return take_hash(d, r, from, at.text, to);
}

static int build_users(struct document *d, struct reader *r, const struct secrets_draft *draft)
{
	struct names names;
	size_t i;
	int err;

	err = cp_names_build(d, &names, "$.users", "name", draft->users.at, draft->users.n,
	                     sizeof(struct secret_user_draft));
	if (err)
		return err;
	r->out->user = calloc(draft->users.n + 1, sizeof(*r->out->user));
	if (!r->out->user)
		return -ENOMEM;
	for (i = 0; !err && i < draft->users.n; i++)
		err = take_user(d, r, &draft->users.at[names.row[i].index]);
	return err;
}

/* ---- pre-shared keys ---- */

static int take_psk(struct document *d, struct reader *r, const struct secret_psk_draft *from,
                    size_t i)
{
	const struct cp_seal_of of = {r->tenant->name, CP_SEAL_PSK, from->identity};
	const struct text at = cp_text("$.psk[%zu]", i);
	struct cp_secret_psk *to = &r->out->psk[r->out->n_psk];
	SECRET value = {0};
	int err = 0;

	if (!from->secret == !from->sealed)
		return cp_policy_refuse(d->error, d->file, at.text,
		                        from->secret ? "both" : "neither",
		                        "either \"secret\" or \"sealed\"");
	if (is_left_out(r, from->sealed))
		return 0;
	if (from->secret)
		secret_set(&value, from->secret, strlen(from->secret));
	else
		err = open_sealed(d, r, &of, at.text, from->sealed, 1, sizeof(to->octet),
		                  &value);
	if (err)
		return err;
	r->out->n_psk++;
	snprintf(to->identity, sizeof(to->identity), "%s", from->identity);
	to->from = from->secret ? CP_SECRET_CLEAR : CP_SECRET_SEALED;
	to->len = value.len;
	memcpy(to->octet, value.octet, to->len);
	return 0;
}

static int build_psk(struct document *d, struct reader *r, const struct secrets_draft *draft)
{
	struct names names;
	size_t i;
	int err;

	err = cp_names_build(d, &names, "$.psk", "identity", draft->psk.at, draft->psk.n,
	                     sizeof(struct secret_psk_draft));
	if (err)
		return err;
	r->out->psk = calloc(draft->psk.n + 1, sizeof(*r->out->psk));
	if (!r->out->psk)
		return -ENOMEM;
	for (i = 0; !err && i < draft->psk.n; i++)
		err = take_psk(d, r, &draft->psk.at[i], i);
	return err;
}

/* ---- the whole ---- */

static int build(struct document *d, struct reader *r)
{
	struct secrets_draft draft = {0};
	int err = cp_field_read(d, NULL, &cp_secrets_object, d->root, &draft);

	if (!err)
		err = build_users(d, r, &draft);
	return err ? err : build_psk(d, r, &draft);
}

int cp_secrets_parse(const struct cp_policy_text *text, const struct cp_tenant *tenant,
                     struct cp_seal *seal, struct cp_secret_tenant *out,
                     struct cp_policy_error *error)
{
	const struct text file = cp_text("secrets/%s.json", tenant->name);
	struct reader r = {tenant, seal, out};
	struct arena arena = {0};
	struct document d = {
		.file = file.text, .secret = true, .arena = &arena, .error = error};
	struct wiping wiping;
	int err;

	out->policy = tenant;
	cp_wiping_begin(&wiping);
	err = cp_document_parse(&d, text->at, text->len);
	if (!err)
		err = build(&d, &r);
	cp_document_fini(&d);
	cp_arena_fini(&arena);
	cp_wiping_end(&wiping);
	return err;
}

/* ---- from where it stands ---- */

/* One of both. */
struct source {
	int directory;
	const struct cp_bundle *bundle;
};

static int take_file(const struct source *from, const char *file, struct document_text *out,
                     struct cp_policy_error *error)
{
	const struct cp_bundle_file *found;

	if (!from->bundle)
		return cp_document_read(from->directory, file, true, out, error);
	found = cp_bundle_find(from->bundle, file);
	if (!found) {
		cp_policy_refuse(error, file, "", strerror(ENOENT), "a file that can be read");
		return -ENOENT;
	}
	out->at = malloc(found->len + 1);
	if (!out->at)
		return -ENOMEM;
	memcpy(out->at, found->at, found->len);
	out->at[found->len] = '\0';
	out->len = found->len;
	return 0;
}

/* A tenant without one keeps its values elsewhere. */
static int load_document(const struct source *from, const struct cp_tenant *tenant,
                         struct cp_seal *seal, struct cp_secret_tenant *out,
                         struct cp_policy_error *error)
{
	const struct text file = cp_text("secrets/%s.json", tenant->name);
	struct cp_policy_text text = {tenant->name, NULL, 0};
	struct document_text octets;
	int err = take_file(from, file.text, &octets, error);

	out->policy = tenant;
	if (err == -ENOENT) {
		memset(error, 0, sizeof(*error));
		return 0;
	}
	if (err)
		return err;
	text.at = octets.at;
	text.len = octets.len;
	err = cp_secrets_parse(&text, tenant, seal, out, error);
	cp_document_text_fini(&octets);
	return err;
}

static int load_key(const struct source *from, const struct cp_tenant *tenant,
                    struct cp_secret_tenant *out, struct cp_policy_error *error)
{
	struct document_text octets;
	int err;

	if (!tenant->certificate[0])
		return 0;
	err = take_file(from, TEXT("pki/%s.key", tenant->certificate), &octets, error);
	if (err)
		return err;
	memcpy(out->certificate, tenant->certificate, sizeof(out->certificate));
	out->key_pem = octets.at;
	out->key_pem_len = octets.len;
	return 0;
}

static int load(const struct source *from, const struct cp_policy *policy, struct cp_seal *seal,
                struct cp_secrets **out, struct cp_policy_error *error)
{
	struct cp_secrets *s = calloc(1, sizeof(*s));
	int err = s ? 0 : -ENOMEM;
	uint32_t i;

	if (!err)
		s->tenant = calloc(policy->n_tenant + 1, sizeof(*s->tenant));
	if (!err && !s->tenant)
		err = -ENOMEM;
	for (i = 0; !err && i < policy->n_tenant; i++) {
		struct cp_secret_tenant *t = &s->tenant[s->n_tenant++];

		snprintf(t->name, sizeof(t->name), "%s", policy->tenant[i].name);
		err = load_document(from, &policy->tenant[i], seal, t, error);
		if (!err)
			err = load_key(from, &policy->tenant[i], t, error);
	}
	if (!err) {
		*out = s;
		return 0;
	}
	cp_policy_error_memory(error, err);
	cp_secrets_free(s);
	return err;
}

int cp_secrets_load(const char *directory, const struct cp_policy *policy, struct cp_seal *seal,
                    struct cp_secrets **out, struct cp_policy_error *error)
{
	struct source from = {-1, NULL};
	int err;

	memset(error, 0, sizeof(*error));
	from.directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from.directory < 0) {
		err = -errno;
		cp_policy_refuse(error, directory, "", strerror(-err),
		                 "a configuration directory");
		return err;
	}
	err = load(&from, policy, seal, out, error);
	close(from.directory);
	return err;
}

int cp_secrets_from_bundle(const struct cp_bundle *bundle, const struct cp_policy *policy,
                           struct cp_seal *seal, struct cp_secrets **out,
                           struct cp_policy_error *error)
{
	const struct source from = {-1, bundle};

	memset(error, 0, sizeof(*error));
	return load(&from, policy, seal, out, error);
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
