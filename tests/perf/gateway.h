/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * gateway - a whole data plane in this process, whose workers turn when told to.
 *
 * Put together by the product's own dp_parts_make() and policy builder; its two ports are
 * rings in memory, so what it sends can be looked at. What it receives is handed to the
 * pipeline as a device driver would: whole frames, a burst at a time.
 *
 * Thread   one
 */

#include "common/msg/msg.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_parts;
struct rte_mempool;
struct dp_worker;
struct rte_mbuf;

enum {
	GW_WAN,
	GW_LAN,
	GW_PORTS,
	GW_MTU = 1500, /* of both ports and of the tunnels */
	GW_SPI_OUT = 0x10000000,
};

/* What it is to be. Zeros: one worker, AES-128-GCM, one tenant, twenty rules. */
struct gateway_conf {
	uint8_t suite;     /* enum msg_suite, of every session */
	uint32_t sessions; /* 1.. */
	uint32_t rules;    /* of each tenant; the last one allows what the sessions send */
	uint32_t tenants; /* sessions are dealt out to them; all use the same inner addresses */
	uint16_t workers; /* the last one owns all sessions, frames arrive at the first */
	uint32_t flows;   /* places of a worker's table */
	const char *device[GW_PORTS]; /* as EAL names them; NULL: rings in memory */
	bool huge;                    /* EAL has huge pages: only said on */
};

struct gateway;

/* Start DPDK for one: @mb of ordinary memory, two rings as ports, one core; no files and no other
 * devices. For who wants nothing else of it. returns 0, -errno */
int gateway_start(unsigned mb);

/* @why     one sentence when it fails
 * returns  0, -errno */
int gateway_up(const struct gateway_conf *conf, struct gateway **out, char *why, size_t size);
/* Only what tells of sessions and makes buffers: there is no gateway in this process.
 * @mac     of the ports of the one that there is. returns NULL: out of memory */
struct gateway *gateway_stub(const struct gateway_conf *conf, struct rte_mempool *pool,
                             const uint8_t mac[GW_PORTS][6]);
void gateway_down(struct gateway *g);
const struct gateway_conf *gateway_conf(const struct gateway *g);
/* The worker that owns the sessions. */
struct dp_worker *gateway_worker(struct gateway *g);
/* Its telemetry answers from now on. returns 0, -EIO */
int gateway_show(struct gateway *g);
struct dp_parts *gateway_parts(struct gateway *g);

/* The message that made session @sid: its keys, addresses and SPIs. */
struct msg_session_install gateway_session(const struct gateway *g, uint32_t sid);
/* The VLAN of a tenant's inside; 0: untagged. */
uint16_t gateway_vlan(const struct gateway *g, uint16_t tenant);

/* A buffer with @frame in it; NULL: there is none left. */
struct rte_mbuf *gateway_frame(struct gateway *g, const void *frame, uint16_t len);

/* What a turn of the owner does, with a burst that came in on @port. */
void gateway_turn(struct gateway *g, unsigned port, struct rte_mbuf **pkt, uint16_t n);

/* From now on it is @ticks of the TSC later than it was, for the owner. */
void gateway_skip(struct gateway *g, uint64_t ticks);

/* Frames it has sent on @port; the caller frees them. */
uint16_t gateway_sent(struct gateway *g, unsigned port, struct rte_mbuf **pkt, uint16_t max);
/* How many of them wait. */
unsigned gateway_waiting(struct gateway *g, unsigned port);

/* The MAC of a port, to which frames must be addressed. */
void gateway_mac(struct gateway *g, unsigned port, uint8_t mac[6]);

/* In gateway_policy.c: interfaces, rules and users as @conf says, in force when it returns.
 * returns 0, -errno */
int gateway_put_policy(struct dp_parts *parts, const struct gateway_conf *conf);
