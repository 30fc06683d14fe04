/* SPDX-License-Identifier: Apache-2.0 */

/*
 * events_page - docs/operations/events.md, printed from the rows of common/event/.
 *
 * Thread   any
 */

#include "controlplane/log/log.h"

#include <stdio.h>

static const char head[] =
	"# Events\n"
	"\n"
	"<!-- Printed from the rows of common/event/: build/release/tests/test-events-page "
	"--print -->\n"
	"\n"
	"What the gateway writes into its logs ([logs](logs.md)). Every line has `schema`, "
	"`time`, `id`, `event` and\n"
	"`level`, and of the keys of its event those that are known at that time. "
	"`left_out` counts keys that found\n"
	"no room. Keys may be added without a new `schema`.\n";

static const char *kind_text(enum event_kind kind)
{
	switch (kind) {
	case EVENT_TEXT:
		return "text";
	case EVENT_LONG:
		return "long text";
	case EVENT_NUMBER:
		return "number";
	case EVENT_HEX:
		return "64 bits, as text in hexadecimal";
	case EVENT_ADDR:
		return "address, as text";
	case EVENT_ENDPOINT:
		return "address and port, as text";
	}
	return "?";
}

static void put_keys(FILE *out, uint64_t keys)
{
	const char *before = "";

	for (unsigned key = 0; key < EVENT_KEY_COUNT; key++) {
		if (!(keys >> key & 1))
			continue;
		fprintf(out, "%s`%s`", before, event_key_name(key));
		before = ", ";
	}
}

static void put_log(FILE *out, enum event_log log)
{
	fprintf(out,
	        "\n## %s.log\n\n| event | level | meaning | keys |\n| --- | --- | --- | --- "
	        "|\n",
	        event_log_name(log));
	for (unsigned id = 0; id < EVENT_COUNT; id++) {
		if (event_log_of(id) != log)
			continue;
		fprintf(out, "| `%s` | %s | %s | ", event_name(id),
		        event_level_name(event_level_of(id)), event_meaning(id));
		put_keys(out, event_keys_of(id));
		fputs(" |\n", out);
	}
}

void cp_log_events_page(FILE *out)
{
	fputs(head, out);
	for (unsigned log = 0; log < EVENT_LOG_COUNT; log++)
		put_log(out, log);
	fputs("\n## Keys\n\n| key | value |\n| --- | --- |\n", out);
	for (unsigned key = 0; key < EVENT_KEY_COUNT; key++)
		fprintf(out, "| `%s` | %s |\n", event_key_name(key),
		        kind_text(event_key_kind(key)));
}
