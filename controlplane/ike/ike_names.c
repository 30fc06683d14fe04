/* SPDX-License-Identifier: Apache-2.0 */

#include "controlplane/ike/ike_words.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	uint8_t type;
	uint16_t id;
	const char *name, *tail; /* behind the key length */
} names[] = {
	{IKE_TRANSFORM_ENCR, IKE_ENCR_3DES, "3des"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_NULL, "null"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_AES_CBC, "aes"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_AES_CTR, "aes", "ctr"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_8, "aes", "gcm8"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_12, "aes", "gcm12"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_16, "aes", "gcm16"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_CHACHA20_POLY1305, "chacha20poly1305"},
	{IKE_TRANSFORM_PRF, IKE_PRF_HMAC_MD5, "prfmd5"},
	{IKE_TRANSFORM_PRF, IKE_PRF_HMAC_SHA1, "prfsha1"},
	{IKE_TRANSFORM_PRF, IKE_PRF_AES128_XCBC, "prfaesxcbc"},
	{IKE_TRANSFORM_PRF, IKE_PRF_HMAC_SHA2_256, "prfsha256"},
	{IKE_TRANSFORM_PRF, IKE_PRF_HMAC_SHA2_384, "prfsha384"},
	{IKE_TRANSFORM_PRF, IKE_PRF_HMAC_SHA2_512, "prfsha512"},
	{IKE_TRANSFORM_PRF, IKE_PRF_AES128_CMAC, "prfaescmac"},
	{IKE_TRANSFORM_INTEG, IKE_INTEG_NONE, "none"},
	{IKE_TRANSFORM_INTEG, IKE_INTEG_HMAC_MD5_96, "md5"},
	{IKE_TRANSFORM_INTEG, IKE_INTEG_HMAC_SHA1_96, "sha1"},
	{IKE_TRANSFORM_INTEG, IKE_INTEG_AES_XCBC_96, "aesxcbc"},
	{IKE_TRANSFORM_INTEG, IKE_INTEG_HMAC_SHA2_256_128, "sha256"},
	{IKE_TRANSFORM_INTEG, IKE_INTEG_HMAC_SHA2_384_192, "sha384"},
	{IKE_TRANSFORM_INTEG, IKE_INTEG_HMAC_SHA2_512_256, "sha512"},
	{IKE_TRANSFORM_DH, IKE_DH_NONE, "none"},
	{IKE_TRANSFORM_DH, IKE_DH_MODP_1024, "modp1024"},
	{IKE_TRANSFORM_DH, IKE_DH_MODP_1536, "modp1536"},
	{IKE_TRANSFORM_DH, IKE_DH_MODP_2048, "modp2048"},
	{IKE_TRANSFORM_DH, IKE_DH_MODP_3072, "modp3072"},
	{IKE_TRANSFORM_DH, IKE_DH_MODP_4096, "modp4096"},
	{IKE_TRANSFORM_DH, IKE_DH_ECP_256, "ecp256"},
	{IKE_TRANSFORM_DH, IKE_DH_ECP_384, "ecp384"},
	{IKE_TRANSFORM_DH, IKE_DH_ECP_521, "ecp521"},
	{IKE_TRANSFORM_DH, IKE_DH_CURVE25519, "curve25519"},
	{IKE_TRANSFORM_DH, IKE_DH_CURVE448, "curve448"},
	{IKE_TRANSFORM_ESN, IKE_ESN_NO, "noesn"},
	{IKE_TRANSFORM_ESN, IKE_ESN_YES, "esn"},
};

enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

struct ike_text cp_ike_text(char *buf, size_t size)
{
	buf[0] = 0;
	return (struct ike_text){buf, size, 0};
}

void cp_ike_text_add(struct ike_text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(t->buf + t->used, t->size - t->used, format, args);
	va_end(args);
	t->used += strlen(t->buf + t->used);
}

void cp_ike_text_transform(struct ike_text *text, const struct ike_transform *t)
{
	unsigned i;

	for (i = 0; i < N_NAMES; i++)
		if (names[i].type == t->type && names[i].id == t->id)
			break;
	if (i < N_NAMES)
		cp_ike_text_add(text, "%s", names[i].name);
	else
		cp_ike_text_add(text, "%u:%u", t->type, t->id);
	if (t->key_bits)
		cp_ike_text_add(text, "%u", t->key_bits);
	if (i < N_NAMES && names[i].tail)
		cp_ike_text_add(text, "%s", names[i].tail);
}

void cp_ike_text_kind(struct ike_text *text, const struct ike_offer *offer,
                      const struct ike_proposal *p, uint8_t type)
{
	const struct ike_transform *t = &offer->transform[p->first], *end = t + p->n;
	unsigned n = 0;

	for (; t < end; t++) {
		if (t->type != type)
			continue;
		cp_ike_text_add(text, "%s", n++ ? "|" : "");
		cp_ike_text_transform(text, t);
	}
	if (!n)
		cp_ike_text_add(text, "none");
}

/* Each kind once, with what may stand for it: aes128|aes256-sha1-prfsha1-modp1024 */
static void add_proposal(struct ike_text *text, const struct ike_offer *offer,
                         const struct ike_proposal *p)
{
	static const uint8_t order[] = {IKE_TRANSFORM_ENCR, IKE_TRANSFORM_INTEG,
	                                IKE_TRANSFORM_PRF, IKE_TRANSFORM_DH, IKE_TRANSFORM_ESN};
	unsigned i, j, n = 0;

	for (i = 0; i < sizeof(order); i++) {
		for (j = 0; j < p->n && offer->transform[p->first + j].type != order[i]; j++)
			;
		if (j == p->n)
			continue;
		cp_ike_text_add(text, "%s", n++ ? "-" : "");
		cp_ike_text_kind(text, offer, p, order[i]);
	}
}

/* One more of a list, whole or not at all. @left: how many there are with this one. */
static bool add_whole(struct ike_text *text, const char *one, unsigned left)
{
	char rest[32] = "";
	size_t room = text->size - text->used;

	if (left > 1)
		snprintf(rest, sizeof(rest), " and %u more", left - 1);
	if (strlen(one) + strlen(rest) + sizeof(", ") > room) {
		cp_ike_text_add(text, text->used ? " and %u more" : "%u, too long to print",
		                left);
		return false;
	}
	cp_ike_text_add(text, "%s%s", text->used ? ", " : "", one);
	return true;
}

const char *cp_ike_offer_text(const struct ike_offer *offer, uint8_t protocol, char *buf,
                              size_t size)
{
	struct ike_text text = cp_ike_text(buf, size), part;
	char one[IKE_OFFER_TEXT];
	unsigned i, left = 0;

	for (i = 0; i < offer->n_proposal; i++)
		left += offer->proposal[i].protocol == protocol;
	for (i = 0; i < offer->n_proposal; i++) {
		if (offer->proposal[i].protocol != protocol)
			continue;
		part = cp_ike_text(one, sizeof(one));
		add_proposal(&part, offer, &offer->proposal[i]);
		if (!add_whole(&text, one, left--))
			break;
	}
	return buf;
}

const char *cp_ike_have_text(const struct cp_proposal *have, unsigned n, char *buf, size_t size)
{
	struct ike_text text = cp_ike_text(buf, size);
	unsigned i;

	for (i = 0; i < n; i++)
		if (!add_whole(&text, have[i].text, n - i))
			break;
	return buf;
}
