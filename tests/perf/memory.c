/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/memory.h"

#include "dataplane/session/table.h"

enum {
	HASH_SLOT = 16, /* signature, alternative, index of a key in rte_hash */
	SA_SLOT = sizeof(void *),
	WINDOW = 1024, /* of a tenant that says nothing of it */
};

struct memory_view memory_of_session(uint8_t suite)
{
	const size_t key = sizeof(struct dp_addr_key) + 2 * sizeof(void *);

	return (struct memory_view){
		.session = (uint32_t)(sizeof(struct dp_session) +
	                              dp_child_size(suite, WINDOW, 1, 0) +
	                              sizeof(struct dp_entry) + SA_SLOT +
	                              DP_HASH_SLACK * (key + HASH_SLOT)),
	};
}
