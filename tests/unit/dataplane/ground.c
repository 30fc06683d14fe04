/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/dataplane/ground.h"

#include "dataplane/conf/conf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct addr ground_addr(const char *text)
{
	struct addr a;

	assert(!addr_parse(text, &a));
	return a;
}

uint32_t ground_v4(const char *text)
{
	struct addr a = ground_addr(text);
	be32 v4 = addr_v4(&a);
	uint32_t n;

	memcpy(&n, &v4, sizeof(n));
	return n;
}

void ground_messages(struct msg_iface iface[GROUND_IFACES],
                     struct msg_local local[GROUND_LOCALS])
{
	static const struct {
		const char *port, *addr, *addr6;
		uint16_t vlan, vrf;
	} rows[GROUND_IFACES] = {
		[GROUND_WAN] = {"wan0", "198.51.100.1", "2001:db8:51::1", 0, VRF_OUTER},
		[GROUND_WAN_5] = {"wan0", "203.0.113.1", "::", 5, VRF_OUTER},
		[GROUND_LAN] = {"lan0", "10.20.0.1", "2001:db8:20::1", 0, 1},
		[GROUND_LAN_7] = {"lan0", "10.20.0.1", "2001:db8:20::1", 7, 2},
	};
	uint16_t i;

	for (i = 0; i < GROUND_IFACES; i++) {
		iface[i] = (struct msg_iface){
			.iface = i,
			.vrf = rows[i].vrf,
			.vlan = rows[i].vlan,
			.mtu = 1500,
			.addr = ground_addr(rows[i].addr),
			.bits = ADDR_V4_SHIFT + 24,
			.addr6 = ground_addr(rows[i].addr6),
			.bits6 = 64,
		};
		snprintf(iface[i].port, sizeof(iface[i].port), "%s", rows[i].port);
	}
	local[0] = (struct msg_local){
		.iface = GROUND_WAN, .tenant = 1, .addr = ground_addr("198.51.100.1")};
	local[1] = (struct msg_local){
		.iface = GROUND_WAN, .tenant = 1, .addr = ground_addr("2001:db8:51::1")};
}

void ground_up(struct ground *g)
{
	struct msg_iface iface[GROUND_IFACES];
	struct msg_local local[GROUND_LOCALS];
	struct dp_why why;

	memset(g, 0, sizeof(*g));
	g->ports.n = 2;
	g->ports.port[0] = (struct dp_port){"wan0", 0, 1500, 0, {{2, 0, 0, 0, 0, 1}}};
	g->ports.port[1] = (struct dp_port){"lan0", 1, 1500, 0, {{2, 0, 0, 0, 0, 2}}};
	ground_messages(iface, local);
	assert(!dp_ifaces_build(iface, GROUND_IFACES, local, GROUND_LOCALS, &g->ports, NULL,
	                        &g->ifaces, &why));
}

void ground_down(struct ground *g)
{
	dp_ifaces_free(g->ifaces);
}

struct rte_mbuf *ground_frame(const void *octets, size_t len)
{
	struct rte_mbuf *m = aligned_alloc(64, (sizeof(*m) + DP_PKT_PRIV + 63) & ~(size_t)63);

	assert(m && len <= UINT16_MAX);
	memset(m, 0, sizeof(*m));
	memset(dp_pkt(m), 0xa5, sizeof(struct dp_pkt)); /* what a buffer's last user left */
	m->buf_addr = malloc(len ? len : 1);
	assert(m->buf_addr);
	memcpy(m->buf_addr, octets, len);
	m->buf_len = m->data_len = (uint16_t)len;
	m->pkt_len = (uint32_t)len;
	m->nb_segs = 1;
	m->priv_size = DP_PKT_PRIV;
	return m;
}

struct rte_mbuf *ground_hex(const char *hex)
{
	uint8_t octets[2048];
	size_t n = strlen(hex) / 2, i;
	unsigned v;

	assert(n <= sizeof(octets));
	for (i = 0; i < n; i++) {
		assert(sscanf(hex + 2 * i, "%2x", &v) == 1);
		octets[i] = (uint8_t)v;
	}
	return ground_frame(octets, n);
}

void ground_free(struct rte_mbuf *m)
{
	free(m->buf_addr);
	free(m);
}
