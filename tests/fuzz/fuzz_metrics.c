/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a data plane that was taken over may answer: every line of the text made of it is a
 * comment or a sample, and none holds an octet that a terminal would obey.
 */
#include "controlplane/metrics/metrics.h"
#include "controlplane/metrics/telemetry_json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NAME, perhaps {LABELS} with escaped values, a blank, a number. */
static void check_sample(const char *line, size_t len)
{
	size_t i = strspn(line, "abcdefghijklmnopqrstuvwxyz_0123456789");
	bool is_quoted = false;

	assert(i > 8 && !memcmp(line, "sekisho_", 8));
	if (line[i] == '{') {
		for (i++; i < len && (is_quoted || line[i] != '}'); i++) {
			if (line[i] == '\\' && is_quoted)
				i++;
			else if (line[i] == '"')
				is_quoted = !is_quoted;
		}
		i++;
	}
	assert(i < len && line[i] == ' ' && !is_quoted);
	assert(strcspn(line + i + 1, " \n") == len - i - 1);
}

static void check(const char *text, size_t len)
{
	const char *end;

	for (size_t i = 0; i < len; i++)
		assert((unsigned char)text[i] >= 0x20 || text[i] == '\n');
	for (; *text; text = end + 1) {
		end = strchr(text, '\n');
		assert(end);
		if (*text != '#')
			check_sample(text, (size_t)(end - text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cp_metrics *m = cp_metrics_new();
	struct cp_metrics_question q;
	char *text;
	size_t len;

	(void)cp_telemetry_greeting((const char *)data, size);
	/* The same answer to everything: JSON of any key, under the name that was asked for. */
	while (cp_metrics_next(m, &q)) {
		json_t *any =
			json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);

		json_decref(cp_telemetry_answer((const char *)data, size, q.text));
		cp_metrics_take(m, any);
	}
	text = cp_metrics_text(m, size & 1 ? CP_OPENMETRICS_PLAIN : CP_OPENMETRICS_1_0, &len);
	assert(!text || strlen(text) == len);
	if (text)
		check(text, len);
	free(text);
	cp_metrics_free(m);
	return 0;
}
