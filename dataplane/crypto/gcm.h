/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * gcm - AES-GCM by the direct API of intel-ipsec-mb: finished when the call returns.
 *
 * Inside crypto/ only.
 *
 * Walk     crypto/crypto.c -> [crypto/gcm]
 * Source   NIST SP 800-38D; RFC 4106
 * Thread   one struct dp_gcm per struct dp_crypto
 */

#include "dataplane/parse/packet.h"

#include <intel-ipsec-mb.h>

struct dp_gcm {
	/* [key size][enum dp_crypto_op] */
	aes_gcm_enc_dec_t run[2][2];
	aes_gcm_pre_t expand[2];
	struct gcm_context_data context __attribute__((aligned(64)));
};

enum dp_gcm_size {
	DP_GCM_128,
	DP_GCM_256,
};

void dp_gcm_init(struct dp_gcm *g, const IMB_MGR *mgr);

/* Run the jobs of @pkt now. @size as the packets' suites say: one burst may mix them. */
void dp_gcm_run(struct dp_gcm *g, struct rte_mbuf **pkt, uint16_t n);
