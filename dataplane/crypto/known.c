/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/crypto/known.h"

#include "common/base/secret.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/parse/packet.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

enum {
	TEXT_MAX = 80,
	NONCE = 12,
};

struct answer {
	uint8_t suite;
	const char *key, *nonce, *aad, *plain, *sealed, *icv;
};

static const struct answer answers[] = {
	{
		.suite = MSG_SUITE_AES128_GCM16,
		.key = "4c80cdefbb5d10da906ac73c3613a634",
		.nonce = "2e443b684956ed7e3b244cfe",
		.aad = "000043218765432100000000",
		.plain = "45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000"
			 "00000000045f736970045f756470037369700963796265726369747902646b00"
			 "0021000101020201",
		.sealed = "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34"
			  "cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce"
			  "61bc17d768fd9732",
		.icv = "459018148f6cbe722fd04796562dfdb4",
	},
	{
		.suite = MSG_SUITE_AES256_GCM16,
		.key = "abbccddef00112233445566778899aababbccddef00112233445566778899aab",
		.nonce = "112233440102030405060708",
		.aad = "4a2cbfe300000002",
		.plain = "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee000000000"
			 "7002400020bf0000020405b40101040201020201",
		.sealed = "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763"
			  "748a637985771d347f0545659f14e99def842d8e",
		.icv = "b335f4eecfdbf831824b4c4915956c96",
	},
};

/* A packet buffer without a pool: the job never looks at the buffer itself. */
struct stage {
	struct rte_mbuf mbuf;
	struct dp_pkt pkt;
	uint8_t text[TEXT_MAX], icv[DP_ICV_MAX];
	uint8_t key[DP_KEY_ROOM] __attribute__((aligned(DP_KEY_ALIGN)));
};

static_assert(offsetof(struct stage, pkt) == sizeof(struct rte_mbuf),
              "dp_pkt() finds the private area behind the mbuf");

static uint8_t digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static uint32_t unhex(const char *text, uint8_t *out)
{
	uint32_t n = 0;

	for (; text[0] && text[1]; text += 2)
		out[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
	return n;
}

/* One answer in one direction: is the text, and the ICV, what it should be? */
static bool is_met(struct dp_crypto *c, struct stage *s, const struct answer *a,
                   enum dp_crypto_op op)
{
	uint8_t want[TEXT_MAX], icv[DP_ICV_MAX] = {0};
	struct rte_mbuf *m = &s->mbuf;
	struct msg_keys keys = {0};
	uint32_t want_len;

	memset(&s->pkt, 0, sizeof(s->pkt));
	unhex(a->key, keys.key);
	if (dp_crypto_expand(c, a->suite, &keys, s->key))
		return false;
	s->pkt.key = s->key;
	s->pkt.suite = a->suite;
	s->pkt.op = (uint8_t)op;
	s->pkt.text = s->text;
	s->pkt.text_len = unhex(op == DP_CRYPTO_SEAL ? a->plain : a->sealed, s->text);
	s->pkt.icv = s->icv;
	s->pkt.aad_len = (uint8_t)unhex(a->aad, s->pkt.aad);
	unhex(a->nonce, s->pkt.iv);
	unhex(a->icv, icv);
	want_len = unhex(op == DP_CRYPTO_SEAL ? a->sealed : a->plain, want);

	dp_crypto_submit(c, &m, 1);
	if (dp_crypto_collect(c, &m, 1) != 1 || m != &s->mbuf || s->pkt.status)
		return false;
	return ct_equal(s->text, want, want_len) &&
	       ct_equal(op == DP_CRYPTO_SEAL ? s->icv : s->pkt.tag, icv, sizeof(icv));
}

int dp_crypto_known_answers(struct dp_crypto *c)
{
	struct stage s;
	size_t i;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (!is_met(c, &s, &answers[i], DP_CRYPTO_SEAL) ||
		    !is_met(c, &s, &answers[i], DP_CRYPTO_OPEN))
			return -EIO;
	return 0;
}
