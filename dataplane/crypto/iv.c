/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/crypto/iv.h"

#include "common/base/secret.h"

#include <errno.h>
#include <sys/random.h>

enum {
	KEY = 16,
};

int dp_ivs_init(struct dp_ivs *v, IMB_MGR *mgr)
{
	uint8_t key[KEY], unused[sizeof(v->round)];
	const bool drawn = getrandom(key, sizeof(key), 0) == sizeof(key);

	v->mgr = mgr;
	v->batch = 0;
	v->left = 0;
	mgr->keyexp_128(key, v->round, unused);
	wipe(key, sizeof(key));
	wipe(unused, sizeof(unused));
	return drawn ? 0 : -EIO;
}

void dp_ivs_fini(struct dp_ivs *v)
{
	wipe(v, sizeof(*v));
}

/* AES of consecutive blocks is counter mode over zeros: batch in the upper half, and the lower
 * one counts inside it. Finished when the call returns. */
void dp_ivs_fill(struct dp_ivs *v)
{
	uint64_t nonce[2] = {v->batch++, 0};
	IMB_JOB job = {
		.enc_keys = v->round,
		.dec_keys = v->round,
		.key_len_in_bytes = IMB_KEY_128_BYTES,
		.src = v->iv[0],
		.dst = v->iv[0],
		.msg_len_to_cipher_in_bytes = sizeof(v->iv),
		.iv = (const uint8_t *)nonce,
		.iv_len_in_bytes = sizeof(nonce),
		.cipher_mode = IMB_CIPHER_CNTR,
		.cipher_direction = IMB_DIR_ENCRYPT,
		.hash_alg = IMB_AUTH_NULL,
		.chain_order = IMB_ORDER_CIPHER_HASH,
	};

	memset(v->iv, 0, sizeof(v->iv));
	v->mgr->submit_cipher_burst_nocheck(v->mgr, &job, 1, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT,
	                                    IMB_KEY_128_BYTES);
	v->left = DP_IVS;
}
