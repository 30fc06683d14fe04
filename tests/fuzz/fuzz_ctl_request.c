/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator's program may send to the control plane's socket.
 */
#include "controlplane/ctl/ctl.h"
#include "controlplane/ctl/ctl_request.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char fault[CTL_FAULT_MAX] = "";
	struct ctl_request r;

	if (ctl_request_parse((const char *)data, size, &r, fault)) {
		assert(*fault && strnlen(fault, sizeof(fault)) < sizeof(fault));
		return 0;
	}
	assert(r.command < CTL_COMMAND_COUNT && r.count <= CTL_PAGE_MAX && r.skip <= INT32_MAX);
	assert(strnlen(r.what, sizeof(r.what)) < sizeof(r.what));
	assert(strnlen(r.reason, sizeof(r.reason)) < sizeof(r.reason));
	/* Who is to be kicked is said, always. */
	assert(r.command != CTL_KICK || r.what[0]);
	return 0;
}
