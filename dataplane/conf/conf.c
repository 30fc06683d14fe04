/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf - one row a field. A row names its key, says how it is read, where it goes, its
 * range and its default; what has no row is refused.
 *
 * Thread   the main core, before anything else starts
 */
#include "dataplane/conf/conf.h"

#include <jansson.h>

#include <assert.h>
#include <errno.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
	PATH_MAX_TEXT = 96,
};

struct reader {
	const char *file;
	struct dp_conf *conf;
	struct dp_why *why;
};

struct field {
	const char *key;
	int (*read)(struct reader *r, const char *path, const json_t *value, void *place,
	            const struct field *f);
	size_t place;
	uint32_t min, max;     /* of a number; of a text: its room */
	const char *otherwise; /* JSON text of the default; NULL: the key must be there */
};

/* ---- saying what is wrong ------------------------------------------------------------ */

static const char *kind_of(const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",    [JSON_STRING] = "text",
		[JSON_INTEGER] = "a number", [JSON_REAL] = "a fraction", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",      [JSON_NULL] = "null",
	};

	return names[json_typeof(value)];
}

static int wrong(struct reader *r, const char *path, const json_t *value, const char *expected)
{
	char found[64];

	if (json_is_integer(value))
		snprintf(found, sizeof(found), "%lld", (long long)json_integer_value(value));
	else if (json_is_string(value))
		snprintf(found, sizeof(found), "\"%.50s\"", json_string_value(value));
	else
		snprintf(found, sizeof(found), "%s", kind_of(value));
	return dp_why(r->why, -EINVAL, "%s: %s: found %s, expected %s", r->file, path, found,
	              expected);
}

/* ---- kinds of fields ------------------------------------------------------------------ */

static int read_number(struct reader *r, const char *path, const json_t *value, void *place,
                       const struct field *f)
{
	json_int_t n = json_integer_value(value);
	char expected[64];

	if (!json_is_integer(value) || n < f->min || n > f->max) {
		snprintf(expected, sizeof(expected), "a whole number from %u to %u", f->min,
		         f->max);
		return wrong(r, path, value, expected);
	}
	*(uint32_t *)place = (uint32_t)n;
	return 0;
}

static int read_power(struct reader *r, const char *path, const json_t *value, void *place,
                      const struct field *f)
{
	int err = read_number(r, path, value, place, f);
	uint32_t n = err ? 0 : *(uint32_t *)place;

	if (err)
		return err;
	return n & (n - 1) ? wrong(r, path, value, "a power of two") : 0;
}

static int read_mtu(struct reader *r, const char *path, const json_t *value, void *place,
                    const struct field *f)
{
	uint32_t n = 0;
	int err;

	if (json_is_integer(value) && !json_integer_value(value))
		return 0;
	err = read_number(r, path, value, &n, f);
	*(uint16_t *)place = (uint16_t)n;
	return err;
}

static int read_text(struct reader *r, const char *path, const json_t *value, void *place,
                     const struct field *f)
{
	size_t len = json_is_string(value) ? json_string_length(value) : 0;
	char expected[64];

	if (!len || len >= f->max || strlen(json_string_value(value)) != len) {
		snprintf(expected, sizeof(expected), "text of 1 to %u octets", f->max - 1);
		return wrong(r, path, value, expected);
	}
	memcpy(place, json_string_value(value), len + 1);
	return 0;
}

/* One of some words; the number of it. */
static int read_word(struct reader *r, const char *path, const json_t *value, void *place,
                     const char *const *words, const char *expected)
{
	uint32_t i;

	for (i = 0; words[i]; i++) {
		if (json_is_string(value) && strcmp(json_string_value(value), words[i]) == 0) {
			*(uint32_t *)place = i;
			return 0;
		}
	}
	return wrong(r, path, value, expected);
}

static int read_hugepages(struct reader *r, const char *path, const json_t *value, void *place,
                          const struct field *f UNUSED)
{
	static const char *const words[] = {[DP_HUGE_AUTO] = "auto",
	                                    [DP_HUGE_ALWAYS] = "always",
	                                    [DP_HUGE_NEVER] = "never",
	                                    NULL};

	static_assert(sizeof(enum dp_hugepages) == sizeof(uint32_t), "read as a number");
	return read_word(r, path, value, place, words, "\"auto\", \"always\" or \"never\"");
}

static int read_cut(struct reader *r, const char *path, const json_t *value, void *place,
                    const struct field *f UNUSED)
{
	static const char *const words[] = {"before", "after", NULL};

	return read_word(r, path, value, place, words, "\"before\" or \"after\"");
}

static int read_df(struct reader *r, const char *path, const json_t *value, void *place,
                   const struct field *f UNUSED)
{
	static const char *const words[] = {"clear", "copy", "set", NULL};

	return read_word(r, path, value, place, words, "\"clear\", \"copy\" or \"set\"");
}

struct account {
	uid_t uid;
	gid_t gid;
};

/* A name this machine knows, or a number that needs no entry anywhere. */
static int read_account(struct reader *r, const char *path, const json_t *value, void *place,
                        const struct field *f)
{
	json_int_t n = json_integer_value(value);
	struct account *to = place;
	const struct passwd *pw;

	if (json_is_string(value)) {
		pw = getpwnam(json_string_value(value));
		if (!pw)
			return wrong(r, path, value,
			             "a user this machine knows, or a user number");
	} else {
		if (!json_is_integer(value) || n < f->min || n > f->max)
			return wrong(r, path, value, "a user's name, or its number, not 0");
		pw = getpwuid((uid_t)n);
	}
	to->uid = pw ? pw->pw_uid : (uid_t)n;
	to->gid = pw ? pw->pw_gid : (gid_t)n;
	if (!to->uid || !to->gid)
		return wrong(r, path, value, "a user other than root");
	return 0;
}

static int read_user(struct reader *r, const char *path, const json_t *value,
                     void *place UNUSED, const struct field *f)
{
	struct account a = {0};
	int err = read_account(r, path, value, &a, f);

	if (!err) {
		r->conf->uid = a.uid;
		r->conf->gid = a.gid;
	}
	return err;
}

static int read_control_user(struct reader *r, const char *path, const json_t *value,
                             void *place UNUSED, const struct field *f)
{
	struct account a = {0};
	int err = read_account(r, path, value, &a, f);

	if (!err)
		r->conf->control_uid = a.uid;
	return err;
}

/* 0, the default: root alone. */
static int read_metrics_user(struct reader *r, const char *path, const json_t *value,
                             void *place UNUSED, const struct field *f)
{
	struct account a = {0};
	bool is_none = json_is_integer(value) && !json_integer_value(value);
	int err = is_none ? 0 : read_account(r, path, value, &a, f);

	r->conf->metrics_gid = a.gid;
	return err;
}

static int read_log(struct reader *r, const char *path, const json_t *value, void *place,
                    const struct field *f)
{
	int err = read_text(r, path, value, place, f);
	const char *text = place;

	if (!err && text[0] != '/' && strcmp(text, "stderr") != 0 &&
	    strcmp(text, "syslog") != 0)
		return wrong(r, path, value, "\"stderr\", \"syslog\" or a path from /");
	return err;
}

static int read_workers(struct reader *r, const char *path, const json_t *value,
                        void *place UNUSED, const struct field *f UNUSED)
{
	static const struct field core = {"", read_number, 0, 0, 1023, NULL};
	size_t n = json_array_size(value), i;
	char at[PATH_MAX_TEXT];
	int err;

	if (!n || n > DP_CORES_MAX)
		return wrong(r, path, value, "a list of 1 to 64 core numbers");
	for (i = 0; i < n; i++) {
		snprintf(at, sizeof(at), "%.60s[%zu]", path, i);
		err = read_number(r, at, json_array_get(value, i), &r->conf->worker_core[i],
		                  &core);
		if (err)
			return err;
	}
	r->conf->n_worker = (uint32_t)n;
	return 0;
}

/* ---- objects --------------------------------------------------------------------------- */

static const struct field *find_field(const struct field *f, size_t n, const char *key)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(f[i].key, key) == 0)
			return &f[i];
	return NULL;
}

static int read_default(struct reader *r, const char *path, void *base, const struct field *f)
{
	json_t *value = json_loads(f->otherwise, JSON_DECODE_ANY, NULL);
	int err = f->read(r, path, value, (char *)base + f->place, f);

	json_decref(value);
	return err;
}

static int read_object(struct reader *r, const char *path, const json_t *object, void *base,
                       const struct field *fields, size_t n)
{
	char at[PATH_MAX_TEXT];
	const json_t *value;
	const char *key;
	size_t i;
	int err = 0;

	if (!json_is_object(object))
		return wrong(r, path, object, "an object");
	json_object_foreach ((json_t *)object, key, value)
		if (!find_field(fields, n, key))
			return dp_why(
				r->why, -EINVAL,
				"%s: %s.%.40s: found a key that is not known, expected one of"
				" those in docs/operations/dataplane.md",
				r->file, path, key);
	for (i = 0; i < n && !err; i++) {
		const struct field *f = &fields[i];

		snprintf(at, sizeof(at), "%.60s.%.30s", path, f->key);
		value = json_object_get(object, f->key);
		if (value)
			err = f->read(r, at, value, (char *)base + f->place, f);
		else if (f->otherwise)
			err = read_default(r, at, base, f);
		else
			err = dp_why(r->why, -EINVAL,
			             "%s: %s: found nothing, expected this key", r->file, at);
	}
	return err;
}

#define PLACE(member) offsetof(struct dp_conf_port, member)

// clang-format off
static const struct field port_fields[] = {
	/* key       kind        place          min  max             default */
	{"name",     read_text,  PLACE(name),   1,   MSG_NAME_MAX,   NULL},
	{"device",   read_text,  PLACE(device), 1,   DP_DEVICE_MAX,  NULL},
	{"mtu",      read_mtu,   PLACE(mtu),    576, 9000,           "0"},
};
// clang-format on

/* A name or a device twice would be noticed late, and said badly, by others. */
static int check_twice(struct reader *r, const char *path, const json_t *list, uint32_t n)
{
	const struct dp_conf_port *p = r->conf->port;
	uint32_t i;

	for (i = 0; i + 1 < n; i++) {
		size_t a = strcspn(p[i].device, ","), b = strcspn(p[n - 1].device, ",");

		if (strcmp(p[i].name, p[n - 1].name) == 0)
			return wrong(r, path,
			             json_object_get(json_array_get(list, n - 1), "name"),
			             "a name that no other port has");
		if (a == b && strncmp(p[i].device, p[n - 1].device, a) == 0)
			return wrong(r, path,
			             json_object_get(json_array_get(list, n - 1), "device"),
			             "a device that no other port has");
	}
	return 0;
}

static int read_ports(struct reader *r, const char *path, const json_t *value,
                      void *place UNUSED, const struct field *f UNUSED)
{
	size_t n = json_array_size(value), i;
	char at[PATH_MAX_TEXT];
	int err;

	if (!n || n > DP_PORTS_MAX)
		return wrong(r, path, value, "a list of 1 to 16 ports");
	for (i = 0; i < n; i++) {
		snprintf(at, sizeof(at), "%.60s[%zu]", path, i);
		err = read_object(r, at, json_array_get(value, i), &r->conf->port[i],
		                  port_fields, sizeof(port_fields) / sizeof(port_fields[0]));
		if (!err)
			err = check_twice(r, at, value, (uint32_t)i + 1);
		if (err)
			return err;
	}
	r->conf->n_port = (uint32_t)n;
	return 0;
}

#undef PLACE
#define PLACE(member) offsetof(struct dp_conf, member)

// clang-format off
static const struct field fields[] = {
	/* key            kind               place                 min    max          default */
	{"ports",         read_ports,        0,                    0,     0,           NULL},
	{"main_core",     read_number,       PLACE(main_core),     0,     1023,        "0"},
	{"workers",       read_workers,      0,                    0,     0,           NULL},
	{"idle_sleep_us", read_number,       PLACE(idle_sleep_us), 0,     10000,       "0"},
	{"crypto_wait_us", read_number,      PLACE(crypto_wait_us), 0,    1000,        "20"},
	{"des3_percent",  read_number,       PLACE(des3_percent),  1,     100,         "50"},
	{"hugepages",     read_hugepages,    PLACE(hugepages),     0,     0,           "\"auto\""},
	{"memory_mb",     read_number,       PLACE(memory_mb),     64,    1 << 20,     "512"},
	{"buffers",       read_number,       PLACE(buffers),       1024,  1 << 22,     "16384"},
	{"ring",          read_power,        PLACE(ring),          256,   1 << 16,     "2048"},
	{"balance",       read_number,       PLACE(balance),       0,     100,         "25"},
	{"max_sessions",  read_number,       PLACE(max_sessions),  1,     1 << 22,     "1024"},
	{"max_flows",     read_number,       PLACE(max_flows),     1024,  1 << 24,     "65536"},
	{"max_rules",     read_number,       PLACE(max_rules),     64,    1 << 20,     "16384"},
	{"max_reassemblies",    read_number, PLACE(max_reassemblies),    16,  65536, "256"},
	{"tenant_reassemblies", read_number, PLACE(tenant_reassemblies), 0,   65536, "0"},
	{"reassembly_octets",   read_number, PLACE(reassembly_octets),   1480, 65000, "9216"},
	{"reassembly_s",        read_number, PLACE(reassembly_s),        1,   60,    "10"},
	{"fragment",            read_cut,    PLACE(cut),                 0,   0,     "\"before\""},
	{"outer_df",            read_df,     PLACE(outer_df),            0,   0,     "\"clear\""},
	{"path_mtu_min",        read_number, PLACE(path_min),            296, 9000,  "576"},
	{"path_mtu_s",          read_number, PLACE(path_s),              60,  86400, "600"},
	{"user",          read_user,         0,                    1,     0x7fffffff,  NULL},
	{"control_user",  read_control_user, 0,                    1,     0x7fffffff,  NULL},
	{"metrics_user",  read_metrics_user, 0,                    1,     0x7fffffff,  "0"},
	{"link_down",     read_power,        PLACE(link_down),     65536, 1 << 28,     "4194304"},
	{"link_up",       read_power,        PLACE(link_up),       65536, 1 << 28,     "4194304"},
	{"punt_source",   read_number,       PLACE(punt_source),   0,     1000000,     "200"},
	{"punt_prefix",   read_number,       PLACE(punt_prefix),   0,     1000000,     "1000"},
	{"punt_local",    read_number,       PLACE(punt_local),    0,     1000000,     "1000"},
	{"punt_new",      read_number,       PLACE(punt_new),      0,     1000000,     "2000"},
	{"punt_open",     read_number,       PLACE(punt_open),     0,     1000000,     "4000"},
	{"punt_known",    read_number,       PLACE(punt_known),    0,     1000000,     "8000"},
	{"log",           read_log,          PLACE(log),           1,     DP_PATH_MAX, "\"stderr\""},
};
// clang-format on

int dp_conf_load(const char *file, struct dp_conf *out, struct dp_why *why)
{
	struct reader r = {file, out, why};
	json_error_t error;
	json_t *root;
	FILE *f;
	int err;

	memset(out, 0, sizeof(*out));
	f = fopen(file, "re");
	if (!f)
		return dp_why(why, -errno, "%s: cannot read it: %s", file, strerror(errno));
	root = json_loadf(f, JSON_REJECT_DUPLICATES, &error);
	fclose(f);
	if (!root)
		return dp_why(why, -EINVAL, "%s: line %d, column %d: not JSON: %.120s", file,
		              error.line, error.column, error.text);
	err = read_object(&r, "$", root, out, fields, sizeof(fields) / sizeof(fields[0]));
	json_decref(root);
	return err;
}
