/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * punt - to the control plane and back.
 *
 * Up: the UDP payload of what reached port 500, or 4500 with a non-ESP marker, with who
 * saw it and between whom. Down: a payload becomes a UDP packet of ours.
 *
 * Walk     parse/ -> [punt/punt] -> link/ -> control plane -> [punt/inject] -> route/
 * Source   RFC 7296 section 2.23 and RFC 3948 section 2 for the marker and keepalives
 */

#include "common/msg/msg.h"

#include <stdint.h>

struct dp_ifaces;
struct dp_peers;
struct dp_stat;
struct dp_worker;
struct rte_mbuf;
struct rte_mempool;

/* Last stage: hand each packet to the control plane, free it. How many are looked at at all
 * says punt/guard.h (drop.punt_rate). Worker. */
void dp_punt(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/*
 * Make a packet of a MSG_INJECT; it has an IP header, is not routed yet and resumes at
 * DP_RESUME_EGRESS. Main core.
 *
 * @ifaces  in force: the local address has to be one where clients arrive
 * @payload @len octets that followed the record
 * returns  0, -EINVAL (a field is not allowed), -ENOBUFS (counted as drop.no_buffer)
 */
int dp_inject(struct dp_stat *stat, struct rte_mempool *pool, const struct dp_ifaces *ifaces,
              uint16_t n_workers, const struct msg_inject *msg, const void *payload,
              uint32_t len, struct rte_mbuf **out);

/*
 * A message that goes out in an IKE SA of an authenticated client says where that is. Main
 * core.
 *
 * @msg     was taken by dp_inject()
 * @minute  of the gateway's own clock
 */
void dp_punt_learn(struct dp_peers *peers, const struct msg_inject *msg, const void *payload,
                   uint32_t len, uint16_t minute);
