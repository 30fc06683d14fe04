/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * stages - cycles by stage of the pipeline.
 *
 * Only in sekisho-bench-stages: the linker leads the calls of a stage (--wrap) through a
 * function that reads the clock before and after it, so the product is compiled as always
 * and knows nothing of this. A stage that calls another is charged for its own part only.
 * What the readings of the clock cost is taken off again; what they keep the processor from
 * doing at the same time is not, so the sum is above the figure of the other program.
 *
 * Thread   one
 */

#include <stdbool.h>
#include <stdint.h>

/* X(function, how many packets it is called with: of its arguments a to f, "its name") */
#define STAGES(X)                                                               \
	X(dp_fast, (uint16_t)d, "fast: frames sorted")                          \
	X(dp_fast_in, (uint16_t)c, "fast: from the client, cryptography in it") \
	X(dp_fast_out, (uint16_t)c, "fast: to the client, cryptography in it")  \
	X(dp_parse, (uint16_t)d, "parse")                                       \
	X(dp_session_own_spi, (uint16_t)c, "session: owner of the SPI")         \
	X(dp_esp_in, (uint16_t)c, "esp in: window, job")                        \
	X(dp_crypto_submit, (uint16_t)c, "crypto: submit")                      \
	X(dp_crypto_collect, 1, "crypto: collect")                              \
	X(dp_esp_in_done, (uint16_t)c, "esp in: commit, unwrap, anti-spoof")    \
	X(dp_acl_from_client, (uint16_t)c, "flows and rules, from the client")  \
	X(dp_parse_local, (uint16_t)c, "parse: to the gateway itself?")         \
	X(dp_session_to_client, (uint16_t)c, "session: by address")             \
	X(dp_acl_to_client, (uint16_t)c, "flows and rules, to the client")      \
	X(dp_route_ttl, (uint16_t)c, "route: TTL")                              \
	X(dp_esp_fit, (uint16_t)c, "esp out: MSS, size")                        \
	X(dp_esp_out, (uint16_t)c, "esp out: number, head, job")                \
	X(dp_esp_out_done, (uint16_t)c, "esp out: outer headers")               \
	X(dp_route, (uint16_t)c, "route")                                       \
	X(dp_frag, (uint16_t)c, "frag")                                         \
	X(dp_neigh, (uint16_t)c, "neigh")                                       \
	X(dp_port_tx, (uint16_t)c, "port: transmit")                            \
	X(dp_port_flush, 1, "port: flush")                                      \
	X(dp_flows_age, 1, "flows: ageing")                                     \
	X(dp_command_run, 1, "worker: commands")                                \
	X(dp_handoff_take, 1, "worker: hand-off")                               \
	X(dp_link_sync, 1, "link: sync")

#define STAGE_ID(function, n, name) STAGE_##function,
enum { STAGE_REST, STAGES(STAGE_ID) STAGE_COUNT };

struct stages {
	double cycles[STAGE_COUNT]; /* per packet; STAGE_REST: what no stage has */
};

const char *stages_name(unsigned stage);
/* False: this program does not count them. */
bool stages_are_counted(void);
/* The clock of the measurement starts, and stops. */
void stages_start(uint64_t now);
void stages_stop(uint64_t now);
/* Of all that was measured since the last call, which saw @packets. */
void stages_take(struct stages *out, uint64_t packets);
