/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_id - identities between their payload and text.
 *
 * Walk     exchange/ike_auth.c -> [ike/ike_id]
 * Source   RFC 7296 section 3.5
 * Thread   any; pure
 */

#include "controlplane/ike/ike_parts.h"

/* As it is looked up and logged: text kinds as they are if printable, all else in hex, so
 * that two identities never look the same. */
static const char *text_or_hex(const struct cursor *c, char *buf, size_t size)
{
	size_t i, used;
	bool printable = c->left > 0 && c->left < size;

	for (i = 0; i < c->left && printable; i++)
		printable = c->at[i] > ' ' && c->at[i] < 0x7f;
	if (printable) {
		memcpy(buf, c->at, c->left);
		buf[c->left] = 0;
		return buf;
	}
	used = (size_t)snprintf(buf, size, "0x");
	for (i = 0; i < c->left && used + 3 <= size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%02x", c->at[i]);
	return buf;
}

const char *cp_ike_id_text(const struct ike_id *id, char *buf, size_t size)
{
	struct addr a;

	if (id->type == IKE_ID_IPV4_ADDR && id->data.left == sizeof(be32)) {
		a = addr_from_v4(*(const be32 *)id->data.at);
		return addr_format(&a, buf, size);
	}
	if (id->type == IKE_ID_IPV6_ADDR && id->data.left == sizeof(a)) {
		memcpy(&a, id->data.at, sizeof(a));
		return addr_format(&a, buf, size);
	}
	return text_or_hex(&id->data, buf, size);
}

size_t cp_ike_id_ours(const struct cp_tenant *t, const struct addr *local, uint8_t *buf,
                      size_t size)
{
	struct sink s = sink_over(buf, size);
	struct addr a = *local;
	be32 v4;

	if ((!t->identity[0] || addr_parse(t->identity, &a) == 0) && addr_is_v4(&a)) {
		v4 = addr_v4(&a);
		sink_u32(&s, (uint32_t)IKE_ID_IPV4_ADDR << 24);
		sink_put(&s, &v4, sizeof(v4));
	} else {
		uint32_t type = strchr(t->identity, '@') ? IKE_ID_RFC822_ADDR : IKE_ID_FQDN;

		sink_u32(&s, type << 24);
		sink_put(&s, t->identity, strlen(t->identity));
	}
	return s.full ? 0 : s.used;
}
