/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_names - proposals in words, for the line that says why there was no common one.
 *
 * Walk     exchange/ -> [ike/ike_names] -> ike_refuse.c
 * Thread   any; pure
 */

#include "controlplane/ike/ike_parts.h"

#include <stdarg.h>

static const struct {
	uint8_t type;
	uint16_t id;
	const char *name;
} names[] = {
	{IKE_TRANSFORM_ENCR, IKE_ENCR_3DES, "3des"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_NULL, "null"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_AES_CBC, "aes"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_AES_CTR, "aesctr"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_8, "aesgcm8-"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_12, "aesgcm12-"},
	{IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_16, "aesgcm16-"},
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

/* Append; what does not fit is cut, and the caller does not care where. */
__attribute__((format(printf, 3, 4))) static void add(char *buf, size_t size,
                                                      const char *format, ...)
{
	size_t used = strlen(buf);
	va_list args;

	va_start(args, format);
	vsnprintf(buf + used, size - used, format, args);
	va_end(args);
}

static void add_transform(char *buf, size_t size, const struct ike_transform *t)
{
	unsigned i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == t->type && names[i].id == t->id)
			break;
	if (i < sizeof(names) / sizeof(names[0]))
		add(buf, size, "%s", names[i].name);
	else
		add(buf, size, "%u:%u", t->type, t->id);
	if (t->key_bits)
		add(buf, size, "%u", t->key_bits);
}

const char *cp_ike_offer_text(const struct ike_offer *offer, uint8_t protocol, char *buf,
                              size_t size)
{
	const struct ike_proposal *p;
	unsigned i, j;

	buf[0] = 0;
	for (i = 0; i < offer->n_proposal; i++) {
		p = &offer->proposal[i];
		if (p->protocol != protocol)
			continue;
		add(buf, size, "%s", buf[0] ? ", " : "");
		for (j = 0; j < p->n; j++) {
			add(buf, size, "%s", j ? "/" : "");
			add_transform(buf, size, &offer->transform[p->first + j]);
		}
	}
	return buf;
}

const char *cp_ike_have_text(const struct cp_proposal *have, unsigned n, char *buf, size_t size)
{
	unsigned i;

	buf[0] = 0;
	for (i = 0; i < n; i++)
		add(buf, size, "%s%s", i ? ", " : "", have[i].text);
	return buf;
}
