/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/secrets_request.h"

#include "controlplane/policy/secrets_field.h"
#include "controlplane/policy/wiping.h"

#include <errno.h>

struct request_draft {
	uint32_t command;
	const char *tenant, *user, *identity, *value, *claimed;
	bool generate;
	uint32_t skip;
};

static const char *const commands[CP_SECRETS_COMMAND_COUNT + 1] = {
	[CP_SECRETS_SET] = "set",       [CP_SECRETS_SEAL] = "seal",
	[CP_SECRETS_FORGET] = "forget", [CP_SECRETS_LIST] = "list",
	[CP_SECRETS_REKEY] = "rekey",
};

/* What a command needs and may have. */
static const struct {
	bool tenant, name, value, skip;
} needs[CP_SECRETS_COMMAND_COUNT] = {
	[CP_SECRETS_SET] = {.tenant = true, .name = true, .value = true},
	[CP_SECRETS_SEAL] = {.tenant = true, .name = true, .value = true},
	[CP_SECRETS_FORGET] = {.tenant = true, .name = true},
	[CP_SECRETS_LIST] = {.tenant = true, .skip = true},
	[CP_SECRETS_REKEY] = {0},
};

// clang-format off
#define AT(member) offsetof(struct request_draft, member)
static const struct field request_fields[] = {
	{"command",  &cp_kind_choice, AT(command),  0, 0, FIELD_REQUIRED, "what to do", .words = commands},
	{"tenant",   &cp_kind_name,   AT(tenant),   0, 0, FIELD_OPTIONAL, "whose"},
	{"user",     &cp_kind_user,   AT(user),     0, 0, FIELD_OPTIONAL, "the user whose password it is"},
	{"identity", &cp_kind_text,   AT(identity), 1, CP_IDENTITY_MAX - 1, FIELD_OPTIONAL, "the identity whose pre-shared key it is"},
	{"value",    &cp_kind_secret, AT(value),    1, CP_SECRETS_TEXT_MAX, FIELD_OPTIONAL, "the password or key"},
	{"generate", &cp_kind_bool,   AT(generate), 0, 0, "false", "choose the value"},
	{"skip",     &cp_kind_number, AT(skip),     0, INT32_MAX, "0", "rows not wanted"},
	{"claimed",  &cp_kind_text,   AT(claimed),  1, CP_SECRETS_CLAIM_MAX, FIELD_OPTIONAL, "who asks, as he says"},
};
#undef AT
static const struct field_object request_object = {
	"request", "a request about secrets", sizeof(struct request_draft), request_fields, sizeof(request_fields) / sizeof(request_fields[0]),
};
// clang-format on

/* A key that is missing or too much. */
static int refuse(struct document *d, const char *found, const char *expected)
{
	return cp_policy_refuse(d->error, d->file, "$", found, "%s", expected);
}

static int check_value(struct document *d, const struct request_draft *r)
{
	bool wants = needs[r->command].value;

	if (!wants && (r->value || r->generate))
		return refuse(d, "a value", "none with this command");
	if (wants && !r->value == !r->generate)
		return refuse(d, r->value ? "both" : "neither",
		              "either \"value\" or \"generate\"");
	if (r->generate && r->user)
		return refuse(d, "\"generate\" for a user",
		              "it with \"identity\" only: a password is its user's choice");
	if (r->value && !r->user && strlen(r->value) > CP_PSK_MAX)
		return refuse(d, "a key that is too long", "at most 128 octets");
	return 0;
}

static int check(struct document *d, const struct request_draft *r)
{
	if (needs[r->command].tenant != !!r->tenant)
		return refuse(d, r->tenant ? "\"tenant\"" : "no \"tenant\"",
		              "it with every command but \"rekey\"");
	if (needs[r->command].name ? !r->user == !r->identity : r->user || r->identity)
		return refuse(
			d, r->user || r->identity ? "a name" : "no name",
			"\"user\" or \"identity\", with \"set\", \"seal\" and \"forget\"");
	if (r->skip && !needs[r->command].skip)
		return refuse(d, "\"skip\"", "it with \"list\" only");
	return check_value(d, r);
}

static void put_text(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

static void take(const struct request_draft *r, struct cp_secrets_request *out)
{
	out->command = r->command;
	out->kind = r->user ? CP_SEAL_PASSWORD : CP_SEAL_PSK;
	out->generate = r->generate;
	out->skip = r->skip;
	put_text(out->tenant, sizeof(out->tenant), r->tenant);
	put_text(out->name, sizeof(out->name), r->user ? r->user : r->identity);
	put_text(out->claimed, sizeof(out->claimed), r->claimed);
	if (!r->value)
		return;
	out->len = (uint32_t)strlen(r->value);
	memcpy(out->value, r->value, out->len);
}

int cp_secrets_request_parse(const char *octets, size_t len, struct cp_secrets_request *out,
                             struct cp_policy_error *error)
{
	struct arena arena = {0};
	struct document d = {
		.file = "request", .secret = true, .arena = &arena, .error = error};
	struct request_draft draft = {0};
	struct wiping wiping;
	int err;

	memset(out, 0, sizeof(*out));
	memset(error, 0, sizeof(*error));
	cp_wiping_begin(&wiping);
	err = cp_document_parse(&d, octets, len);
	if (!err)
		err = cp_field_read(&d, NULL, &request_object, d.root, &draft);
	if (!err)
		err = check(&d, &draft);
	if (!err)
		take(&draft, out);
	cp_policy_error_memory(error, err);
	cp_document_fini(&d);
	cp_arena_fini(&arena);
	cp_wiping_end(&wiping);
	return err;
}
