/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * esp - tunnel mode, in UDP or as protocol 50, both directions.
 *
 * Each direction is two stages with the crypto between them:
 *
 *   in   dp_esp_in:  SPI -> SA, replay check, job    | collect | dp_esp_in_done: ICV, replay
 *        commit, padding, inner header, selectors, source, ECN, the peer's NAT mapping
 *   out  dp_esp_out: sequence number, padding, job   | collect | dp_esp_out_done: outer headers
 *
 * Nothing a packet says is believed, and nothing of the session changes, before its ICV was
 * right.
 *
 * Walk     session/ -> [esp/] -> crypto/ -> pipeline.c -> [esp/] -> acl/ or route/
 * Source   RFC 4303; RFC 4106; RFC 3948; RFC 4301 section 5.1.2 and RFC 6040 for the headers
 * Thread   the owner worker
 */

#include <stdint.h>

struct dp_worker;
struct rte_mbuf;

/* Stage: outer IP header at l3_off, what it carries at l4_off, dp_pkt.spi set. What is not
 * refused is with the crypto and resumes at DP_RESUME_ESP_IN. */
void dp_esp_in(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Stage, after the crypto: pkt[0..result) are inner packets at l3_off, checked against
 * the session's address and the SA's selectors; tenant, vrf and session are the session's. */
uint16_t dp_esp_in_done(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Stage: inner packets that were put together of fragments, which dp_esp_in_done() left in
 * w->inner_parts; what can be asked of a whole packet only is asked here. */
uint16_t dp_esp_in_whole(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/*
 * Stage, before dp_esp_out: what is too big for the client's tunnel. TCP SYNs get their MSS
 * clamped. A packet with DF is drop.too_big, and its sender is told (dp_reply); one
 * without goes into w->to_cut, to come to dp_esp_out in fragments of the session's MTU.
 *
 * returns  how many fit
 */
uint16_t dp_esp_fit(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Stage: inner packet at l3_off, dp_pkt.session set. What is not refused is with the
 * crypto and resumes at DP_RESUME_ESP_OUT. */
void dp_esp_out(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Stage, after the crypto: pkt[0..result) are outer packets at l3_off in VRF_OUTER. */
uint16_t dp_esp_out_done(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);
