/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The TLS client against OpenSSL's server on a socket pair: which servers it believes, and what it says
 * of the others.
 */

#include "controlplane/crypto/tls_client.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char directory[] = "/tmp/test-tls-XXXXXX";

/* ---- certificates ------------------------------------------------------------------------------ */

struct identity {
	X509 *x;
	EVP_PKEY *key;
};

static const char *path_of(const char *name, const char *suffix)
{
	static char path[16][128];
	static unsigned n;
	char *p = path[n++ % 16];

	snprintf(p, sizeof(path[0]), "%s/%s.%s", directory, name, suffix);
	return p;
}

static void extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

/* @signer  NULL: a CA, by itself. Written into the directory as NAME.crt and NAME.key. */
static struct identity make(const char *name, const char *san, long until_s,
                            const struct identity *signer)
{
	struct identity id = {X509_new(), EVP_EC_gen("P-256")};
	X509_NAME *subject = X509_get_subject_name(id.x);
	FILE *f;

	X509_set_version(id.x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(id.x), 1);
	X509_gmtime_adj(X509_getm_notBefore(id.x), -7200);
	X509_gmtime_adj(X509_getm_notAfter(id.x), until_s);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)name, -1, -1,
	                           0);
	X509_set_issuer_name(id.x, signer ? X509_get_subject_name(signer->x) : subject);
	X509_set_pubkey(id.x, id.key);
	if (signer)
		extend(id.x, NID_subject_alt_name, san);
	else
		extend(id.x, NID_basic_constraints, "critical,CA:TRUE");
	assert_true(X509_sign(id.x, signer ? signer->key : id.key, EVP_sha256()) > 0);

	f = fopen(path_of(name, "crt"), "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, id.x), 1);
	fclose(f);
	f = fopen(path_of(name, "key"), "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, id.key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	return id;
}

static void drop(struct identity *id)
{
	X509_free(id->x);
	EVP_PKEY_free(id->key);
}

static int make_all(void **state UNUSED)
{
	struct identity ca, other, leaf;

	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(directory))
		return -1;
	ca = make("ca", NULL, 86400, NULL);
	other = make("other", NULL, 86400, NULL);
	leaf = make("server", "DNS:logs.example.net,IP:192.0.2.7", 86400, &ca);
	drop(&leaf);
	leaf = make("wild", "DNS:*.example.net", 86400, &ca);
	drop(&leaf);
	leaf = make("expired", "DNS:logs.example.net", -3600, &ca);
	drop(&leaf);
	leaf = make("stranger", "DNS:logs.example.net", 86400, &other);
	drop(&leaf);
	leaf = make("client", "DNS:gateway.example.net", 86400, &ca);
	drop(&leaf);
	drop(&ca);
	drop(&other);
	return 0;
}

static int remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
                      struct FTW *at UNUSED)
{
	return remove(path);
}

static int remove_all(void **state UNUSED)
{
	return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- a server ---------------------------------------------------------------------------------- */

struct server {
	const char *identity; /* NULL: talks no TLS */
	int version_max;      /* 0: any */
	bool wants_certificate;
};

/* Takes one message and says it back. */
static void serve(int fd, const struct server *how)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	char octets[256], hello[4096];
	SSL *ssl;
	int n;

	if (!how->identity) {
		/* Gone before it is greeted, it would be a connection that broke. */
		n = (int)read(fd, hello, sizeof(hello));
		n = n > 0 ? (int)write(fd, "220 another service\r\n", 21) : 0;
		_exit(n != 21);
	}
	SSL_CTX_use_certificate_file(ctx, path_of(how->identity, "crt"), SSL_FILETYPE_PEM);
	SSL_CTX_use_PrivateKey_file(ctx, path_of(how->identity, "key"), SSL_FILETYPE_PEM);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	if (how->version_max)
		SSL_CTX_set_max_proto_version(ctx, how->version_max);
	if (how->wants_certificate) {
		SSL_CTX_load_verify_file(ctx, path_of("ca", "crt"));
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
		                   NULL);
	}
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) != 1)
		_exit(1);
	n = SSL_read(ssl, octets, sizeof(octets));
	if (n <= 0 || SSL_write(ssl, octets, n) != n)
		_exit(1);
	SSL_shutdown(ssl);
	_exit(0);
}

/* ---- the client -------------------------------------------------------------------------------- */

static bool is_waiting(int fd, int result)
{
	struct pollfd p = {.fd = fd};

	if (result != -EAGAIN && result != -EINPROGRESS)
		return false;
	p.events = result == -EAGAIN ? POLLIN : POLLOUT;
	assert_int_equal(poll(&p, 1, 30000), 1);
	return true;
}

static int talk(struct cp_tls *t, int fd)
{
	char octets[64] = "";
	int n;

	while (is_waiting(fd, n = cp_tls_handshake(t)))
		;
	if (n)
		return n;
	while (is_waiting(fd, n = cp_tls_write(t, "hello", 5)))
		;
	if (n != 5)
		return n;
	assert_true(cp_tls_sent(t) > 5);
	while (is_waiting(fd, n = cp_tls_read(t, octets, sizeof(octets))))
		;
	if (n != 5)
		return n;
	assert_string_equal(octets, "hello");
	while (is_waiting(fd, n = cp_tls_read(t, octets, sizeof(octets))))
		;
	assert_int_equal(n, -EPIPE); /* it has said good-bye */
	return 0;
}

static int connect_to(const struct server *how, const char *ca, const char *name,
                      const char *own, char why[CP_TLS_WHY_MAX])
{
	const struct cp_tls_files files = {
		.ca = path_of(ca, "crt"),
		.certificate = own ? path_of(own, "crt") : NULL,
		.key = own ? path_of(own, "key") : NULL,
		.name = name,
	};
	struct cp_tls_client *c;
	struct cp_tls *t;
	int fd[2], status, err;
	pid_t pid;

	assert_int_equal(cp_tls_client_new(&files, &c, why), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		serve(fd[1], how);
	}
	close(fd[1]);
	assert_int_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(cp_tls_new(c, fd[0], &t), 0);
	err = talk(t, fd[0]);
	snprintf(why, CP_TLS_WHY_MAX, "%s", cp_tls_why(t));
	cp_tls_free(t);
	close(fd[0]);
	cp_tls_client_free(c);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return err;
}

static const struct {
	const char *why;
	struct server server;
	const char *ca, *name, *own;
	const char *says; /* NULL: it is believed */
} rows[] = {
	{"the right one", {.identity = "server"}, "ca", "logs.example.net", NULL, NULL},
	{"by TLS 1.2",
         {.identity = "server", .version_max = TLS1_2_VERSION},
         "ca",
         "logs.example.net",
         NULL,
         NULL},
	{"by its address", {.identity = "server"}, "ca", "192.0.2.7", NULL, NULL},
	{"by another name of its domain",
         {.identity = "wild"},
         "ca",
         "a.example.net",
         NULL,
         NULL},
	{"it wants a certificate, and gets it",
         {.identity = "server", .wants_certificate = true},
         "ca",
         "logs.example.net",
         "client",
         NULL},
	{"another CA",
         {.identity = "stranger"},
         "ca",
         "logs.example.net",
         NULL,
         "the receiver's certificate is refused: unable to get local issuer certificate"},
	{"another name",
         {.identity = "server"},
         "ca",
         "mail.example.net",
         NULL,
         "the receiver's certificate is refused: hostname mismatch"},
	{"the name as its subject alone",
         {.identity = "server"},
         "ca",
         "server",
         NULL,
         "hostname mismatch"},
	{"another address",
         {.identity = "server"},
         "ca",
         "192.0.2.8",
         NULL,
         "the receiver's certificate is refused: IP address mismatch"},
	{"a wild card for two labels",
         {.identity = "wild"},
         "ca",
         "a.b.example.net",
         NULL,
         "hostname mismatch"},
	{"expired",
         {.identity = "expired"},
         "ca",
         "logs.example.net",
         NULL,
         "the receiver's certificate is refused: certificate has expired"},
	{"TLS 1.1",
         {.identity = "server", .version_max = TLS1_1_VERSION},
         "ca",
         "logs.example.net",
         NULL,
         "TLS: "},
	{"no TLS", {.identity = NULL}, "ca", "logs.example.net", NULL, "TLS: "},
	{"it wants a certificate, and there is none",
         {.identity = "server", .wants_certificate = true},
         "ca",
         "logs.example.net",
         NULL,
         "TLS: "},
	{"it wants a certificate, and gets a stranger's",
         {.identity = "server", .wants_certificate = true},
         "ca",
         "logs.example.net",
         "stranger",
         "TLS: "},
};

static void servers_are_looked_at(void **state UNUSED)
{
	char why[CP_TLS_WHY_MAX];

	for (size_t i = 0; i < COUNT(rows); i++) {
		int err =
			connect_to(&rows[i].server, rows[i].ca, rows[i].name, rows[i].own, why);

		/* With TLS 1.3 it refuses us when we believe that all is well (RFC 8446 section
		 * 4.4.2.4): what we say then may meet a closed socket before its words. */
		if (err == -EPIPE && rows[i].server.wants_certificate && rows[i].says)
			continue;
		if (!rows[i].says != !err || (rows[i].says && !strstr(why, rows[i].says)))
			fail_msg("%s: %d, %s", rows[i].why, err, why);
	}
}

static void files_are_named(void **state UNUSED)
{
	const struct {
		struct cp_tls_files files;
		const char *says;
	} row[] = {
		{{.ca = "/nonexistent/ca.crt", .name = "x"},
	         "/nonexistent/ca.crt: no certificate"},
		{{.ca = path_of("ca", "key"), .name = "x"}, "ca.key: no certificate in PEM"},
		{{path_of("ca", "crt"), "/nonexistent/c.crt", "/nonexistent/c.key", "x"},
	         "/nonexistent/c.crt: no certificate in PEM"},
	};
	struct cp_tls_files foreign = {path_of("ca", "crt"), path_of("client", "crt"),
	                               path_of("server", "key"), "x"};
	char why[CP_TLS_WHY_MAX];
	struct cp_tls_client *c;

	for (size_t i = 0; i < COUNT(row); i++) {
		assert_int_equal(cp_tls_client_new(&row[i].files, &c, why), -EINVAL);
		if (!strstr(why, row[i].says))
			fail_msg("%s", why);
	}
	assert_int_equal(cp_tls_client_new(&foreign, &c, why), -EINVAL);
	assert_non_null(strstr(why, "server.key: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_are_looked_at),
		cmocka_unit_test(files_are_named),
	};

	return cmocka_run_group_tests(tests, make_all, remove_all);
}
