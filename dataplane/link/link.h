/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * link - the data plane's end of the link to the control plane.
 *
 * The main core owns it: it listens, gives each control plane that attaches a new sealed
 * mapping, takes records off the down ring, copies, checks epoch, type and length, and calls
 * a hook with the copy. What a record's fields mean is checked by its hook's owner. Each
 * worker writes into its own up ring and never makes a system call for it: the main core
 * sees what was published and wakes the control plane.
 *
 * Nothing the control plane does blocks, grows or ends the data plane: every look at the
 * mapping goes through common/ring, every call to the socket is non-blocking, a call of
 * dp_link_poll() does a bounded amount of work, and there is one mapping at a time.
 *
 * How a mapping goes away under running workers: the main core counts phases, odd while a
 * control plane is attached. It offers a phase to every worker; each takes it up in its next
 * dp_link_sync() and says so. Only when all workers have taken up the even phase that
 * follows an attach is its mapping unmapped, and only then is the next one made. Nobody
 * waits: the main core looks again at the next poll.
 *
 * Walk     punt/, session/, acl/ -> [link] -> common/ring -> controlplane/dpctl, and back
 * Thread   struct dp_link: the main core; struct dp_link_worker: the worker it belongs to
 * Memory   dp_link_new() allocates; later only the mapping of the present attach
 */

#include "common/msg/msg.h"
#include "common/ring/ring.h"
#include "common/stat/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct dp_link;
struct dp_link_worker; /* one core's end: its up ring of the present attach */

/*
 * What comes from the control plane. A hook gets a private copy whose length fits its type;
 * the copy ends with the call. All are called by the main core inside dp_link_poll(), none
 * may be NULL. Records that have a MSG_ACK are answered by who handles them, by @seq.
 */
struct dp_link_hooks {
	/* A control plane attached; dp_link_put() on the main core's end works from here on. */
	void (*up)(void *ctx);
	/* It is gone. */
	void (*down)(void *ctx);
	void (*policy_begin)(void *ctx, const struct msg_policy_begin *m);
	void (*iface)(void *ctx, const struct msg_iface *m);
	void (*local)(void *ctx, const struct msg_local *m);
	void (*route)(void *ctx, const struct msg_route *m);
	void (*rule)(void *ctx, const struct msg_rule *m);
	void (*tenant_limits)(void *ctx, const struct msg_tenant_limits *m);
	void (*group_set)(void *ctx, const struct msg_group_set *m);
	void (*users)(void *ctx, const struct msg_users *m);
	void (*policy_commit)(void *ctx, const struct msg_policy_commit *m);
	void (*session_install)(void *ctx, uint32_t seq, const struct msg_session_install *m);
	void (*session_remove)(void *ctx, uint32_t seq, const struct msg_session_remove *m);
	void (*session_adopt)(void *ctx, uint32_t seq, const struct msg_session_adopt *m);
	void (*child_add)(void *ctx, uint32_t seq, const struct msg_child_add *m);
	void (*child_remove)(void *ctx, uint32_t seq, const struct msg_child_remove *m);
	/* @octets of UDP payload, 0..MSG_PAYLOAD_MAX of them */
	void (*inject)(void *ctx, const struct msg_inject *m, const void *octets, size_t len);
	void *ctx;
};

struct dp_link_setup {
	const char *path;      /* of the attach socket; a socket that lies there is replaced */
	uid_t peer_uid;        /* who may attach: the control plane's user */
	uint16_t n_workers;    /* 1..ATTACH_WORKERS_MAX */
	uint32_t max_sessions; /* told to the control plane, 1..ATTACH_SESSIONS_MAX */
	uint32_t down_size;    /* octets of room of a ring, powers of two; 0: 4 MB */
	uint32_t up_size;      /* 0: 4 MB */
	uint64_t *counter;     /* main core's, DP_COUNTER_COUNT: DP_LINK_STALE, DP_LINK_BAD */
	struct dp_link_hooks hooks;
};

/*
 * Listen. Before root is given up, if @peer_uid is not our own: the socket is given to it,
 * mode 0600, so that nobody else (but root) can connect.
 *
 * returns  0, -EINVAL (a size or number out of range), -ENAMETOOLONG, -EEXIST (something
 *          that is no socket lies at the path), -ENOMEM, or why socket, bind, chown failed
 */
int dp_link_new(const struct dp_link_setup *setup, struct dp_link **out);

/* Hang up and remove the socket. The workers must have stopped. */
void dp_link_free(struct dp_link *l);

/*
 * The main core's round: accept, attach, detach, and up to DP_LINK_BATCH records from the
 * control plane. Makes at most one look at the sockets a millisecond, so call it freely.
 *
 * returns  how many records were taken; not 0: more may be there
 */
unsigned dp_link_poll(struct dp_link *l);

/* Wake the control plane if it sleeps and an up ring has something for it. Once a loop of
 * the main core. */
void dp_link_kick(struct dp_link *l);

/*
 * Sleep until the control plane says something, somebody connects or @timeout_ms is over.
 * Instead of spinning, on machines that share the main core. While it sleeps nobody kicks:
 * a timeout of 1 or 2 ms is the delay of a punted packet in the worst case.
 */
void dp_link_wait(struct dp_link *l, int timeout_ms);

bool dp_link_is_up(const struct dp_link *l);

/* The end of worker @index; n_workers: the main core's. Lives as long as @l. */
struct dp_link_worker *dp_link_worker(struct dp_link *l, uint16_t index);

struct dp_link_stat {
	uint64_t attaches;
	uint64_t refused;  /* connections: wrong user, wrong version, no hello in time */
	uint64_t received; /* records given to a hook */
	uint64_t kicks;
	uint64_t broken; /* attaches ended because a ring made no sense */
};
void dp_link_stat(const struct dp_link *l, struct dp_link_stat *out);

/* How full a ring is, in octets, as dp_link_measure() saw it last. */
struct dp_link_ring_view {
	uint32_t size;
	uint32_t used; /* 0 when no control plane is attached */
	uint32_t peak; /* that it ever saw */
	uint64_t full; /* records that found no room since the attach; 0 for the down ring */
};
/* Look at the rings. About ten times a second. */
void dp_link_measure(struct dp_link *l);
/* Any thread. @index: a worker's, n_workers: the main core's, n_workers + 1: the down ring. */
void dp_link_ring(const struct dp_link *l, uint16_t index, struct dp_link_ring_view *out);

/* ---- a worker's side ------------------------------------------------------------------ */

/*
 * Once a loop: show the control plane what was put in it, and follow attach and detach.
 * The main core's own end is served by dp_link_poll() and dp_link_kick().
 */
void dp_link_sync(struct dp_link_worker *lw);

/*
 * Append one record to this core's up ring: @body of @len octets, then @octets. Visible
 * after the next dp_link_sync().
 *
 * @seq     repeats the request's in an answer, else 0
 * returns  DP_OK, DP_DROP_NO_CONTROL (not attached), DP_DROP_PUNT_FULL (no room;
 *          punts leave a quarter of the ring to others),
 *          DP_DROP_PUNT_SIZE (more octets than the type may have). Counts nothing.
 */
enum dp_verdict dp_link_put(struct dp_link_worker *lw, enum msg_type type, uint32_t seq,
                            const void *body, size_t len, const void *octets,
                            size_t octets_len);

/* ---- for tests: the part of dp_link_poll() that needs no socket ------------------------- */

enum {
	DP_LINK_BATCH = 64,
};

/*
 * Take up to @budget records of @epoch off @down and give them to @hooks.
 *
 * @counter   DP_LINK_STALE and DP_LINK_BAD are counted
 * @received  plus one for each record given to a hook
 * @taken     how many were taken off, whatever became of them
 * returns    0, -EPROTO (ring is broken)
 */
int dp_link_take(struct ring *down, uint32_t epoch, const struct dp_link_hooks *hooks,
                 uint64_t *counter, unsigned budget, uint64_t *received, unsigned *taken);
