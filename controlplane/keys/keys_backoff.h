/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys_backoff - how long an answer about a user has to wait after failures.
 *
 * A table of fixed size, keyed by a hash under a random key: nobody can choose which row
 * a name falls into. A name nobody has is counted like any other. It delays and never locks
 * out, since who knows a name must not be able to keep its owner away.
 *
 * Thread   the loop's
 * Memory   some 24 KB; allocates nothing after keys_backoff_new()
 */

#include <stdbool.h>
#include <stdint.h>

struct cp_crypto;
struct keys_backoff;

enum {
	KEYS_BACKOFF_FIRST_MS = 250, /* after one failure; doubles with each */
	KEYS_BACKOFF_LAST_MS = 4000,
	KEYS_BACKOFF_MEMORY_MS = 15 * 60 * 1000, /* failures are forgotten after */
};

int keys_backoff_new(struct cp_crypto *crypto, struct keys_backoff **out);
void keys_backoff_free(struct keys_backoff *b);

/*
 * One attempt was judged: note it, and say how long its answer waits. The wait comes from
 * the failures before it; success ends the row.
 *
 * @now_ms  any clock that does not go back
 */
uint32_t keys_backoff_judge(struct keys_backoff *b, const char *tenant, const char *user,
                            bool right, uint64_t now_ms);
