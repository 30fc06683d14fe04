/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device - what net_af_packet is told beyond what the operator wrote.
 *
 * Frames of 8 KB: the kernel reassembles IPv4 before it hands a packet over, so one may be
 * larger than the MTU (an IKE message with certificates from a client without RFC 7383).
 *
 * Thread   the main core
 */
#include "dataplane/parse/packet.h"
#include "dataplane/port/port.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <string.h>

enum {
	AF_PACKET_FRAME = 8192,
	AF_PACKET_FRAMES = 1024,
	ETH_ROOM = 14 + 4 + 4, /* header, one VLAN tag, and a second that is refused */
	ESP_TAIL = 64,         /* padding, trailer and ICV behind an inner packet */
	ROOM_MIN = 2048,
};

static bool is_af_packet(const char *device)
{
	return strncmp(device, "net_af_packet", 13) == 0 ||
	       strncmp(device, "eth_af_packet", 13) == 0;
}

/* The number after "key=" in a vdev string, or @none. */
static uint32_t argument(const char *device, const char *key, uint32_t none)
{
	const char *at = device;
	size_t len = strlen(key);

	while ((at = strchr(at, ',')) != NULL) {
		at++;
		if (strncmp(at, key, len) == 0 && at[len] == '=')
			return (uint32_t)strtoul(at + len + 1, NULL, 10);
	}
	return none;
}

static uint32_t room_of(const struct dp_conf_port *port)
{
	uint32_t mtu = port->mtu ? port->mtu : 1500;
	uint32_t frame = mtu + ETH_ROOM;

	if (is_af_packet(port->device))
		frame = argument(port->device, "framesz", AF_PACKET_FRAME);
	return frame + ESP_TAIL;
}

uint32_t dp_port_room(const struct dp_conf *conf)
{
	uint32_t room = ROOM_MIN, i;

	for (i = 0; i < conf->n_port; i++)
		if (room_of(&conf->port[i]) > room)
			room = room_of(&conf->port[i]);
	return room + RTE_PKTMBUF_HEADROOM;
}

int dp_port_device(const struct dp_conf *conf, uint32_t port, char *text, size_t size)
{
	const char *device = conf->port[port].device;
	char queues[32] = "", frames[64] = "";
	int n;

	if (is_af_packet(device) && !argument(device, "qpairs", 0))
		snprintf(queues, sizeof(queues), ",qpairs=%u", conf->n_worker);
	if (is_af_packet(device) && !argument(device, "framesz", 0))
		snprintf(frames, sizeof(frames), ",framesz=%u,blocksz=%u,framecnt=%u",
		         AF_PACKET_FRAME, AF_PACKET_FRAME, AF_PACKET_FRAMES);
	n = snprintf(text, size, "%s%s%s", device, queues, frames);
	return n < 0 || (size_t)n >= size ? -E2BIG : 0;
}

bool dp_port_is_pci(const char *device)
{
	unsigned domain, bus, slot, function;
	char end;

	return sscanf(device, "%x:%x:%x.%x%c", &domain, &bus, &slot, &function, &end) == 4;
}

bool dp_port_kernel_name(const char *device, char *name, size_t size)
{
	const char *at = strstr(device, ",iface=");
	size_t len;

	if (!is_af_packet(device) || !at)
		return false;
	at += 7;
	len = strcspn(at, ",");
	if (!len || len >= size)
		return false;
	memcpy(name, at, len);
	name[len] = 0;
	return true;
}
