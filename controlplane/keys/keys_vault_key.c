/* SPDX-License-Identifier: Apache-2.0 */

/*
 * keys_vault_key - the seal key: where it comes from, and changing it.
 *
 * Thread   the loop's
 */

#include "controlplane/crypto/crypto.h"
#include "controlplane/keys/keys_file.h"
#include "controlplane/keys/keys_vault_impl.h"

#include <errno.h>
#include <stdlib.h>

enum {
	OURS = 077,         /* nobody else has rights to it */
	THE_MANAGERS = 007, /* it may give the service's group a right */
};

/* 32 octets of a file. returns 0, -ENOENT, or -errno with a sentence */
static int read_key(int directory, const char *file, mode_t never, struct secret *out,
                    char why[KEYS_VAULT_WHY_MAX])
{
	char *octets;
	size_t len;
	int err = keys_file_read(directory, file, never, &octets, &len);

	if (err == -ENOENT)
		return err;
	if (err)
		return keys_vault_because(why, err, "%s: %s", file, keys_vault_words(err));
	if (len == CP_SEAL_KEY_LEN)
		secret_set(out, octets, len);
	else
		err = keys_vault_because(why, -EINVAL,
		                         "%s: found %zu octets, expected exactly %d", file, len,
		                         CP_SEAL_KEY_LEN);
	wipe(octets, len);
	free(octets);
	return err;
}

/* One that need not be there: then @out stays empty. */
static int try_key(int directory, const char *file, mode_t never, struct secret *out,
                   char why[KEYS_VAULT_WHY_MAX])
{
	int err = directory < 0 ? -ENOENT : read_key(directory, file, never, out, why);

	return err == -ENOENT ? 0 : err;
}

static const uint8_t *octets_of(const struct secret *key)
{
	return key->len ? key->octet : NULL;
}

/* The service manager's key goes before our own, which then is the one of before. */
int keys_vault_find_keys(struct keys_vault *v, int credentials, char why[KEYS_VAULT_WHY_MAX])
{
	SECRET present = {0};
	SECRET former = {0};
	int err = try_key(credentials, VAULT_KEY_FILE, THE_MANAGERS, &present, why);

	v->is_credential = present.len;
	if (!err && v->is_credential)
		err = try_key(credentials, VAULT_FORMER_FILE, THE_MANAGERS, &former, why);
	if (!err && v->is_credential && !former.len) {
		err = try_key(v->directory, VAULT_KEY_FILE, OURS, &former, why);
		v->former = former.len ? VAULT_KEY_FILE : NULL;
	}
	if (!err && !v->is_credential) {
		err = try_key(v->directory, VAULT_KEY_FILE, OURS, &present, why);
		if (!err)
			err = try_key(v->directory, VAULT_FORMER_FILE, OURS, &former, why);
		v->former = former.len ? VAULT_FORMER_FILE : NULL;
	}
	if (err)
		return err;
	v->has_key = present.len;
	return cp_seal_use(v->seal, octets_of(&present), octets_of(&former));
}

static int write_key(struct keys_vault *v, const char *file, const struct secret *key,
                     char why[KEYS_VAULT_WHY_MAX])
{
	int err = keys_file_write(v->directory, file, key->octet, key->len);

	return err ? keys_vault_because(why, err, "%s cannot be written: %s", file,
	                                strerror(-err))
	           : 0;
}

static void choose_key(struct secret *out)
{
	cp_crypto_random(out->octet, CP_SEAL_KEY_LEN);
	out->len = CP_SEAL_KEY_LEN;
}

int keys_vault_first_key(struct keys_vault *v, char why[KEYS_VAULT_WHY_MAX])
{
	SECRET key = {0};
	int err;

	choose_key(&key);
	err = write_key(v, VAULT_KEY_FILE, &key, why);
	if (!err)
		err = cp_seal_use(v->seal, key.octet, NULL);
	v->has_key = !err;
	return err;
}

static int may_rekey(const struct keys_vault *v, const struct cp_secrets *s,
                     char why[KEYS_VAULT_WHY_MAX])
{
	if (v->is_credential)
		return keys_vault_because(
			why, -EPERM,
			"the seal key is a credential of the service manager: put the new "
			"one there as seal.key and this one as seal.key.former, and start "
			"again");
	if (!v->has_key)
		return keys_vault_because(why, -EPERM, "%s", keys_vault_keyless);
	if (keys_vault_has_fault(v))
		return keys_vault_because(why, -EPERM,
		                          "a file with values under this key cannot be read; "
		                          "the log says which");
	for (uint32_t i = 0; i < s->n_tenant; i++)
		if (s->tenant[i].n_former)
			return keys_vault_because(
				why, -EPERM,
				"secrets/%s.json still has values sealed under the key "
				"before this one: seal them anew first",
				s->tenant[i].name);
	return 0;
}

/* From the first step on, every value opens by one of two keys that are both on the disk. */
static int change_key(struct keys_vault *v, char why[KEYS_VAULT_WHY_MAX])
{
	SECRET old = {0};
	SECRET new = {0};
	int err = read_key(v->directory, VAULT_KEY_FILE, OURS, &old, why);

	if (err == -ENOENT)
		return keys_vault_because(why, err, "%s is gone: restore it", VAULT_KEY_FILE);
	if (!err)
		err = write_key(v, VAULT_FORMER_FILE, &old, why);
	if (err)
		return err;
	choose_key(&new);
	err = write_key(v, VAULT_KEY_FILE, &new, why);
	if (err)
		return err;
	v->former = VAULT_FORMER_FILE;
	return cp_seal_use(v->seal, new.octet, old.octet);
}

/* Nobody seals documents anew but their owner. */
static void note_documents(struct cp_secrets *s)
{
	for (uint32_t i = 0; i < s->n_tenant; i++) {
		struct cp_secret_tenant *t = &s->tenant[i];

		t->n_former = 0;
		for (uint32_t k = 0; k < t->n_user; k++)
			t->n_former += t->user[k].from == CP_SECRET_SEALED;
		for (uint32_t k = 0; k < t->n_psk; k++)
			t->n_former += t->psk[k].from == CP_SECRET_SEALED;
	}
}

int keys_vault_rekey(struct keys_vault *v, struct cp_secrets *s, uint32_t *n,
                     char why[KEYS_VAULT_WHY_MAX])
{
	int err = may_rekey(v, s, why);

	*n = 0;
	if (!err)
		err = change_key(v, why);
	if (err)
		return err;
	note_documents(s);
	return keys_vault_renew(v, n, why);
}
