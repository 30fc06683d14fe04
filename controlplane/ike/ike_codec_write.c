/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_codec_write - IKEv2 messages from structs to octets.
 *
 * Walk     exchange/ -> [ike/ike_codec_write] -> ike_reply.c
 * Source   RFC 7296 section 3
 * Thread   any; pure
 * Memory   writes into the caller's buffer; allocates nothing
 */

#include "controlplane/ike/ike_codec.h"

#include <errno.h>

/* Overwrite octets written earlier; a full sink has no room that could be wrong. */
static void patch(struct ike_writer *w, size_t offset, const void *octets, size_t len)
{
	if (!w->s.full)
		memcpy(w->s.base + offset, octets, len);
}

static void patch_u16(struct ike_writer *w, size_t offset, size_t v)
{
	be16 b = be16_from((uint16_t)v);

	patch(w, offset, &b, sizeof(b));
}

void cp_ike_write(struct ike_writer *w, void *octets, size_t size, const struct ike_header *h)
{
	struct wire_ike_header head = {
		.spi_i = be64_from(h->spi_i),
		.spi_r = be64_from(h->spi_r),
		.version = h->version,
		.exchange = h->exchange,
		.flags = h->flags,
		.id = be32_from(h->id),
	};

	*w = (struct ike_writer){.s = sink_over(octets, size)};
	w->next = offsetof(struct wire_ike_header, next);
	sink_put(&w->s, &head, sizeof(head));
}

void cp_ike_payload_open(struct ike_writer *w, enum ike_payload_type type)
{
	static const struct wire_ike_payload empty;
	uint8_t t = (uint8_t)type;

	w->payload = w->s.used;
	sink_put(&w->s, &empty, sizeof(empty));
	patch(w, w->next, &t, sizeof(t));
	w->next = w->payload + offsetof(struct wire_ike_payload, next);
}

void cp_ike_payload_close(struct ike_writer *w)
{
	patch_u16(w, w->payload + offsetof(struct wire_ike_payload, length),
	          w->s.used - w->payload);
}

void cp_ike_sk_open(struct ike_writer *w, size_t iv_len)
{
	cp_ike_payload_open(w, IKE_PAYLOAD_SK);
	w->sk = w->payload;
	sink_grab(&w->s, iv_len);
}

int cp_ike_sk_close(struct ike_writer *w, size_t iv_len, size_t block, size_t icv_len,
                    struct ike_sk_parts *parts)
{
	size_t body = w->sk + sizeof(struct wire_ike_payload) + iv_len;
	/* The pad length octet is encrypted too. */
	size_t over = (w->s.used - body + 1) % block, pad = over ? block - over : 0;
	uint8_t *padding = sink_grab(&w->s, pad + 1);

	sink_grab(&w->s, icv_len);
	if (w->s.full || cp_ike_write_end(w))
		return -EMSGSIZE;
	memset(padding, 0, pad);
	padding[pad] = (uint8_t)pad;
	patch_u16(w, w->sk + offsetof(struct wire_ike_payload, length), w->s.used - w->sk);
	parts->aad_len = w->sk + sizeof(struct wire_ike_payload);
	parts->iv = w->s.base + parts->aad_len;
	parts->body = w->s.base + body;
	parts->icv = w->s.base + w->s.used - icv_len;
	parts->body_len = (size_t)(parts->icv - parts->body);
	return 0;
}

int cp_ike_write_end(struct ike_writer *w)
{
	be32 length = be32_from((uint32_t)w->s.used);

	if (w->s.full || w->s.used > IKE_MESSAGE_MAX)
		return -EMSGSIZE;
	patch(w, offsetof(struct wire_ike_header, length), &length, sizeof(length));
	return 0;
}

void cp_ike_put(struct ike_writer *w, enum ike_payload_type type, const void *octets,
                size_t len)
{
	cp_ike_payload_open(w, type);
	sink_put(&w->s, octets, len);
	cp_ike_payload_close(w);
}

struct chosen {
	uint8_t type;
	uint16_t id, key_bits;
};

static void put_transform(struct ike_writer *w, const struct chosen *t, bool last)
{
	size_t len = sizeof(struct wire_ike_transform) +
	             (t->key_bits ? sizeof(struct wire_ike_attribute) : 0);

	sink_u8(&w->s, last ? 0 : IKE_MORE_TRANSFORMS);
	sink_u8(&w->s, 0);
	sink_u16(&w->s, (uint16_t)len);
	sink_u8(&w->s, t->type);
	sink_u8(&w->s, 0);
	sink_u16(&w->s, t->id);
	if (t->key_bits) {
		sink_u16(&w->s, IKE_ATTRIBUTE_SHORT | IKE_ATTRIBUTE_KEY_LENGTH);
		sink_u16(&w->s, t->key_bits);
	}
}

void cp_ike_put_sa(struct ike_writer *w, uint8_t number, uint8_t protocol, const void *spi,
                   size_t spi_len, const struct ike_suite *suite, int esn)
{
	struct chosen t[5];
	struct wire_ike_proposal head = {
		.number = number, .protocol = protocol, .spi_len = (uint8_t)spi_len};
	unsigned i, n = 0;
	size_t at;

	t[n++] = (struct chosen){IKE_TRANSFORM_ENCR, suite->encr, suite->key_bits};
	if (suite->prf)
		t[n++] = (struct chosen){IKE_TRANSFORM_PRF, suite->prf, 0};
	if (suite->integ)
		t[n++] = (struct chosen){IKE_TRANSFORM_INTEG, suite->integ, 0};
	if (suite->dh)
		t[n++] = (struct chosen){IKE_TRANSFORM_DH, suite->dh, 0};
	if (esn != IKE_ESN_UNSAID)
		t[n++] = (struct chosen){IKE_TRANSFORM_ESN, (uint16_t)esn, 0};
	head.n_transforms = (uint8_t)n;

	cp_ike_payload_open(w, IKE_PAYLOAD_SA);
	at = w->s.used;
	sink_put(&w->s, &head, sizeof(head));
	sink_put(&w->s, spi, spi_len);
	for (i = 0; i < n; i++)
		put_transform(w, &t[i], i + 1 == n);
	patch_u16(w, at + offsetof(struct wire_ike_proposal, length), w->s.used - at);
	cp_ike_payload_close(w);
}

void cp_ike_put_ke(struct ike_writer *w, uint16_t group, const void *value, size_t len)
{
	cp_ike_payload_open(w, IKE_PAYLOAD_KE);
	sink_u16(&w->s, group);
	sink_u16(&w->s, 0);
	sink_put(&w->s, value, len);
	cp_ike_payload_close(w);
}

void cp_ike_put_kind(struct ike_writer *w, enum ike_payload_type type, uint8_t kind,
                     const void *data, size_t len)
{
	static const uint8_t reserved[3];

	cp_ike_payload_open(w, type);
	sink_u8(&w->s, kind);
	if (type != IKE_PAYLOAD_CERT)
		sink_put(&w->s, reserved, sizeof(reserved));
	sink_put(&w->s, data, len);
	cp_ike_payload_close(w);
}

void cp_ike_put_notify(struct ike_writer *w, enum ike_notify type, const void *data, size_t len)
{
	cp_ike_payload_open(w, IKE_PAYLOAD_NOTIFY);
	sink_u8(&w->s, IKE_PROTOCOL_NONE);
	sink_u8(&w->s, 0);
	sink_u16(&w->s, (uint16_t)type);
	sink_put(&w->s, data, len);
	cp_ike_payload_close(w);
}

void cp_ike_put_notify_esp(struct ike_writer *w, enum ike_notify type, uint32_t spi)
{
	cp_ike_payload_open(w, IKE_PAYLOAD_NOTIFY);
	sink_u8(&w->s, IKE_PROTOCOL_ESP);
	sink_u8(&w->s, IKE_ESP_SPI_LEN);
	sink_u16(&w->s, (uint16_t)type);
	sink_u32(&w->s, spi);
	cp_ike_payload_close(w);
}

void cp_ike_put_delete_ike(struct ike_writer *w)
{
	struct wire_ike_delete h = {.protocol = IKE_PROTOCOL_IKE};

	cp_ike_put(w, IKE_PAYLOAD_DELETE, &h, sizeof(h));
}

void cp_ike_put_delete_esp(struct ike_writer *w, const uint32_t *spi, unsigned n)
{
	struct wire_ike_delete h = {.protocol = IKE_PROTOCOL_ESP,
	                            .spi_len = IKE_ESP_SPI_LEN,
	                            .n_spi = be16_from((uint16_t)n)};
	unsigned i;

	cp_ike_payload_open(w, IKE_PAYLOAD_DELETE);
	sink_put(&w->s, &h, sizeof(h));
	for (i = 0; i < n; i++)
		sink_u32(&w->s, spi[i]);
	cp_ike_payload_close(w);
}

static void put_selector(struct ike_writer *w, const struct msg_ts *ts)
{
	bool v4 = addr_is_v4(&ts->lo);
	size_t len = v4 ? sizeof(be32) : sizeof(struct addr), skip = sizeof(struct addr) - len;

	sink_u8(&w->s, v4 ? IKE_TS_IPV4 : IKE_TS_IPV6);
	sink_u8(&w->s, ts->proto);
	sink_u16(&w->s, (uint16_t)(sizeof(struct wire_ike_ts) + 2 * len));
	sink_u16(&w->s, ts->port_lo);
	sink_u16(&w->s, ts->port_hi);
	sink_put(&w->s, ts->lo.octet + skip, len);
	sink_put(&w->s, ts->hi.octet + skip, len);
}

void cp_ike_put_ts(struct ike_writer *w, enum ike_payload_type type, const struct msg_ts *ts,
                   unsigned n)
{
	struct wire_ike_ts_head head = {.n = (uint8_t)n};
	unsigned i;

	cp_ike_payload_open(w, type);
	sink_put(&w->s, &head, sizeof(head));
	for (i = 0; i < n; i++)
		put_selector(w, &ts[i]);
	cp_ike_payload_close(w);
}
