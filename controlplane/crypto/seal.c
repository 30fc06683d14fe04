/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/crypto/seal.h"

#include "controlplane/crypto/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PREFIX "sekisho1:"

enum {
	ID_LEN = 8,
	SALT_LEN = 32,
	NONCE_LEN = 12,
	TAG_LEN = 16,
	STEP = 32, /* lengths are told to whole steps only */
	BODY_MAX = CP_SEAL_VALUE_MAX + 1,
	OCTETS_MIN = ID_LEN + SALT_LEN + STEP + TAG_LEN,
	OCTETS_MAX = ID_LEN + SALT_LEN + BODY_MAX + TAG_LEN,
};

static_assert(BODY_MAX % STEP == 0, "the longest value fills its steps");
static_assert(sizeof(PREFIX) + (OCTETS_MAX + 2) / 3 * 4 <= CP_SEAL_TEXT_MAX,
              "room for the text");

struct seal_key {
	bool given;
	uint8_t octet[CP_SEAL_KEY_LEN];
	uint8_t id[ID_LEN];
};

/* In a mapping of its own. */
struct ring {
	struct seal_key present, former;
};

struct cp_seal {
	OSSL_LIB_CTX *lib;
	OSSL_PROVIDER *provider;
	EVP_CIPHER *gcm;
	EVP_KDF *hkdf;
	EVP_MD *sha256;
	struct ring *ring;
};

/* The octets of a sealed value. */
struct sealed {
	uint8_t octet[OCTETS_MAX];
	size_t body_len;
};

static uint8_t *salt_of(struct sealed *v)
{
	return v->octet + ID_LEN;
}

static uint8_t *body_of(struct sealed *v)
{
	return v->octet + ID_LEN + SALT_LEN;
}

static uint8_t *tag_of(struct sealed *v)
{
	return body_of(v) + v->body_len;
}

/* ---- text ------------------------------------------------------------------------------- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void to_text(const struct sealed *v, char *text)
{
	size_t len = ID_LEN + SALT_LEN + v->body_len + TAG_LEN, i;

	memcpy(text, PREFIX, sizeof(PREFIX) - 1);
	text += sizeof(PREFIX) - 1;
	for (i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)v->octet[i] << 16;

		bits |= n > 1 ? (uint32_t)v->octet[i + 1] << 8 : 0;
		bits |= n > 2 ? v->octet[i + 2] : 0;
		*text++ = digits[bits >> 18];
		*text++ = digits[bits >> 12 & 63];
		*text++ = n > 1 ? digits[bits >> 6 & 63] : '=';
		*text++ = n > 2 ? digits[bits & 63] : '=';
	}
	*text = '\0';
}

static bool take_digit(char c, uint32_t *bits)
{
	const char *at = c ? strchr(digits, c) : NULL;

	if (!at)
		return false;
	*bits = *bits << 6 | (uint32_t)(at - digits);
	return true;
}

/* Four digits to one to three octets; no digit may hold bits that mean nothing.
 * returns how many octets, 0 when this is no Base64 */
static size_t take_group(const char *text, bool is_last, uint8_t out[3])
{
	size_t n = text[3] != '=' ? 3 : text[2] != '=' ? 2 : 1;
	uint32_t bits = 0;

	if (n < 3 && !is_last)
		return 0;
	for (size_t i = 0; i < 4; i++) {
		if (i > n)
			bits <<= 6;
		else if (!take_digit(text[i], &bits))
			return 0;
	}
	out[0] = (uint8_t)(bits >> 16);
	out[1] = (uint8_t)(bits >> 8);
	out[2] = (uint8_t)bits;
	return (n < 3 && out[2]) || (n < 2 && out[1]) ? 0 : n;
}

static int from_text(const char *text, struct sealed *v)
{
	size_t len = strnlen(text, CP_SEAL_TEXT_MAX), used = 0, n, i;
	uint8_t group[3];

	if (len == CP_SEAL_TEXT_MAX || strncmp(text, PREFIX, sizeof(PREFIX) - 1) != 0)
		return -EBADMSG;
	text += sizeof(PREFIX) - 1;
	len -= sizeof(PREFIX) - 1;
	if (len % 4)
		return -EBADMSG;
	for (i = 0; i < len; i += 4) {
		n = take_group(text + i, i + 4 == len, group);
		if (!n || used + n > sizeof(v->octet))
			return -EBADMSG;
		memcpy(v->octet + used, group, n);
		used += n;
	}
	if (used < OCTETS_MIN || (used - OCTETS_MIN) % STEP)
		return -EBADMSG;
	v->body_len = used - ID_LEN - SALT_LEN - TAG_LEN;
	return 0;
}

bool cp_seal_is_text(const char *text)
{
	struct sealed v;

	return from_text(text, &v) == 0;
}

/* ---- keys ------------------------------------------------------------------------------- */

static int ring_new(struct ring **out)
{
	void *page = mmap(NULL, sizeof(struct ring), PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return -ENOMEM;
	/* Beside the limit on cores: one that somebody takes with a debugger lacks it, too. */
	madvise(page, sizeof(struct ring), MADV_DONTDUMP);
	*out = page;
	return 0;
}

int cp_seal_new(struct cp_seal **out)
{
	struct cp_seal *s = calloc(1, sizeof(*s));

	if (!s || ring_new(&s->ring)) {
		free(s);
		return -ENOMEM;
	}
	s->lib = OSSL_LIB_CTX_new();
	s->provider = s->lib ? OSSL_PROVIDER_load(s->lib, "default") : NULL;
	s->gcm = s->provider ? EVP_CIPHER_fetch(s->lib, "AES-256-GCM", NULL) : NULL;
	s->hkdf = s->provider ? EVP_KDF_fetch(s->lib, "HKDF", NULL) : NULL;
	s->sha256 = s->provider ? EVP_MD_fetch(s->lib, "SHA256", NULL) : NULL;
	if (!s->gcm || !s->hkdf || !s->sha256) {
		cp_seal_free(s);
		return -ENOTSUP;
	}
	*out = s;
	return 0;
}

void cp_seal_free(struct cp_seal *s)
{
	if (!s)
		return;
	EVP_MD_free(s->sha256);
	EVP_KDF_free(s->hkdf);
	EVP_CIPHER_free(s->gcm);
	if (s->provider)
		OSSL_PROVIDER_unload(s->provider);
	OSSL_LIB_CTX_free(s->lib);
	wipe(s->ring, sizeof(*s->ring));
	munmap(s->ring, sizeof(*s->ring));
	free(s);
}

static int take_key(const struct cp_seal *s, const uint8_t *octets, struct seal_key *k)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	wipe(k, sizeof(*k));
	if (!octets)
		return 0;
	if (EVP_Digest(octets, CP_SEAL_KEY_LEN, digest, NULL, s->sha256, NULL) != 1)
		return -EIO;
	memcpy(k->octet, octets, CP_SEAL_KEY_LEN);
	memcpy(k->id, digest, ID_LEN);
	k->given = true;
	return 0;
}

int cp_seal_use(struct cp_seal *s, const uint8_t *present, const uint8_t *former)
{
	int err = take_key(s, present, &s->ring->present);

	return err ? err : take_key(s, former, &s->ring->former);
}

void cp_seal_forget_former(struct cp_seal *s)
{
	wipe(&s->ring->former, sizeof(s->ring->former));
}

static void id_text(const uint8_t *octets, char id[CP_SEAL_ID_MAX])
{
	for (size_t i = 0; i < ID_LEN; i++)
		snprintf(id + 2 * i, 3, "%02x", octets[i]);
}

bool cp_seal_id(const struct cp_seal *s, char id[CP_SEAL_ID_MAX])
{
	if (s->ring->present.given)
		id_text(s->ring->present.id, id);
	else
		snprintf(id, CP_SEAL_ID_MAX, "none");
	return s->ring->present.given;
}

/* ---- seal and open ---------------------------------------------------------------------- */

struct derived {
	uint8_t key[CP_SEAL_KEY_LEN], nonce[NONCE_LEN];
};

static int derive(const struct cp_seal *s, const struct seal_key *k, uint8_t *salt,
                  struct derived *out)
{
	static char info[] = "sekisho seal 1", digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)k->octet,
	                                          CP_SEAL_KEY_LEN),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, SALT_LEN),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof(info) - 1),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(s->hkdf);
	int ok = ctx && EVP_KDF_derive(ctx, (uint8_t *)out, sizeof(*out), params) == 1;

	EVP_KDF_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

/* Each with its NUL, so that no two places give the same octets. */
static bool vouch(EVP_CIPHER_CTX *ctx, const struct cp_seal_of *of)
{
	static const char *const kinds[] = {
		[CP_SEAL_PASSWORD] = "password", [CP_SEAL_PSK] = "psk"};
	const char *const part[] = {"sekisho1", of->tenant, kinds[of->kind], of->name};
	int n;

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		if (EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)part[i],
		                     (int)strlen(part[i]) + 1) != 1)
			return false;
	return true;
}

/* In place. returns 0, -EACCES (open: the tag does not fit), -EIO */
static int run(const struct cp_seal *s, const struct seal_key *k, const struct cp_seal_of *of,
               struct sealed *v, bool is_seal)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct derived d = {0};
	int err = ctx ? derive(s, k, salt_of(v), &d) : -EIO, n;
	uint8_t *body = body_of(v);

	if (!err &&
	    (EVP_CipherInit_ex2(ctx, s->gcm, d.key, d.nonce, is_seal, NULL) != 1 ||
	     !vouch(ctx, of) || EVP_CipherUpdate(ctx, body, &n, body, (int)v->body_len) != 1))
		err = -EIO;
	if (!err && !is_seal &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag_of(v)) != 1)
		err = -EIO;
	if (!err && EVP_CipherFinal_ex(ctx, body + v->body_len, &n) != 1)
		err = is_seal ? -EIO : -EACCES;
	if (!err && is_seal &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag_of(v)) != 1)
		err = -EIO;
	EVP_CIPHER_CTX_free(ctx);
	wipe(&d, sizeof(d));
	return err;
}

int cp_seal_make(struct cp_seal *s, const struct cp_seal_of *of, const void *value, size_t len,
                 char text[CP_SEAL_TEXT_MAX])
{
	const struct seal_key *k = &s->ring->present;
	struct sealed v = {0};
	int err;

	text[0] = '\0';
	if (!len || len > CP_SEAL_VALUE_MAX)
		return -EMSGSIZE;
	if (!k->given)
		return -ENOKEY;
	v.body_len = (len + 1 + STEP - 1) / STEP * STEP;
	memcpy(v.octet, k->id, ID_LEN);
	cp_crypto_random(salt_of(&v), SALT_LEN);
	body_of(&v)[0] = (uint8_t)len;
	memcpy(body_of(&v) + 1, value, len);
	err = run(s, k, of, &v, true);
	if (!err)
		to_text(&v, text);
	wipe(&v, sizeof(v));
	return err;
}

/* Its id is public; nothing is compared in secret here. */
static bool is_named(const struct seal_key *k, const struct sealed *v)
{
	return k->given && ct_equal(k->id, v->octet, ID_LEN);
}

static int take_value(struct sealed *v, struct secret *out)
{
	uint8_t *body = body_of(v);

	/* Whoever had the key made it in another way than we do. */
	if (!body[0] || body[0] >= v->body_len)
		return -EACCES;
	return secret_set(out, body + 1, body[0]) ? 0 : -EACCES;
}

int cp_seal_open(struct cp_seal *s, const struct cp_seal_of *of, const char *text,
                 struct secret *out, bool *by_former)
{
	const struct seal_key *k = &s->ring->present;
	struct sealed v;
	int err = from_text(text, &v);

	secret_wipe(out);
	if (err)
		return err;
	if (!k->given)
		return -ENOKEY;
	if (!is_named(k, &v))
		k = &s->ring->former;
	if (!is_named(k, &v))
		return -EKEYREJECTED;
	err = run(s, k, of, &v, false);
	if (!err)
		err = take_value(&v, out);
	wipe(&v, sizeof(v));
	if (by_former)
		*by_former = k == &s->ring->former;
	return err;
}

const char *cp_seal_why(int err, const char *text, char why[CP_SEAL_WHY_MAX])
{
	char id[CP_SEAL_ID_MAX] = "unknown";
	struct sealed v;

	if (from_text(text, &v) == 0)
		id_text(v.octet, id);
	if (err == -EBADMSG)
		snprintf(why, CP_SEAL_WHY_MAX, "something that is no sealed value");
	else if (err == -ENOKEY)
		snprintf(why, CP_SEAL_WHY_MAX,
		         "a sealed value, and no seal key on this machine");
	else if (err == -EKEYREJECTED)
		snprintf(why, CP_SEAL_WHY_MAX, "a value sealed under another key (id %s)", id);
	else if (err == -EACCES)
		snprintf(why, CP_SEAL_WHY_MAX,
		         "a value sealed for another place, or changed since");
	else
		snprintf(why, CP_SEAL_WHY_MAX, "a sealed value that cannot be opened now");
	return why;
}
