/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/eap/eap_codec.h"

#include <errno.h>

/* ---- what the peer says ---- */

/* The rest of the packet as a name. A name with a NUL inside is nobody's, and must not
 * become somebody's by being cut there. */
static bool take_name(struct cursor *c, char *out)
{
	size_t len = c->left;
	const char *at = cursor_take(c, len);

	if (len > EAP_NAME_MAX || memchr(at, 0, len))
		return false;
	memcpy(out, at, len);
	out[len] = 0;
	return true;
}

/* MS-CHAPv2's own length says what EAP's says already and is wrong in some clients; the
 * id repeats the challenge's, as EAP's id does. Neither is looked at. */
static enum eap_kind decode_mschapv2(struct cursor *c, struct eap_said *out)
{
	const struct wire_eap_mschapv2_response *r;
	uint8_t op = cursor_u8(c);

	if (c->bad)
		return EAP_SAYS_STRANGE;
	if (op == EAP_MSCHAPV2_SUCCESS)
		return EAP_SAYS_SUCCESS;
	if (op == EAP_MSCHAPV2_FAILURE)
		return EAP_SAYS_FAILURE;
	if (op != EAP_MSCHAPV2_RESPONSE)
		return EAP_SAYS_STRANGE;

	cursor_take(c, sizeof(struct wire_eap_mschapv2) - 1);
	r = cursor_take(c, sizeof(*r));
	if (!r || r->value_size != sizeof(*r) - 1 || !take_name(c, out->name))
		return EAP_SAYS_STRANGE;
	memcpy(out->peer_challenge, r->peer_challenge, sizeof(out->peer_challenge));
	memcpy(out->nt_response, r->nt_response, sizeof(out->nt_response));
	return EAP_SAYS_RESPONSE;
}

/* 0 stands for "none of all" (RFC 3748 section 5.3.1). */
static void want(struct eap_said *out, uint32_t type)
{
	if (type && type <= UINT8_MAX && out->n_wanted < CP_EAP_WANTED_MAX)
		out->wanted[out->n_wanted++] = (uint8_t)type;
}

/* The method types a peer proposes instead, one octet each. */
static enum eap_kind decode_nak(struct cursor *c, struct eap_said *out)
{
	while (c->left)
		want(out, cursor_u8(c));
	return EAP_SAYS_NAK;
}

/* A vendor and a type of its own; those of the IETF have vendor 0. */
static uint32_t take_expanded(struct cursor *c)
{
	uint32_t vendor = cursor_u8(c), type;

	vendor = vendor << 16 | cursor_u16(c);
	type = cursor_u32(c);
	return c->bad || vendor ? 0 : type;
}

/* Vendor 0, type 3 is a Nak to an expanded type: RFC 3748 section 5.3.2. Expanded types
 * follow, each behind an octet that says so. */
static enum eap_kind decode_expanded(struct cursor *c, struct eap_said *out)
{
	if (take_expanded(c) != EAP_NAK)
		return EAP_SAYS_STRANGE;
	while (c->left && cursor_u8(c) == EAP_EXPANDED)
		want(out, take_expanded(c));
	return EAP_SAYS_NAK;
}

static enum eap_kind decode_type(uint8_t type, struct cursor *c, struct eap_said *out)
{
	switch (type) {
	case EAP_IDENTITY:
		return take_name(c, out->name) ? EAP_SAYS_IDENTITY : EAP_SAYS_STRANGE;
	case EAP_NAK:
		return decode_nak(c, out);
	case EAP_MSCHAPV2:
		return decode_mschapv2(c, out);
	case EAP_EXPANDED:
		return decode_expanded(c, out);
	default:
		return EAP_SAYS_STRANGE;
	}
}

int eap_decode(const void *packet, size_t len, struct eap_said *out)
{
	struct cursor whole = cursor_over(packet, len), c;
	const struct wire_eap_header *h = cursor_take(&whole, sizeof(*h));
	uint8_t type;

	memset(out, 0, sizeof(*out));
	if (!h || h->code != EAP_RESPONSE || be16_get(h->length) < sizeof(*h))
		return -EBADMSG;
	c = cursor_slice(&whole, be16_get(h->length) - sizeof(*h));
	type = cursor_u8(&c);
	if (c.bad)
		return -EBADMSG;
	out->id = h->id;
	out->kind = decode_type(type, &c, out);
	return 0;
}

const char *eap_user_of(const char *name)
{
	const char *domain = strchr(name, '\\');

	return domain ? domain + 1 : name;
}

/* ---- what we say ---- */

static struct sink begin(void *packet, enum eap_code code, uint8_t id)
{
	struct sink s = sink_over(packet, CP_EAP_PACKET_MAX);

	sink_u8(&s, (uint8_t)code);
	sink_u8(&s, id);
	sink_u16(&s, 0); /* by finish() */
	return s;
}

static size_t finish(struct sink *s)
{
	struct wire_eap_header *h = (struct wire_eap_header *)s->base;

	h->length = be16_from((uint16_t)s->used);
	return s->used;
}

static struct sink begin_mschapv2(void *packet, uint8_t id, enum eap_mschapv2_op op,
                                  uint8_t mschapv2_id)
{
	struct sink s = begin(packet, EAP_REQUEST, id);

	sink_u8(&s, EAP_MSCHAPV2);
	sink_u8(&s, (uint8_t)op);
	sink_u8(&s, mschapv2_id);
	sink_u16(&s, 0); /* by finish_mschapv2() */
	return s;
}

static size_t finish_mschapv2(struct sink *s)
{
	const size_t before = sizeof(struct wire_eap_header) + 1;
	struct wire_eap_mschapv2 *h = (struct wire_eap_mschapv2 *)(s->base + before);

	h->length = be16_from((uint16_t)(s->used - before));
	return finish(s);
}

static void put_text(struct sink *s, const char *text)
{
	sink_put(s, text, strlen(text));
}

static void put_hex(struct sink *s, const uint8_t *octets, size_t len)
{
	static const char digits[] = "0123456789ABCDEF"; /* RFC 2759 section 5: upper case */
	size_t i;

	for (i = 0; i < len; i++) {
		sink_u8(s, (uint8_t)digits[octets[i] >> 4]);
		sink_u8(s, (uint8_t)digits[octets[i] & 15]);
	}
}

size_t eap_write_identity(uint8_t id, void *packet)
{
	struct sink s = begin(packet, EAP_REQUEST, id);

	sink_u8(&s, EAP_IDENTITY);
	return finish(&s);
}

size_t eap_write_challenge(uint8_t id, const uint8_t challenge[16], const char *server_name,
                           void *packet)
{
	struct sink s = begin_mschapv2(packet, id, EAP_MSCHAPV2_CHALLENGE, id);

	sink_u8(&s, 16);
	sink_put(&s, challenge, 16);
	put_text(&s, server_name);
	return finish_mschapv2(&s);
}

size_t eap_write_success_request(uint8_t id, uint8_t mschapv2_id,
                                 const uint8_t authenticator[EAP_MSCHAPV2_AUTHENTICATOR],
                                 void *packet)
{
	struct sink s = begin_mschapv2(packet, id, EAP_MSCHAPV2_SUCCESS, mschapv2_id);

	put_text(&s, "S=");
	put_hex(&s, authenticator, EAP_MSCHAPV2_AUTHENTICATOR);
	put_text(&s, " M=Welcome");
	return finish_mschapv2(&s);
}

/* 691 is ERROR_AUTHENTICATION_FAILURE, R=0 "do not try again", V=3 the version of the
 * change-password packet: RFC 2759 section 6. */
size_t eap_write_failure_request(uint8_t id, uint8_t mschapv2_id, const uint8_t challenge[16],
                                 void *packet)
{
	struct sink s = begin_mschapv2(packet, id, EAP_MSCHAPV2_FAILURE, mschapv2_id);

	put_text(&s, "E=691 R=0 C=");
	put_hex(&s, challenge, 16);
	put_text(&s, " V=3 M=Wrong user name or password");
	return finish_mschapv2(&s);
}

size_t eap_write_end(enum eap_code code, uint8_t id, void *packet)
{
	struct sink s = begin(packet, code, id);

	return finish(&s);
}
