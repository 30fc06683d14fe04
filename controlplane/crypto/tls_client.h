/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tls_client - TLS to a server that is known by its CA and its name.
 *
 * The files are read once, by cp_tls_client_new(), as long as they can be; a connection after it
 * opens none. TLS 1.2 and later; no CA of the machine counts.
 *
 * Source   RFC 8446, RFC 5246; RFC 6125 for the name
 * Thread   the loop's
 * Memory   OpenSSL's, on the heap
 */

#include <stddef.h>
#include <stdint.h>

struct cp_tls_client;
struct cp_tls;

enum { CP_TLS_WHY_MAX = 256 };

struct cp_tls_files {
	const char *ca;                /* path: who signs the server's certificate, PEM */
	const char *certificate, *key; /* paths: ours; NULL: none */
	const char *name; /* in the server's certificate: a DNS name or an address */
};

/* returns 0, -EINVAL, -ENOMEM, with a sentence in @why that names the file */
int cp_tls_client_new(const struct cp_tls_files *files, struct cp_tls_client **out,
                      char why[CP_TLS_WHY_MAX]);
void cp_tls_client_free(struct cp_tls_client *c);

/* @fd  connected, not blocking; stays the caller's. returns 0, -ENOMEM */
int cp_tls_new(struct cp_tls_client *c, int fd, struct cp_tls **out);
void cp_tls_free(struct cp_tls *t);

/*
 * Each makes one step and is to be called again when the socket is ready.
 *
 * returns  0 (handshake done) or octets; -EAGAIN (to be read), -EINPROGRESS (to be
 *          written), -EPIPE (the server has ended it), -EPROTO (cp_tls_why() says what)
 */
int cp_tls_handshake(struct cp_tls *t);
int cp_tls_write(struct cp_tls *t, const void *octets, size_t len);
int cp_tls_read(struct cp_tls *t, void *octets, size_t len);
/* Say good-bye, without waiting for an answer. */
void cp_tls_close(struct cp_tls *t);

/* One sentence for a person. */
const char *cp_tls_why(const struct cp_tls *t);
/* "TLSv1.3 TLS_AES_256_GCM_SHA384" */
const char *cp_tls_cipher(const struct cp_tls *t, char *buf, size_t size);
/* Octets given to the socket so far. */
uint64_t cp_tls_sent(const struct cp_tls *t);
