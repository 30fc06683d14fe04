/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * sender - the connection to the receiver: looked up, made, kept, made again.
 *
 * Walk     syslog_main.c -> [sender] -> crypto/tls_client.c
 * Thread   the loop's
 * Memory   one batch of CP_SENDER_BATCH octets
 */

#include "controlplane/policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cp_sender;
struct cp_tls_client;
struct event_base;

enum { CP_SENDER_BATCH = 160 << 10 };

struct cp_sender_hooks {
	void (*up)(void *ctx, const char *cipher);
	/* The connection ended, or could not be made; tried again by itself. */
	void (*down)(void *ctx, const char *why);
	void (*written)(void *ctx); /* the batch is with the kernel: the next may be put */
	void *ctx;
};

/* Looks up the machine's name servers, and opens no file later: to be called before the process
 * is confined. @settings, @tls: borrowed. returns 0, -ENOMEM */
int cp_sender_new(struct event_base *loop, const struct cp_syslog *settings,
                  struct cp_tls_client *tls, const struct cp_sender_hooks *hooks,
                  struct cp_sender **out);
void cp_sender_free(struct cp_sender *s);
/* Begin to connect. */
void cp_sender_start(struct cp_sender *s);

/* Is there a connection that would take a batch? */
bool cp_sender_is_free(const struct cp_sender *s);
/* Where the batch is to be written: CP_SENDER_BATCH octets. Only when it is free. */
char *cp_sender_batch(struct cp_sender *s);
void cp_sender_send(struct cp_sender *s, size_t len);

/* Of the present connection: octets given to the socket; octets the receiver's kernel has. */
uint64_t cp_sender_sent(const struct cp_sender *s);
uint64_t cp_sender_acked(const struct cp_sender *s);
