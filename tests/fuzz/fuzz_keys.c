/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the keys process, as a session process under somebody else's command may
 * send them: first octet the type, the rest the body. An answer is as long as its kind and
 * holds a secret's fruit only when its status is 0.
 */
#include "controlplane/crypto/crypto.h"
#include "controlplane/keys/keys_store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Made for this file; it opens nothing. */
static char pem[] = "-----BEGIN PRIVATE KEY-----\n"
		    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIQILD7/d5uejC9hw\n"
		    "Pz/KuXVkH3syGPC31WtwK9huOVWhRANCAAQu2wICXXGYBb4O2VbFzWspLreoLziH\n"
		    "xJClxi3ua+ZuNjHR8MA8Ld/S/ilnFzzZ21inyAPmAB9oNGy0F7KJP2Io\n"
		    "-----END PRIVATE KEY-----\n";

static struct keys_store *make_store(void)
{
	static struct cp_secret_user user = {.name = "alice", .nt_hash = {1}};
	static struct cp_secret_psk psk = {.identity = "*", .len = 4, .octet = "abcd"};
	static struct cp_secret_tenant tenant = {
		.name = "lab",
		.certificate = "server",
		.n_user = 1,
		.n_psk = 1,
		.user = &user,
		.psk = &psk,
		.key_pem_len = sizeof(pem) - 1,
		.key_pem = pem,
	};
	static const struct cp_secrets secrets = {1, &tenant};
	struct keys_store *store;
	struct cp_crypto *crypto;
	const char *fault;

	assert(cp_crypto_new(NULL, 0, &crypto) == 0);
	assert(keys_store_new(crypto, &secrets, &store, &fault) == 0);
	return store;
}

static bool is_zero(const void *octets, size_t len)
{
	const uint8_t *p = octets;

	return !len || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

static void check(uint32_t type, const union keys_answer *a, size_t len)
{
	assert(a->status <= 0);
	if (a->status)
		assert(is_zero((const uint8_t *)a + sizeof(a->status),
		               len - sizeof(a->status)));
	switch (type) {
	case KEYS_ASK_SIGN:
		assert(len == sizeof(a->sign) && a->sign.len <= sizeof(a->sign.octet));
		break;
	case KEYS_ASK_PSK:
		assert(len == sizeof(a->psk) && a->psk.len <= sizeof(a->psk.mac));
		break;
	default:
		assert(type == KEYS_ASK_MSCHAPV2 && len == sizeof(a->mschapv2));
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct keys_store *store;
	union keys_answer a;
	uint8_t *body;
	size_t len;

	if (!store)
		store = make_store();
	if (!size)
		return 0;
	body = malloc(size > 1 ? size - 1
	                       : 1); /* of its own, so that one octet too far is seen */
	memcpy(body, data + 1, size - 1);
	len = keys_store_answer(store, data[0], body, size - 1, &a);
	if (len)
		check(data[0], &a, len);
	free(body);
	return 0;
}
