/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * raw_impl - what raw.c and the ways of calling the library share.
 *
 * Inside raw only.
 */

#include "tests/perf/raw.h"
#include "tests/perf/seal.h"

#include <intel-ipsec-mb.h>

enum {
	RAW_ROOM = 2048,
	RAW_WARM =
		64, /* buffers before the clock starts: as many as the widest lanes hold, twice */
	RAW_ALL = RAW_WARM + RAW_BUFFERS,
	RAW_BURST = 32,
	RAW_HEAD = 32, /* SPI, number and IV stand right in front of the text */
};

struct raw {
	struct gcm_key_data gcm __attribute__((aligned(64)));
	struct gcm_context_data context __attribute__((aligned(64)));
	uint32_t enc[64] __attribute__((aligned(64)));
	uint32_t dec[64] __attribute__((aligned(64)));
	uint64_t des[3][16] __attribute__((aligned(64)));
	const void *des_key[3];
	uint8_t key[32];
	uint8_t ipad[64] __attribute__((aligned(64)));
	uint8_t opad[64] __attribute__((aligned(64)));
	IMB_MGR *mgr;
	const struct seal_suite *suite;
	IMB_ARCH arch;
	unsigned way; /* index of raw_ways */
	uint8_t nonce[RAW_ALL][16];
	uint8_t aad[RAW_ALL][8];
	uint8_t icv[RAW_ALL][SEAL_ICV_MAX];
	uint8_t room[RAW_ALL][RAW_HEAD + RAW_ROOM] __attribute__((aligned(64)));
};

static inline uint8_t *raw_text(struct raw *r, uint32_t i)
{
	return r->room[i] + RAW_HEAD;
}

/* A way of putting buffers [first, first + n) through the library. */
struct raw_way {
	const char *name;
	bool (*fits)(const struct raw *r);
	void (*run)(struct raw *r, bool seal, const uint32_t *len, uint32_t first, uint32_t n);
	/* Lanes emptied: after the clock has stopped. May be NULL. */
	void (*drain)(struct raw *r);
};

extern const struct raw_way raw_jobs, raw_bursts, raw_split;

/* Keys for jobs; the keys themselves do not matter. */
void raw_expand_jobs(struct raw *r);
