/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * inner - the packet inside the tunnel, once it is known to be well-formed IP.
 *
 * Inside esp/ only.
 *
 * Walk     esp/esp_in.c, esp/fit.c -> [esp/inner]
 * Source   RFC 4301 section 5.2 for the checks; RFC 6040 for ECN; RFC 9293 section 3.7.1 and
 *          RFC 1624 for the MSS
 * Thread   the owner worker
 */

#include "common/stat/verdict.h"
#include "dataplane/session/session.h"

/*
 * From the client: is the source the assigned address, and did the SA promise to carry
 * this? Then the outer header's congestion mark is taken over.
 *
 * returns  DP_OK, DP_DROP_SPOOF, DP_DROP_SELECTOR, DP_DROP_ECN
 */
enum dp_verdict dp_inner_check(struct rte_mbuf *m, const struct dp_sa_in *sa);
/* The same in two steps: of a fragment all but selectors, of the packet these alone. */
enum dp_verdict dp_inner_part(struct rte_mbuf *m, const struct dp_sa_in *sa);
enum dp_verdict dp_inner_whole(struct rte_mbuf *m, const struct dp_sa_in *sa);

/* A TCP SYN may not promise segments that do not fit a tunnel of @mtu octets, or of what the
 * session's MTU is when the one learned of its path is forgotten just now. */
void dp_inner_clamp_mss(struct dp_worker *w, struct rte_mbuf *m, struct dp_session *s,
                        uint16_t mtu);
