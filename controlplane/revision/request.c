/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/revision/request.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What a command may come with. */
enum {
	HAS_DOCUMENTS = 1 << 0,
	HAS_RANGE = 1 << 1,
	HAS_SEQUENCE = 1 << 2,
	HAS_CHANGE = 1 << 3, /* message, base, dry_run */
	HAS_COUNT = 1 << 4,
};

static const struct {
	const char *name;
	unsigned has;
} commands[REVISION_COMMAND_COUNT] = {
	[REVISION_CHECK] = {"check", HAS_DOCUMENTS},
	[REVISION_DIFF] = {"diff", HAS_DOCUMENTS | HAS_RANGE},
	[REVISION_APPLY] = {"apply", HAS_DOCUMENTS | HAS_CHANGE},
	[REVISION_HISTORY] = {"history", HAS_COUNT},
	[REVISION_SHOW] = {"show", HAS_SEQUENCE},
	[REVISION_ROLLBACK] = {"rollback", HAS_SEQUENCE | HAS_CHANGE},
	[REVISION_STATUS] = {"status", 0},
};

const char *revision_command_name(enum revision_command c)
{
	return (unsigned)c < REVISION_COMMAND_COUNT ? commands[c].name : "?";
}

static int wrong(char fault[REVISION_FAULT_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int wrong(char fault[REVISION_FAULT_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fault, REVISION_FAULT_MAX, format, args);
	va_end(args);
	return -EINVAL;
}

/* ---- values --------------------------------------------------------------------------------- */

static int read_number(const json_t *v, const char *key, uint64_t *out, char *fault)
{
	if (!json_is_integer(v) || json_integer_value(v) < 1)
		return wrong(fault, "\"%s\": expected a whole number from 1", key);
	*out = (uint64_t)json_integer_value(v);
	return 0;
}

static int read_text(const json_t *v, const char *key, char *out, size_t size, char *fault)
{
	const char *text = json_string_value(v);

	if (!text || strlen(text) >= size)
		return wrong(fault, "\"%s\": expected a text of at most %zu octets", key,
		             size - 1);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

/* Which documents there can be. What a tenant may be called, the policy's reader says. */
static bool is_document(const char *name)
{
	static const char folder[] = "tenants/", end[] = ".json";
	size_t len = strlen(name);

	if (strcmp(name, "appliance.json") == 0)
		return true;
	return strncmp(name, folder, strlen(folder)) == 0 && len < CP_HISTORY_WHO_MAX &&
	       len > strlen(folder) + strlen(end) && name[strlen(folder)] != '.' &&
	       strcmp(name + len - strlen(end), end) == 0 &&
	       !strchr(name + strlen(folder), '/');
}

static int read_documents(const json_t *v, const json_t **out, char *fault)
{
	const char *name;
	json_t *text;

	if (!json_is_object(v) || json_object_size(v) > REVISION_DOCUMENTS_MAX)
		return wrong(fault, "\"documents\": expected an object of at most %d",
		             REVISION_DOCUMENTS_MAX);
	json_object_foreach ((json_t *)v, name, text) {
		if (!is_document(name))
			return wrong(fault,
			             "\"%.80s\" is no document; expected appliance.json or "
			             "tenants/NAME.json",
			             name);
		if (!json_is_string(text) && !json_is_null(text))
			return wrong(fault, "%.80s: expected its text, or null", name);
	}
	*out = v;
	return 0;
}

static int read_bool(const json_t *v, const char *key, bool *out, char *fault)
{
	if (!json_is_boolean(v))
		return wrong(fault, "\"%s\": expected true or false", key);
	*out = json_is_true(v);
	return 0;
}

static int read_value(struct revision_request *r, const char *key, const json_t *v, char *fault)
{
	const unsigned has = commands[r->command].has;

	if (strcmp(key, "command") == 0)
		return 0;
	if (strcmp(key, "claimed") == 0)
		return read_text(v, key, r->claimed, sizeof(r->claimed), fault);
	if (has & HAS_DOCUMENTS && strcmp(key, "documents") == 0)
		return read_documents(v, &r->documents, fault);
	if (has & HAS_DOCUMENTS && strcmp(key, "whole") == 0)
		return read_bool(v, key, &r->whole, fault);
	if (has & HAS_RANGE && strcmp(key, "from") == 0)
		return read_number(v, key, &r->from, fault);
	if (has & HAS_RANGE && strcmp(key, "to") == 0)
		return read_number(v, key, &r->to, fault);
	if (has & HAS_SEQUENCE && strcmp(key, "sequence") == 0)
		return read_number(v, key, &r->sequence, fault);
	if (has & HAS_COUNT && strcmp(key, "count") == 0)
		return read_number(v, key, &r->count, fault);
	if (has & HAS_CHANGE && strcmp(key, "message") == 0)
		return read_text(v, key, r->message, sizeof(r->message), fault);
	if (has & HAS_CHANGE && strcmp(key, "base") == 0)
		return read_number(v, key, &r->base, fault);
	if (has & HAS_CHANGE && strcmp(key, "dry_run") == 0)
		return read_bool(v, key, &r->dry_run, fault);
	return wrong(fault, "the command \"%s\" does not take \"%.80s\"",
	             commands[r->command].name, key);
}

static int check_together(const struct revision_request *r, char *fault)
{
	if (commands[r->command].has & HAS_SEQUENCE && !r->sequence)
		return wrong(fault, "the command \"%s\" needs \"sequence\"",
		             commands[r->command].name);
	if (r->to && !r->from)
		return wrong(fault, "\"to\" needs \"from\"");
	if (r->whole && !r->documents)
		return wrong(fault, "\"whole\" needs \"documents\"");
	if (r->from && r->documents)
		return wrong(fault, "expected either \"documents\" or \"from\"");
	return 0;
}

static int read_command(const json_t *root, enum revision_command *out, char *fault)
{
	const char *name = json_string_value(json_object_get(root, "command"));

	for (unsigned i = 0; name && i < REVISION_COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0) {
			*out = i;
			return 0;
		}
	return wrong(fault, "\"command\": expected check, diff, apply, history, show, "
	                    "rollback or status");
}

int revision_request_parse(const char *octets, size_t len, struct revision_request *out,
                           char fault[REVISION_FAULT_MAX])
{
	json_error_t error;
	const char *key;
	json_t *value;
	int err;

	*out = (struct revision_request){0};
	fault[0] = '\0';
	out->root = json_loadb(octets, len, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(out->root)) {
		revision_request_fini(out);
		return wrong(fault, "expected a JSON object");
	}
	err = read_command(out->root, &out->command, fault);
	json_object_foreach (out->root, key, value) {
		if (!err)
			err = read_value(out, key, value, fault);
	}
	if (!err)
		err = check_together(out, fault);
	if (err)
		revision_request_fini(out);
	return err;
}

void revision_request_fini(struct revision_request *r)
{
	json_decref(r->root);
	r->root = NULL;
	r->documents = NULL;
}
