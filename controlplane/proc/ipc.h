/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ipc - typed messages between processes of the control plane, in an event loop.
 *
 * One SOCK_SEQPACKET socketpair per pair of processes that may talk (proc/table.c). A
 * message is a header and a body of exactly the length its type asks for; the receiver's
 * handler checks the length before it reads the body. Sending never blocks: what the
 * socket does not take waits in a bounded queue, and past its limit the send fails. When
 * the process at the other end dies and is started again, the supervisor hands out a new
 * pair and the same ipc goes on with it (cp_ipc_again).
 *
 * Thread   the loop's
 * Memory   waiting messages on the heap, at most CP_IPC_QUEUE_OCTETS; bodies are wiped
 *          when they have been sent or handled
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct cp_ipc;

enum {
	CP_IPC_BODY_MAX = 32768,
	CP_IPC_QUEUE_MAX = 16384,      /* messages waiting to be sent */
	CP_IPC_QUEUE_OCTETS = 8 << 20, /* octets of their bodies */
};

struct cp_ipc_head {
	uint32_t type; /* meaning is the pair's: enum cp_keys_msg, ... */
	uint32_t seq;  /* of a request; repeated in its answer */
	uint32_t len;  /* octets of body */
	uint32_t spare;
};

struct cp_ipc_hooks {
	/* @body: head->len octets, wiped after the call. May call any function of this header,
	 * cp_ipc_free() too. */
	void (*message)(void *ctx, const struct cp_ipc_head *head, const void *body);
	/* The other end is gone; sends fail with -EPIPE until cp_ipc_again(). NULL: nothing to
	 * be done. Never from inside a send. */
	void (*closed)(void *ctx);
	void *ctx;
};

/* Take over @take_fd; -1: the other end does not run yet, cp_ipc_again() will bring it.
 * Without @hooks nothing is read until cp_ipc_handle().
 * returns 0, -ENOMEM, -errno of fcntl: then the descriptor is still the caller's */
int cp_ipc_new(struct event_base *loop, int take_fd, const struct cp_ipc_hooks *hooks,
               struct cp_ipc **out);
void cp_ipc_free(struct cp_ipc *ipc);

/* Whose the messages are from now on. returns 0, -ENOMEM */
int cp_ipc_handle(struct cp_ipc *ipc, const struct cp_ipc_hooks *hooks);

/* Go on with a new socket, to the successor of the other end. If the old one was still
 * open it is closed, and `closed` called. returns as cp_ipc_new() */
int cp_ipc_again(struct cp_ipc *ipc, int take_fd);

/* returns 0, -EMSGSIZE, -ENOBUFS (queue full), -EPIPE; every failure is counted */
int cp_ipc_send(struct cp_ipc *ipc, uint32_t type, uint32_t seq, const void *body, size_t len);

/*
 * Before the process ends: wait until what waits has been sent, at most @ms. Blocks.
 *
 * returns  messages still waiting
 */
size_t cp_ipc_flush(struct cp_ipc *ipc, unsigned ms);

bool cp_ipc_is_open(const struct cp_ipc *ipc);
/* Messages that were not sent: refused, or still waiting when the other end went. */
uint64_t cp_ipc_refused(const struct cp_ipc *ipc);
/* Messages received with a length other than their header says; ignored. */
uint64_t cp_ipc_bad(const struct cp_ipc *ipc);
