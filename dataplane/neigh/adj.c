/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/neigh/adj.h"

#include "common/wire/eth.h"
#include "dataplane/iface/iface.h"

#include <rte_malloc.h>

#include <errno.h>

int dp_adjs_new(int socket, struct dp_adj **out)
{
	*out = rte_zmalloc_socket("dp_adj", DP_NEIGHS_MAX * sizeof(**out), RTE_CACHE_LINE_SIZE,
	                          socket);
	return *out ? 0 : -ENOMEM;
}

void dp_adjs_free(struct dp_adj *a)
{
	rte_free(a);
}

uint32_t dp_adj_note(struct dp_worker *w, const struct dp_iface *out, int place, uint64_t word)
{
	struct dp_adj *a = &w->adjs[place];
	struct wire_eth eth = {.src = out->mac};
	struct wire_vlan tag = {be16_from(out->vlan), be16_from(WIRE_ETHERTYPE_IPV4)};
	const uint8_t len = sizeof(eth) + (out->vlan ? sizeof(tag) : 0);

	/* the place says port and VLAN, which have one interface in a policy */
	if (a->handle && a->word == word && a->policy == w->adj_policy)
		return a->handle;
	/* 0 is no handle */
	if (!(++w->adj_serial << DP_ADJ_PLACE_BITS))
		w->adj_serial++;
	memcpy(&eth.dst, &word, sizeof(eth.dst));
	eth.type = be16_from(out->vlan ? WIRE_ETHERTYPE_VLAN : WIRE_ETHERTYPE_IPV4);
	*a = (struct dp_adj){
		.word = word,
		.handle = w->adj_serial << DP_ADJ_PLACE_BITS | (uint32_t)place,
		.policy = w->adj_policy,
		.iface = out->index,
		.port = out->port,
		.vrf = out->vrf,
		.mtu = out->mtu,
		.len = len,
	};
	memcpy(a->head + DP_ADJ_HEAD - len, &eth, sizeof(eth));
	if (out->vlan)
		memcpy(a->head + DP_ADJ_HEAD - sizeof(tag), &tag, sizeof(tag));
	return a->handle;
}
