/* SPDX-License-Identifier: Apache-2.0 */
/* Classification of frames: the first octet names the port, the rest is the frame. */
#include "dataplane/parse/parse.h"
#include "dataplane/worker/worker.h"
#include "tests/unit/dataplane/ground.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dp_worker *w;
	static struct ground g;
	struct rte_mbuf *m;

	if (!w) {
		ground_up(&g);
		w = aligned_alloc(64, sizeof(*w));
		memset(w, 0, sizeof(*w));
		w->ifaces = g.ifaces;
	}
	if (!size || size > 9000)
		return 0;
	m = ground_frame(data + 1, size - 1);
	if (dp_parse_frame(w, data[0] & 1, m) == DP_OK && dp_pkt(m)->kind > DP_KIND_FRAGMENT)
		abort();
	ground_free(m);
	return 0;
}
