/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/keys/keys_door.h"

#include "controlplane/crypto/crypto.h"
#include "controlplane/crypto/legacy.h"
#include "controlplane/door/door.h"
#include "controlplane/keys/keys_list.h"
#include "controlplane/keys/keys_vault.h"
#include "controlplane/log/log.h"
#include "controlplane/policy/secrets_request.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

struct keys_door {
	struct keys_door_deps deps;
	struct cp_secrets *secrets;
	struct cp_door *door;
};

/* A request being answered. */
struct work {
	struct keys_door *d;
	const struct cp_secrets_request *r;
	struct cp_seal_of of;
	struct cp_secret_tenant *tenant; /* NULL: the policy in force has none of that name */
	json_t *answer;
	char why[2 * KEYS_VAULT_WHY_MAX]; /* why not */
};

static int refuse(struct work *w, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(struct work *w, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(w->why, sizeof(w->why), format, args);
	va_end(args);
	return err;
}

/* ---- values ------------------------------------------------------------------------------- */

/* What is sealed: of a password its hash, of a key itself. */
static int value_of(struct work *w, struct secret *out)
{
	const struct cp_secrets_request *r = w->r;

	if (r->kind == CP_SEAL_PSK)
		return secret_set(out, r->value, r->len) ? 0 : refuse(w, -EMSGSIZE, "too long");
	out->len = CP_CRYPTO_NT_HASH_LEN;
	if (cp_crypto_nt_hash(r->value, r->len, out->octet))
		return refuse(w, -EMSGSIZE, "the password is longer than %d characters",
		              CP_CRYPTO_PASSWORD_MAX);
	return 0;
}

/* 160 bits in letters and digits that no eye mistakes for others. */
static void choose(struct secret *out)
{
	static const char digits[] = "abcdefghijkmnpqrstuvwxyz23456789";

	out->len = 32;
	cp_crypto_random(out->octet, out->len);
	for (size_t i = 0; i < out->len; i++)
		out->octet[i] = (uint8_t)digits[out->octet[i] & 31];
}

static void answer_text(struct work *w, const char *key, const char *text, size_t len)
{
	json_object_set_new(w->answer, key, json_stringn(text, len));
}

/* ---- commands ------------------------------------------------------------------------------ */

static int need_place(struct work *w)
{
	if (!w->tenant)
		return refuse(w, -ENOENT, "there is no tenant \"%s\"", w->r->tenant);
	if (!w->d->deps.vault)
		return refuse(w, -EPERM,
		              "this gateway has no state directory to keep values in");
	return 0;
}

/* The document's owner decides what stands in it. */
static int need_free(struct work *w)
{
	const struct cp_secret_user *user = cp_secret_user_find(w->tenant, w->of.name);
	const struct cp_secret_psk *psk = cp_secret_psk_find(w->tenant, w->of.name);
	bool is_password = w->of.kind == CP_SEAL_PASSWORD;

	if (is_password && !cp_tenant_user(w->tenant->policy, w->of.name))
		return refuse(w, -ENOENT, "tenant %s has no user \"%s\"", w->of.tenant,
		              w->of.name);
	if (is_password ? user && user->from != CP_SECRET_VAULT
	                : psk && psk->from != CP_SECRET_VAULT)
		return refuse(w, -EEXIST,
		              "secrets/%s.json has a value for \"%s\": take it out there, or "
		              "change it "
		              "there",
		              w->of.tenant, w->of.name);
	return 0;
}

static int use(struct work *w, const struct secret *value)
{
	struct cp_secret_user user = {.from = CP_SECRET_VAULT};
	struct cp_secret_psk psk = {.from = CP_SECRET_VAULT, .len = value->len};
	int err;

	if (w->of.kind == CP_SEAL_PASSWORD) {
		snprintf(user.name, sizeof(user.name), "%s", w->of.name);
		memcpy(user.nt_hash, value->octet, sizeof(user.nt_hash));
		cp_secret_drop_user(w->tenant, w->of.name);
		err = cp_secret_add_users(w->tenant, &user, 1);
	} else {
		snprintf(psk.identity, sizeof(psk.identity), "%s", w->of.name);
		memcpy(psk.octet, value->octet, value->len);
		cp_secret_drop_psk(w->tenant, w->of.name);
		err = cp_secret_add_psk(w->tenant, &psk, 1);
	}
	wipe(&user, sizeof(user));
	wipe(&psk, sizeof(psk));
	return err ? refuse(w, err, "kept, but not in use before the next start: out of memory")
	           : 0;
}

static int do_set(struct work *w)
{
	char why[KEYS_VAULT_WHY_MAX];
	SECRET value = {0};
	int err = need_place(w);

	if (!err)
		err = need_free(w);
	if (!err && w->r->generate)
		choose(&value);
	else if (!err)
		err = value_of(w, &value);
	if (err)
		return err;
	err = keys_vault_set(w->d->deps.vault, &w->of, value.octet, value.len, why);
	if (err)
		return refuse(w, err, "%s", why);
	if (w->r->generate)
		answer_text(w, "value", (const char *)value.octet, value.len);
	return use(w, &value);
}

static int do_seal(struct work *w)
{
	char text[CP_SEAL_TEXT_MAX];
	SECRET value = {0};
	int err = 0;

	if (w->r->generate)
		choose(&value);
	else
		err = value_of(w, &value);
	if (err)
		return err;
	err = cp_seal_make(w->d->deps.seal, &w->of, value.octet, value.len, text);
	if (err)
		return refuse(w, err, "%s",
		              err == -ENOKEY ? "there is no seal key on this machine"
		                             : "the value cannot be sealed");
	answer_text(w, "sealed", text, strlen(text));
	if (w->r->generate)
		answer_text(w, "value", (const char *)value.octet, value.len);
	return 0;
}

static int do_forget(struct work *w)
{
	char why[KEYS_VAULT_WHY_MAX];
	int err;

	if (!w->d->deps.vault)
		return need_place(w);
	err = keys_vault_forget(w->d->deps.vault, &w->of, why);
	if (err)
		return refuse(w, err, "%s", why);
	/* What the document has for that name stays in use. */
	if (!w->tenant)
		return 0;
	if (w->of.kind == CP_SEAL_PASSWORD) {
		const struct cp_secret_user *user = cp_secret_user_find(w->tenant, w->of.name);

		if (user && user->from == CP_SECRET_VAULT)
			cp_secret_drop_user(w->tenant, w->of.name);
	} else {
		const struct cp_secret_psk *psk = cp_secret_psk_find(w->tenant, w->of.name);

		if (psk && psk->from == CP_SECRET_VAULT)
			cp_secret_drop_psk(w->tenant, w->of.name);
	}
	return 0;
}

static int do_list(struct work *w)
{
	const struct cp_vault *vault = NULL;
	const char *fault = NULL;

	if (w->d->deps.vault)
		vault = keys_vault_of(w->d->deps.vault, w->r->tenant, &fault);
	if (!w->tenant && !vault)
		return refuse(w, -ENOENT, "there is no tenant \"%s\"", w->r->tenant);
	keys_list(w->tenant, vault, w->r->skip, KEYS_PAGE_MAX, w->answer);
	if (fault)
		answer_text(w, "fault", fault, strlen(fault));
	return 0;
}

static int do_rekey(struct work *w)
{
	char why[KEYS_VAULT_WHY_MAX], id[CP_SEAL_ID_MAX];
	uint32_t n, kept = 0;
	int err;

	if (!w->d->deps.vault)
		return refuse(w, -EPERM,
		              "this gateway has no state directory to keep a key in");
	err = keys_vault_rekey(w->d->deps.vault, w->d->secrets, &n, why);
	if (err)
		return refuse(w, err, "%s", why);
	keys_vault_settle(w->d->deps.vault, w->d->secrets);
	for (uint32_t i = 0; i < w->d->secrets->n_tenant; i++)
		kept += w->d->secrets->tenant[i].n_former;
	cp_seal_id(w->d->deps.seal, id);
	answer_text(w, "key", id, strlen(id));
	json_object_set_new(w->answer, "sealed_anew", json_integer(n));
	json_object_set_new(w->answer, "under_the_former_key", json_integer(kept));
	return 0;
}

/* ---- the door ------------------------------------------------------------------------------ */

static const struct {
	int (*run)(struct work *w);
	const char *name[CP_SEAL_PSK + 1]; /* for the log, by kind; NULL: it changes nothing */
} commands[CP_SECRETS_COMMAND_COUNT] = {
	[CP_SECRETS_SET] = {do_set, {"user set-password", "psk set"}},
	[CP_SECRETS_SEAL] = {do_seal, {NULL}},
	[CP_SECRETS_FORGET] = {do_forget, {"user forget-password", "psk forget"}},
	[CP_SECRETS_LIST] = {do_list, {NULL}},
	[CP_SECRETS_REKEY] = {do_rekey, {NULL, "secrets rekey"}},
};

static void log_change(const struct work *w, const struct cp_door_guest *g, int err)
{
	const struct cp_secrets_request *r = w->r;
	const char *command = commands[r->command].name[r->kind];
	struct event_record e;

	if (!command)
		return;
	cp_log_begin(w->d->deps.log, &e, err ? EV_OPERATOR_REFUSED : EV_OPERATOR_SECRET);
	event_text(&e, EK_OPERATOR, cp_door_name(g));
	event_text(&e, EK_CLAIMED, r->claimed[0] ? r->claimed : NULL);
	event_text(&e, EK_COMMAND, command);
	event_text(&e, EK_TENANT, r->tenant[0] ? r->tenant : NULL);
	if (r->name[0])
		event_text(&e, r->kind == CP_SEAL_PASSWORD ? EK_USER : EK_OBJECT, r->name);
	if (err)
		event_text(&e, EK_REASON, w->why);
	cp_log_send(w->d->deps.log, &e);
}

static void answer(struct cp_door_guest *g, json_t *take_answer)
{
	size_t len = json_dumpb(take_answer, NULL, 0, JSON_COMPACT);
	char *line = len ? malloc(len + 2) : NULL;

	if (line) {
		json_dumpb(take_answer, line, len, JSON_COMPACT);
		memcpy(line + len, "\n", 2);
	}
	json_decref(take_answer);
	cp_door_answer(g, line);
}

static json_t *error_of(const char *why)
{
	return json_pack("{s:s}", "error", why);
}

static void on_ask(void *ctx, struct cp_door_guest *g, const char *line, size_t len)
{
	struct cp_secrets_request r;
	struct cp_policy_error error;
	struct work w = {.d = ctx, .r = &r};
	int err = cp_secrets_request_parse(line, len, &r, &error);

	if (err) {
		cp_policy_error_text(&error, w.why, sizeof(w.why));
		answer(g, error_of(w.why));
		return;
	}
	w.of = (struct cp_seal_of){r.tenant, r.kind, r.name};
	w.tenant = cp_secrets_tenant(w.d->secrets, r.tenant);
	w.answer = json_object();
	err = commands[r.command].run(&w);
	log_change(&w, g, err);
	if (err) {
		json_decref(w.answer);
		w.answer = error_of(w.why);
	}
	answer(g, w.answer);
	wipe(&r, sizeof(r));
}

int keys_door_new(const struct keys_door_deps *deps, struct cp_secrets *secrets,
                  struct keys_door **out)
{
	struct keys_door *d = calloc(1, sizeof(*d));
	const struct cp_door_deps door = {
		.loop = deps->loop,
		.take_listen = deps->take_listen,
		.operator_uid = deps->operator_uid,
		.request_max = CP_SECRETS_REQUEST_MAX,
		.ask = on_ask,
		.ctx = d,
	};
	int err;

	if (!d)
		return -ENOMEM;
	d->deps = *deps;
	d->secrets = secrets;
	err = cp_door_new(&door, &d->door);
	if (err) {
		free(d);
		return err;
	}
	*out = d;
	return 0;
}

void keys_door_free(struct keys_door *d)
{
	if (!d)
		return;
	cp_door_free(d->door);
	free(d);
}

void keys_door_use(struct keys_door *d, struct cp_secrets *secrets)
{
	d->secrets = secrets;
}
