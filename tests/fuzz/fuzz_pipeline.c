/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pipeline - packets through a whole gateway: parser, sessions, ESP, rules, flows, routes,
 * next hops. An input is a row of packets: two octets of length, one of kind (see
 * hostile_feed), the octets. What comes from a client is sealed here, so the fuzzer changes
 * what is inside; frames it changes as they are. State goes on from one input to the next.
 */
#include "common/msg/suite.h"
#include "tests/campaign/hostile.h"
#include "tests/perf/gateway.h"

#include <rte_eal.h>

#include <sanitizer/lsan_interface.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SETTLE_EVERY = 4096,
	PACKETS_MAX = 64,
};

static struct hostile *h;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char why[256];

	(void)argc, (void)argv;
	/* it is never taken down, and LeakSanitizer does not look into DPDK's memory */
	__lsan_disable();
	if (gateway_start(256) || hostile_up(MSG_SUITE_AES128_GCM16, 1, &h, why, sizeof(why)))
		abort();
	__lsan_enable();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned inputs;
	unsigned packets = 0;
	char why[256];
	size_t len;

	while (size > 3 && packets++ < PACKETS_MAX) {
		len = (size_t)(data[0] << 8 | data[1]) % 2048;
		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		hostile_feed(h, data, len);
		data += len;
		size -= len;
	}
	/* every packet is accounted for, every buffer is back */
	if (++inputs % SETTLE_EVERY == 0 && hostile_settle(h, why, sizeof(why))) {
		fprintf(stderr, "%s\n", why);
		abort();
	}
	return 0;
}
