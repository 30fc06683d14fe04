/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of the history: whatever stands on the disk. The check sum is not asked of the fuzzer.
 */
#include "controlplane/policy/bundle.h"
#include "controlplane/policy/history_file.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t check_of(const char *text, size_t len)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)text[i]) * 0x100000001b3;
	return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct history_head head;
	struct cp_bundle *b;
	int fd;

	if (!cp_history_head_read(text, size, &head))
		return 0;
	assert(head.len <= size && head.revision.sequence);
	assert(memchr(head.revision.message, 0, sizeof(head.revision.message)));
	text += head.len;
	size -= head.len;
	if (cp_history_body_read(text, size, check_of(text, size), &fd))
		return 0;
	assert(cp_bundle_open(fd, &b) == 0);
	close(fd);
	for (size_t i = 0; i < cp_bundle_count(b); i++)
		assert(strncmp(cp_bundle_at(b, i)->name, "pki/", 4) &&
		       strncmp(cp_bundle_at(b, i)->name, "secrets/", 8));
	cp_bundle_close(b);
	return 0;
}
