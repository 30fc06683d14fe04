/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator's program may send to the policy process' socket.
 */
#include "controlplane/revision/request.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char fault[REVISION_FAULT_MAX] = "";
	struct revision_request r;
	const char *name;
	json_t *text;

	if (revision_request_parse((const char *)data, size, &r, fault)) {
		assert(*fault && strnlen(fault, sizeof(fault)) < sizeof(fault));
		assert(!r.root);
		return 0;
	}
	assert(r.command < REVISION_COMMAND_COUNT);
	json_object_foreach ((json_t *)r.documents, name, text) {
		assert(!strstr(name, "..") || !strchr(name + strlen("tenants/"), '/'));
		assert(json_is_string(text) || json_is_null(text));
	}
	revision_request_fini(&r);
	return 0;
}
