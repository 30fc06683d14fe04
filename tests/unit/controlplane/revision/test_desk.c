/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy process at work: operators ask, the supervisor is a list of what was said to it
 * and does what the test makes it do. The door and the log are small ones.
 */
#include "controlplane/door/door.h"
#include "controlplane/policy/bundle.h"
#include "controlplane/policy/policy.h"
#include "controlplane/revision/desk.h"
#include "tests/sim/fake_log.h"

#include <jansson.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define APPLIANCE                                                                      \
	"{\"name\": \"gw\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\", " \
	"\"address\": \"198.51.100.1/24\"}]}"
#define APPLIANCE_WITH(more)                                                           \
	"{\"name\": \"gw\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\", " \
	"\"address\": \"198.51.100.1/24\"}], " more "}"
#define LAB(label)                                                                         \
	"{\"label\": \"" label "\", \"gateway\": {\"addresses\": [\"198.51.100.1\"], "     \
	"\"identity\": \"vpn.lab.test\", \"authentication\": [\"psk\"]}, \"interfaces\": " \
	"[{\"name\": \"lan\", \"port\": \"lan0\", \"address\": \"10.20.0.1/24\"}], "       \
	"\"pools\": [{\"name\": \"clients\", \"first\": \"10.99.0.10\", \"last\": "        \
	"\"10.99.255.250\"}], \"subnets\": [\"10.20.0.0/24\"]}"

/* ---- the door -------------------------------------------------------------------------------- */

struct cp_door_guest {
	json_t *answer;
	bool held, answered;
};

void cp_door_answer(struct cp_door_guest *g, char *take_line)
{
	assert_false(g->answered);
	g->answered = true;
	g->answer = json_loads(take_line, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(g->answer);
	free(take_line);
}

void cp_door_hold(struct cp_door_guest *g)
{
	g->held = true;
}

static uid_t guest_uid; /* of whoever asks */

uid_t cp_door_uid(const struct cp_door_guest *g UNUSED)
{
	return guest_uid;
}

const char *cp_door_name(const struct cp_door_guest *g UNUSED)
{
	return "root";
}

/* ---- the supervisor -------------------------------------------------------------------------- */

struct fixture {
	char path[64];
	int directory;
	struct cp_history *history;
	struct cp_log log;
	struct revision_desk *desk;
	int in_force; /* bundle */
	/* what was said to the supervisor last */
	enum cp_control_type type;
	uint32_t value;
	int32_t status;
	char why[508];
	int fd;
	unsigned n_said;
	uint32_t change;
};

static int say(void *ctx, enum cp_control_type type, uint32_t value, const void *body,
               size_t len, int fd)
{
	struct cp_control_verdict v = {0};
	struct fixture *f = ctx;

	if (len == sizeof(v))
		memcpy(&v, body, len);
	if (f->fd >= 0)
		close(f->fd);
	f->fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	f->type = type;
	f->value = value;
	f->status = v.status;
	snprintf(f->why, sizeof(f->why), "%s", v.why);
	f->n_said++;
	return 0;
}

static int bundle_of(const char *appliance, const char *lab, const char *other)
{
	const struct cp_bundle_file file[] = {
		{"appliance.json", appliance, strlen(appliance)},
		{"tenants/lab.json", lab ? lab : "", lab ? strlen(lab) : 0},
		{"tenants/other.json", other ? other : "", other ? strlen(other) : 0},
	};
	int fd;

	assert_int_equal(cp_bundle_make(file, lab ? other ? 3 : 2 : 1, &fd), 0);
	return fd;
}

static void desk_new(struct fixture *f)
{
	const struct revision_desk_deps deps = {f->history, &f->log, f->in_force, say, f};

	assert_int_equal(revision_desk_new(&deps, &f->desk), 0);
}

static void history_new(struct fixture *f)
{
	assert_int_equal(cp_history_new(f->directory, NULL, &f->history), 0);
	assert_int_equal(cp_history_load(f->history), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->path, sizeof(f->path), "/tmp/test-desk-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->directory = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->fd = -1;
	history_new(f);
	f->in_force = bundle_of(APPLIANCE, LAB("one"), NULL);
	desk_new(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct dirent *e;
	DIR *d = opendir(f->path);

	revision_desk_free(f->desk);
	cp_history_free(f->history);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(f->directory, e->d_name, 0);
	closedir(d);
	close(f->directory);
	close(f->in_force);
	if (f->fd >= 0)
		close(f->fd);
	assert_int_equal(rmdir(f->path), 0);
	free(f);
	return 0;
}

static void send_in(struct fixture *f, enum cp_control_type type, uint32_t value, uint32_t wish,
                    int take_fd)
{
	const struct cp_control_origin origin = {wish};
	struct cp_control_msg msg = {
		.type = type, .value = value, .len = sizeof(origin), .fd = take_fd};

	memcpy(&msg.body, &origin, sizeof(origin));
	revision_desk_change(f->desk, &msg);
}

static void send_refused(struct fixture *f, uint32_t change, uint32_t wish, const char *why)
{
	struct cp_control_refused r = {.wish = wish, .status = -EINVAL};
	struct cp_control_msg msg = {
		.type = CP_CONTROL_REFUSED, .value = change, .len = sizeof(r), .fd = -1};

	snprintf(r.why, sizeof(r.why), "%s", why);
	memcpy(&msg.body, &r, sizeof(r));
	revision_desk_change(f->desk, &msg);
}

static void ask(struct fixture *f, struct cp_door_guest *g, const char *text)
{
	*g = (struct cp_door_guest){0};
	revision_desk_ask(f->desk, g, text, strlen(text));
	assert_true(g->held || g->answered);
}

static const char *text_in(const struct cp_door_guest *g, const char *key)
{
	const char *text = json_string_value(json_object_get(g->answer, key));

	return text ? text : "";
}

static int64_t number_in(const struct cp_door_guest *g, const char *key)
{
	return json_integer_value(json_object_get(g->answer, key));
}

static const char *refusal(const struct cp_door_guest *g)
{
	const char *text = json_string_value(
		json_object_get(json_object_get(g->answer, "refused"), "text"));

	return text ? text : "";
}

static void warns(const struct cp_door_guest *g, const char *text)
{
	const json_t *warning;
	size_t i;

	json_array_foreach (json_object_get(g->answer, "warnings"), i, warning)
		if (strstr(json_string_value(warning), text))
			return;
	fail_msg("no warning says %s", text);
}

static void done(struct cp_door_guest *g)
{
	assert_true(g->answered);
	json_decref(g->answer);
}

/* The supervisor answers a READ with the documents in force, or others. */
static void directory_is(struct fixture *f, const char *lab)
{
	assert_int_equal(f->type, CP_CONTROL_READ);
	send_in(f, CP_CONTROL_DIRECTORY, f->value, 0, bundle_of(APPLIANCE, lab, NULL));
}

/* And brings what was wished into force. @documents  its bundle */
static void bring_into_force(struct fixture *f, uint32_t wish, int documents)
{
	uint32_t change = ++f->change * 100;

	send_in(f, CP_CONTROL_CHECK, change, wish, fcntl(documents, F_DUPFD_CLOEXEC, 0));
	assert_int_equal(f->type, CP_CONTROL_VERDICT);
	assert_int_equal(f->value, change);
	if (f->status)
		fail_msg("refused: %s", f->why);
	assert_true(f->fd >= 0); /* the numbers */
	change += 3;
	send_in(f, CP_CONTROL_IN_FORCE, change, wish, fcntl(documents, F_DUPFD_CLOEXEC, 0));
	assert_int_equal(f->type, CP_CONTROL_VERDICT);
	assert_int_equal(f->value, change);
	assert_int_equal(f->status, 0);
}

/* ---- tests ------------------------------------------------------------------------------------ */

static void test_start(void **state)
{
	struct fixture *f = *state;
	struct cp_door_guest g;

	ask(f, &g, "{\"command\":\"history\"}");
	assert_int_equal(number_in(&g, "total"), 1);
	done(&g);
	/* the same policy again is the same revision; another is a new one */
	revision_desk_free(f->desk);
	desk_new(f);
	assert_int_equal(cp_history_count(f->history), 1);
	revision_desk_free(f->desk);
	close(f->in_force);
	f->in_force = bundle_of(APPLIANCE, LAB("two"), NULL);
	desk_new(f);
	assert_int_equal(cp_history_count(f->history), 2);
	assert_string_equal(cp_history_at(f->history, 0)->how, "start");
	ask(f, &g, "{\"command\":\"status\"}");
	assert_int_equal(number_in(&g, "sequence"), 2);
	done(&g);
}

static void test_check(void **state)
{
	struct fixture *f = *state;
	struct cp_door_guest g;

	ask(f, &g, "{\"command\":\"check\"}");
	directory_is(f, LAB("two"));
	assert_string_equal(text_in(&g, "state"), "checked");
	assert_int_equal(number_in(&g, "changes_total"), 1);
	done(&g);

	ask(f, &g, "{\"command\":\"check\",\"documents\":{\"tenants/lab.json\":\"{}\"}}");
	directory_is(f, "{ whatever stands in the directory");
	assert_string_equal(text_in(&g, "state"), "refused");
	assert_non_null(strstr(refusal(&g), "tenants/lab.json"));
	done(&g);

	/* what is taken out; what is not given of the whole */
	ask(f, &g, "{\"command\":\"check\",\"documents\":{\"tenants/lab.json\":null}}");
	directory_is(f, LAB("one"));
	assert_int_equal(number_in(&g, "changes_total"), 1);
	done(&g);
	ask(f, &g,
	    "{\"command\":\"check\",\"documents\":{\"tenants/lab.json\":\"{}\"},\"whole\":"
	    "true}");
	directory_is(f, LAB("one"));
	assert_non_null(strstr(refusal(&g), "appliance.json"));
	done(&g);
	/* looking is nobody's change */
	assert_int_equal(fake_log_count(&f->log, EV_OPERATOR_REFUSED), 0);
	assert_int_equal(cp_history_count(f->history), 1);
}

static void test_apply(void **state)
{
	struct fixture *f = *state;
	struct cp_door_guest g;
	struct cp_bundle *b;
	uint32_t wish;
	int fd;

	ask(f, &g,
	    "{\"command\":\"apply\",\"message\":\"why\",\"claimed\":\"alice\",\"documents\":{"
	    "\"tenants/lab.json\":\"{\\\"label\\\": \\\"two\\\", \\\"gateway\\\": "
	    "{\\\"addresses\\\": [\\\"198.51.100.1\\\"], \\\"identity\\\": "
	    "\\\"vpn.lab.test\\\", \\\"authentication\\\": [\\\"psk\\\"]}, "
	    "\\\"interfaces\\\": [{\\\"name\\\": \\\"lan\\\", \\\"port\\\": \\\"lan0\\\", "
	    "\\\"address\\\": \\\"10.20.0.1/24\\\"}], \\\"pools\\\": [{\\\"name\\\": "
	    "\\\"clients\\\", \\\"first\\\": \\\"10.99.0.10\\\", \\\"last\\\": "
	    "\\\"10.99.255.250\\\"}], \\\"subnets\\\": [\\\"10.20.0.0/24\\\"]}\"}}");
	directory_is(f, LAB("one"));
	assert_int_equal(f->type, CP_CONTROL_PROPOSE);
	assert_false(g.answered);
	wish = f->value;
	fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
	assert_int_equal(cp_bundle_open(fd, &b), 0);
	assert_non_null(cp_bundle_find(b, "given/tenants/lab.json"));
	assert_null(cp_bundle_find(b, "given/appliance.json"));
	assert_non_null(cp_bundle_find(b, "appliance.json"));
	cp_bundle_close(b);
	bring_into_force(f, wish, fd);
	close(fd);
	assert_string_equal(text_in(&g, "state"), "in force");
	assert_int_equal(number_in(&g, "sequence"), 2);
	done(&g);
	assert_int_equal(fake_log_count(&f->log, EV_OPERATOR_CHANGE), 1);
	assert_non_null(strstr(f->log.line, "\"claimed\":\"alice\""));
	assert_non_null(strstr(f->log.line, "tenants/lab.json: $.label"));
	assert_string_equal(cp_history_at(f->history, 0)->message, "why");
	assert_string_equal(cp_history_at(f->history, 0)->how, "apply");
	assert_string_equal(cp_history_at(f->history, 0)->by, "root");
}

/* An operator who is not root changes documents, but not whose rights processes have. */
static void test_rights(void **state)
{
	static const struct {
		const char *why, *appliance;
		uid_t uid;
		int want;
	} rows[] = {
		{"an account, by root", APPLIANCE_WITH("\"accounts\": {\"keys\": \"7001\"}"), 0,
	         0},
		{"an account", APPLIANCE_WITH("\"accounts\": {\"keys\": \"7001\"}"), 7, -EPERM},
		{"the operator", APPLIANCE_WITH("\"accounts\": {\"operator\": \"7001\"}"), 7,
	         -EPERM},
		{"the logs' directory", APPLIANCE_WITH("\"log_directory\": \"/etc\""), 7,
	         -EPERM},
		{"something else", APPLIANCE_WITH("\"note\": \"mine\""), 7, 0},
	};
	struct fixture *f = *state;
	struct cp_door_guest g;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t wish;

		guest_uid = rows[i].uid;
		ask(f, &g, "{\"command\":\"apply\"}");
		guest_uid = 0;
		send_in(f, CP_CONTROL_DIRECTORY, f->value, 0,
		        bundle_of(rows[i].appliance, LAB("one"), NULL));
		wish = f->value;
		send_in(f, CP_CONTROL_CHECK, ++f->change * 100, wish,
		        bundle_of(rows[i].appliance, LAB("one"), NULL));
		assert_int_equal(f->type, CP_CONTROL_VERDICT);
		if (f->status != rows[i].want)
			fail_msg("%s: %d %s", rows[i].why, f->status, f->why);
		send_refused(f, f->change * 100 + 1, wish, "enough");
		done(&g);
	}
}

static void test_directory_changes(void **state)
{
	struct fixture *f = *state;
	int fd = bundle_of(APPLIANCE, LAB("two"), NULL);
	struct cp_door_guest g;

	bring_into_force(f, 0, fd);
	close(fd);
	assert_int_equal(fake_log_count(&f->log, EV_OPERATOR_CHANGE), 1);
	assert_string_equal(cp_history_at(f->history, 0)->how, "directory");

	/* refused by us: said with file and path, and in the status until it is right again */
	send_in(f, CP_CONTROL_CHECK, 9, 0, bundle_of(APPLIANCE, "{}", NULL));
	assert_int_equal(f->status, -EINVAL);
	send_refused(f, 9, 0, "the policy process refused it");
	assert_int_equal(fake_log_count(&f->log, EV_POLICY_REFUSED), 1);
	assert_non_null(strstr(f->log.line, "\"file\":\"tenants/lab.json\""));
	ask(f, &g, "{\"command\":\"status\"}");
	assert_string_equal(json_string_value(json_object_get(
				    json_object_get(g.answer, "directory_refused"), "file")),
	                    "tenants/lab.json");
	done(&g);
	/* the directory is right again: nothing is new */
	send_in(f, CP_CONTROL_IN_FORCE, 0, 0, bundle_of(APPLIANCE, LAB("two"), NULL));
	ask(f, &g, "{\"command\":\"status\"}");
	assert_null(json_object_get(g.answer, "directory_refused"));
	done(&g);
	assert_int_equal(cp_history_count(f->history), 2);
}

static void test_refused_elsewhere(void **state)
{
	struct fixture *f = *state;
	struct cp_door_guest g;

	ask(f, &g, "{\"command\":\"apply\"}");
	directory_is(f, LAB("two"));
	assert_int_equal(f->type, CP_CONTROL_TAKE);
	send_refused(f, 1, f->value, "the session process refused it: no room");
	assert_string_equal(text_in(&g, "state"), "refused");
	assert_string_equal(refusal(&g), "the session process refused it: no room");
	done(&g);
	assert_int_equal(fake_log_count(&f->log, EV_OPERATOR_REFUSED), 1);
	/* the documents in force are what they were */
	ask(f, &g, "{\"command\":\"diff\"}");
	directory_is(f, LAB("two"));
	assert_int_equal(number_in(&g, "changes_total"), 1);
	done(&g);
}

static void test_rollback(void **state)
{
	struct fixture *f = *state;
	int fd = bundle_of(APPLIANCE, LAB("two"), NULL);
	const struct cp_bundle_file *file;
	struct cp_door_guest g;
	struct cp_bundle *b;
	uint32_t wish;

	bring_into_force(f, 0, fd);
	close(fd);
	ask(f, &g, "{\"command\":\"rollback\",\"sequence\":7}");
	directory_is(f, LAB("two"));
	assert_non_null(strstr(refusal(&g), "revision 7 is not kept"));
	done(&g);
	ask(f, &g, "{\"command\":\"rollback\",\"sequence\":1,\"base\":1}");
	directory_is(f, LAB("two"));
	assert_non_null(strstr(refusal(&g), "revision 2 is in force, not 1"));
	done(&g);
	ask(f, &g, "{\"command\":\"rollback\",\"sequence\":1,\"base\":2}");
	directory_is(f, LAB("two"));
	assert_int_equal(f->type, CP_CONTROL_PROPOSE);
	wish = f->value;
	fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
	assert_int_equal(cp_bundle_open(fd, &b), 0);
	file = cp_bundle_find(b, "tenants/lab.json");
	assert_memory_equal(file->at, LAB("one"), file->len);
	cp_bundle_close(b);
	bring_into_force(f, wish, fd);
	close(fd);
	assert_int_equal(number_in(&g, "sequence"), 3);
	done(&g);
	assert_string_equal(cp_history_at(f->history, 0)->message, "to revision 1");
	ask(f, &g, "{\"command\":\"diff\",\"from\":1,\"to\":3}");
	assert_int_equal(number_in(&g, "changes_total"), 0);
	done(&g);
	ask(f, &g, "{\"command\":\"diff\",\"from\":2}");
	assert_int_equal(number_in(&g, "changes_total"), 1);
	done(&g);
	ask(f, &g, "{\"command\":\"show\",\"sequence\":2}");
	assert_int_equal(json_object_size(json_object_get(g.answer, "documents")), 2);
	done(&g);
}

/* One after the other, in the order in which they were asked for. */
static void test_queue(void **state)
{
	struct fixture *f = *state;
	struct cp_door_guest a, b, gone;
	unsigned n;

	ask(f, &a, "{\"command\":\"apply\"}");
	n = f->n_said;
	ask(f, &gone, "{\"command\":\"apply\"}");
	ask(f, &b, "{\"command\":\"rollback\",\"sequence\":1}");
	assert_int_equal(f->n_said, n);
	revision_desk_gone(f->desk, &gone);
	directory_is(f, LAB("two"));
	assert_int_equal(f->type, CP_CONTROL_TAKE);
	/* who went is not answered; what he began goes on */
	revision_desk_gone(f->desk, &a);
	send_refused(f, 1, f->value, "no");
	assert_false(a.answered);
	assert_false(gone.answered);
	assert_int_equal(f->type, CP_CONTROL_READ);
	directory_is(f, LAB("two"));
	assert_int_equal(f->type, CP_CONTROL_PROPOSE);
	send_refused(f, 2, f->value, "no");
	done(&b);
}

/* Somebody changed the directory between the look and the change. */
static void test_stale(void **state)
{
	struct fixture *f = *state;
	int fd = bundle_of(APPLIANCE, LAB("two"), NULL);
	struct cp_door_guest g;
	uint32_t wish;

	ask(f, &g, "{\"command\":\"rollback\",\"sequence\":1}");
	directory_is(f, LAB("one"));
	assert_int_equal(f->type, CP_CONTROL_PROPOSE);
	wish = f->value;
	bring_into_force(f, 0, fd);
	close(fd);
	send_in(f, CP_CONTROL_CHECK, 77, wish, bundle_of(APPLIANCE, LAB("one"), NULL));
	assert_int_equal(f->status, -ESTALE);
	send_refused(f, 77, wish,
	             "the policy process refused it: the policy changed meanwhile");
	assert_non_null(strstr(refusal(&g), "meanwhile"));
	done(&g);
}

/* It is in force, whatever the disk says; who asked is told. */
static void test_not_kept(void **state)
{
	struct fixture *f = *state;
	int fd = bundle_of(APPLIANCE, LAB("two"), NULL);
	struct cp_door_guest g;
	uint32_t wish;

	ask(f, &g, "{\"command\":\"apply\"}");
	directory_is(f, LAB("two"));
	wish = f->value;
	/* what is in its place cannot be removed */
	assert_int_equal(mkdirat(f->directory, "new", 0700), 0);
	send_in(f, CP_CONTROL_CHECK, 5, wish, fcntl(fd, F_DUPFD_CLOEXEC, 0));
	assert_int_equal(f->status, 0);
	send_in(f, CP_CONTROL_IN_FORCE, 6, wish, fd);
	assert_true(f->status < 0);
	assert_string_equal(text_in(&g, "state"), "in force");
	warns(&g, "could not be written down");
	done(&g);
	assert_int_equal(unlinkat(f->directory, "new", AT_REMOVEDIR), 0);
	ask(f, &g, "{\"command\":\"diff\"}");
	directory_is(f, LAB("two"));
	assert_int_equal(number_in(&g, "changes_total"), 0);
	done(&g);
}

/* Even what cannot be read is an answer: the next change does not wait for ever. */
static void test_unreadable(void **state)
{
	struct fixture *f = *state;
	struct cp_door_guest a, b;

	ask(f, &a, "{\"command\":\"apply\"}");
	directory_is(f, LAB("two"));
	assert_int_equal(f->type, CP_CONTROL_TAKE);
	ask(f, &b, "{\"command\":\"apply\"}");
	assert_false(a.answered || b.answered);
	send_in(f, CP_CONTROL_IN_FORCE, 7, f->value, -1);
	assert_non_null(strstr(text_in(&a, "error"), "written down"));
	done(&a);
	directory_is(f, "{");
	assert_true(refusal(&b)[0]);
	done(&b);
}

static void test_restart_needed(void **state)
{
	struct fixture *f = *state;
	struct cp_door_guest g;

	ask(f, &g,
	    "{\"command\":\"check\",\"documents\":{\"appliance.json\":\"{\\\"name\\\": "
	    "\\\"gw\\\", "
	    "\\\"interfaces\\\": [{\\\"name\\\": \\\"wan\\\", \\\"port\\\": \\\"wan0\\\", "
	    "\\\"address\\\": \\\"198.51.100.1/24\\\"}], \\\"log_directory\\\": "
	    "\\\"logs\\\"}\"}}");
	directory_is(f, LAB("one"));
	warns(&g, "started again");
	done(&g);
}

static void test_rubbish(void **state)
{
	struct fixture *f = *state;
	struct cp_door_guest g;

	ask(f, &g, "rubbish");
	assert_non_null(strstr(text_in(&g, "error"), "JSON"));
	done(&g);
	/* from a supervisor that lost its mind */
	send_in(f, CP_CONTROL_CHECK, 1, 0, -1);
	assert_int_equal(f->status, -EBADMSG);
	send_in(f, CP_CONTROL_CHECK, 1, 0, open("/dev/null", O_RDONLY | O_CLOEXEC));
	assert_int_equal(f->status, -EBADMSG);
	send_in(f, CP_CONTROL_IN_FORCE, 2, 0, -1);
	assert_int_equal(f->status, -EBADMSG);
	send_in(f, CP_CONTROL_DIRECTORY, 12345, 0, -1);
	send_refused(f, 12345, 54321, "");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_start),
		TEST(test_check),
		TEST(test_apply),
		TEST(test_rights),
		TEST(test_directory_changes),
		TEST(test_refused_elsewhere),
		TEST(test_rollback),
		TEST(test_queue),
		TEST(test_stale),
		TEST(test_not_kept),
		TEST(test_unreadable),
		TEST(test_restart_needed),
		TEST(test_rubbish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
