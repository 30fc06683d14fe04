/* SPDX-License-Identifier: Apache-2.0 */
/* An IKE datagram as it comes from the wire: header and outer payloads. */
#include "controlplane/ike/ike_codec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ike_message *m = calloc(1, sizeof(*m));
	struct cursor c = cursor_over(data, size);

	if (cp_ike_header_decode(&c, &m->head) == 0)
		cp_ike_payloads_decode(m->head.next, c, m);
	free(m);
	return 0;
}
