/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_select - which of the offered proposals is taken.
 *
 * The tenant's order decides, then the client's: the first proposal of the policy that
 * some offered proposal contains.
 *
 * Walk     exchange/ -> [ike/ike_select]
 * Source   RFC 7296 section 3.3, 3.3.6; RFC 5282 section 8; RFC 7296 section 2.7
 * Thread   any; pure
 */

#include "controlplane/ike/ike_parts.h"

#include <errno.h>

enum {
	ANY = 0xffff /* of a transform id or key length: not asked for */
};

/* Does the proposal offer this transform? A type of which it offers nothing may be NONE. */
static bool offers(const struct ike_offer *o, const struct ike_proposal *p, uint8_t type,
                   uint16_t id, uint16_t key_bits)
{
	const struct ike_transform *t = &o->transform[p->first], *end = t + p->n;

	for (; t < end; t++)
		if (t->type == type && (id == ANY || t->id == id) && !t->odd &&
		    (key_bits == ANY || t->key_bits == key_bits))
			return true;
	return false;
}

static bool offers_none(const struct ike_offer *o, const struct ike_proposal *p, uint8_t type)
{
	return !offers(o, p, type, ANY, ANY) || offers(o, p, type, 0, ANY);
}

/* Numbers of the length that the policy wants. */
static bool has_esn(const struct ike_offer *o, const struct ike_proposal *p, enum cp_esn want)
{
	switch (want) {
	case CP_ESN_NO:
		return offers_none(o, p, IKE_TRANSFORM_ESN);
	case CP_ESN_YES:
		return offers(o, p, IKE_TRANSFORM_ESN, IKE_ESN_YES, ANY);
	default: /* numbers of one of the two lengths that there are */
		return offers_none(o, p, IKE_TRANSFORM_ESN) ||
		       offers(o, p, IKE_TRANSFORM_ESN, IKE_ESN_YES, ANY);
	}
}

/* The longer numbers when both sides can. A proposal that says nothing means the short ones;
 * then nothing is answered either. */
static int choose_esn(const struct ike_offer *o, const struct ike_proposal *p,
                      const struct cp_proposal *have)
{
	if (have->esn != CP_ESN_NO && offers(o, p, IKE_TRANSFORM_ESN, IKE_ESN_YES, ANY))
		return IKE_ESN_YES;
	return offers(o, p, IKE_TRANSFORM_ESN, IKE_ESN_NO, ANY) ? IKE_ESN_NO : IKE_ESN_UNSAID;
}

unsigned cp_ike_lacks(const struct ike_offer *o, const struct ike_proposal *p,
                      const struct cp_proposal *have)
{
	unsigned lacks = 0;

	if (!offers(o, p, IKE_TRANSFORM_ENCR, have->encr, have->key_bits))
		lacks |= 1u << IKE_TRANSFORM_ENCR;
	if (have->integ ? !offers(o, p, IKE_TRANSFORM_INTEG, have->integ, ANY)
	                : !offers_none(o, p, IKE_TRANSFORM_INTEG))
		lacks |= 1u << IKE_TRANSFORM_INTEG;
	if (p->protocol == IKE_PROTOCOL_ESP)
		return has_esn(o, p, have->esn) ? lacks : lacks | 1u << IKE_TRANSFORM_ESN;
	if (!offers(o, p, IKE_TRANSFORM_PRF, have->prf, ANY))
		lacks |= 1u << IKE_TRANSFORM_PRF;
	if (!offers(o, p, IKE_TRANSFORM_DH, have->dh, ANY))
		lacks |= 1u << IKE_TRANSFORM_DH;
	return lacks;
}

static bool fits(const struct ike_offer *o, const struct ike_proposal *p, uint8_t protocol,
                 const struct cp_proposal *have)
{
	return p->protocol == protocol && !cp_ike_lacks(o, p, have);
}

static void choose(struct ike_choice *c, const struct ike_proposal *p,
                   const struct cp_proposal *have)
{
	*c = (struct ike_choice){
		.suite = {have->encr, have->key_bits, have->integ, have->prf, have->dh},
		.number = p->number,
		.spi = p->spi,
		.text = have->text,
	};
}

int cp_ike_select(const struct ike_offer *offer, const struct cp_proposal *have, unsigned n,
                  struct ike_choice *out)
{
	unsigned i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < offer->n_proposal; j++) {
			if (!fits(offer, &offer->proposal[j], IKE_PROTOCOL_IKE, &have[i]))
				continue;
			choose(out, &offer->proposal[j], &have[i]);
			return 0;
		}
	}
	return -ENOENT;
}

/* Groups for a child's own key exchange, best first, when the policy leaves it open. */
static const uint16_t groups[] = {IKE_DH_CURVE25519, IKE_DH_ECP_256, IKE_DH_ECP_384,
                                  IKE_DH_MODP_2048};

/*
 * The group of a rekey: what the policy asks for, else the one the client has already made
 * a KE payload for, else one we share, else none if the client can do without.
 */
static bool choose_group(const struct ike_offer *o, const struct ike_proposal *p, uint16_t want,
                         uint16_t ke_group, uint16_t *dh)
{
	unsigned i;

	*dh = want;
	if (want)
		return offers(o, p, IKE_TRANSFORM_DH, want, ANY);
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (!offers(o, p, IKE_TRANSFORM_DH, groups[i], ANY))
			continue;
		if (!*dh || groups[i] == ke_group)
			*dh = groups[i];
	}
	/* With a KE payload of a group we share, or none that we share: no detour by
	 * INVALID_KE_PAYLOAD when the client can do without. */
	if (*dh != ke_group && offers_none(o, p, IKE_TRANSFORM_DH))
		*dh = IKE_DH_NONE;
	return *dh || offers_none(o, p, IKE_TRANSFORM_DH);
}

int cp_ike_select_esp(const struct ike_offer *offer, const struct cp_proposal *have, unsigned n,
                      bool rekey, uint16_t ke_group, struct ike_choice *out)
{
	const struct ike_proposal *p;
	uint16_t dh = IKE_DH_NONE;
	unsigned i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < offer->n_proposal; j++) {
			p = &offer->proposal[j];
			if (!fits(offer, p, IKE_PROTOCOL_ESP, &have[i]))
				continue;
			if (rekey && !choose_group(offer, p, have[i].dh, ke_group, &dh))
				continue;
			choose(out, p, &have[i]);
			out->suite.dh = dh;
			out->suite.prf = 0;
			out->esn = choose_esn(offer, p, &have[i]);
			return 0;
		}
	}
	return -ENOENT;
}
