/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * dpctl - the control plane's end of the link.
 *
 * Connects, maps, reads the up rings, writes the down ring, and comes back by itself when
 * the data plane goes and returns. It carries; what a message means is for its users.
 * It trusts the mapping as little as the data plane does.
 *
 * Walk     dataplane/link -> [dpctl] -> ike/ike_main.c, session/, and back
 * Thread   the loop's
 * Memory   cp_dpctl_new() allocates; later only the mapping of the present attach
 */

#include "common/msg/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cp_dpctl;
struct event_base;

/* None may be NULL. A hook may send, it may not free. What it is given ends with the call. */
struct cp_dpctl_hooks {
	/* A new attach. @boot differs from the last one: the data plane restarted and every
	 * session is gone. Orphans follow as messages, then MSG_ORPHANS_END. */
	void (*up)(void *ctx, uint32_t n_workers, uint32_t max_sessions, uint64_t boot);
	/* The attach ended; records sent since may be lost. */
	void (*down)(void *ctx);
	/* A checked record: length fits its type. @octets follow the struct, @len of them. */
	void (*punt)(void *ctx, const struct msg_punt *punt, const void *octets, size_t len);
	void (*ack)(void *ctx, uint32_t seq, const struct msg_ack *ack);
	void (*policy_done)(void *ctx, const struct msg_policy_done *done);
	void (*orphan)(void *ctx, const struct msg_session_orphan *orphan);
	void (*orphans_end)(void *ctx);
	void (*usage)(void *ctx, const struct msg_session_usage *usage);
	void (*gone)(void *ctx, const struct msg_session_usage *usage);
	void (*child_limit)(void *ctx, const struct msg_child_limit *limit);
	void (*flow)(void *ctx, const struct msg_flow *flow);
	void *ctx;
};

/*
 * @path    of the data plane's attach socket
 * returns  0, -ENOMEM. Connecting goes on in the background, every 200 ms.
 */
int cp_dpctl_new(struct event_base *loop, const char *path, const struct cp_dpctl_hooks *hooks,
                 struct cp_dpctl **out);
void cp_dpctl_free(struct cp_dpctl *d);
bool cp_dpctl_is_up(const struct cp_dpctl *d);

/*
 * Send one record. @seq comes back in the ack of types that have one; 0 if none is wanted.
 * It is visible to the data plane at once.
 *
 * returns  0, -ENOTCONN, -ENOSPC (link full, counted), -EMSGSIZE (more octets than the type
 *          may have)
 */
int cp_dpctl_send(struct cp_dpctl *d, enum msg_type type, uint32_t seq, const void *body,
                  size_t len, const void *octets, size_t octets_len);

struct cp_dpctl_stat {
	uint64_t sent, received;
	uint64_t refused; /* found no room */
	uint64_t bad;     /* refused by validation */
	uint64_t stale;   /* of another epoch, ignored */
	uint64_t attaches;
	uint64_t
		unwelcome; /* attaches that did not come about: sizes, seals, version, timeout */
};
void cp_dpctl_stat(const struct cp_dpctl *d, struct cp_dpctl_stat *out);
