/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port - devices brought up and down, and asked how they are.
 *
 * Walk     main.c -> parts.c -> [port/port] -> port/port_io.c
 * Thread   the main core
 */
#include "dataplane/port/port.h"

#include <rte_ethdev.h>
#include <rte_mempool.h>

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RX_PLACES = 1024,
	TX_PLACES = 1024,
};

/* ethdev does not know the MTU of a kernel interface under net_af_packet: ask the kernel. */
static uint16_t kernel_mtu(uint32_t if_index, uint16_t otherwise)
{
	struct ifreq ifr = {0};
	int fd, err;

	if (!if_index || !if_indextoname(if_index, ifr.ifr_name))
		return otherwise;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return otherwise;
	err = ioctl(fd, SIOCGIFMTU, &ifr);
	close(fd);
	return err || ifr.ifr_mtu <= 0 || ifr.ifr_mtu > UINT16_MAX ? otherwise
	                                                           : (uint16_t)ifr.ifr_mtu;
}

/* EAL names a vdev by what stands before the first comma. */
static int find_device(const char *device, uint16_t *id)
{
	char name[DP_DEVICE_MAX];
	size_t len = strcspn(device, ",");

	memcpy(name, device, len);
	name[len] = 0;
	return rte_eth_dev_get_port_by_name(name, id);
}

static int configure(const struct dp_conf *conf, const struct dp_port *p,
                     const struct rte_eth_dev_info *info, struct dp_why *why)
{
	struct rte_eth_conf eth = {0};
	uint16_t n = (uint16_t)conf->n_worker;

	if (info->max_rx_queues < n || info->max_tx_queues < n)
		return dp_why(why, -ENOTSUP,
		              "port %s: the device has %u receive and %u transmit queues, but "
		              "%u workers"
		              " need one each: use fewer workers or another device",
		              p->name, info->max_rx_queues, info->max_tx_queues, n);
	if (n > 1 && info->flow_type_rss_offloads) {
		eth.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		eth.rx_adv_conf.rss_conf.rss_hf =
			(RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP) & info->flow_type_rss_offloads;
	}
	eth.txmode.offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS & info->tx_offload_capa;
	if (rte_eth_dev_configure(p->id, n, n, &eth))
		return dp_why(why, -EIO, "port %s: the device refuses %u queues", p->name, n);
	return 0;
}

static int set_mtu(const struct dp_conf_port *conf, struct dp_port *p,
                   const struct rte_eth_dev_info *info, struct dp_why *why)
{
	uint16_t mtu = RTE_ETHER_MTU;

	rte_eth_dev_get_mtu(p->id, &mtu);
	p->mtu = kernel_mtu(info->if_index, mtu);
	if (!conf->mtu || conf->mtu == p->mtu)
		return 0;
	if (rte_eth_dev_set_mtu(p->id, conf->mtu))
		return dp_why(why, -EIO,
		              "port %s: cannot set MTU %u (it is %u): set it on the device,"
		              " or leave out \"mtu\"",
		              p->name, conf->mtu, p->mtu);
	p->mtu = conf->mtu;
	return 0;
}

static int start(const struct dp_conf *conf, const struct dp_port *p, struct rte_mempool *pool,
                 struct dp_why *why)
{
	uint16_t rx = RX_PLACES, tx = TX_PLACES, q;
	int err;

	if (rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &rx, &tx))
		return dp_why(why, -EIO, "port %s: cannot size its queues", p->name);
	for (q = 0; q < conf->n_worker; q++) {
		err = rte_eth_rx_queue_setup(p->id, q, rx, p->numa, NULL, pool);
		if (!err)
			err = rte_eth_tx_queue_setup(p->id, q, tx, p->numa, NULL);
		if (err)
			return dp_why(why, -EIO, "port %s: cannot set up queue %u: %s", p->name,
			              q, strerror(-err));
	}
	err = rte_eth_dev_start(p->id);
	if (err)
		return dp_why(why, -EIO, "port %s: cannot start: %s", p->name, strerror(-err));
	/* IPv6 neighbours ask for us by multicast: parse/ says what of it is for us. A device
	 * without a filter of its own (net_af_packet) need not know how. */
	err = rte_eth_allmulticast_enable(p->id);
	if (err && err != -ENOTSUP)
		return dp_why(why, -EIO, "port %s: does not receive multicast: %s", p->name,
		              strerror(-err));
	return 0;
}

static int open_port(const struct dp_conf *conf, uint32_t index, struct rte_mempool *pool,
                     struct dp_port *p, struct dp_why *why)
{
	const struct dp_conf_port *from = &conf->port[index];
	struct rte_eth_dev_info info;
	struct rte_ether_addr mac;
	int numa, err;

	memcpy(p->name, from->name, sizeof(p->name));
	if (find_device(from->device, &p->id))
		return dp_why(why, -ENODEV, "port %s: EAL found no device \"%s\"", from->name,
		              from->device);
	if (rte_eth_dev_info_get(p->id, &info) || rte_eth_macaddr_get(p->id, &mac))
		return dp_why(why, -EIO, "port %s: the device does not say what it is",
		              p->name);
	memcpy(&p->mac, &mac, sizeof(p->mac));
	numa = rte_eth_dev_socket_id(p->id);
	p->numa = numa < 0 ? 0 : (uint16_t)numa;

	err = configure(conf, p, &info, why);
	if (!err)
		err = set_mtu(from, p, &info, why);
	if (!err)
		err = start(conf, p, pool, why);
	return err;
}

int dp_ports_open(const struct dp_conf *conf, struct rte_mempool *pool, struct dp_port_set *out,
                  struct dp_why *why)
{
	uint32_t i;
	int err;

	out->n = 0;
	for (i = 0; i < conf->n_port; i++) {
		err = open_port(conf, i, pool, &out->port[i], why);
		if (err) {
			dp_ports_close(out);
			return err;
		}
		out->n++;
	}
	return 0;
}

void dp_ports_close(struct dp_port_set *set)
{
	while (set->n) {
		uint16_t id = set->port[--set->n].id;

		rte_eth_dev_stop(id);
		rte_eth_dev_close(id);
	}
}

int dp_port_find(const struct dp_port_set *set, const char *name)
{
	uint16_t i;

	for (i = 0; i < set->n; i++)
		if (strncmp(set->port[i].name, name, MSG_NAME_MAX) == 0)
			return i;
	return -ENOENT;
}

void dp_port_state(const struct dp_port *port, struct dp_port_state *out)
{
	struct rte_eth_link link = {0};
	struct rte_eth_stats stats = {0};

	rte_eth_link_get_nowait(port->id, &link);
	rte_eth_stats_get(port->id, &stats);
	out->up = link.link_status == RTE_ETH_LINK_UP;
	out->mbps = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
	out->rx_missed = stats.imissed;
	out->rx_errors = stats.ierrors;
	out->rx_no_buffer = stats.rx_nombuf;
	out->tx_errors = stats.oerrors;
}
