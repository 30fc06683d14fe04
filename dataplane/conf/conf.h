/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * conf - the data plane's own document: devices, cores, memory, users.
 *
 * Read once at start, every value checked; nothing here changes while the program runs
 * (addresses, routes and rules come from the control plane). Each field is a row of a
 * table in conf.c: key, type, range, default. A key without a row is an error.
 *
 * Thread   the main core, before anything else starts
 * Memory   fixed size
 */

#include "common/msg/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	DP_PORTS_MAX = 16,
	DP_CORES_MAX = 64,
	DP_DEVICE_MAX = 192,
	DP_PATH_MAX = 80, /* a UNIX socket's path has to fit 108 octets */
	DP_WHY_MAX = 512,
};

/* One sentence that tells a person what is wrong and what to do. */
struct dp_why {
	char text[DP_WHY_MAX];
};

/* Write it; returns @err so that a caller can `return dp_why(why, -EINVAL, ...)`. */
int dp_why(struct dp_why *why, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

enum dp_hugepages {
	DP_HUGE_AUTO, /* when the machine has enough free ones */
	DP_HUGE_ALWAYS,
	DP_HUGE_NEVER,
};

struct dp_conf_port {
	char name[MSG_NAME_MAX];
	char device[DP_DEVICE_MAX]; /* PCI address, or EAL's vdev string */
	uint16_t mtu;               /* octets of an IP packet; 0 = leave as it is */
};

struct dp_conf {
	uint32_t n_port;
	struct dp_conf_port port[DP_PORTS_MAX];

	uint32_t main_core;
	uint32_t n_worker;
	uint32_t worker_core[DP_CORES_MAX];
	uint32_t idle_sleep_us; /* a worker with nothing to do sleeps so long; 0 = it polls */

	uint32_t crypto_wait_us; /* most that a packet waits in lanes that are not full */
	uint32_t des3_percent;   /* of the time, for 3DES while there are packets of others */

	enum dp_hugepages hugepages;
	uint32_t memory_mb; /* for EAL */
	uint32_t buffers;   /* packet buffers in the pool */
	uint32_t balance;   /* percent: workers may differ so much; 0: shards stay */
	uint32_t ring;      /* places in the rings between cores, a power of two */
	uint32_t max_sessions;
	uint32_t max_flows;           /* per worker */
	uint32_t max_rules;           /* that have counters of their own */
	uint32_t max_reassemblies;    /* packets in parts at a time, per worker */
	uint32_t tenant_reassemblies; /* of them, of one tenant; 0: a quarter */
	uint32_t reassembly_octets; /* of a packet that is put together, behind its IP header */
	uint32_t reassembly_s;
	uint32_t cut;      /* 0: before encryption, 1: after */
	uint32_t outer_df; /* enum dp_df */
	uint32_t path_min; /* octets: no path is believed to be smaller */
	uint32_t path_s;   /* what was learned of a path is forgotten after */

	uid_t uid; /* what the program runs as once its ports are up */
	gid_t gid;
	uid_t control_uid; /* who may attach, besides root */
	gid_t metrics_gid; /* may read the telemetry, besides root; 0: nobody */

	/* IKE messages a second that are looked at; 0: no limit. punt/guard.h */
	uint32_t punt_source, punt_prefix, punt_local;
	uint32_t punt_new, punt_open, punt_known;

	uint32_t link_down, link_up; /* octets of room of the link's rings, powers of two */
	char log[DP_PATH_MAX];       /* "stderr", "syslog" or a file */
	char runtime[DP_PATH_MAX];   /* from the command line */
};

/*
 * Read and check a document.
 *
 * @why     file, JSON path, found and expected
 * returns  0, -errno of reading, -EINVAL
 */
int dp_conf_load(const char *file, struct dp_conf *out, struct dp_why *why);
