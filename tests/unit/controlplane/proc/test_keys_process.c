/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The keys process itself, confined, with a test in place of its supervisor and of the session
 * process: another policy is taken up or refused while questions are asked.
 */

#include "controlplane/keys/keys.h"
#include "controlplane/policy/bundle.h"
#include "controlplane/proc/control.h"
#include "controlplane/proc/ipc.h"
#include "controlplane/proc/proc.h"
#include "tests/unit/hex.h"
#include "tests/vector/keys/keys_vectors.h"

#include <event2/event.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	KEYS_UID = 64985,
	FILES_MAX = 8,
	PATIENCE_MS = 60000,
};

/* ---- documents ------------------------------------------------------------------------------- */

static const char appliance[] =
	"{\"name\": \"gw\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\","
	" \"address\": \"198.51.100.1/24\"}]}";
static const char dataplane[] = "{\"ports\": [{\"name\": \"wan0\", \"device\": \"net_null0\"},"
				" {\"name\": \"lan0\", \"device\": \"net_null1\"}], "
				"\"main_core\": 0, \"workers\": [0]}";
static const char tenant[] =
	"{\"label\": \"T\", \"gateway\": {\"addresses\": [\"198.51.100.1\"],"
	" \"identity\": \"vpn.test\", \"certificate\": \"c\","
	" \"authentication\": [\"eap-mschapv2\"]},"
	" \"interfaces\": [{\"name\": \"lan\", \"port\": \"lan0\","
	" \"address\": \"10.20.0.1/24\"}],"
	" \"pools\": [{\"name\": \"p\", \"first\": \"10.99.0.1\", \"last\": \"10.99.0.9\"}],"
	" \"subnets\": [\"0.0.0.0/0\"], \"users\": [{\"name\": \"User\"}]}";

/* The user and password of the first published row. */
static const char right[] = "{\"users\": {\"User\": {\"password\": \"clientPass\"}}}";
static const char wrong[] = "{\"users\": {\"User\": {\"password\": \"hunter2\"}}}";

struct pair {
	char *key, *certificate;
};

static char *text_of(BIO *bio)
{
	char *at, *copy;
	long len = BIO_get_mem_data(bio, &at);

	copy = strndup(at, (size_t)len);
	assert_non_null(copy);
	BIO_free(bio);
	return copy;
}

static struct pair make_pair(void)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	BIO *a = BIO_new(BIO_s_mem()), *b = BIO_new(BIO_s_mem());
	X509 *x = X509_new();
	struct pair p;

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(a, x), 1);
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL), 1);
	p = (struct pair){text_of(b), text_of(a)};
	X509_free(x);
	EVP_PKEY_free(key);
	return p;
}

/* @secrets  NULL: no such document */
static int make_bundle(const char *tenant_text, const char *secrets, const struct pair *p)
{
	const struct cp_bundle_file all[] = {
		{"appliance.json", appliance, strlen(appliance)},
		{"dataplane.json", dataplane, strlen(dataplane)},
		{"pki/c.crt", p->certificate, strlen(p->certificate)},
		{"pki/c.key", p->key, strlen(p->key)},
		{"tenants/t.json", tenant_text, strlen(tenant_text)},
		{"secrets/t.json", secrets, secrets ? strlen(secrets) : 0},
	};
	int fd;

	assert_int_equal(cp_bundle_make(all, secrets ? 6 : 5, &fd), 0);
	return fd;
}

/* ---- the process -------------------------------------------------------------------------------- */

struct world {
	char directory[64], socket[108];
	int control, status;
	pid_t pid;
	struct event_base *loop;
	struct cp_ipc *ipc;
	struct cp_keys *keys;
	struct pair pair, other;
	unsigned n_change;
};

static int make_listener(struct world *w)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(w->socket, sizeof(w->socket), "%s.sock", w->directory);
	memcpy(at.sun_path, w->socket, sizeof(at.sun_path));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static void be_keys(const struct world *w, int bundle, int control, int session, int listener)
{
	struct cp_policy_error error;
	struct cp_policy *policy;
	struct cp_bundle *b;
	struct cp_proc_start start = {
		.id = CP_PROC_KEYS,
		.bundle = bundle,
		.config_dir = "/nonexistent",
		.runtime_dir = "/nonexistent",
		.log_dir = "/nonexistent",
		.directory = w->directory,
		.account = {KEYS_UID, KEYS_UID},
		.supervisor = getppid(),
		.control = control,
		.listen = listener,
	};

	for (unsigned i = 0; i < CP_PROC_COUNT; i++)
		start.peer[i] = -1;
	start.peer[CP_PROC_SESSION] = session;
	if (cp_bundle_open(bundle, &b) || cp_policy_from_bundle(b, &policy, &error))
		_exit(99);
	cp_bundle_close(b);
	start.policy = policy;
	_exit(cp_keys_main(&start));
}

/* A message of the process; it must come. */
static void receive(struct world *w, struct cp_control_msg *msg)
{
	struct pollfd p = {.fd = w->control, .events = POLLIN};

	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	assert_int_equal(cp_control_receive(w->control, msg), 0);
}

static void start_process(struct world *w, int take_bundle)
{
	int control[2], session[2], listener = make_listener(w);
	struct cp_control_msg msg;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, session), 0);
	w->pid = fork();
	if (w->pid == 0) {
		close(control[0]);
		close(session[0]);
		be_keys(w, take_bundle, control[1], session[1], listener);
	}
	close(control[1]);
	close(session[1]);
	close(listener);
	close(take_bundle);
	w->control = control[0];
	w->loop = event_base_new();
	assert_int_equal(cp_ipc_new(w->loop, session[0], NULL, &w->ipc), 0);
	assert_int_equal(cp_keys_new(w->ipc, &w->keys), 0);
	receive(w, &msg);
	assert_int_equal(msg.type, CP_CONTROL_READY);
}

static void stop_process(struct world *w)
{
	assert_int_equal(cp_control_send(w->control, CP_CONTROL_STOP, 0, NULL, 0, -1), 0);
	assert_int_equal(waitpid(w->pid, &w->status, 0), w->pid);
	assert_int_equal(w->status, 0);
	close(w->control);
	cp_keys_free(w->keys);
	cp_ipc_free(w->ipc);
	event_base_free(w->loop);
	unlink(w->socket);
}

/* Send it; its verdict. */
static int change(struct world *w, int take_bundle, char why[508])
{
	struct cp_control_verdict v;
	struct cp_control_msg msg;

	assert_int_equal(cp_control_send(w->control, CP_CONTROL_POLICY, ++w->n_change, NULL, 0,
	                                 take_bundle),
	                 0);
	close(take_bundle);
	do /* it says that it lives in between, where this takes long */
		receive(w, &msg);
	while (msg.type == CP_CONTROL_ALIVE);
	assert_int_equal(msg.type, CP_CONTROL_VERDICT);
	assert_int_equal(msg.value, w->n_change);
	assert_int_equal(msg.len, sizeof(v));
	memcpy(&v, &msg.body, sizeof(v));
	memcpy(why, v.why, sizeof(v.why));
	return v.status;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (geteuid())
		skip();
	snprintf(w->directory, sizeof(w->directory), "/tmp/test-keys-process-XXXXXX");
	assert_non_null(mkdtemp(w->directory));
	assert_int_equal(chown(w->directory, KEYS_UID, KEYS_UID), 0);
	w->pair = make_pair();
	w->other = make_pair();
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/seal.key", w->directory);
	unlink(path);
	snprintf(path, sizeof(path), "%s/t.json", w->directory);
	unlink(path);
	assert_int_equal(rmdir(w->directory), 0);
	free(w->pair.key);
	free(w->pair.certificate);
	free(w->other.key);
	free(w->other.certificate);
	free(w);
	return 0;
}

/* ---- questions ------------------------------------------------------------------------------------ */

struct answers {
	struct event_base *loop;
	unsigned n, n_right;
};

static void on_answer(void *ctx, int status, const struct cp_keys_mschapv2 *result UNUSED)
{
	struct answers *a = ctx;

	a->n++;
	a->n_right += status == 0;
	assert_true(status == 0 || status == -EACCES);
	event_base_loopbreak(a->loop);
}

static void ask(struct world *w, struct answers *a)
{
	const struct mschapv2_row *r = &mschapv2_rows[0];
	uint8_t auth[16], peer[16], response[24];

	hex_read(r->auth, auth, sizeof(auth));
	hex_read(r->peer, peer, sizeof(peer));
	hex_read(r->response, response, sizeof(response));
	a->loop = w->loop;
	assert_int_equal(
		cp_keys_mschapv2(w->keys, "t", r->user, auth, peer, response, on_answer, a), 0);
}

static bool knows_password(struct world *w)
{
	struct answers a = {0};

	ask(w, &a);
	while (!a.n)
		event_base_dispatch(w->loop);
	return a.n_right;
}

static void takes_up_other_secrets(void **state)
{
	struct world *w = *state;
	char why[508];

	start_process(w, make_bundle(tenant, right, &w->pair));
	assert_true(knows_password(w));
	assert_int_equal(change(w, make_bundle(tenant, wrong, &w->pair), why), 0);
	assert_false(knows_password(w));
	assert_int_equal(change(w, make_bundle(tenant, NULL, &w->pair), why), 0);
	assert_false(knows_password(w));
	assert_int_equal(change(w, make_bundle(tenant, right, &w->other), why), 0);
	assert_true(knows_password(w));
	stop_process(w);
}

static void keeps_the_former_ones(void **state)
{
	struct world *w = *state;
	struct pair crossed = {w->other.key, w->pair.certificate};
	struct pair broken = {(char *)"hunter2", w->pair.certificate};
	const struct {
		const char *why, *tenant, *secrets;
		const struct pair *pair;
		const char *want;
	} rows[] = {
		{"no JSON", tenant, "{\"users\": hunter2", &w->pair,
	         "secrets/t.json: line 1, "},
		{"an unknown user", tenant,
	         "{\"users\": {\"eve\": {\"password\": \"hunter2\"}}}", &w->pair,
	         "secrets/t.json: $.users.eve: found a user nobody knows"},
		{"a value sealed by another", tenant,
	         "{\"users\": {\"User\": {\"sealed\": "
	         "\"sekisho1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	         "AAA"
	         "AAAA==\"}}}",
	         &w->pair,
	         "secrets/t.json: $.users[\"User\"]: found a value sealed under another key"},
		{"another key", tenant, wrong, &crossed,
	         "pki/c.key: found another key than that of pki/c.crt"},
		{"no key", tenant, wrong, &broken, "pki/c.key: found no private key"},
		{"a broken policy", "{\"label\": 1}", wrong, &w->pair,
	         "tenants/t.json: $.label: "},
	};
	char why[508];

	start_process(w, make_bundle(tenant, right, &w->pair));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err = change(w, make_bundle(rows[i].tenant, rows[i].secrets, rows[i].pair),
		                 why);

		if (!err || strncmp(why, rows[i].want, strlen(rows[i].want)) ||
		    strstr(why, "hunter2"))
			fail_msg("%s: %d, %s", rows[i].why, err, why);
		if (!knows_password(w))
			fail_msg("%s: the former secrets are gone", rows[i].why);
	}
	/* Something that is no bundle. */
	assert_true(change(w, open("/dev/null", O_RDONLY | O_CLOEXEC), why) < 0);
	assert_true(knows_password(w));
	stop_process(w);
}

/* Many at once, and questions all the time: each is answered, by the one or the other. */
static void answers_while_it_changes(void **state)
{
	enum { CHANGES = 50, QUESTIONS = 4 };
	struct world *w = *state;
	struct answers a = {0};
	unsigned asked = 0;
	char why[508];

	start_process(w, make_bundle(tenant, right, &w->pair));
	for (int i = 0; i < CHANGES; i++) {
		for (int k = 0; k < QUESTIONS; k++, asked++)
			ask(w, &a);
		assert_int_equal(
			change(w, make_bundle(tenant, right, i % 2 ? &w->pair : &w->other),
		               why),
			0);
	}
	while (a.n < asked)
		event_base_dispatch(w->loop);
	assert_int_equal(a.n_right, asked);
	stop_process(w);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_up_other_secrets),
		TEST(keeps_the_former_ones),
		TEST(answers_while_it_changes),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
