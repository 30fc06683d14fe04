/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * attach - how the control plane gets its end of the link.
 *
 * The data plane listens on a UNIX SOCK_SEQPACKET socket. The control plane connects and
 * says struct attach_hello; the data plane checks SO_PEERCRED, makes and seals a new memfd,
 * and answers struct attach_welcome with the memfd by SCM_RIGHTS. The connection stays
 * open; its end is the end of the attach. One attach at a time: a new one (with right
 * credentials) ends the one before it.
 *
 * After the welcome the connection carries kicks and nothing else: one octet, ATTACH_KICK,
 * to an end that sleeps. Not an eventfd: its O_NONBLOCK is shared with whoever holds a copy,
 * so a hostile holder can clear it, fill the counter, and so block our write for good
 * (docs/decisions/0008-kick-by-socket.md). A kick that finds the socket full may be lost:
 * the kicks before it are still to be read.
 *
 * The mapping: [down ring][up ring of worker 0]..[up ring of worker n-1][up ring of main],
 * each ring_footprint() octets rounded up to ATTACH_PAGE.
 */

#include <stdint.h>

/* Below the runtime directory that both programs are given. */
#define ATTACH_SOCKET    "dataplane.sock"
#define TELEMETRY_SOCKET "dpdk/sekisho/dpdk_telemetry.v2"

enum {
	ATTACH_MAGIC = 0x534b4c31, /* "SKL1" */
	ATTACH_KICK = 'k',
	ATTACH_PAGE = 4096,
	ATTACH_WORKERS_MAX = 64,
	ATTACH_SESSIONS_MAX = 1 << 22, /* as many as SPIs name (common/msg/spi.h) */
};

struct attach_hello {
	uint32_t magic;
	uint32_t version; /* MSG_VERSION; another one is refused */
};

struct attach_welcome {
	uint32_t magic;
	uint32_t version;
	int32_t status; /* 0, -EPROTONOSUPPORT, -EPERM, -ENOMEM; the memfd only with 0 */
	uint32_t epoch; /* every record carries it; others are ignored and counted */
	uint64_t size;  /* octets of the mapping */
	uint32_t down_size, up_size; /* octets of room of each ring */
	uint32_t n_workers;    /* up rings are n_workers + 1, the last is the main core's */
	uint32_t max_sessions; /* sids are 0..max_sessions-1 */
	uint64_t
		boot; /* unique per start of the data plane: another value = sessions are gone */
};

/* Where up ring @i starts in the mapping; @i = their number: the mapping's end. */
uint64_t attach_up_at(uint32_t down_size, uint32_t up_size, uint32_t i);

/* Octets of the mapping. */
uint64_t attach_size(uint32_t down_size, uint32_t up_size, uint32_t n_workers);
