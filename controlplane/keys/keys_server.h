/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys_server - the answering side of keys.h, inside the keys process.
 *
 * Walk     proc/keys_main.c -> [keys/keys_server] -> keys_store.c -> keys_sign.c, mschapv2.c
 * Thread   the loop's; an RSA-4096 signature holds it for some milliseconds
 * Memory   answers that wait (keys_backoff.h) are bounded by KEYS_LATE_MAX
 */

#include <stddef.h>
#include <stdint.h>

struct cp_ipc;
struct cp_keys_server;
struct cp_log;
struct cp_secrets;
struct event_base;

enum {
	KEYS_LATE_MAX = 1024, /* answers held back at one time; past it they say no */
};

/*
 * Decode the private keys and answer whoever asks over @ipc, until cp_keys_server_free().
 *
 * @ipc      from the session process; its messages are ours
 * @secrets  borrowed until cp_keys_server_free(); key_pem may be wiped after this call
 * @log      says why a key cannot be used
 * returns   0, -ENOMEM, -EINVAL (a private key cannot be used; logged), -ENOTSUP (OpenSSL)
 */
int cp_keys_serve(struct event_base *loop, struct cp_ipc *ipc, const struct cp_secrets *secrets,
                  struct cp_log *log, struct cp_keys_server **out);
/*
 * Go on with other secrets. Every question is answered by the former ones or by these.
 *
 * @secrets  borrowed until the next call of this or cp_keys_server_free(); the former ones
 *           are not looked at again
 * returns   0, or -EINVAL (a private key cannot be used), -ENOMEM, with a sentence in @why:
 *           then the former ones stay
 */
int cp_keys_server_use(struct cp_keys_server *s, const struct cp_secrets *secrets, char *why,
                       size_t size);
void cp_keys_server_free(struct cp_keys_server *s);

/* What was asked and answered. */
struct cp_keys_counts {
	uint64_t asked;   /* well-formed questions */
	uint64_t bad;     /* questions that are none: a fault of ours, or an intruder's try */
	uint64_t refused; /* answered -EACCES */
	uint64_t late;    /* held back after failures */
	uint64_t overrun; /* to be held back, but too many were: refused whatever they were */
	uint64_t unsent;  /* answers the socket did not take */
};
const struct cp_keys_counts *cp_keys_server_counts(const struct cp_keys_server *s);
