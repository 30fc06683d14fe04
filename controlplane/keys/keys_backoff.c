/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/keys/keys_backoff.h"

#include "common/base/secret.h"
#include "common/wire/ike.h"
#include "controlplane/crypto/crypto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	SETS = 256,
	WAYS = 4,
};

struct row {
	uint64_t who; /* 0: free */
	uint64_t last_ms;
	uint32_t failures;
};

struct keys_backoff {
	struct cp_crypto *crypto;
	uint8_t key[32];
	struct row row[SETS][WAYS];
};

int keys_backoff_new(struct cp_crypto *crypto, struct keys_backoff **out)
{
	struct keys_backoff *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->crypto = crypto;
	cp_crypto_random(b->key, sizeof(b->key));
	*out = b;
	return 0;
}

void keys_backoff_free(struct keys_backoff *b)
{
	if (!b)
		return;
	wipe(b, sizeof(*b));
	free(b);
}

/* Not zero. The NUL between the names keeps "a" "bc" and "ab" "c" apart. */
static uint64_t who_is(const struct keys_backoff *b, const char *tenant, const char *user)
{
	const struct cp_octets part[] = {{tenant, strlen(tenant) + 1}, {user, strlen(user)}};
	uint8_t digest[CP_CRYPTO_DIGEST_MAX] = {0};
	uint64_t who;

	cp_crypto_prf(b->crypto, IKE_PRF_HMAC_SHA2_256, b->key, sizeof(b->key), part, 2,
	              digest);
	memcpy(&who, digest, sizeof(who));
	return who | 1;
}

/* The row of @who, else the free or longest unused one of its set. */
static struct row *row_of(struct keys_backoff *b, uint64_t who)
{
	struct row *set = b->row[who / 2 % SETS], *oldest = set;
	unsigned i;

	for (i = 0; i < WAYS; i++) {
		if (set[i].who == who)
			return &set[i];
		if (set[i].last_ms < oldest->last_ms)
			oldest = &set[i];
	}
	return oldest;
}

static uint32_t wait_after(uint32_t failures)
{
	uint32_t ms = KEYS_BACKOFF_FIRST_MS;

	if (!failures)
		return 0;
	while (--failures && ms < KEYS_BACKOFF_LAST_MS)
		ms *= 2;
	return ms < KEYS_BACKOFF_LAST_MS ? ms : KEYS_BACKOFF_LAST_MS;
}

uint32_t keys_backoff_judge(struct keys_backoff *b, const char *tenant, const char *user,
                            bool right, uint64_t now_ms)
{
	uint64_t who = who_is(b, tenant, user);
	struct row *row = row_of(b, who);
	bool known = row->who == who && now_ms - row->last_ms < KEYS_BACKOFF_MEMORY_MS;
	uint32_t before = known ? row->failures : 0;

	if (!right)
		*row = (struct row){who, now_ms, before < UINT32_MAX ? before + 1 : before};
	else if (row->who == who)
		*row = (struct row){0};
	return wait_after(before);
}
