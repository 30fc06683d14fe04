/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scraper may send to the socket of the metrics.
 */
#include "controlplane/metrics/http.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cp_http_request r, again;
	int status = cp_http_read((const char *)data, size, &r);

	assert(status == 0 || status == 200 || status == 400 || status == 404 ||
	       status == 405 || status == 431);
	assert(status || size < CP_HTTP_REQUEST_MAX);
	assert(*cp_http_reason(status));
	/* Octets behind a complete head change nothing. */
	if (status && status != 431 && size)
		assert(cp_http_read((const char *)data, size, &again) == status &&
		       again.dialect == r.dialect && again.is_head == r.is_head);
	return 0;
}
