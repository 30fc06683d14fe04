/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ground - two ports, four interfaces, and packets over memory of exactly their size.
 *
 * The world described in tests/vector/frames/make.py. Needs no EAL: a packet buffer is
 * malloc'd with its octets in a block of their own, so that AddressSanitizer sees a read
 * one octet too far, which it does not see inside a real mbuf.
 */

#include "dataplane/iface/iface.h"
#include "dataplane/parse/packet.h"
#include "dataplane/port/port.h"

#include <stddef.h>
#include <stdint.h>

struct ground {
	struct dp_port_set ports;
	struct dp_ifaces *ifaces;
};

enum {               /* interfaces */
       GROUND_WAN,   /* 198.51.100.1/24, 2001:db8:51::1/64, clients of tenant 1 arrive */
       GROUND_WAN_5, /* VLAN 5: 203.0.113.1/24 */
       GROUND_LAN,   /* tenant 1: 10.20.0.1/24, 2001:db8:20::1/64 */
       GROUND_LAN_7, /* VLAN 7, tenant 2: the same addresses */
       GROUND_IFACES,
       GROUND_LOCALS = 2
};

void ground_up(struct ground *g);
void ground_down(struct ground *g);

/* Network order as loaded. */
uint32_t ground_v4(const char *text);
struct addr ground_addr(const char *text);
/* The interfaces as messages, to build other worlds from. */
void ground_messages(struct msg_iface iface[GROUND_IFACES],
                     struct msg_local local[GROUND_LOCALS]);

/* A frame in memory of its size; ground_free() it. */
struct rte_mbuf *ground_frame(const void *octets, size_t len);
struct rte_mbuf *ground_hex(const char *hex);
void ground_free(struct rte_mbuf *m);
