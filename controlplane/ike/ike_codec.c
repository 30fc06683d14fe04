/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ike/ike_codec.h"

#include <errno.h>

bool cp_ike_has(const struct ike_message *m, enum ike_payload_type type)
{
	return m->seen >> (type - IKE_PAYLOAD_SA) & 1;
}

const struct ike_notify_payload *cp_ike_notify_find(const struct ike_message *m,
                                                    enum ike_notify type)
{
	unsigned i;

	for (i = 0; i < m->n_notify; i++)
		if (m->notify[i].type == type)
			return &m->notify[i];
	return NULL;
}

int cp_ike_header_decode(struct cursor *c, struct ike_header *h)
{
	size_t whole = c->left;
	const struct wire_ike_header *w = cursor_take(c, sizeof(*w));

	if (!w)
		return -EBADMSG;
	h->spi_i = be64_get(w->spi_i);
	h->spi_r = be64_get(w->spi_r);
	h->next = w->next;
	h->version = w->version;
	h->exchange = w->exchange;
	h->flags = w->flags;
	h->id = be32_get(w->id);
	h->length = be32_get(w->length);
	return h->length == whole && h->spi_i ? 0 : -EBADMSG;
}

static int id_decode(struct cursor c, struct ike_id *id)
{
	const struct wire_ike_kind *h;

	id->body = c;
	h = cursor_take(&c, sizeof(*h));
	if (!h)
		return -EBADMSG;
	id->type = h->kind;
	id->data = c;
	return 0;
}

static int auth_decode(struct cursor c, struct ike_message *m)
{
	const struct wire_ike_kind *h = cursor_take(&c, sizeof(*h));

	if (!h)
		return -EBADMSG;
	m->auth_method = h->kind;
	m->auth = c;
	return 0;
}

static int ke_decode(struct cursor c, struct ike_message *m)
{
	const struct wire_ike_ke *h = cursor_take(&c, sizeof(*h));

	if (!h)
		return -EBADMSG;
	m->ke_group = be16_get(h->group);
	m->ke = c;
	return 0;
}

static int nonce_decode(struct cursor c, struct ike_message *m)
{
	m->nonce = c;
	return c.left >= IKE_NONCE_MIN && c.left <= IKE_NONCE_MAX ? 0 : -EBADMSG;
}

static int notify_decode(struct cursor c, struct ike_message *m)
{
	const struct wire_ike_notify *h = cursor_take(&c, sizeof(*h));
	struct ike_notify_payload *n = &m->notify[m->n_notify];

	if (m->n_notify == IKE_NOTIFIES_MAX)
		return -E2BIG;
	if (!h)
		return -EBADMSG;
	n->protocol = h->protocol;
	n->type = be16_get(h->type);
	n->spi = cursor_slice(&c, h->spi_len);
	n->data = c;
	if (c.bad)
		return -EBADMSG;
	m->n_notify++;
	return 0;
}

static int delete_decode(struct cursor c, struct ike_message *m)
{
	const struct wire_ike_delete *h = cursor_take(&c, sizeof(*h));
	unsigned i, n;

	if (!h)
		return -EBADMSG;
	n = be16_get(h->n_spi);
	/* The IKE SA is meant by the message itself and has no SPI here, section 3.11. */
	if (h->protocol == IKE_PROTOCOL_IKE && !h->spi_len)
		n = 1;
	else if (h->spi_len != IKE_ESP_SPI_LEN)
		return -EBADMSG;
	for (i = 0; i < n; i++) {
		if (m->n_delete == IKE_DELETES_MAX)
			return -E2BIG;
		m->delete[m->n_delete].protocol = h->protocol;
		m->delete[m->n_delete].spi = h->spi_len ? cursor_u32(&c) : 0;
		m->n_delete++;
	}
	return c.bad || c.left ? -EBADMSG : 0;
}

static int vendor_decode(struct cursor c, struct ike_message *m)
{
	/* More vendor ids than we keep are no error: nothing depends on them. */
	if (m->n_vendor < IKE_VENDORS_MAX)
		m->vendor[m->n_vendor++] = c;
	return 0;
}

/* The encoding octet must be there; what follows is for those who want certificates. */
static int cert_decode(struct cursor c, uint16_t *count)
{
	if (!c.left)
		return -EBADMSG;
	++*count;
	return 0;
}

static bool may_repeat(uint8_t type)
{
	return type == IKE_PAYLOAD_CERT || type == IKE_PAYLOAD_CERTREQ ||
	       type == IKE_PAYLOAD_NOTIFY || type == IKE_PAYLOAD_DELETE ||
	       type == IKE_PAYLOAD_VENDOR;
}

static int body_decode(uint8_t type, struct cursor body, struct ike_message *m)
{
	switch (type) {
	case IKE_PAYLOAD_SA:
		return cp_ike_sa_decode(body, &m->sa);
	case IKE_PAYLOAD_KE:
		return ke_decode(body, m);
	case IKE_PAYLOAD_IDI:
		return id_decode(body, &m->idi);
	case IKE_PAYLOAD_IDR:
		return id_decode(body, &m->idr);
	case IKE_PAYLOAD_CERT:
		return cert_decode(body, &m->n_cert);
	case IKE_PAYLOAD_CERTREQ:
		return cert_decode(body, &m->n_certreq);
	case IKE_PAYLOAD_AUTH:
		return auth_decode(body, m);
	case IKE_PAYLOAD_NONCE:
		return nonce_decode(body, m);
	case IKE_PAYLOAD_NOTIFY:
		return notify_decode(body, m);
	case IKE_PAYLOAD_DELETE:
		return delete_decode(body, m);
	case IKE_PAYLOAD_VENDOR:
		return vendor_decode(body, m);
	case IKE_PAYLOAD_TSI:
		return cp_ike_ts_decode(body, &m->tsi);
	case IKE_PAYLOAD_TSR:
		return cp_ike_ts_decode(body, &m->tsr);
	case IKE_PAYLOAD_CP:
		return cp_ike_cfg_decode(body, &m->cfg);
	case IKE_PAYLOAD_EAP:
		m->eap = body;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int one_payload(uint8_t type, bool critical, struct cursor body, struct ike_message *m)
{
	uint32_t bit;
	int err;

	if (type < IKE_PAYLOAD_SA || type > IKE_PAYLOAD_EAP) {
		/* Section 2.5: skipped, unless the sender says it must be understood. */
		if (!critical)
			return 0;
		m->unsupported = type;
		return -EOPNOTSUPP;
	}
	bit = (uint32_t)1 << (type - IKE_PAYLOAD_SA);
	if (m->seen & bit && !may_repeat(type))
		return -EBADMSG;
	err = body_decode(type, body, m);
	if (!err)
		m->seen |= bit;
	return err;
}

int cp_ike_payloads_decode(uint8_t first, struct cursor c, struct ike_message *m)
{
	const struct wire_ike_payload *h;
	unsigned n = 0;
	uint8_t type = first;
	struct cursor body;
	int err;

	m->first = first;
	m->chain = c;
	while (type != IKE_PAYLOAD_NONE) {
		if (++n > IKE_PAYLOADS_MAX)
			return -E2BIG;
		h = cursor_take(&c, sizeof(*h));
		if (!h || be16_get(h->length) < sizeof(*h))
			return -EBADMSG;
		body = cursor_slice(&c, be16_get(h->length) - sizeof(*h));
		if (body.bad)
			return -EBADMSG;
		if (type == IKE_PAYLOAD_SK) {
			m->sk = body;
			m->sk_first = h->next;
			m->seen |= (uint32_t)1 << (IKE_PAYLOAD_SK - IKE_PAYLOAD_SA);
			break;
		}
		err = one_payload(type, h->critical & IKE_CRITICAL, body, m);
		if (err)
			return err;
		type = h->next;
	}
	return c.left ? -EBADMSG : 0;
}
