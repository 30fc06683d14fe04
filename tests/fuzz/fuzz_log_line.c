/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a log directory as sekishoctl reads them back, whoever wrote them: what is taken for
 * a record is shown on one line without a sign that steers a terminal.
 */
#include "controlplane/ctl/log_text.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_entry e = {.line = (const char *)data, .len = size};
	char *shown = NULL;
	size_t len = 0;
	FILE *out;

	if (log_line_read((const char *)data, size, &e.json, &e.time_us))
		return 0;
	out = open_memstream(&shown, &len);
	assert(out);
	log_text_line(&e, out);
	fclose(out);
	assert(len && shown[len - 1] == '\n');
	for (size_t i = 0; i + 1 < len; i++)
		assert((unsigned char)shown[i] >= 0x20 && shown[i] != 0x7f);
	free(shown);
	json_decref(e.json);
	return 0;
}
