/* SPDX-License-Identifier: Apache-2.0 */

/*
 * keys_door - an operator's requests over the socket: what is answered, what is in use
 * afterwards, what is logged, and that no answer repeats a secret.
 */

#include "controlplane/crypto/legacy.h"
#include "controlplane/keys/keys_door.h"
#include "controlplane/keys/keys_vault.h"
#include "controlplane/log/log.h"
#include "controlplane/policy/secrets_request.h"

#include <event2/event.h>
#include <jansson.h>

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

/* The log is a neighbour: here it remembers the last line. */
static char last_line[EVENT_LINE_MAX];
static unsigned n_line;

void cp_log_begin(struct cp_log *log UNUSED, struct event_record *r, enum event_id id)
{
	event_begin(r, id, 0);
}

void cp_log_send(struct cp_log *log UNUSED, struct event_record *r)
{
	assert_true(event_json(r, last_line, sizeof(last_line)) > 0);
	n_line++;
}

struct world {
	struct event_base *loop;
	char path[64];
	struct sockaddr_un at;
	struct cp_seal *seal;
	struct keys_vault *vault;
	struct keys_door *door;
	struct cp_user user[3];
	struct cp_tenant tenant;
	struct cp_secret_tenant secret;
	struct cp_secrets secrets;
};

static void say(void *ctx UNUSED, const char *text UNUSED)
{
}

static void open_door(struct world *w)
{
	struct keys_door_deps deps = {
		.loop = w->loop, .seal = w->seal, .vault = w->vault, .take_listen = -1};

	deps.take_listen = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	w->at = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(w->at.sun_path, sizeof(w->at.sun_path), "%s/keys.sock", w->path);
	assert_int_equal(bind(deps.take_listen, (struct sockaddr *)&w->at, sizeof(w->at)), 0);
	assert_int_equal(listen(deps.take_listen, 8), 0);
	assert_int_equal(keys_door_new(&deps, &w->secrets, &w->door), 0);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct cp_secret_user carol = {.name = "carol", .from = CP_SECRET_CLEAR};
	char why[KEYS_VAULT_WHY_MAX];

	w->loop = event_base_new();
	snprintf(w->path, sizeof(w->path), "/tmp/test-keys-door-XXXXXX");
	assert_non_null(mkdtemp(w->path));
	w->user[0] = (struct cp_user){.name = "alice", .enabled = true};
	w->user[1] = (struct cp_user){.name = "bob"};
	w->user[2] = (struct cp_user){.name = "carol", .enabled = true};
	w->tenant = (struct cp_tenant){.id = 1, .name = "lab", .n_user = 3, .user = w->user};
	snprintf(w->secret.name, sizeof(w->secret.name), "lab");
	w->secret.policy = &w->tenant;
	w->secrets = (struct cp_secrets){1, &w->secret};
	assert_int_equal(cp_secret_add_users(&w->secret, &carol, 1), 0);
	assert_int_equal(cp_seal_new(&w->seal), 0);
	assert_int_equal(keys_vault_open(w->path, NULL, w->seal, &w->vault, why), 0);
	assert_int_equal(keys_vault_load(w->vault, say, NULL, why), 0);
	open_door(w);
	n_line = 0;
	last_line[0] = '\0';
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = {"seal.key", "lab.json", "keys.sock"};
	struct world *w = *state;
	char path[160];

	keys_door_free(w->door);
	keys_vault_free(w->vault);
	cp_seal_free(w->seal);
	cp_secret_tenant_fini(&w->secret);
	event_base_free(w->loop);
	for (size_t i = 0; i < ROWS(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", w->path, files[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(w->path), 0);
	free(w);
	return 0;
}

/* @text with ' for ". returns the answer with ' for ", to be freed */
static char *ask(struct world *w, const char *text)
{
	char line[CP_SECRETS_REQUEST_MAX], *answer = calloc(1, 65536), *c;
	size_t used = 0;
	ssize_t n = -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(line, sizeof(line), "%s\n", text);
	for (c = line; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	assert_int_equal(connect(fd, (struct sockaddr *)&w->at, sizeof(w->at)), 0);
	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
	while (n) {
		event_base_loop(w->loop, EVLOOP_NONBLOCK);
		n = recv(fd, answer + used, 65535 - used, MSG_DONTWAIT);
		if (n > 0)
			used += (size_t)n;
		assert_true(n >= 0 || errno == EAGAIN);
	}
	close(fd);
	assert_true(used && answer[used - 1] == '\n');
	answer[used - 1] = '\0';
	for (c = answer; *c; c++)
		*c = *c == '"' ? '\'' : *c;
	return answer;
}

#define SET_ALICE "{'command':'set','tenant':'lab','user':'alice','value':'hunter2'}"

static const struct {
	const char *why, *ask, *want, *logged; /* a piece of the line; NULL: none is written */
} rows[] = {
	// clang-format off
	{"a password", SET_ALICE, "{}", "\"event\":\"operator.secret\""},
	{"who says he is hana", "{'command':'set','tenant':'lab','user':'bob','value':'hunter2','claimed':'hana'}", "{}", "\"claimed\":\"hana\""},
	{"nobody's", "{'command':'set','tenant':'lab','user':'eve','value':'hunter2'}", "{'error':'tenant lab has no user \\'eve\\''}", "\"event\":\"operator.refused\""},
	{"no tenant's", "{'command':'set','tenant':'blue','user':'alice','value':'hunter2'}", "{'error':'there is no tenant \\'blue\\''}", "\"event\":\"operator.refused\""},
	{"one the document has", "{'command':'set','tenant':'lab','user':'carol','value':'hunter2'}", "{'error':'secrets/lab.json has a value for \\'carol\\': take it out there, or change it there'}", "\"reason\":\"secrets/lab.json has"},
	{"forgetting what the document has", "{'command':'forget','tenant':'lab','user':'carol'}", "{'error':'sekishoctl has set no value of that name'}", "\"event\":\"operator.refused\""},
	{"a key", "{'command':'set','tenant':'lab','identity':'printer','value':'hunter2'}", "{}", "\"object\":\"printer\""},
	{"forgetting it", "{'command':'forget','tenant':'lab','identity':'printer'}", "{}", "\"command\":\"psk forget\""},
	{"forgetting it again", "{'command':'forget','tenant':'lab','identity':'printer'}", "{'error':'sekishoctl has set no value of that name'}", "\"event\":\"operator.refused\""},
	{"a list of nobody", "{'command':'list','tenant':'blue'}", "{'error':'there is no tenant \\'blue\\''}", NULL},
	{"no request", "hunter2", "{'error':'request: line 1, column 1: found '[' or '{' expected, expected a JSON document (RFC 8259)'}", NULL},
	{"a request of another kind", "{'command':'set','tenant':'lab','user':'alice','secret':'hunter2'}", "{'error':'request: $.secret: found an unknown key, expected one of: command, tenant, user, identity, value, generate, skip, claimed'}", NULL},
	// clang-format on
};

static void answers(void **state)
{
	struct world *w = *state;
	int wrong = 0;

	for (size_t i = 0; i < ROWS(rows); i++) {
		unsigned before = n_line;
		char *said = ask(w, rows[i].ask);
		bool ok = strcmp(said, rows[i].want) == 0 ||
		          (rows[i].ask[0] == 'h' && strstr(said, "expected a JSON document"));

		ok = ok && n_line == before + (rows[i].logged != NULL);
		ok = ok && (!rows[i].logged || strstr(last_line, rows[i].logged));
		ok = ok && !strstr(said, "hunter2") && !strstr(last_line, "hunter2");
		if (!ok) {
			print_error("%s: said %s\n  logged %s\n", rows[i].why, said, last_line);
			wrong++;
		}
		free(said);
	}
	assert_int_equal(wrong, 0);
}

static void is_in_use_at_once(void **state)
{
	struct world *w = *state;
	const struct cp_secret_user *u;
	uint8_t want[16];

	free(ask(w, SET_ALICE));
	u = cp_secret_user_find(&w->secret, "alice");
	assert_non_null(u);
	cp_crypto_nt_hash("hunter2", 7, want);
	assert_memory_equal(u->nt_hash, want, sizeof(want));
	free(ask(w, "{'command':'set','tenant':'lab','user':'alice','value':'other'}"));
	u = cp_secret_user_find(&w->secret, "alice");
	cp_crypto_nt_hash("other", 5, want);
	assert_memory_equal(u->nt_hash, want, sizeof(want));
	assert_int_equal(w->secret.n_user, 2);
	free(ask(w, "{'command':'forget','tenant':'lab','user':'alice'}"));
	assert_null(cp_secret_user_find(&w->secret, "alice"));
	assert_non_null(cp_secret_user_find(&w->secret, "carol"));
}

static void chooses_keys(void **state)
{
	static const char request[] =
		"{'command':'set','tenant':'lab','identity':'*','generate':true}";
	struct world *w = *state;
	char *one = ask(w, request), *two = ask(w, request);
	const struct cp_secret_psk *psk = cp_secret_psk_find(&w->secret, "*");

	assert_int_equal(strlen(one), strlen("{'value':''}") + 32);
	assert_string_not_equal(one, two);
	assert_non_null(psk);
	assert_int_equal(psk->len, 32);
	assert_memory_equal(two + strlen("{'value':'"), psk->octet, 32);
	assert_null(strstr(last_line, "value"));
	free(one);
	free(two);
}

static void seals_for_documents(void **state)
{
	static const struct cp_seal_of of = {"blue", CP_SEAL_PASSWORD, "eve"};
	struct world *w = *state;
	char *said =
		ask(w, "{'command':'seal','tenant':'blue','user':'eve','value':'hunter2'}");
	char text[CP_SEAL_TEXT_MAX];
	uint8_t want[16];
	SECRET got = {0};

	assert_int_equal(sscanf(said, "{'sealed':'%300[^']'}", text), 1);
	assert_int_equal(cp_seal_open(w->seal, &of, text, &got, NULL), 0);
	cp_crypto_nt_hash("hunter2", 7, want);
	assert_int_equal(got.len, 16);
	assert_memory_equal(got.octet, want, 16);
	assert_int_equal(n_line, 0);
	free(said);
}

static void lists_and_changes_the_key(void **state)
{
	struct world *w = *state;
	char *said;

	free(ask(w, SET_ALICE));
	free(ask(w, "{'command':'set','tenant':'lab','identity':'printer','value':'k'}"));
	said = ask(w, "{'command':'rekey'}");
	assert_non_null(strstr(said, "'sealed_anew':2,'under_the_former_key':0}"));
	assert_non_null(strstr(last_line, "\"command\":\"secrets rekey\""));
	free(said);
	said = ask(w, "{'command':'list','tenant':'lab'}");
	assert_non_null(strstr(said, "'kind':'password','name':'alice','state':'set','from':'"
	                             "sekishoctl','set':'20"));
	assert_non_null(strstr(said, "'name':'bob','state':'none','from':''}"));
	assert_non_null(
		strstr(said, "'name':'carol','state':'set','from':'document, in clear text'}"));
	assert_non_null(strstr(said, "'kind':'psk','name':'printer','state':'set'"));
	assert_non_null(strstr(said, "'total':4"));
	assert_null(strstr(said, "sekisho1:"));
	free(said);
	said = ask(w, "{'command':'list','tenant':'lab','skip':3}");
	assert_null(strstr(said, "alice"));
	assert_non_null(strstr(said, "printer"));
	assert_non_null(strstr(said, "'total':4"));
	free(said);
}

/* A policy without alice: her password is kept, and said; without the tenant, too. */
static void lists_what_is_idle(void **state)
{
	struct world *w = *state;
	struct cp_secrets none = {0, NULL};
	char *said;

	free(ask(w, SET_ALICE));
	w->tenant.user++;
	w->tenant.n_user--;
	cp_secret_drop_user(&w->secret, "alice");
	said = ask(w, "{'command':'list','tenant':'lab'}");
	assert_non_null(strstr(
		said, "'name':'alice','state':'kept, no such user','from':'sekishoctl'"));
	free(said);
	keys_door_use(w->door, &none);
	said = ask(w, "{'command':'list','tenant':'lab'}");
	assert_non_null(strstr(said, "'name':'alice','state':'kept, no such user'"));
	free(said);
	said = ask(w, "{'command':'forget','tenant':'lab','user':'alice'}");
	assert_string_equal(said, "{}");
	free(said);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers),
		TEST(is_in_use_at_once),
		TEST(chooses_keys),
		TEST(seals_for_documents),
		TEST(lists_and_changes_the_key),
		TEST(lists_what_is_idle),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
