/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/proposal.h"

#include "common/wire/ike.h"

#include <errno.h>

enum part { PART_ENCR, PART_INTEG, PART_PRF, PART_DH, PART_ESN, PART_COUNT };

static const char *const part_names[PART_COUNT] = {
	[PART_ENCR] = "a cipher",
	[PART_INTEG] = "an integrity algorithm",
	[PART_PRF] = "a PRF",
	[PART_DH] = "a key exchange group",
	[PART_ESN] = "sequence numbers",
};

enum use {
	FOR_IKE = 1 << 0,
	FOR_ESP = 1 << 1,
	FOR_BOTH = FOR_IKE | FOR_ESP,
};

// clang-format off
static const struct word {
	const char *word;
	enum part part;
	enum use use;
	uint16_t id, key_bits;
	uint16_t prf; /* integrity words: the PRF of the same hash */
	bool aead;
} words[] = {
	{"aes128gcm16", PART_ENCR,  FOR_BOTH, IKE_ENCR_AES_GCM_16, 128, .aead = true},
	{"aes192gcm16", PART_ENCR,  FOR_BOTH, IKE_ENCR_AES_GCM_16, 192, .aead = true},
	{"aes256gcm16", PART_ENCR,  FOR_BOTH, IKE_ENCR_AES_GCM_16, 256, .aead = true},
	{"aes128gcm12", PART_ENCR,  FOR_ESP,  IKE_ENCR_AES_GCM_12, 128, .aead = true},
	{"aes192gcm12", PART_ENCR,  FOR_ESP,  IKE_ENCR_AES_GCM_12, 192, .aead = true},
	{"aes256gcm12", PART_ENCR,  FOR_ESP,  IKE_ENCR_AES_GCM_12, 256, .aead = true},
	{"aes128gcm8",  PART_ENCR,  FOR_ESP,  IKE_ENCR_AES_GCM_8, 128, .aead = true},
	{"aes192gcm8",  PART_ENCR,  FOR_ESP,  IKE_ENCR_AES_GCM_8, 192, .aead = true},
	{"aes256gcm8",  PART_ENCR,  FOR_ESP,  IKE_ENCR_AES_GCM_8, 256, .aead = true},
	{"chacha20poly1305", PART_ENCR, FOR_ESP, IKE_ENCR_CHACHA20_POLY1305, .aead = true},
	{"aes128",      PART_ENCR,  FOR_BOTH, IKE_ENCR_AES_CBC, 128},
	{"aes192",      PART_ENCR,  FOR_BOTH, IKE_ENCR_AES_CBC, 192},
	{"aes256",      PART_ENCR,  FOR_BOTH, IKE_ENCR_AES_CBC, 256},
	{"3des",        PART_ENCR,  FOR_ESP,  IKE_ENCR_3DES},
	{"sha1",        PART_INTEG, FOR_BOTH, IKE_INTEG_HMAC_SHA1_96, .prf = IKE_PRF_HMAC_SHA1},
	{"sha256",      PART_INTEG, FOR_BOTH, IKE_INTEG_HMAC_SHA2_256_128, .prf = IKE_PRF_HMAC_SHA2_256},
	{"sha384",      PART_INTEG, FOR_BOTH, IKE_INTEG_HMAC_SHA2_384_192, .prf = IKE_PRF_HMAC_SHA2_384},
	{"sha512",      PART_INTEG, FOR_BOTH, IKE_INTEG_HMAC_SHA2_512_256, .prf = IKE_PRF_HMAC_SHA2_512},
	{"prfsha1",     PART_PRF,   FOR_IKE,  IKE_PRF_HMAC_SHA1},
	{"prfsha256",   PART_PRF,   FOR_IKE,  IKE_PRF_HMAC_SHA2_256},
	{"prfsha384",   PART_PRF,   FOR_IKE,  IKE_PRF_HMAC_SHA2_384},
	{"prfsha512",   PART_PRF,   FOR_IKE,  IKE_PRF_HMAC_SHA2_512},
	{"modp2048",    PART_DH,    FOR_IKE,  IKE_DH_MODP_2048},
	{"ecp256",      PART_DH,    FOR_IKE,  IKE_DH_ECP_256},
	{"ecp384",      PART_DH,    FOR_IKE,  IKE_DH_ECP_384},
	{"curve25519",  PART_DH,    FOR_IKE,  IKE_DH_CURVE25519},
	{"x25519",      PART_DH,    FOR_IKE,  IKE_DH_CURVE25519},
	{"esn",         PART_ESN,   FOR_ESP,  IKE_ESN_YES},
	{"noesn",       PART_ESN,   FOR_ESP,  IKE_ESN_NO},
};
// clang-format on

enum { N_WORDS = sizeof(words) / sizeof(words[0]) };

static const struct word *find(const char *at, size_t len)
{
	size_t i;

	for (i = 0; i < N_WORDS; i++)
		if (strlen(words[i].word) == len && strncmp(words[i].word, at, len) == 0)
			return &words[i];
	return NULL;
}

static int unknown_word(const char *at, size_t len, enum use use, char *why, size_t size)
{
	size_t i, used;

	/* The text is the operator's: at most a word's worth of it is repeated. */
	used = (size_t)snprintf(why, size, "a known word in place of \"%.*s\": ",
	                        (int)(len < 24 ? len : 24), at);
	for (i = 0; i < N_WORDS && used < size; i++)
		if (words[i].use & use)
			used += (size_t)snprintf(why + used, size - used, "%s%s", i ? " " : "",
			                         words[i].word);
	return -EINVAL;
}

/* Sort the words of @text into their parts; each part at most once. */
static int split(const char *text, enum use use, const struct word *part[PART_COUNT], char *why,
                 size_t size)
{
	const char *at = text;

	for (;;) {
		size_t len = strcspn(at, "-");
		const struct word *w = find(at, len);

		if (!w || !(w->use & use))
			return unknown_word(at, len, use, why, size);
		if (part[w->part]) {
			snprintf(why, size, "%s once, not both %s and %s", part_names[w->part],
			         part[w->part]->word, w->word);
			return -EINVAL;
		}
		part[w->part] = w;
		if (!at[len])
			return 0;
		at += len + 1;
	}
}

static int missing(enum part part, const char *example, char *why, size_t size)
{
	snprintf(why, size, "a proposal with %s, such as \"%s\"", part_names[part], example);
	return -EINVAL;
}

/* Either the cipher protects integrity or another word does. */
static int check_integ(const struct word *const part[PART_COUNT], const char *example,
                       char *why, size_t size)
{
	if (part[PART_ENCR]->aead && part[PART_INTEG]) {
		snprintf(why, size, "no %s beside %s, which protects integrity itself",
		         part[PART_INTEG]->word, part[PART_ENCR]->word);
		return -EINVAL;
	}
	if (!part[PART_ENCR]->aead && !part[PART_INTEG])
		return missing(PART_INTEG, example, why, size);
	return 0;
}

static void take(const char *text, const struct word *const part[PART_COUNT],
                 struct cp_proposal *out)
{
	memset(out, 0, sizeof(*out));
	out->encr = part[PART_ENCR]->id;
	out->key_bits = part[PART_ENCR]->key_bits;
	if (part[PART_INTEG])
		out->integ = part[PART_INTEG]->id;
	if (part[PART_PRF])
		out->prf = part[PART_PRF]->id;
	else if (part[PART_INTEG])
		out->prf = part[PART_INTEG]->prf;
	if (part[PART_DH])
		out->dh = part[PART_DH]->id;
	snprintf(out->text, sizeof(out->text), "%s", text);
}

int cp_proposal_parse_ike(const char *text, struct cp_proposal *out, char *why, size_t size)
{
	const struct word *part[PART_COUNT] = {0};

	if (split(text, FOR_IKE, part, why, size))
		return -EINVAL;
	if (!part[PART_ENCR])
		return missing(PART_ENCR, "aes128gcm16-prfsha256-ecp256", why, size);
	if (check_integ(part, "aes256-sha256-ecp256", why, size))
		return -EINVAL;
	if (!part[PART_PRF] && !part[PART_INTEG])
		return missing(PART_PRF, "aes128gcm16-prfsha256-ecp256", why, size);
	if (!part[PART_DH])
		return missing(PART_DH, "aes128gcm16-prfsha256-ecp256", why, size);
	take(text, part, out);
	return 0;
}

int cp_proposal_parse_esp(const char *text, struct cp_proposal *out, char *why, size_t size)
{
	const struct word *part[PART_COUNT] = {0};

	if (split(text, FOR_ESP, part, why, size))
		return -EINVAL;
	if (!part[PART_ENCR])
		return missing(PART_ENCR, "aes128gcm16", why, size);
	if (check_integ(part, "aes256-sha256", why, size))
		return -EINVAL;
	take(text, part, out);
	out->prf = 0;
	if (part[PART_ESN])
		out->esn = part[PART_ESN]->id == IKE_ESN_YES ? CP_ESN_YES : CP_ESN_NO;
	return 0;
}

void cp_proposal_manual(FILE *out)
{
	static const char *const uses[] = {
		[FOR_IKE] = "IKE", [FOR_ESP] = "ESP", [FOR_BOTH] = "IKE, ESP"};
	size_t i;

	fprintf(out, "| word | what | id | for |\n| --- | --- | --- | --- |\n");
	for (i = 0; i < N_WORDS; i++)
		fprintf(out, "| `%s` | %s | %u | %s |\n", words[i].word,
		        part_names[words[i].part], words[i].id, uses[words[i].use]);
}

static int read_proposal(struct document *d, const struct place *at, const struct field *f,
                         const json_t *v, void *out)
{
	bool ike = f->kind == &cp_kind_ike_proposal;
	const char *text = json_string_value(v);
	struct cp_proposal p;
	char why[512];
	int err;

	if (!text)
		return cp_document_refuse(d, at, v, "%s", f->kind->text);
	err = ike ? cp_proposal_parse_ike(text, &p, why, sizeof(why))
	          : cp_proposal_parse_esp(text, &p, why, sizeof(why));
	if (err)
		return cp_document_refuse(d, at, v, "%s", why);
	memcpy(out, &p, sizeof(p));
	return 0;
}

const struct field_kind cp_kind_ike_proposal = {
	"an IKE proposal such as \"aes128gcm16-prfsha256-ecp256\"", sizeof(struct cp_proposal),
	read_proposal, NULL, "^[a-z0-9]+(-[a-z0-9]+)*$"};
const struct field_kind cp_kind_esp_proposal = {"an ESP proposal such as \"aes128gcm16\"",
                                                sizeof(struct cp_proposal), read_proposal, NULL,
                                                "^[a-z0-9]+(-[a-z0-9]+)*$"};
