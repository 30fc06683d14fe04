/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ctl_request.h"

#include "controlplane/ctl/ctl.h"

#include <jansson.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Keys a command may have. */
enum {
	KEY_PAGE = 1 << 0,
	KEY_TENANT = 1 << 1,
	KEY_USER_ADDRESS = 1 << 2,
	KEY_WHAT = 1 << 3, /* must be there */
	KEY_KICK = 1 << 4,
};

static const struct {
	const char *name;
	unsigned keys;
} commands[CTL_COMMAND_COUNT] = {
	[CTL_STATUS] = {"status", 0},
	[CTL_SESSIONS] = {"sessions", KEY_PAGE | KEY_TENANT | KEY_USER_ADDRESS},
	[CTL_COUNTERS] = {"counters", 0},
	[CTL_TENANTS] = {"tenants", 0},
	[CTL_SESSION] = {"session", KEY_TENANT | KEY_WHAT},
	[CTL_KICK] = {"kick", KEY_TENANT | KEY_WHAT | KEY_KICK},
};

static int fault_of(char fault[CTL_FAULT_MAX], const char *text)
{
	snprintf(fault, CTL_FAULT_MAX, "%s", text);
	return -EINVAL;
}

static int take_command(const json_t *value, struct ctl_request *out, char fault[CTL_FAULT_MAX])
{
	const char *name = json_string_value(value);

	for (unsigned i = 0; name && i < CTL_COMMAND_COUNT; i++) {
		if (strcmp(name, commands[i].name))
			continue;
		out->command = i;
		return 0;
	}
	return fault_of(
		fault, "\"command\": expected \"status\", \"sessions\", \"session\", \"kick\", "
		       "\"counters\" or \"tenants\"");
}

static int take_number(const json_t *value, uint32_t max, uint32_t *out)
{
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || n > max)
		return -EINVAL;
	*out = (uint32_t)n;
	return 0;
}

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/* Text of 1 to @size - 1 octets that a log can have in a line. */
static int take_text(const json_t *value, char *out, size_t size)
{
	const char *s = json_string_value(value);
	size_t len = json_string_length(value);

	if (!s || !len || len >= size || strlen(s) != len || !is_printable(s))
		return -EINVAL;
	memcpy(out, s, len + 1);
	return 0;
}

static int take_address(const json_t *value, struct addr *out)
{
	const char *s = json_string_value(value);

	return s ? addr_parse(s, out) : -EINVAL;
}

static int take_bool(const json_t *value, bool *out)
{
	*out = json_is_true(value);
	return json_is_boolean(value) ? 0 : -EINVAL;
}

/* returns 0, -EINVAL (the value), -ENOENT (the command has no such key) */
static int take_value(const char *key, const json_t *value, struct ctl_request *out)
{
	unsigned keys = commands[out->command].keys;

	if (!strcmp(key, "command"))
		return 0;
	if (!strcmp(key, "skip") && keys & KEY_PAGE)
		return take_number(value, INT32_MAX, &out->skip);
	if (!strcmp(key, "count") && keys & KEY_PAGE)
		return take_number(value, CTL_PAGE_MAX, &out->count);
	if (!strcmp(key, "tenant") && keys & KEY_TENANT)
		return take_text(value, out->tenant, sizeof(out->tenant));
	if (!strcmp(key, "user") && keys & KEY_USER_ADDRESS)
		return take_text(value, out->user, sizeof(out->user));
	if (!strcmp(key, "address") && keys & KEY_USER_ADDRESS)
		return take_address(value, &out->address);
	if (!strcmp(key, "what") && keys & KEY_WHAT)
		return take_text(value, out->what, sizeof(out->what));
	if (!strcmp(key, "reason") && keys & KEY_KICK)
		return take_text(value, out->reason, sizeof(out->reason));
	if (!strcmp(key, "all") && keys & KEY_KICK)
		return take_bool(value, &out->all);
	return -ENOENT;
}

static const struct {
	const char *key, *fault;
} expected[] = {
	{"skip", "\"skip\": expected a number from 0"},
	{"count", "\"count\": expected a number from 0 to 500"},
	{"tenant", "\"tenant\": expected a name of 1 to 255 printable octets"},
	{"user", "\"user\": expected a name of 1 to 255 printable octets"},
	{"address", "\"address\": expected an address such as 10.0.0.1"},
	{"what",
         "\"what\": expected an id, a user or an address, of 1 to 255 printable octets"},
	{"reason", "\"reason\": expected 1 to 95 printable octets"},
	{"all", "\"all\": expected true or false"},
};

static int take_field(const char *key, const json_t *value, struct ctl_request *out,
                      char fault[CTL_FAULT_MAX])
{
	int err = take_value(key, value, out);

	for (size_t i = 0; err == -EINVAL && i < sizeof(expected) / sizeof(*expected); i++)
		if (!strcmp(key, expected[i].key))
			return fault_of(fault, expected[i].fault);
	return err ? fault_of(fault, "a key that this command does not have") : 0;
}

int ctl_request_parse(const char *octets, size_t len, struct ctl_request *out,
                      char fault[CTL_FAULT_MAX])
{
	json_t *root = json_loadb(octets, len, JSON_REJECT_DUPLICATES, NULL), *value;
	const char *key;
	int err = 0;

	*out = (struct ctl_request){.count = CTL_PAGE_MAX};
	if (!json_is_object(root))
		err = fault_of(fault, "expected one JSON object");
	if (!err)
		err = take_command(json_object_get(root, "command"), out, fault);
	json_object_foreach (root, key, value) {
		if (!err)
			err = take_field(key, value, out, fault);
	}
	if (!err && commands[out->command].keys & KEY_WHAT && !out->what[0])
		err = fault_of(fault, "\"what\" is missing: an id, a user or an address");
	json_decref(root);
	return err;
}
