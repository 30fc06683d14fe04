/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/keys/keys_store.h"

#include "controlplane/crypto/crypto.h"
#include "controlplane/keys/keys_sign.h"
#include "controlplane/keys/mschapv2.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct keys_store {
	struct cp_crypto *crypto;
	const struct cp_secrets *secrets;
	struct keys_signer *signer;
	struct keys_private **key; /* by tenant, as in secrets; NULL without one */

	/* What is used for a user or an identity we do not know, so that asking about them
	 * costs what asking about the others costs. */
	uint8_t nobody_hash[16];
	struct cp_secret_psk nobody_psk;
};

int keys_store_new(struct cp_crypto *crypto, const struct cp_secrets *secrets,
                   struct keys_store **out, const char **fault)
{
	struct keys_store *s = calloc(1, sizeof(*s));
	const struct cp_secret_tenant *t;
	int err = -ENOMEM;
	uint32_t i;

	*fault = NULL;
	if (!s)
		return err;
	s->crypto = crypto;
	s->secrets = secrets;
	s->key = calloc((size_t)secrets->n_tenant + 1, sizeof(*s->key));
	if (s->key)
		err = keys_signer_new(&s->signer);
	for (i = 0; i < secrets->n_tenant && !err; i++) {
		t = &secrets->tenant[i];
		if (t->key_pem)
			err = keys_private_new(s->signer, t->key_pem, t->key_pem_len,
			                       &s->key[i]);
		if (err)
			*fault = t->name;
	}
	if (err) {
		keys_store_free(s);
		return err;
	}
	cp_crypto_random(s->nobody_hash, sizeof(s->nobody_hash));
	cp_crypto_random(s->nobody_psk.octet, sizeof(s->nobody_psk.octet));
	s->nobody_psk.len = 32;
	*out = s;
	return 0;
}

void keys_store_free(struct keys_store *s)
{
	uint32_t i;

	if (!s)
		return;
	for (i = 0; s->key && i < s->secrets->n_tenant; i++)
		keys_private_free(s->key[i]);
	free(s->key);
	keys_signer_free(s->signer);
	wipe(s, sizeof(*s));
	free(s);
}

static bool is_text(const char *field, size_t size)
{
	return memchr(field, 0, size) != NULL;
}

static const struct cp_secret_tenant *find_tenant(const struct keys_store *s, const char *name)
{
	uint32_t i;

	for (i = 0; i < s->secrets->n_tenant; i++) {
		if (strcmp(s->secrets->tenant[i].name, name) == 0)
			return &s->secrets->tenant[i];
	}
	return NULL;
}

/* ---- signatures ---- */

static size_t answer_sign(struct keys_store *s, const uint8_t *body, size_t len,
                          struct keys_sign_answer *out)
{
	const struct cp_secret_tenant *t;
	struct cp_keys_signature sig;
	struct keys_private *key = NULL;
	struct keys_sign_ask ask;

	if (len < sizeof(ask))
		return 0;
	memcpy(&ask, body, sizeof(ask));
	if (ask.len > CP_KEYS_OCTETS_MAX || len != sizeof(ask) + ask.len ||
	    !is_text(ask.tenant, sizeof(ask.tenant)) || !is_text(ask.cert, sizeof(ask.cert)))
		return 0;

	t = find_tenant(s, ask.tenant);
	if (t && strcmp(t->certificate, ask.cert) == 0)
		key = s->key[t - s->secrets->tenant];
	out->status =
		key ? keys_private_sign(key, ask.scheme, body + sizeof(ask), ask.len, &sig)
		    : -ENOENT;
	if (!out->status) {
		out->len = (uint32_t)sig.len;
		memcpy(out->octet, sig.octet, sig.len);
	}
	return sizeof(*out);
}

/* ---- pre-shared keys ---- */

static const struct cp_secret_psk *psk_of(const struct keys_store *s, const char *tenant,
                                          const char *identity, bool *known)
{
	const struct cp_secret_tenant *t = find_tenant(s, tenant);
	const struct cp_secret_psk *psk = t ? cp_secret_psk_for(t, identity) : NULL;

	*known = psk != NULL;
	return psk ? psk : &s->nobody_psk;
}

/* Both directions of AUTH, RFC 7296 section 2.15. */
static int compute_psk(struct keys_store *s, const struct cp_secret_psk *psk,
                       const struct keys_psk_ask *ask, const uint8_t *octets, uint8_t *theirs,
                       uint8_t *ours)
{
	static const char pad[] = "Key Pad for IKEv2";
	const struct cp_octets pad_octets = {pad, sizeof(pad) - 1};
	const struct cp_octets peer = {octets, ask->peer_len};
	const struct cp_octets our = {octets + ask->peer_len, ask->our_len};
	size_t size = cp_crypto_prf_len((uint16_t)ask->prf);
	uint8_t key[CP_CRYPTO_DIGEST_MAX];
	int err;

	if (!size || ask->prf > UINT16_MAX)
		return -EIO;
	err = cp_crypto_prf(s->crypto, (uint16_t)ask->prf, psk->octet, psk->len, &pad_octets, 1,
	                    key);
	if (!err)
		err = cp_crypto_prf(s->crypto, (uint16_t)ask->prf, key, size, &peer, 1, theirs);
	if (!err)
		err = cp_crypto_prf(s->crypto, (uint16_t)ask->prf, key, size, &our, 1, ours);
	wipe(key, sizeof(key));
	return err;
}

static size_t answer_psk(struct keys_store *s, const uint8_t *body, size_t len,
                         struct keys_psk_answer *out)
{
	uint8_t theirs[CP_CRYPTO_DIGEST_MAX], ours[CP_CRYPTO_DIGEST_MAX];
	const struct cp_secret_psk *psk;
	struct keys_psk_ask ask;
	bool known, match;
	size_t size;

	if (len < sizeof(ask))
		return 0;
	memcpy(&ask, body, sizeof(ask));
	if (ask.peer_len > CP_KEYS_OCTETS_MAX || ask.our_len > CP_KEYS_OCTETS_MAX ||
	    len != sizeof(ask) + ask.peer_len + ask.our_len ||
	    ask.peer_auth_len > sizeof(ask.peer_auth) ||
	    !is_text(ask.tenant, sizeof(ask.tenant)) ||
	    !is_text(ask.peer_id, sizeof(ask.peer_id)))
		return 0;

	psk = psk_of(s, ask.tenant, ask.peer_id, &known);
	out->status = compute_psk(s, psk, &ask, body + sizeof(ask), theirs, ours);
	if (out->status)
		return sizeof(*out);
	size = cp_crypto_prf_len((uint16_t)ask.prf);
	match = ask.peer_auth_len == size && ct_equal(theirs, ask.peer_auth, size);
	if (known && match) {
		out->len = (uint32_t)size;
		memcpy(out->mac, ours, size);
	} else { /* ours would let a peer without the PSK try guesses against it */
		out->status = known ? -EACCES : -ENOENT;
	}
	wipe(ours, sizeof(ours));
	wipe(theirs, sizeof(theirs));
	return sizeof(*out);
}

/* ---- MS-CHAPv2 ---- */

static int compare_user(const void *name, const void *user)
{
	const struct cp_secret_user *u = user;

	return strcmp(name, u->name);
}

static const uint8_t *hash_of(const struct keys_store *s, const char *tenant, const char *user)
{
	const struct cp_secret_tenant *t = find_tenant(s, tenant);
	const struct cp_secret_user *u = NULL;

	if (t && t->n_user)
		u = bsearch(user, t->user, t->n_user, sizeof(*u), compare_user);
	return u ? u->nt_hash : NULL;
}

/* Everything is computed before anything is judged: a wrong password, a wrong name and a
 * right one differ in the answer alone. */
static size_t answer_mschapv2(struct keys_store *s, const uint8_t *body, size_t len,
                              struct keys_mschapv2_answer *out)
{
	struct mschapv2_result result = {0};
	struct keys_mschapv2_ask ask;
	struct mschapv2_facts facts;
	const uint8_t *hash;
	bool match;

	if (len != sizeof(ask))
		return 0;
	memcpy(&ask, body, sizeof(ask));
	if (!is_text(ask.tenant, sizeof(ask.tenant)) || !is_text(ask.user, sizeof(ask.user)))
		return 0;

	hash = hash_of(s, ask.tenant, ask.user);
	facts = (struct mschapv2_facts){ask.user, ask.auth_challenge, ask.peer_challenge,
	                                hash ? hash : s->nobody_hash};
	out->status = mschapv2_compute(s->crypto, &facts, &result);
	match = ct_equal(result.nt_response, ask.nt_response, sizeof(ask.nt_response));
	if (!out->status && hash && match) {
		memcpy(out->authenticator, result.authenticator, sizeof(out->authenticator));
		memcpy(out->msk, result.msk, sizeof(out->msk));
	} else if (!out->status) {
		out->status = -EACCES;
	}
	wipe(&result, sizeof(result));
	return sizeof(*out);
}

size_t keys_store_answer(struct keys_store *s, uint32_t type, const void *body, size_t len,
                         union keys_answer *out)
{
	memset(out, 0, sizeof(*out));
	switch (type) {
	case KEYS_ASK_SIGN:
		return answer_sign(s, body, len, &out->sign);
	case KEYS_ASK_PSK:
		return answer_psk(s, body, len, &out->psk);
	case KEYS_ASK_MSCHAPV2:
		return answer_mschapv2(s, body, len, &out->mschapv2);
	default:
		return 0;
	}
}
