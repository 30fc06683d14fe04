/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/secrets_field.h"

#include "controlplane/crypto/seal.h"
#include "controlplane/policy/tenant.h"

enum {
	PSK_IDENTITIES_MAX = CP_TENANT_USERS_MAX,
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int read_nt_hash(struct document *d, const struct place *at, const struct field *f,
                        const json_t *v, void *out)
{
	const char *text = json_string_value(v);
	struct nt_hash_draft *hash = out;
	size_t i;

	if (!text || strlen(text) != 2 * sizeof(hash->octet))
		return cp_document_refuse(d, at, v, "%s", f->kind->text);
	for (i = 0; i < sizeof(hash->octet); i++) {
		int hi = hex_digit(text[2 * i]), lo = hex_digit(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return cp_document_refuse(d, at, v, "%s", f->kind->text);
		hash->octet[i] = (uint8_t)(hi << 4 | lo);
	}
	hash->given = true;
	return 0;
}

/* Any text, control characters too: what a user can type is his affair. */
static int read_secret(struct document *d, const struct place *at, const struct field *f,
                       const json_t *v, void *out)
{
	const char *text = json_string_value(v);
	char expected[64];

	snprintf(expected, sizeof(expected), "%s of 1 to %u octets", f->kind->text, f->max);
	if (!text || !*text || strlen(text) > f->max)
		return cp_document_refuse(d, at, v, "%s", expected);
	memcpy(out, &text, sizeof(text));
	return 0;
}

static int read_sealed(struct document *d, const struct place *at, const struct field *f,
                       const json_t *v, void *out)
{
	const char *text = json_string_value(v);

	if (!text || !cp_seal_is_text(text))
		return cp_document_refuse(d, at, v, "%s", f->kind->text);
	memcpy(out, &text, sizeof(text));
	return 0;
}

static const struct field_kind kind_nt_hash = {
	"32 hexadecimal digits", sizeof(struct nt_hash_draft), read_nt_hash, NULL,
	"^[0-9A-Fa-f]{32}$",
};
const struct field_kind cp_kind_secret = {"a secret", sizeof(char *), read_secret};
const struct field_kind cp_kind_sealed = {
	"\"sekisho1:...\" as sekishoctl secrets seal prints it",
	sizeof(char *),
	read_sealed,
};

// clang-format off
#define AT(member) offsetof(struct secret_user_draft, member)
static const struct field user_fields[] = {
	{"password", &cp_kind_secret,  AT(password), 1, 1024, FIELD_OPTIONAL, "as the user types it, at most 256 characters"},
	{"nt_hash",  &kind_nt_hash, AT(nt_hash),  0, 0,    FIELD_OPTIONAL, "instead of it: MD4 of the password in UTF-16LE, as good as the password to who reads it"},
	{"sealed",   &cp_kind_sealed, AT(sealed), 0, 0,    FIELD_OPTIONAL, "instead of it: the password sealed for this user by this gateway's key"},
};
#undef AT
static const struct field_object user_object = {
	"user's secret", "how a user proves who he is: \"password\", \"nt_hash\" or \"sealed\"", sizeof(struct secret_user_draft), user_fields, sizeof(user_fields) / sizeof(user_fields[0]),
};

#define AT(member) offsetof(struct secret_psk_draft, member)
static const struct field psk_fields[] = {
	{"identity", &cp_kind_text, AT(identity), 1, CP_IDENTITY_MAX - 1, FIELD_REQUIRED, "as the client names itself; \"*\": everybody else who is not a user of the tenant"},
	{"secret",   &cp_kind_secret, AT(secret),   1, CP_PSK_MAX, FIELD_OPTIONAL, "the key: long and random"},
	{"sealed",   &cp_kind_sealed, AT(sealed),   0, 0, FIELD_OPTIONAL, "instead of it: the key sealed for this identity by this gateway's key"},
};
#undef AT
static const struct field_object psk_object = {
	"pre-shared key", "a key a client and the gateway both know", sizeof(struct secret_psk_draft), psk_fields, sizeof(psk_fields) / sizeof(psk_fields[0]),
};

#define AT(member) offsetof(struct secrets_draft, member)
static const struct field secrets_fields[] = {
	{"users", &cp_kind_map,  AT(users), 0, CP_TENANT_USERS_MAX, "{}", "for \"eap-mschapv2\": the tenant's users by name", &user_object},
	{"psk",   &cp_kind_list, AT(psk),   0, PSK_IDENTITIES_MAX,  "[]", "for \"psk\": keys by the client's identity", &psk_object, &cp_kind_object},
};
#undef AT
// clang-format on

const struct field_object cp_secrets_object = {
	"secrets",
	"the secrets of a tenant",
	sizeof(struct secrets_draft),
	secrets_fields,
	sizeof(secrets_fields) / sizeof(secrets_fields[0]),
};

static bool has_secret(const struct field_object *of, const char *key)
{
	for (size_t i = 0; i < of->n; i++) {
		const struct field_kind *kind = of->field[i].kind;

		if ((kind == &cp_kind_secret || kind == &cp_kind_sealed ||
		     kind == &kind_nt_hash) &&
		    strcmp(of->field[i].name, key) == 0)
			return true;
	}
	return false;
}

bool cp_secret_is_field(const char *key)
{
	return has_secret(&user_object, key) || has_secret(&psk_object, key);
}
