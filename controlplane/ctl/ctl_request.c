/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ctl_request.h"

#include "controlplane/ctl/ctl.h"

#include <jansson.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	bool is_paged;
} commands[CTL_COMMAND_COUNT] = {
	[CTL_STATUS] = {"status", false},
	[CTL_SESSIONS] = {"sessions", true},
	[CTL_COUNTERS] = {"counters", false},
	[CTL_TENANTS] = {"tenants", false},
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
		fault,
		"\"command\": expected \"status\", \"sessions\", \"counters\" or \"tenants\"");
}

static int take_number(const json_t *value, uint32_t max, uint32_t *out)
{
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || n > max)
		return -EINVAL;
	*out = (uint32_t)n;
	return 0;
}

static int take_field(const char *key, const json_t *value, struct ctl_request *out,
                      char fault[CTL_FAULT_MAX])
{
	if (!strcmp(key, "command"))
		return 0;
	if (!strcmp(key, "skip") && commands[out->command].is_paged)
		return take_number(value, INT32_MAX, &out->skip)
		               ? fault_of(fault, "\"skip\": expected a number from 0")
		               : 0;
	if (!strcmp(key, "count") && commands[out->command].is_paged)
		return take_number(value, CTL_PAGE_MAX, &out->count)
		               ? fault_of(fault, "\"count\": expected a number from 0 to 500")
		               : 0;
	return fault_of(fault, "a key that this command does not have");
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
	json_decref(root);
	return err;
}
