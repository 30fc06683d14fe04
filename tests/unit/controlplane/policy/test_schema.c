/* SPDX-License-Identifier: Apache-2.0 */

/*
 * config/schema/ says what the rows say, and a validator that we did not write (python3-jsonschema)
 * finds nothing wrong that the reader takes, and everything that a schema can say.
 *
 * `test-schema --print DIR` writes the files.
 */

#include "controlplane/policy/policy.h"
#include "tests/unit/controlplane/policy/broken.h"
#include "tests/unit/controlplane/policy/broken_beyond.h"
#include "tests/unit/controlplane/policy/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { N_BROKEN = sizeof(broken) / sizeof(broken[0]), DOCUMENTS_MAX = 1024 };

static const char *const documents[] = {"appliance", "tenant", "secrets"};

static char *printed(const char *document)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(cp_policy_schema(document, f), 0);
	fclose(f);
	return text;
}

static void files_are_what_the_rows_say(void **state UNUSED)
{
	char path[256], *want, *have = calloc(1, 65536);
	size_t i;
	FILE *f;

	assert_non_null(have);
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), EXAMPLES "/../schema/%s.schema.json",
		         documents[i]);
		f = fopen(path, "r");
		assert_non_null(f);
		memset(have, 0, 65536);
		assert_true(fread(have, 1, 65535, f) < 65535);
		fclose(f);
		want = printed(documents[i]);
		if (strcmp(have, want) != 0)
			fail_msg("%s is old: test-schema --print config/schema", path);
		free(want);
	}
	free(have);
	assert_int_equal(cp_policy_schema("nothing", stdout), -ENOENT);
}

/* ---- the judge ------------------------------------------------------------------------- */

struct asked {
	struct scratch dir;
	FILE *list;
	size_t n;
	bool valid[DOCUMENTS_MAX], is_json[DOCUMENTS_MAX];
};

static void begin(struct asked *a)
{
	char path[128];

	memset(a, 0, sizeof(*a));
	scratch_init(&a->dir);
	snprintf(path, sizeof(path), "%s/list", a->dir.path);
	a->list = fopen(path, "w");
	assert_non_null(a->list);
}

static void ask_file(struct asked *a, unsigned schema, const char *path)
{
	assert_true(a->n < DOCUMENTS_MAX);
	fprintf(a->list, "%u %s\n", schema, path);
	a->n++;
}

static void ask(struct asked *a, unsigned schema, const char *text)
{
	char name[32], path[128];

	snprintf(name, sizeof(name), "d%zu", a->n);
	scratch_put(&a->dir, name, text, 0644);
	snprintf(path, sizeof(path), "%s/%s", a->dir.path, name);
	ask_file(a, schema, path);
}

/* In the child: the judge, reading the list, writing its answers beside it. */
static void be_judge(const char *directory)
{
	int fd[2];

	if (chdir(directory))
		_exit(3);
	fd[0] = open("list", O_RDONLY);
	fd[1] = open("answers", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd[0] < 0 || fd[1] < 0 || dup2(fd[0], STDIN_FILENO) < 0 ||
	    dup2(fd[1], STDOUT_FILENO) < 0 || chdir(EXAMPLES "/../schema"))
		_exit(3);
	execlp("python3", "python3", "../../tests/unit/controlplane/policy/judge_schema.py",
	       "appliance.schema.json", "tenant.schema.json", "secrets.schema.json", NULL);
	_exit(3);
}

static void answer(struct asked *a)
{
	char path[128], line[32];
	int status = 0;
	size_t n = 0;
	pid_t pid;
	FILE *f;

	fclose(a->list);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		be_judge(a->dir.path);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(path, sizeof(path), "%s/answers", a->dir.path);
	f = fopen(path, "r");
	assert_non_null(f);
	for (; n < a->n && fgets(line, sizeof(line), f); n++) {
		a->valid[n] = strcmp(line, "valid\n") == 0;
		a->is_json[n] = strcmp(line, "no JSON\n") != 0;
	}
	fclose(f);
	assert_int_equal(n, a->n);
	scratch_fini(&a->dir);
}

static char *replaced(const char *text, const char *find, const char *by)
{
	const char *at = strstr(text, find);
	size_t len = strlen(text) + strlen(by) + 1;
	char *out = malloc(len);

	assert_non_null(at);
	assert_non_null(out);
	snprintf(out, len, "%.*s%s%s", (int)(at - text), text, by, at + strlen(find));
	return out;
}

/* Is it beyond what a schema can say? */
static bool is_beyond(const char *why)
{
	size_t i;

	for (i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
		if (strcmp(beyond[i], why) == 0)
			return true;
	return false;
}

static void refuses_what_a_schema_can_say(void **state UNUSED)
{
	static struct asked a;
	int wrong = 0;
	size_t i;
	char *t;

	begin(&a);
	for (i = 0; i < N_BROKEN; i++) {
		t = replaced(broken[i].file == APPLIANCE ? sound_appliance : sound_tenant,
		             broken[i].find, broken[i].by);
		ask(&a, broken[i].file, t);
		free(t);
	}
	answer(&a);
	for (i = 0; i < N_BROKEN; i++) {
		if (!a.is_json[i] || a.valid[i] == is_beyond(broken[i].why))
			continue;
		print_error("%s: the schema %s it\n", broken[i].why,
		            a.valid[i] ? "takes" : "refuses");
		wrong++;
	}
	assert_int_equal(wrong, 0);
	for (i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		size_t k = 0;

		while (k < N_BROKEN && strcmp(broken[k].why, beyond[i]) != 0)
			k++;
		if (k == N_BROKEN)
			fail_msg("%s: no such row", beyond[i]);
	}
}

/* Odd, and sound to the reader: a schema must not be narrower. */
static const struct {
	enum broken_file file;
	const char *find, *by;
} odd[] = {
	// clang-format off
	{APPLIANCE, "", ""},
	{TENANT, "", ""},
	{TENANT, "\"T\"", "\"\\u95a2\\u6240 \\\" \\\\ /\""},
	{TENANT, "\"bob\"", "\"CORP\\\\bob\""},
	{TENANT, "\"bob\"", "\"b\""},
	{TENANT, "\"bob\"", "\"\\u00e9 \\u00e9\""},
	{TENANT, "\"vpn.test\"", "\"VPN-1.Test\""},
	{TENANT, "\"vpn.test\"", "\"localhost\""},
	{TENANT, "\"10.20.0.1/24\"", "\"10.20.0.1/024\""},
	{TENANT, "\"10.30.0.0/16\"]", "\"10.30.0.0/016\"]"},
	{TENANT, "\"10.30.0.0/16\"]", "\"10.30.0.1\"]"},
	{TENANT, "\"hosts\": [\"10.20.0.0/24\"]", "\"hosts\": [\"10.20.0.9\", \"10.20.0.1-10.20.0.9\", \"0.0.0.0/0\", \"255.255.255.255\"]"},
	{TENANT, "\"tcp/80\"", "\"tcp/080-0443\", \"tcp/65535\", \"udp\", \"icmp\", \"icmp/0-255\", \"icmp/08\", \"protocol/47\", \"protocol/255-255\", \"any\""},
	{TENANT, "\"name\": \"bob\"", "\"name\": \"bob\", \"expires\": \"2027-03-31T18:00:60.5-12:00\""},
	{TENANT, "\"name\": \"bob\"", "\"name\": \"bob\", \"expires\": \"9999-12-31\", \"devices\": [\"C=DE, O=T, CN=x\", \"*\"]"},
	{TENANT, "\"dpd_seconds\": 30", "\"idle_seconds\": 0, \"session_seconds\": 60"},
	{TENANT, "[\"aes128gcm16-prfsha256-ecp256\"]", "[\"ecp256-prfsha256-aes128gcm16\"]"},
	{TENANT, "\"label\": \"T\"", "\"label\": \"T\", \"service_code\": \"a.b_c-1\", \"note\": \"x\""},
	{APPLIANCE, "\"name\": \"gw\",", "\"name\": \"gw\", \"time_zone\": \"Etc/GMT+9\", \"log_directory\": \"/var/log/x\","},
	{APPLIANCE, "\"name\": \"gw\",", "\"name\": \"gw\", \"syslog\": {\"host\": \"2001:db8::9\", \"ca\": \"c\", \"name\": \"log.test\"},"},
	{APPLIANCE, "\"name\": \"gw\",", "\"name\": \"gw\", \"syslog\": {\"host\": \"::1\", \"ca\": \"c\"},"},
	{APPLIANCE, "\"1002\"", "\"sekisho_keys-2\""},
	// clang-format on
};

static void takes_what_the_reader_takes(void **state UNUSED)
{
	struct cp_policy_error error;
	static struct asked a;
	struct cp_policy *p;
	int wrong = 0;
	char said[1024], *t;
	size_t i, n, k;
	glob_t files;

	begin(&a);
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		bool is_tenant = odd[i].file == TENANT;
		struct cp_policy_text text = {"t", sound_tenant, sizeof(sound_tenant) - 1};
		struct cp_policy_texts texts = {
			{"", sound_appliance, sizeof(sound_appliance) - 1}, &text, 1};

		t = replaced(is_tenant ? sound_tenant : sound_appliance, odd[i].find,
		             odd[i].by);
		if (is_tenant)
			text = (struct cp_policy_text){"t", t, strlen(t)};
		else
			texts.appliance = (struct cp_policy_text){"", t, strlen(t)};
		if (cp_policy_parse(&texts, NULL, &p, &error))
			fail_msg("%s: %s", odd[i].by,
			         cp_policy_error_text(&error, said, sizeof(said)));
		cp_policy_free(p);
		ask(&a, odd[i].file, t);
		free(t);
	}
	for (k = 0; k < 3; k++) {
		static const char *const patterns[] = {EXAMPLES "/*/appliance.json",
		                                       EXAMPLES "/*/tenants/*.json",
		                                       EXAMPLES "/*/secrets/*.json"};

		assert_int_equal(glob(patterns[k], 0, NULL, &files), 0);
		for (i = 0; i < files.gl_pathc; i++)
			ask_file(&a, (unsigned)k, files.gl_pathv[i]);
		globfree(&files);
	}
	n = a.n;
	answer(&a);
	for (i = 0; i < n; i++)
		if (!a.valid[i]) {
			print_error("document %zu (%s): refused\n", i,
			            i < sizeof(odd) / sizeof(odd[0]) ? odd[i].by
			                                             : "of an example");
			wrong++;
		}
	assert_int_equal(wrong, 0);
	assert_true(n > sizeof(odd) / sizeof(odd[0]) + 6);
}

static int print_all(const char *directory)
{
	char path[512], *text;
	size_t i;
	FILE *f;

	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s.schema.json", directory, documents[i]);
		text = printed(documents[i]);
		f = fopen(path, "w");
		if (!f)
			return 1;
		fputs(text, f);
		fclose(f);
		free(text);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_what_the_rows_say),
		cmocka_unit_test(refuses_what_a_schema_can_say),
		cmocka_unit_test(takes_what_the_reader_takes),
	};

	if (argc == 3 && strcmp(argv[1], "--print") == 0)
		return print_all(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
