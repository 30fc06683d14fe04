/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_dataplane_conf - the data plane's document, any octets: read, or refused in one
 * sentence that a terminal can show.
 */
#include "dataplane/conf/conf.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A document may hold control characters; a message may not. */
static void expect_printable(const char *text)
{
	assert(text[0]);
	for (; *text; text++)
		assert((unsigned char)*text >= ' ' && *text != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("document", MFD_CLOEXEC);
	struct dp_why why = {""};
	struct dp_conf conf;
	char path[64];

	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size) {
		if (dp_conf_load(path, &conf, &why))
			expect_printable(why.text);
		else
			assert(conf.n_port && conf.n_port <= DP_PORTS_MAX && conf.n_worker &&
			       conf.n_worker <= DP_CORES_MAX);
	}
	close(fd);
	return 0;
}
