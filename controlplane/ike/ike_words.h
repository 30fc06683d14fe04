/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ike_words - proposals in words, for the line that says why there was no common one.
 *
 * A proposal is written kind by kind in the order of strongSwan's notation, with "|" between
 * what may stand for one another: aes128|aes256-sha1-prfsha1-modp1024.
 *
 * Walk     exchange/ -> [ike/ike_words] -> ike_refuse.c
 * Thread   any; pure
 */

#include "controlplane/ike/ike_codec.h"
#include "controlplane/policy/policy.h"

enum {
	IKE_OFFER_TEXT = 512, /* room for a list of proposals; what does not fit is counted */
};

/* ---- ike_names.c ------------------------------------------------------------------------ */

/* What a peer offered, and what a tenant takes: whole proposals, then "and N more". */
const char *cp_ike_offer_text(const struct ike_offer *offer, uint8_t protocol, char *buf,
                              size_t size);
const char *cp_ike_have_text(const struct cp_proposal *have, unsigned n, char *buf,
                             size_t size);

/* Text that grows; what does not fit is cut. */
struct ike_text {
	char *buf;
	size_t size, used;
};
struct ike_text cp_ike_text(char *buf, size_t size);
__attribute__((format(printf, 2, 3))) void cp_ike_text_add(struct ike_text *t,
                                                           const char *format, ...);
void cp_ike_text_transform(struct ike_text *text, const struct ike_transform *t);
/* All transforms of one type, "none" without any. */
void cp_ike_text_kind(struct ike_text *text, const struct ike_offer *offer,
                      const struct ike_proposal *p, uint8_t type);

/* ---- ike_nearest.c ---------------------------------------------------------------------- */

struct ike_nearest {
	const struct cp_proposal *have;
	const struct ike_proposal *offered;
	unsigned lacks; /* as of cp_ike_lacks() */
};
/* The pair with the fewest kinds of transforms missing; of equals the first. false: the
 * peer offered nothing for @protocol, or there is nothing to compare it with. */
bool cp_ike_nearest(const struct ike_offer *offer, uint8_t protocol,
                    const struct cp_proposal *have, unsigned n, struct ike_nearest *out);
/* "aes128-sha256-ecp256 but for Diffie-Hellman group (ecp256, the client: modp1024)" */
const char *cp_ike_nearest_text(const struct ike_offer *offer, const struct ike_nearest *near,
                                char *buf, size_t size);
