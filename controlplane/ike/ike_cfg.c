/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_cfg - the Configuration payload: the client's address, its DNS servers, what it may
 * reach.
 *
 * Walk     exchange/establish.c -> [ike/ike_cfg]
 * Source   RFC 7296 section 2.19, 3.15
 * Thread   any; pure
 */

#include "controlplane/ike/ike_parts.h"

bool cp_ike_wants_address(const struct ike_message *m)
{
	unsigned i;

	if (!cp_ike_has(m, IKE_PAYLOAD_CP) || m->cfg.type != IKE_CFG_REQUEST)
		return false;
	for (i = 0; i < m->cfg.n; i++)
		if (m->cfg.at[i].type == IKE_CFG_IP4_ADDRESS)
			return true;
	return false;
}

static void put_v4(struct ike_writer *w, uint16_t type, const struct addr *a)
{
	be32 v4 = addr_v4(a);

	sink_u16(&w->s, type);
	sink_u16(&w->s, sizeof(v4));
	sink_put(&w->s, &v4, sizeof(v4));
}

static void put_subnet(struct ike_writer *w, const struct prefix *p)
{
	unsigned bits = p->bits - ADDR_V4_SHIFT;
	be32 v4 = addr_v4(&p->addr), mask = be32_from(bits ? ~(uint32_t)0 << (32 - bits) : 0);

	sink_u16(&w->s, IKE_CFG_IP4_SUBNET);
	sink_u16(&w->s, sizeof(v4) + sizeof(mask));
	sink_put(&w->s, &v4, sizeof(v4));
	sink_put(&w->s, &mask, sizeof(mask));
}

/* No netmask is sent: the address is one of a point-to-point link, and every client takes
 * it so. */
void cp_ike_put_cfg(struct ike_writer *w, const struct cp_network *net,
                    const struct addr *inner)
{
	const struct wire_ike_cfg_head head = {.type = IKE_CFG_REPLY};
	uint32_t i;

	cp_ike_payload_open(w, IKE_PAYLOAD_CP);
	sink_put(&w->s, &head, sizeof(head));
	put_v4(w, IKE_CFG_IP4_ADDRESS, inner);
	for (i = 0; i < net->n_dns; i++)
		if (addr_is_v4(&net->dns[i]))
			put_v4(w, IKE_CFG_IP4_DNS, &net->dns[i]);
	for (i = 0; i < net->n_route; i++)
		if (addr_is_v4(&net->route[i].addr))
			put_subnet(w, &net->route[i]);
	cp_ike_payload_close(w);
}
