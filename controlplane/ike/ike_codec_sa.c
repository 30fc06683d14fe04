/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_codec_sa - the payloads made of lists: Security Association, Traffic Selectors,
 * Configuration.
 *
 * Walk     ike_codec.c -> [ike/ike_codec_sa]
 * Source   RFC 7296 section 3.3, 3.13, 3.15
 * Thread   any; pure
 * Memory   allocates nothing
 */

#include "controlplane/ike/ike_codec.h"

#include <errno.h>

/* Lengths decide where a substructure ends; the "last" octet only repeats them. */
static int attributes_decode(struct cursor c, struct ike_transform *t)
{
	const struct wire_ike_attribute *a;
	uint16_t type;

	while (c.left) {
		a = cursor_take(&c, sizeof(*a));
		if (!a)
			return -EBADMSG;
		type = be16_get(a->type);
		if (type == (IKE_ATTRIBUTE_SHORT | IKE_ATTRIBUTE_KEY_LENGTH)) {
			t->key_bits = be16_get(a->value);
			continue;
		}
		t->odd = true;
		if (!(type & IKE_ATTRIBUTE_SHORT) && !cursor_take(&c, be16_get(a->value)) &&
		    c.bad)
			return -EBADMSG;
	}
	return 0;
}

static int transform_decode(struct cursor *c, struct ike_offer *offer)
{
	const struct wire_ike_transform *h = cursor_take(c, sizeof(*h));
	struct ike_transform *t = &offer->transform[offer->n_transform];
	struct cursor attributes;

	if (offer->n_transform == IKE_TRANSFORMS_MAX)
		return -E2BIG;
	if (!h || be16_get(h->length) < sizeof(*h))
		return -EBADMSG;
	attributes = cursor_slice(c, be16_get(h->length) - sizeof(*h));
	if (attributes.bad)
		return -EBADMSG;
	*t = (struct ike_transform){.type = h->type, .id = be16_get(h->id)};
	offer->n_transform++;
	return attributes_decode(attributes, t);
}

static int proposal_decode(struct cursor *c, struct ike_offer *offer)
{
	const struct wire_ike_proposal *h = cursor_take(c, sizeof(*h));
	struct ike_proposal *p = &offer->proposal[offer->n_proposal];
	struct cursor body;
	int err;

	if (offer->n_proposal == IKE_PROPOSALS_MAX)
		return -E2BIG;
	if (!h || be16_get(h->length) < sizeof(*h))
		return -EBADMSG;
	body = cursor_slice(c, be16_get(h->length) - sizeof(*h));
	p->number = h->number;
	p->protocol = h->protocol;
	p->spi = cursor_slice(&body, h->spi_len);
	p->first = offer->n_transform;
	if (body.bad)
		return -EBADMSG;
	while (body.left) {
		err = transform_decode(&body, offer);
		if (err)
			return err;
	}
	p->n = (uint16_t)(offer->n_transform - p->first);
	offer->n_proposal++;
	return p->n == h->n_transforms ? 0 : -EBADMSG;
}

int cp_ike_sa_decode(struct cursor c, struct ike_offer *offer)
{
	int err;

	offer->n_proposal = 0;
	offer->n_transform = 0;
	while (c.left) {
		err = proposal_decode(&c, offer);
		if (err)
			return err;
	}
	return offer->n_proposal ? 0 : -EBADMSG;
}

static int ts_addresses(struct cursor c, uint8_t type, struct msg_ts *ts)
{
	size_t len = type == IKE_TS_IPV4 ? sizeof(be32) : sizeof(struct addr);
	const void *lo = cursor_take(&c, len), *hi = cursor_take(&c, len);

	if (!lo || !hi || c.left)
		return -EBADMSG;
	if (type == IKE_TS_IPV4) {
		ts->lo = addr_from_v4(*(const be32 *)lo);
		ts->hi = addr_from_v4(*(const be32 *)hi);
	} else {
		memcpy(&ts->lo, lo, sizeof(ts->lo));
		memcpy(&ts->hi, hi, sizeof(ts->hi));
	}
	return 0;
}

int cp_ike_ts_decode(struct cursor c, struct ike_ts_list *list)
{
	const struct wire_ike_ts_head *head = cursor_take(&c, sizeof(*head));
	const struct wire_ike_ts *h;
	struct cursor body;
	struct msg_ts *ts;
	unsigned n = 0;

	list->n = 0;
	list->other = 0;
	if (!head)
		return -EBADMSG;
	for (; c.left; n++) {
		h = cursor_take(&c, sizeof(*h));
		if (!h || be16_get(h->length) < sizeof(*h))
			return -EBADMSG;
		body = cursor_slice(&c, be16_get(h->length) - sizeof(*h));
		if (body.bad)
			return -EBADMSG;
		if (h->type != IKE_TS_IPV4 && h->type != IKE_TS_IPV6) {
			list->other++;
			continue;
		}
		if (list->n == IKE_TS_MAX)
			return -E2BIG;
		ts = &list->at[list->n].ts;
		*ts = (struct msg_ts){.port_lo = be16_get(h->port_lo),
		                      .port_hi = be16_get(h->port_hi),
		                      .proto = h->proto};
		list->at[list->n].type = h->type;
		if (ts_addresses(body, h->type, ts))
			return -EBADMSG;
		list->n++;
	}
	return n == head->n && n ? 0 : -EBADMSG;
}

int cp_ike_cfg_decode(struct cursor c, struct ike_cfg_list *list)
{
	const struct wire_ike_cfg_head *head = cursor_take(&c, sizeof(*head));
	const struct wire_ike_cfg *h;

	list->n = 0;
	if (!head)
		return -EBADMSG;
	list->type = head->type;
	while (c.left) {
		if (list->n == IKE_CFG_MAX)
			return -E2BIG;
		h = cursor_take(&c, sizeof(*h));
		if (!h)
			return -EBADMSG;
		list->at[list->n].type = be16_get(h->type) & 0x7fff;
		list->at[list->n].value = cursor_slice(&c, be16_get(h->length));
		if (c.bad)
			return -EBADMSG;
		list->n++;
	}
	return 0;
}
