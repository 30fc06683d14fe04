/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/metrics/telemetry_json.h"

#include <stdio.h>
#include <string.h>

/* {"version": "DPDK 22.11.11", "pid": 1, "max_output_len": 16384} */
size_t cp_telemetry_greeting(const char *octets, size_t len)
{
	json_t *j = json_loadb(octets, len, 0, NULL);
	json_int_t n = json_integer_value(json_object_get(j, "max_output_len"));

	json_decref(j);
	return n > 0 && n <= CP_TELEMETRY_ANSWER_MAX ? (size_t)n : 0;
}

/* Counters and hashes use all 64 bits, which jansson has no integer for. */
static json_t *load(const char *octets, size_t len)
{
	json_t *root = json_loadb(octets, len, JSON_REJECT_DUPLICATES, NULL);

	if (root)
		return root;
	return json_loadb(octets, len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
}

json_t *cp_telemetry_answer(const char *octets, size_t len, const char *command)
{
	json_t *root = load(octets, len), *value;
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(command, ","), command);
	value = json_object_get(root, name);
	value = json_is_object(value) ? json_incref(value) : NULL;
	json_decref(root);
	return value;
}
