/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/metrics/join.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- columns -------------------------------------------------------------------------------- */

static const json_t *cell(const json_t *columns, const char *column, size_t row)
{
	return json_array_get(json_object_get(columns, column), row);
}

static size_t count_rows(const json_t *columns)
{
	const json_t *column;
	const char *key;
	size_t n = 0;

	json_object_foreach ((json_t *)columns, key, column) {
		if (json_array_size(column) > n)
			n = json_array_size(column);
	}
	return n;
}

void cp_metrics_append(json_t *table, const json_t *page)
{
	json_t *column;
	const char *key;

	json_object_foreach ((json_t *)page, key, column) {
		if (json_is_array(column))
			json_array_extend(json_object_get(table, key), column);
	}
}

void cp_metrics_fill(json_t *page, const char *name, json_t *value, size_t max)
{
	size_t n = count_rows(page);
	json_t *filled = json_array(), *column;
	const char *key;

	json_object_foreach (page, key, column) {
		while (json_array_size(column) > max)
			json_array_remove(column, json_array_size(column) - 1);
	}
	for (size_t i = 0; i < n && i < max; i++)
		json_array_append(filled, value);
	json_object_set_new(page, name, filled);
}

static void remove_row(json_t *columns, size_t row)
{
	json_t *column;
	const char *key;

	json_object_foreach (columns, key, column)
		json_array_remove(column, row);
}

/* ---- names ---------------------------------------------------------------------------------- */

enum { KEY_OCTETS = 48 };

/* A tenant, or one of its rules, as a key: "7", "7/1f00". */
static void tenant_key(const json_t *number, char out[KEY_OCTETS])
{
	snprintf(out, KEY_OCTETS, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
}

static void rule_key(const json_t *tenant, const json_t *id, char out[KEY_OCTETS])
{
	const char *text = json_string_value(id);

	snprintf(out, KEY_OCTETS, "%" JSON_INTEGER_FORMAT "/%llx", json_integer_value(tenant),
	         text ? strtoull(text, NULL, 16) : 0);
}

/* {"7": tenant, "7/1f00": rule}: a look into it is quick, however many there are. */
static json_t *index_names(const json_t *names)
{
	json_t *index = json_object();
	const json_t *tenant, *rule;
	char key[KEY_OCTETS];
	size_t i, k;

	json_array_foreach (json_object_get(names, "tenants"), i, tenant) {
		const json_t *id = json_object_get(tenant, "id");

		tenant_key(id, key);
		json_object_set(index, key, (json_t *)tenant);
		json_array_foreach (json_object_get(tenant, "rules"), k, rule) {
			rule_key(id, json_object_get(rule, "id"), key);
			json_object_set(index, key, (json_t *)rule);
		}
	}
	return index;
}

static json_t *name_tenant(const json_t *index, const json_t *number)
{
	char key[KEY_OCTETS];
	json_t *name;

	tenant_key(number, key);
	name = json_object_get(json_object_get(index, key), "name");
	return json_is_string(name) ? json_incref(name) : json_string(key);
}

static json_t *name_rule(const json_t *index, const json_t *tenant, const json_t *id)
{
	char key[KEY_OCTETS];
	json_t *name;

	rule_key(tenant, id, key);
	if (!strcmp(strchr(key, '/'), "/0"))
		return json_string("(default deny)");
	name = json_object_get(json_object_get(index, key), "name");
	/* Gone from the policy since the data plane answered, or not there yet. */
	return json_is_string(name) ? json_incref(name) : json_string(strchr(key, '/') + 1);
}

/* ---- both ------------------------------------------------------------------------------------- */

/* What the control plane says of a tenant; a number that is 0 or not there is no sample. */
static json_t *fact(const json_t *tenant, const char *key)
{
	json_t *value = json_object_get(tenant, key);

	return json_integer_value(value) ? json_incref(value) : json_null();
}

static uint64_t join_tenants(json_t *tenants, const json_t *index)
{
	json_t *name = json_array(), *limit = json_array(), *expires = json_array(), *tenant;
	char key[KEY_OCTETS];
	uint64_t rules = 0;

	for (size_t i = 0; i < count_rows(tenants); i++) {
		const json_t *number = cell(tenants, "tenant", i);

		tenant_key(number, key);
		tenant = json_object_get(index, key);
		json_array_append_new(name, name_tenant(index, number));
		json_array_append_new(limit, fact(tenant, "sessions_max"));
		json_array_append_new(expires, fact(tenant, "certificate_expires"));
		rules += (uint64_t)json_integer_value(cell(tenants, "rules", i));
	}
	json_object_set_new(tenants, "name", name);
	json_object_set_new(tenants, "sessions_max", limit);
	json_object_set_new(tenants, "certificate_expires", expires);
	return rules;
}

static void join_rules(json_t *rules, const json_t *index)
{
	json_t *name = json_array(), *rule = json_array();

	for (size_t i = count_rows(rules); i-- > 0;)
		if (json_integer_value(cell(rules, "shared", i)))
			remove_row(rules, i);
	for (size_t i = 0; i < count_rows(rules); i++) {
		const json_t *tenant = cell(rules, "tenant", i);

		json_array_append_new(name, name_tenant(index, tenant));
		json_array_append_new(rule, name_rule(index, tenant, cell(rules, "id", i)));
	}
	json_object_set_new(rules, "name", name);
	json_object_set_new(rules, "rule", rule);
}

uint64_t cp_metrics_join(json_t *tenants, json_t *rules, const json_t *names)
{
	json_t *index = index_names(names);
	uint64_t n = json_is_object(tenants) ? join_tenants(tenants, index) : 0;

	if (json_is_object(rules))
		join_rules(rules, index);
	json_decref(index);
	return n;
}
