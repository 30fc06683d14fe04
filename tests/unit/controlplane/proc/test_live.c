/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor's part of a change, with processes that are a list of what was said to them:
 * a real directory, real bundles, and every way in which a change ends.
 */
#include "controlplane/policy/bundle.h"
#include "controlplane/proc/gather.h"
#include "controlplane/proc/live.h"
#include "controlplane/proc/stage.h"
#include "tests/unit/controlplane/policy/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the processes --------------------------------------------------------------------------- */

struct said {
	enum cp_proc_id to;
	enum cp_control_type type;
	uint32_t value, wish;
	struct cp_control_refused refused;
	struct cp_bundle *bundle;
};

struct world {
	struct scratch dir;
	struct cp_site site;
	struct cp_live *live;
	struct said last;
	unsigned n_said, n_refused;
	bool absent[CP_PROC_COUNT];
	unsigned killed[CP_PROC_COUNT];
	uint64_t now;
};

static int send_to(void *ctx, enum cp_proc_id to, enum cp_control_type type, uint32_t value,
                   const void *body, size_t len, int fd)
{
	struct world *w = ctx;
	struct cp_control_origin origin = {0};

	if (w->absent[to])
		return -EPIPE;
	cp_bundle_close(w->last.bundle);
	w->last = (struct said){.to = to, .type = type, .value = value};
	if (len == sizeof(origin))
		memcpy(&origin, body, len);
	if (len == sizeof(w->last.refused))
		memcpy(&w->last.refused, body, len);
	w->last.wish = len == sizeof(origin) ? origin.wish : w->last.refused.wish;
	if (fd >= 0)
		assert_int_equal(cp_bundle_open(fd, &w->last.bundle), 0);
	w->n_said++;
	return 0;
}

static bool is_ready(void *ctx, enum cp_proc_id id)
{
	return !((struct world *)ctx)->absent[id];
}

static void kill_it(void *ctx, enum cp_proc_id id)
{
	((struct world *)ctx)->killed[id]++;
}

static void refused(void *ctx, const struct cp_control_refused *why)
{
	assert_true(why->why[0]);
	((struct world *)ctx)->n_refused++;
}

static int bundle_of(const char *name, const char *text)
{
	const struct cp_bundle_file f = {name, text, strlen(text)};
	int fd;

	assert_int_equal(cp_bundle_make(&f, 1, &fd), 0);
	return fd;
}

/* A site whose bundles are the directory as it stands. */
static void make_site(struct world *w)
{
	struct cp_policy_error error;
	struct cp_gathered g;

	w->site = (struct cp_site){.config_dir = w->dir.path, .lock = -1};
	assert_int_equal(cp_gather(w->dir.path, &g, &error), 0);
	assert_int_equal(cp_gathered_bundle(&g, &w->site.secret_bundle), 0);
	for (size_t i = 0; i < g.n; i++)
		if (cp_gathered_is_secret(g.file[i].name)) {
			free(g.file[i].name);
			free(g.file[i].at);
			g.file[i--] = g.file[--g.n];
		}
	assert_int_equal(cp_gathered_bundle(&g, &w->site.bundle), 0);
	cp_gathered_fini(&g);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct cp_live_deps deps = {&w->site, send_to, is_ready, kill_it, refused, w};

	scratch_example(&w->dir, "lab");
	make_site(w);
	assert_int_equal(cp_live_new(&deps, &w->live), 0);
	w->now = 1000;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	cp_live_free(w->live);
	cp_bundle_close(w->last.bundle);
	close(w->site.bundle);
	close(w->site.secret_bundle);
	scratch_fini(&w->dir);
	free(w);
	return 0;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void edit(struct world *w, const char *text)
{
	scratch_put(&w->dir, "tenants/lab.json", text, 0644);
	cp_live_turn(w->live, w->now);
	w->now += 1000;
	cp_live_turn(w->live, w->now);
}

static void answer(struct world *w, enum cp_proc_id from, int status, int fd)
{
	struct cp_control_verdict v = {.status = status, .why = "because"};
	struct cp_control_msg msg = {
		.type = CP_CONTROL_VERDICT, .value = w->last.value, .len = sizeof(v), .fd = fd};

	memcpy(&msg.body, &v, sizeof(v));
	assert_true(cp_live_message(w->live, from, &msg, w->now));
}

static void wish(struct world *w, enum cp_control_type type, uint32_t number, int fd)
{
	const struct cp_control_msg msg = {.type = type, .value = number, .fd = fd};

	assert_true(cp_live_message(w->live, CP_PROC_POLICY, &msg, w->now));
}

static void was_said(const struct world *w, enum cp_proc_id to, enum cp_control_type type)
{
	if (w->last.to != to || w->last.type != type)
		fail_msg("said %d to %d, not %d to %d", w->last.type, w->last.to, type, to);
}

static void has(const struct cp_bundle *b, const char *name, const char *text)
{
	const struct cp_bundle_file *f = b ? cp_bundle_find(b, name) : NULL;

	if (!f && !text)
		return;
	if (!f || !text || f->len != strlen(text) || memcmp(f->at, text, f->len))
		fail_msg("%s: %.*s, not %s", name, f ? (int)f->len : 6, f ? f->at : "(none)",
		         text ? text : "(none)");
}

/* What a process would start with. */
static void in_force(struct world *w, const char *name, const char *text)
{
	struct cp_bundle *b;

	assert_int_equal(cp_bundle_open(cp_live_bundle(w->live, true), &b), 0);
	has(b, name, text);
	cp_bundle_close(b);
}

static void stands(struct world *w, const char *file, const char *want)
{
	char path[256], text[64] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/%s", w->dir.path, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd < 0 || read(fd, text, sizeof(text) - 1) >= 0);
	if (fd >= 0)
		close(fd);
	if (strcmp(text, want))
		fail_msg("%s: %s, not %s", file, text, want);
}

/* Through all steps up to @last's answer, all of them yes. */
static void through(struct world *w, enum cp_proc_id last)
{
	was_said(w, CP_PROC_POLICY, CP_CONTROL_CHECK);
	answer(w, CP_PROC_POLICY, 0, bundle_of("numbers.json", "N"));
	was_said(w, CP_PROC_KEYS, CP_CONTROL_POLICY);
	if (last == CP_PROC_POLICY)
		return;
	answer(w, CP_PROC_KEYS, 0, -1);
	was_said(w, CP_PROC_SESSION, CP_CONTROL_POLICY);
	if (last == CP_PROC_KEYS)
		return;
	answer(w, CP_PROC_SESSION, 0, -1);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_IN_FORCE);
}

static void test_directory(void **state)
{
	struct world *w = *state;

	cp_live_ready(w->live, CP_PROC_POLICY, w->now);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_IN_FORCE); /* nothing is new */
	assert_true(cp_live_is_first(w->live));
	edit(w, "one");
	was_said(w, CP_PROC_POLICY, CP_CONTROL_CHECK);
	has(w->last.bundle, "tenants/lab.json", "one");
	has(w->last.bundle, "secrets/lab.json", NULL);
	has(w->last.bundle, "pki/server-rsa.key", NULL);
	answer(w, CP_PROC_SESSION, -1, -1); /* nobody asked it */
	was_said(w, CP_PROC_POLICY, CP_CONTROL_CHECK);
	answer(w, CP_PROC_POLICY, 0, bundle_of("numbers.json", "N"));
	was_said(w, CP_PROC_KEYS, CP_CONTROL_POLICY);
	has(w->last.bundle, "pki/server-rsa.key", "server-rsa");
	has(w->last.bundle, "numbers.json", "N");
	in_force(w, "numbers.json", NULL);
	answer(w, CP_PROC_KEYS, 0, -1);
	was_said(w, CP_PROC_SESSION, CP_CONTROL_POLICY);
	has(w->last.bundle, "pki/server-rsa.key", NULL);
	has(w->last.bundle, "numbers.json", "N");
	assert_true(cp_live_is_first(w->live));
	answer(w, CP_PROC_SESSION, 0, -1);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_IN_FORCE);
	assert_int_equal(w->last.wish, 0);
	assert_false(cp_live_is_first(w->live));
	in_force(w, "tenants/lab.json", "one");
	in_force(w, "numbers.json", "N");
	/* edited meanwhile: the next begins when this one is written down */
	edit(w, "two");
	was_said(w, CP_PROC_POLICY, CP_CONTROL_IN_FORCE);
	answer(w, CP_PROC_POLICY, 0, -1);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_CHECK);
	has(w->last.bundle, "tenants/lab.json", "two");
	has(w->last.bundle, "numbers.json", "N");
}

static void test_only_secrets(void **state)
{
	struct world *w = *state;

	scratch_put(&w->dir, "secrets/lab.json", "{\"new\": 1}", 0600);
	cp_live_turn(w->live, w->now);
	cp_live_turn(w->live, w->now += 1000);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_CHECK);
	answer(w, CP_PROC_POLICY, 0, -1);
	was_said(w, CP_PROC_KEYS, CP_CONTROL_POLICY);
	has(w->last.bundle, "secrets/lab.json", "{\"new\": 1}");
	answer(w, CP_PROC_KEYS, 0, -1);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_IN_FORCE); /* nothing for session */
	in_force(w, "secrets/lab.json", "{\"new\": 1}");
}

static void test_refused(void **state)
{
	struct world *w = *state;

	edit(w, "bad");
	answer(w, CP_PROC_POLICY, -EINVAL, -1);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_REFUSED);
	assert_string_equal(w->last.refused.why, "the policy process refused it: because");
	assert_true(cp_live_is_first(w->live));
}

/* The same refusal is not reported twice; SIGHUP asks again. */
static void test_refused_again(void **state)
{
	struct world *w = *state;
	unsigned n;

	edit(w, "bad");
	answer(w, CP_PROC_POLICY, -EINVAL, -1);
	n = w->n_said;
	edit(w, "bad");
	assert_int_equal(w->n_said, n);
	cp_live_touch(w->live, w->now);
	cp_live_turn(w->live, w->now += 1000);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_CHECK);
	answer(w, CP_PROC_POLICY, -EINVAL, -1);
	/* without the policy process, the supervisor itself says it */
	edit(w, "worse");
	was_said(w, CP_PROC_POLICY, CP_CONTROL_CHECK);
	answer(w, CP_PROC_POLICY, 0, -1);
	w->absent[CP_PROC_POLICY] = true;
	answer(w, CP_PROC_KEYS, -EINVAL, -1);
	assert_int_equal(w->n_refused, 1);
}

static void test_undo(void **state)
{
	struct world *w = *state;

	edit(w, "one");
	through(w, CP_PROC_KEYS);
	answer(w, CP_PROC_SESSION, -EINVAL, -1);
	was_said(w, CP_PROC_KEYS, CP_CONTROL_POLICY); /* the former one */
	assert_true(cp_bundle_find(w->last.bundle, "tenants/lab.json")->len > 3);
	assert_true(cp_live_is_first(w->live));
	edit(w, "two"); /* waits for it */
	was_said(w, CP_PROC_KEYS, CP_CONTROL_POLICY);
	answer(w, CP_PROC_KEYS, 0, -1);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_CHECK);
	has(w->last.bundle, "tenants/lab.json", "two");
}

/* A death is not a refusal: tried again when all are there, a few times. */
static void test_deaths(void **state)
{
	struct world *w = *state;

	edit(w, "one");
	for (unsigned i = 0; i < 2; i++) {
		through(w, CP_PROC_POLICY);
		w->absent[CP_PROC_KEYS] = true;
		cp_live_died(w->live, CP_PROC_KEYS, w->now);
		cp_live_turn(w->live, w->now += 1000);
		was_said(w, CP_PROC_KEYS, CP_CONTROL_POLICY);
		w->absent[CP_PROC_KEYS] = false;
		cp_live_ready(w->live, CP_PROC_KEYS, w->now);
	}
	through(w, CP_PROC_POLICY);
	cp_live_died(w->live, CP_PROC_KEYS, w->now);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_REFUSED);
	assert_non_null(strstr(w->last.refused.why, "keys process died"));
}

/* It starts with the former one while session takes up the new one. */
static void test_keys_renewed(void **state)
{
	struct world *w = *state;

	edit(w, "one");
	through(w, CP_PROC_KEYS);
	cp_live_died(w->live, CP_PROC_KEYS, w->now);
	assert_int_equal(w->killed[CP_PROC_KEYS], 0);
	answer(w, CP_PROC_SESSION, 0, -1);
	assert_int_equal(w->killed[CP_PROC_KEYS], 1);
	in_force(w, "tenants/lab.json", "one");
}

static void test_silence(void **state)
{
	struct world *w = *state;

	edit(w, "one");
	through(w, CP_PROC_KEYS);
	assert_true(cp_live_due_ms(w->live) != UINT64_MAX);
	cp_live_turn(w->live, w->now = cp_live_due_ms(w->live));
	assert_int_equal(w->killed[CP_PROC_SESSION], 1);
	was_said(w, CP_PROC_KEYS, CP_CONTROL_POLICY);
}

/* ---- wishes ---------------------------------------------------------------------------------- */

static int proposal(void)
{
	static const struct cp_bundle_file file[] = {
		{"appliance.json", "P", 1},
		{"given/tenants/new.json", "", 0},
		{"given/tenants/lab.json", "", 0}, /* to be removed */
		{"tenants/new.json", "N", 1},
	};
	int fd;

	assert_int_equal(cp_bundle_make(file, 4, &fd), 0);
	return fd;
}

static void test_propose(void **state)
{
	struct world *w = *state;

	wish(w, CP_CONTROL_PROPOSE, 7, proposal());
	was_said(w, CP_PROC_POLICY, CP_CONTROL_CHECK);
	assert_int_equal(w->last.wish, 7);
	has(w->last.bundle, "tenants/new.json", "N");
	has(w->last.bundle, "tenants/lab.json", NULL);
	has(w->last.bundle, "appliance.json", "P");
	has(w->last.bundle, "pki/server-rsa.crt", "placeholder");
	stands(w, "tenants/new.json", "");
	through(w, CP_PROC_SESSION);
	assert_int_equal(w->last.wish, 7);
	/* written by the time it is said to be in force; what was not given is as it was */
	stands(w, "tenants/new.json", "N");
	stands(w, "tenants/lab.json", "");
	in_force(w, "appliance.json", "P");
	answer(w, CP_PROC_POLICY, 0, -1);
}

static void test_propose_refused(void **state)
{
	struct world *w = *state;

	wish(w, CP_CONTROL_PROPOSE, 8, proposal());
	through(w, CP_PROC_KEYS);
	answer(w, CP_PROC_SESSION, -EINVAL, -1);
	was_said(w, CP_PROC_KEYS, CP_CONTROL_POLICY);
	answer(w, CP_PROC_KEYS, 0, -1);
	stands(w, "tenants/new.json", "");
	stands(w, "tenants/.new.json.new", "");
	assert_true(cp_live_is_first(w->live));
	/* the next wish is served */
	wish(w, CP_CONTROL_TAKE, 9, -1);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_IN_FORCE);
	assert_int_equal(w->last.wish, 9);
}

/* Whose wish it was died: it goes on, and nobody is answered in his place. */
static void test_wisher_died(void **state)
{
	struct world *w = *state;

	wish(w, CP_CONTROL_PROPOSE, 8, proposal());
	through(w, CP_PROC_KEYS);
	cp_live_died(w->live, CP_PROC_POLICY, w->now);
	answer(w, CP_PROC_SESSION, 0, -1);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_IN_FORCE);
	assert_int_equal(w->last.wish, 0);
	stands(w, "tenants/new.json", "N");
}

static void test_bad_wishes(void **state)
{
	struct world *w = *state;

	wish(w, CP_CONTROL_PROPOSE, 1, -1);
	assert_int_equal(w->killed[CP_PROC_POLICY], 1);
	wish(w, CP_CONTROL_TAKE, 0, -1);
	assert_int_equal(w->killed[CP_PROC_POLICY], 2);
	/* something that is no bundle */
	wish(w, CP_CONTROL_PROPOSE, 2, open("/dev/null", O_RDONLY | O_CLOEXEC));
	was_said(w, CP_PROC_POLICY, CP_CONTROL_REFUSED);
	assert_int_equal(w->last.wish, 2);
	/* a document that is none */
	wish(w, CP_CONTROL_PROPOSE, 3, bundle_of("given/../x.json", ""));
	was_said(w, CP_PROC_POLICY, CP_CONTROL_REFUSED);
	assert_int_equal(w->last.wish, 3);
	/* a wish while one waits */
	w->absent[CP_PROC_KEYS] = true;
	wish(w, CP_CONTROL_TAKE, 4, -1);
	wish(w, CP_CONTROL_TAKE, 5, -1);
	assert_int_equal(w->killed[CP_PROC_POLICY], 3);
}

static void test_read(void **state)
{
	struct world *w = *state;

	wish(w, CP_CONTROL_READ, 5, -1);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_DIRECTORY);
	assert_int_equal(w->last.value, 5);
	has(w->last.bundle, "pki/server-rsa.crt", "placeholder");
	has(w->last.bundle, "secrets/lab.json", NULL);
	scratch_put(&w->dir, "secrets/open.json", "{}", 0644);
	wish(w, CP_CONTROL_READ, 6, -1);
	was_said(w, CP_PROC_POLICY, CP_CONTROL_DIRECTORY);
	assert_null(w->last.bundle);
	assert_string_equal(w->last.refused.error.file, "secrets/open.json");
}

static unsigned count_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* One change of each ending. */
static void change_in_all_ways(struct world *w, unsigned i)
{
	const char *const name = CP_STAGE_GIVEN "tenants/lab.json";
	char text[32];
	int fd;

	snprintf(text, sizeof(text), "taken %u", i);
	edit(w, text);
	through(w, CP_PROC_SESSION);
	answer(w, CP_PROC_POLICY, 0, -1);
	edit(w, "undone");
	through(w, CP_PROC_KEYS);
	answer(w, CP_PROC_SESSION, -EINVAL, -1);
	answer(w, CP_PROC_KEYS, i % 2 ? 0 : -EINVAL, -1);
	edit(w, "bad");
	answer(w, CP_PROC_POLICY, -EINVAL, bundle_of("numbers.json", "N"));
	wish(w, CP_CONTROL_READ, 1, -1);
	fd = bundle_of(name, "");
	wish(w, CP_CONTROL_PROPOSE, i + 1, fd); /* taken out: refused */
	answer(w, CP_PROC_POLICY, -EINVAL, -1);
	/* an answer that nobody asked for, with a descriptor */
	answer(w, CP_PROC_KEYS, 0, bundle_of("numbers.json", "N"));
	/* the policy process starts again; what stands there is refused again */
	cp_live_died(w->live, CP_PROC_POLICY, w->now);
	cp_live_ready(w->live, CP_PROC_POLICY, w->now);
	answer(w, CP_PROC_POLICY, -EINVAL, -1);
}

static void test_descriptors(void **state)
{
	struct world *w = *state;
	unsigned n;

	change_in_all_ways(w, 0);
	n = count_fds();
	for (unsigned i = 1; i < 200; i++)
		change_in_all_ways(w, i);
	assert_int_equal(count_fds(), n);
	assert_int_equal(w->killed[CP_PROC_KEYS], 100);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_directory),    TEST(test_only_secrets),
		TEST(test_refused),      TEST(test_refused_again),
		TEST(test_undo),         TEST(test_deaths),
		TEST(test_keys_renewed), TEST(test_silence),
		TEST(test_propose),      TEST(test_propose_refused),
		TEST(test_wisher_died),  TEST(test_bad_wishes),
		TEST(test_read),         TEST(test_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The table of processes names its entries; here they are never entered. */
int cp_session_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}

int cp_keys_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}

int cp_log_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}

int cp_revision_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}

int cp_metrics_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}
