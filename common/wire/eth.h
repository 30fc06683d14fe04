/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * eth - Ethernet, 802.1Q and ARP as they stand on the wire.
 *
 * Source   IEEE 802.3, 802.1Q; RFC 826 and RFC 5227 for ARP
 */

#include "common/base/bytes.h"

#include <assert.h>

enum {
	WIRE_ETH_MAC = 6,
	WIRE_ETH_MIN = 60, /* smallest frame without its check sequence */
	WIRE_ETHERTYPE_IPV4 = 0x0800,
	WIRE_ETHERTYPE_ARP = 0x0806,
	WIRE_ETHERTYPE_VLAN = 0x8100,
	WIRE_ETHERTYPE_IPV6 = 0x86dd,
	WIRE_VLAN_ID = 0x0fff,
};

struct wire_mac {
	uint8_t octet[WIRE_ETH_MAC];
};

/*
 *   offset  size  field
 *        0     6  dst
 *        6     6  src
 *       12     2  type      above 1535, else a length
 */
struct wire_eth {
	struct wire_mac dst, src;
	be16 type;
};
static_assert(sizeof(struct wire_eth) == 14, "IEEE 802.3");

/* Follows a wire_eth whose type is WIRE_ETHERTYPE_VLAN. */
struct wire_vlan {
	be16 tci; /* priority:3 | drop eligible:1 | id:12 */
	be16 type;
};
static_assert(sizeof(struct wire_vlan) == 4, "IEEE 802.1Q");

enum {
	WIRE_ARP_HW_ETHERNET = 1,
	WIRE_ARP_REQUEST = 1,
	WIRE_ARP_REPLY = 2,
};

/*
 *   offset  size  field
 *        0     2  hardware  1 = Ethernet
 *        2     2  protocol  0x0800
 *        4     1  hlen      6
 *        5     1  plen      4
 *        6     2  operation
 *        8     6  sender's MAC
 *       14     4  sender's IPv4 address; all zero in a probe (RFC 5227)
 *       18     6  target's MAC
 *       24     4  target's IPv4 address
 */
struct wire_arp {
	be16 hardware, protocol;
	uint8_t hlen, plen;
	be16 operation;
	struct wire_mac sender_mac;
	be32 sender;
	struct wire_mac target_mac;
	be32 target;
};
static_assert(sizeof(struct wire_arp) == 28, "RFC 826");
