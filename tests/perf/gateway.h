/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * gateway - a whole data plane in this process, with one worker that turns when told to.
 *
 * Put together by the product's own dp_parts_make() and policy builder; its two ports are
 * rings in memory, so what it sends can be looked at. What it receives is handed to the
 * pipeline as a device driver would: whole frames, a burst at a time.
 *
 * Thread   one
 */

#include "common/msg/msg.h"

#include <stdint.h>

struct dp_parts;
struct dp_worker;
struct rte_mbuf;

enum {
	GW_WAN,
	GW_LAN,
	GW_PORTS,
	GW_SESSIONS_MAX = 4096,
	GW_MTU = 1500, /* of both ports and of the tunnels */
};

struct gateway;

/* @why     one sentence when it fails
 * returns  0, -errno */
int gateway_up(uint32_t sessions, struct gateway **out, char *why, size_t size);
void gateway_down(struct gateway *g);
struct dp_worker *gateway_worker(struct gateway *g);
/* Its telemetry answers from now on. returns 0, -EIO */
int gateway_show(struct gateway *g);
struct dp_parts *gateway_parts(struct gateway *g);

/* The message that made session @sid: its keys, addresses and SPIs. */
struct msg_session_install gateway_session(uint32_t sid);

/* A buffer with @frame in it. */
struct rte_mbuf *gateway_frame(struct gateway *g, const void *frame, uint16_t len);

/* What a turn of the worker does, with a burst that came in on @port. */
void gateway_turn(struct gateway *g, unsigned port, struct rte_mbuf **pkt, uint16_t n);

/* Frames it has sent on @port; the caller frees them. */
uint16_t gateway_sent(struct gateway *g, unsigned port, struct rte_mbuf **pkt, uint16_t max);

/* Replay windows as after install, so that the same packets may come again. */
void gateway_forget_numbers(struct gateway *g, uint32_t sessions);

/* The MAC of a port, to which frames must be addressed. */
void gateway_mac(struct gateway *g, unsigned port, uint8_t mac[6]);
