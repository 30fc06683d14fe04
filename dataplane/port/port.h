/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * port - the devices, and nothing above them: the only place that knows rte_ethdev.
 *
 * Each worker has a receive and a transmit queue of its own on every port. Frames to send
 * are gathered per port and given to the device in bursts; what it does not take is a named
 * drop. Sending on net_af_packet is a system call: this folder alone may make one.
 *
 * Walk     [port/] -> pipeline.c -> ... -> [port/]
 * Thread   open and close: the main core; rx and tx: the worker, on its own queues
 */

#include "common/msg/msg.h"
#include "common/wire/eth.h"
#include "dataplane/conf/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp_port_queue;
struct dp_worker;
struct rte_mbuf;
struct rte_mempool;

struct dp_port {
	char name[MSG_NAME_MAX];
	uint16_t id; /* the device's, in ethdev */
	uint16_t mtu;
	uint16_t numa;
	struct wire_mac mac;
};

struct dp_port_set {
	uint16_t n;
	struct dp_port port[DP_PORTS_MAX];
};

struct dp_port_state {
	bool up;
	uint32_t mbps;
	uint64_t rx_missed, rx_errors, rx_no_buffer, tx_errors;
};

/* Octets a packet buffer must hold so that any frame of these ports fits. */
uint32_t dp_port_room(const struct dp_conf *conf);

/* The device as EAL wants it: for net_af_packet with queues and frame size added.
 * returns 0, -E2BIG */
int dp_port_device(const struct dp_conf *conf, uint32_t port, char *text, size_t size);

/* Is this the address of a PCI device ("0000:03:00.0")? */
bool dp_port_is_pci(const char *device);
/* The kernel interface under a device; false if there is none. */
bool dp_port_kernel_name(const char *device, char *name, size_t size);

/*
 * Configure and start every port of @conf with a queue pair per worker.
 *
 * @why     one sentence for a person when it fails
 * returns  0, -ENODEV, -ENOTSUP (too few queues), -EIO, -ENOMEM
 */
int dp_ports_open(const struct dp_conf *conf, struct rte_mempool *pool, struct dp_port_set *out,
                  struct dp_why *why);
void dp_ports_close(struct dp_port_set *set);

/* Index of the port called @name, or -ENOENT. */
int dp_port_find(const struct dp_port_set *set, const char *name);
void dp_port_state(const struct dp_port *port, struct dp_port_state *out);

/* A worker's transmit queues. returns 0, -ENOMEM */
int dp_port_queues_new(const struct dp_port_set *set, struct dp_port_queue **out);
void dp_port_queues_free(struct dp_port_queue *q);

/* Receive a burst: at most @max frames, counted. */
uint16_t dp_port_rx(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt, uint16_t max);

/* Last stage: frames, complete with their Ethernet header, for pkt->iface_out. A packet
 * whose VRF is not the interface's is drop.tenant. */
void dp_port_tx(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);
/* Give what was gathered to the devices. Once a turn. */
void dp_port_flush(struct dp_worker *w);

/* Nothing to do for a while: sleep if the setting says so. */
void dp_port_idle(const struct dp_worker *w);
