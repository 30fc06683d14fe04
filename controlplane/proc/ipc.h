/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ipc - typed messages between processes of the control plane, in an event loop.
 *
 * One SOCK_SEQPACKET socketpair per pair of processes that may talk (proc/table.c). A
 * message is a header and a body of exactly the length its type asks for; the receiver's
 * handler checks the length before it reads the body. Sending never blocks: what the
 * socket does not take waits in a bounded queue, and past its limit the send fails.
 *
 * Thread   the loop's
 */

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct cp_ipc;

enum {
	CP_IPC_BODY_MAX = 32768,
	CP_IPC_QUEUE_MAX = 4096, /* messages waiting to be sent */
};

struct cp_ipc_head {
	uint32_t type; /* meaning is the pair's: enum cp_keys_msg, ... */
	uint32_t seq;  /* of a request; repeated in its answer */
	uint32_t len;  /* octets of body */
	uint32_t spare;
};

struct cp_ipc_hooks {
	void (*message)(void *ctx, const struct cp_ipc_head *head, const void *body);
	void (*closed)(void *ctx); /* the other end is gone; the ipc is dead but not freed */
	void *ctx;
};

/* Take over @fd. returns 0, -ENOMEM, -errno of fcntl */
int cp_ipc_new(struct event_base *loop, int take_fd, const struct cp_ipc_hooks *hooks,
               struct cp_ipc **out);
void cp_ipc_free(struct cp_ipc *ipc);

/* returns 0, -EMSGSIZE, -ENOBUFS (queue full, counted), -EPIPE */
int cp_ipc_send(struct cp_ipc *ipc, uint32_t type, uint32_t seq, const void *body, size_t len);
uint64_t cp_ipc_refused(const struct cp_ipc *ipc);
