/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_nearest - where no proposal fits: the pair that comes nearest, and what it is short of.
 *
 * Walk     exchange/ -> [ike/ike_nearest] -> ike_refuse.c
 * Thread   any; pure
 */

#include "controlplane/ike/ike_parts.h"

/* Kinds in the order of their names in a proposal. */
static const struct {
	uint8_t type;
	const char *name;
} kinds[] = {
	{IKE_TRANSFORM_ENCR, "encryption"}, {IKE_TRANSFORM_INTEG, "integrity"},
	{IKE_TRANSFORM_PRF, "PRF"},         {IKE_TRANSFORM_DH, "Diffie-Hellman group"},
	{IKE_TRANSFORM_ESN, "ESN"},
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

bool cp_ike_nearest(const struct ike_offer *offer, uint8_t protocol,
                    const struct cp_proposal *have, unsigned n, struct ike_nearest *out)
{
	const struct ike_proposal *p;
	unsigned i, j, lacks;

	*out = (struct ike_nearest){.have = NULL};
	for (i = 0; i < n; i++) {
		for (j = 0; j < offer->n_proposal; j++) {
			p = &offer->proposal[j];
			if (p->protocol != protocol)
				continue;
			lacks = cp_ike_lacks(offer, p, &have[i]);
			if (out->have &&
			    __builtin_popcount(lacks) >= __builtin_popcount(out->lacks))
				continue;
			*out = (struct ike_nearest){&have[i], p, lacks};
		}
	}
	return out->have;
}

static struct ike_transform wanted(const struct cp_proposal *have, uint8_t type)
{
	struct ike_transform t = {.type = type};

	switch (type) {
	case IKE_TRANSFORM_ENCR:
		t.id = have->encr;
		t.key_bits = have->key_bits;
		break;
	case IKE_TRANSFORM_INTEG:
		t.id = have->integ;
		break;
	case IKE_TRANSFORM_PRF:
		t.id = have->prf;
		break;
	case IKE_TRANSFORM_DH:
		t.id = have->dh;
		break;
	default:
		t.id = have->esn == CP_ESN_YES ? IKE_ESN_YES : IKE_ESN_NO;
		break;
	}
	return t;
}

const char *cp_ike_nearest_text(const struct ike_offer *offer, const struct ike_nearest *near,
                                char *buf, size_t size)
{
	struct ike_text text = cp_ike_text(buf, size);
	struct ike_transform want;
	unsigned i, n = 0;

	if (!near->have)
		return buf;
	cp_ike_text_add(&text, "%s but for ", near->have->text);
	for (i = 0; i < N_KINDS; i++) {
		if (!(near->lacks & 1u << kinds[i].type))
			continue;
		want = wanted(near->have, kinds[i].type);
		cp_ike_text_add(&text, "%s%s (", n++ ? ", " : "", kinds[i].name);
		cp_ike_text_transform(&text, &want);
		cp_ike_text_add(&text, ", the client: ");
		cp_ike_text_kind(&text, offer, near->offered, kinds[i].type);
		cp_ike_text_add(&text, ")");
	}
	return buf;
}
