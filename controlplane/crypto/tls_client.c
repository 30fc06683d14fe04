/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/crypto/tls_client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cp_tls_client {
	SSL_CTX *ctx;
	char name[256];
	bool is_address;
};

struct cp_tls {
	SSL *ssl;
	char why[CP_TLS_WHY_MAX];
};

/* ---- what all connections have --------------------------------------------------------------- */

static int because(char why[CP_TLS_WHY_MAX], const char *file, const char *what)
{
	unsigned long e = ERR_peek_last_error();
	const char *reason = e ? ERR_reason_error_string(e) : NULL;

	snprintf(why, CP_TLS_WHY_MAX, "%s: %s%s%s", file, what, reason ? ": " : "",
	         reason ? reason : "");
	ERR_clear_error();
	return -EINVAL;
}

static int load_own(struct cp_tls_client *c, const struct cp_tls_files *f,
                    char why[CP_TLS_WHY_MAX])
{
	if (!f->certificate)
		return 0;
	if (SSL_CTX_use_certificate_chain_file(c->ctx, f->certificate) != 1)
		return because(why, f->certificate, "no certificate in PEM");
	if (SSL_CTX_use_PrivateKey_file(c->ctx, f->key, SSL_FILETYPE_PEM) != 1)
		return because(why, f->key, "no unencrypted private key in PEM");
	if (SSL_CTX_check_private_key(c->ctx) != 1)
		return because(why, f->key, "does not belong to the certificate");
	return 0;
}

static bool is_address(const char *name)
{
	uint8_t octets[16];

	return inet_pton(AF_INET, name, octets) == 1 || inet_pton(AF_INET6, name, octets) == 1;
}

/* A key with a passphrase is refused: nobody is there to be asked. */
static int no_passphrase(char *buf, int size, int is_write, void *ctx)
{
	(void)buf, (void)size, (void)is_write, (void)ctx;
	return -1;
}

int cp_tls_client_new(const struct cp_tls_files *f, struct cp_tls_client **out,
                      char why[CP_TLS_WHY_MAX])
{
	struct cp_tls_client *c = calloc(1, sizeof(*c));
	int err;

	if (c)
		c->ctx = SSL_CTX_new(TLS_client_method());
	if (!c || !c->ctx) {
		free(c);
		snprintf(why, CP_TLS_WHY_MAX, "out of memory");
		return -ENOMEM;
	}
	snprintf(c->name, sizeof(c->name), "%s", f->name);
	c->is_address = is_address(f->name);
	SSL_CTX_set_min_proto_version(c->ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(c->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(c->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(c->ctx,
	                 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(c->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_default_passwd_cb(c->ctx, no_passphrase);
	err = SSL_CTX_load_verify_file(c->ctx, f->ca) == 1
	              ? load_own(c, f, why)
	              : because(why, f->ca, "no certificate in PEM");
	if (err) {
		cp_tls_client_free(c);
		return err;
	}
	*out = c;
	return 0;
}

void cp_tls_client_free(struct cp_tls_client *c)
{
	if (!c)
		return;
	SSL_CTX_free(c->ctx);
	free(c);
}

/* ---- one connection -------------------------------------------------------------------------- */

int cp_tls_new(struct cp_tls_client *c, int fd, struct cp_tls **out)
{
	struct cp_tls *t = calloc(1, sizeof(*t));
	bool ok;

	if (!t)
		return -ENOMEM;
	t->ssl = SSL_new(c->ctx);
	ok = t->ssl && SSL_set_fd(t->ssl, fd) == 1;
	/* A name is asked for and looked for; an address is only looked for (RFC 6066
	 * section 3). */
	if (ok && c->is_address)
		ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(t->ssl), c->name) == 1;
	else if (ok)
		ok = SSL_set1_host(t->ssl, c->name) == 1 &&
		     SSL_set_tlsext_host_name(t->ssl, c->name) == 1;
	if (!ok) {
		ERR_clear_error();
		cp_tls_free(t);
		return -ENOMEM;
	}
	SSL_set_connect_state(t->ssl);
	*out = t;
	return 0;
}

void cp_tls_free(struct cp_tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	free(t);
}

static void explain(struct cp_tls *t, int saved_errno)
{
	unsigned long e = ERR_peek_last_error();
	long verified = SSL_get_verify_result(t->ssl);
	const char *reason = e ? ERR_reason_error_string(e) : NULL;

	if (verified != X509_V_OK)
		snprintf(t->why, sizeof(t->why), "the receiver's certificate is refused: %s",
		         X509_verify_cert_error_string(verified));
	else if (reason)
		snprintf(t->why, sizeof(t->why), "TLS: %s", reason);
	else
		snprintf(t->why, sizeof(t->why), "%s",
		         saved_errno ? strerror(saved_errno) : "the connection was cut");
}

static int result(struct cp_tls *t, int n)
{
	int saved = errno, kind = SSL_get_error(t->ssl, n), err;

	switch (kind) {
	case SSL_ERROR_NONE:
		return n;
	case SSL_ERROR_WANT_READ:
		return -EAGAIN;
	case SSL_ERROR_WANT_WRITE:
		return -EINPROGRESS;
	case SSL_ERROR_ZERO_RETURN:
		snprintf(t->why, sizeof(t->why), "the receiver has ended the connection");
		return -EPIPE;
	default:
		explain(t, kind == SSL_ERROR_SYSCALL ? saved : 0);
		err = kind == SSL_ERROR_SYSCALL ? -EPIPE : -EPROTO;
		ERR_clear_error();
		return err;
	}
}

int cp_tls_handshake(struct cp_tls *t)
{
	int n;

	errno = 0;
	n = SSL_do_handshake(t->ssl);
	return n == 1 ? 0 : result(t, n);
}

int cp_tls_write(struct cp_tls *t, const void *octets, size_t len)
{
	errno = 0;
	return result(t, SSL_write(t->ssl, octets, len > INT32_MAX ? INT32_MAX : (int)len));
}

int cp_tls_read(struct cp_tls *t, void *octets, size_t len)
{
	errno = 0;
	return result(t, SSL_read(t->ssl, octets, len > INT32_MAX ? INT32_MAX : (int)len));
}

void cp_tls_close(struct cp_tls *t)
{
	SSL_shutdown(t->ssl);
	ERR_clear_error();
}

const char *cp_tls_why(const struct cp_tls *t)
{
	return t->why;
}

const char *cp_tls_cipher(const struct cp_tls *t, char *buf, size_t size)
{
	snprintf(buf, size, "%s %s", SSL_get_version(t->ssl), SSL_get_cipher_name(t->ssl));
	return buf;
}

uint64_t cp_tls_sent(const struct cp_tls *t)
{
	return BIO_number_written(SSL_get_wbio(t->ssl));
}
