/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/memory.h"

#include "dataplane/session/table.h"

enum {
	HASH_SLOT = 16, /* signature, alternative, index of a key in rte_hash */
	SA_SLOT = sizeof(void *),
};

struct memory_view memory_of_session(uint8_t suite)
{
	const size_t key = sizeof(struct dp_addr_key) + 2 * sizeof(void *);

	(void)suite;
	return (struct memory_view){
		.session = (uint32_t)(sizeof(struct dp_session) + sizeof(struct dp_child) +
	                              sizeof(struct dp_entry) + SA_SLOT +
	                              DP_HASH_SLACK * (key + HASH_SLOT)),
	};
}
