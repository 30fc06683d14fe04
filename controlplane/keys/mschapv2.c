/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/keys/mschapv2.h"

#include "common/base/secret.h"
#include "common/wire/ike.h"
#include "controlplane/crypto/crypto.h"
#include "controlplane/crypto/legacy.h"

#include <errno.h>
#include <string.h>

enum {
	SHA1_LEN = 20,
	KEY_LEN = 16, /* of the MPPE keys the MSK is made of */
	SHS_PAD = 40,
};

#define TEXT(s) ((struct cp_octets){(s), sizeof(s) - 1})

/* RFC 2759 section 8.7 */
static const char sign_magic[] = "Magic server to client signing constant";
static const char pad_magic[] = "Pad to make it do more than one iteration";

/* RFC 3079 section 3.4 */
static const char master_magic[] = "This is the MPPE Master Key";
static const char client_send_magic[] =
	"On the client side, this is the send key; on the server side, it is the receive key.";
static const char client_receive_magic[] =
	"On the client side, this is the receive key; on the server side, it is the send key.";

static int sha1(struct cp_crypto *c, const struct cp_octets *part, unsigned n,
                uint8_t out[SHA1_LEN])
{
	return cp_crypto_hash(c, IKE_HASH_SHA1, part, n, out) == SHA1_LEN ? 0 : -EIO;
}

/* RFC 2759 section 8.2; the result is the first eight octets. */
static int challenge_hash(struct cp_crypto *c, const struct mschapv2_facts *f,
                          uint8_t out[SHA1_LEN])
{
	const struct cp_octets part[] = {{f->peer_challenge, MSCHAPV2_CHALLENGE},
	                                 {f->auth_challenge, MSCHAPV2_CHALLENGE},
	                                 {f->user, strlen(f->user)}};

	return sha1(c, part, 3, out);
}

/* RFC 2759 section 8.5: three DES keys from the hash and five zeros. */
static void challenge_response(const uint8_t challenge[8], const uint8_t *nt_hash,
                               uint8_t out[MSCHAPV2_RESPONSE])
{
	uint8_t keys[21] = {0};
	unsigned i;

	memcpy(keys, nt_hash, CP_CRYPTO_NT_HASH_LEN);
	for (i = 0; i < 3; i++)
		cp_crypto_des(keys + 7 * i, challenge, out + 8 * i);
	wipe(keys, sizeof(keys));
}

/* RFC 2759 section 8.7 */
static int authenticator_response(struct cp_crypto *c, const uint8_t *hash_hash,
                                  const uint8_t *nt_response, const uint8_t challenge[8],
                                  uint8_t out[MSCHAPV2_AUTHENTICATOR])
{
	uint8_t digest[SHA1_LEN];
	const struct cp_octets first[] = {{hash_hash, CP_CRYPTO_MD4_LEN},
	                                  {nt_response, MSCHAPV2_RESPONSE},
	                                  TEXT(sign_magic)};
	const struct cp_octets second[] = {{digest, SHA1_LEN}, {challenge, 8}, TEXT(pad_magic)};
	int err = sha1(c, first, 3, digest);

	return err ? err : sha1(c, second, 3, out);
}

/* RFC 3079 section 3.3, GetAsymmetricStartKey. */
static int start_key(struct cp_crypto *c, const uint8_t *master, struct cp_octets magic,
                     uint8_t out[KEY_LEN])
{
	static const uint8_t pad1[SHS_PAD];
	uint8_t pad2[SHS_PAD], digest[SHA1_LEN];
	const struct cp_octets part[] = {
		{master, KEY_LEN}, {pad1, SHS_PAD}, magic, {pad2, SHS_PAD}};
	int err;

	memset(pad2, 0xf2, sizeof(pad2));
	err = sha1(c, part, 4, digest);
	memcpy(out, digest, KEY_LEN);
	wipe(digest, sizeof(digest));
	return err;
}

/* The server's MasterReceiveKey | MasterSendKey | 32 zeros, on both sides. */
static int session_key(struct cp_crypto *c, const uint8_t *hash_hash,
                       const uint8_t *nt_response, uint8_t out[MSCHAPV2_MSK])
{
	uint8_t master[SHA1_LEN];
	const struct cp_octets part[] = {{hash_hash, CP_CRYPTO_MD4_LEN},
	                                 {nt_response, MSCHAPV2_RESPONSE},
	                                 TEXT(master_magic)};
	int err = sha1(c, part, 3, master);

	memset(out, 0, MSCHAPV2_MSK);
	if (!err)
		err = start_key(c, master, TEXT(client_send_magic), out);
	if (!err)
		err = start_key(c, master, TEXT(client_receive_magic), out + KEY_LEN);
	wipe(master, sizeof(master));
	return err;
}

int mschapv2_compute(struct cp_crypto *c, const struct mschapv2_facts *facts,
                     struct mschapv2_result *out)
{
	uint8_t challenge[SHA1_LEN], hash_hash[CP_CRYPTO_MD4_LEN];
	int err = challenge_hash(c, facts, challenge);

	if (err)
		return err;
	challenge_response(challenge, facts->nt_hash, out->nt_response);
	cp_crypto_md4(facts->nt_hash, CP_CRYPTO_NT_HASH_LEN, hash_hash);
	err = authenticator_response(c, hash_hash, out->nt_response, challenge,
	                             out->authenticator);
	if (!err)
		err = session_key(c, hash_hash, out->nt_response, out->msk);
	wipe(hash_hash, sizeof(hash_hash));
	return err;
}
