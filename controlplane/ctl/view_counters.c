/* SPDX-License-Identifier: Apache-2.0 */

/*
 * view_counters - packets by where they came from and where they went, whether the law of
 * conservation holds, and what the control plane counts.
 *
 * Source   common/stat/counter.h and verdict.h: names, sides of the law, what to conclude
 * Thread   sekishoctl's only one
 */

#include "common/stat/counter.h"
#include "common/stat/verdict.h"
#include "controlplane/ctl/ask.h"
#include "controlplane/ctl/table_text.h"
#include "controlplane/ctl/view.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum {
	LOOKS = 4, /* packets move between two questions: look again before saying it fails */
	PAUSE_MS = 50,
};

static uint64_t sum(const json_t *numbers)
{
	uint64_t n = 0;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)numbers, key, value)
		n += view_number(numbers, key);
	return n;
}

/* The data plane's names are without their "drop.". */
static json_t *full_names(const json_t *drops)
{
	json_t *full = json_object(), *value;
	char name[64];
	const char *key;

	json_object_foreach ((json_t *)drops, key, value) {
		snprintf(name, sizeof(name), "%s%s", strncmp(key, "drop.", 5) ? "drop." : "",
		         key);
		json_object_set(full, name, value);
	}
	return full;
}

static void weigh(json_t *root)
{
	const json_t *counters = json_object_get(root, "counters");
	uint64_t came = 0, went = sum(json_object_get(root, "drops"));
	uint64_t held = sum(json_object_get(root, "gauges"));

	for (unsigned c = 0; c < DP_COUNTER_COUNT; c++) {
		if (dp_counter_side(c) > 0)
			came += view_number(counters, dp_counter_name(c));
		if (dp_counter_side(c) < 0)
			went += view_number(counters, dp_counter_name(c));
	}
	json_object_set_new(root, "law",
	                    json_pack("{s:I, s:I, s:I, s:b}", "came", (json_int_t)came, "went",
	                              (json_int_t)went, "held", (json_int_t)held, "holds",
	                              came == went + held));
}

static bool law_holds(const json_t *root)
{
	return json_is_true(json_object_get(json_object_get(root, "law"), "holds"));
}

static bool gather_drops(struct view *v, struct telemetry *t)
{
	json_t *drops = view_take(v, t, "/sekisho/drops", v->root, "drops");

	if (drops)
		json_object_set_new(v->root, "drops", full_names(drops));
	return drops;
}

static void gather_data(struct view *v, struct telemetry *t)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000};

	for (unsigned look = 0; look < LOOKS; look++) {
		if (look)
			nanosleep(&pause, NULL);
		if (!view_take(v, t, "/sekisho/counters", v->root, "counters") ||
		    !gather_drops(v, t) ||
		    !view_take(v, t, "/sekisho/gauges", v->root, "gauges"))
			return;
		weigh(v->root);
		if (law_holds(v->root))
			return;
	}
}

void counters_gather(struct view *v)
{
	json_t *answer = view_control(v, "counters");
	struct telemetry *t = view_telemetry(v);

	json_object_set_new(v->root, "controlplane", answer ? answer : json_null());
	gather_data(v, t);
	telemetry_close(t);
}

static void show_law(const json_t *root)
{
	const json_t *law = json_object_get(root, "law");
	uint64_t came = view_number(law, "came"), went = view_number(law, "went"),
		 held = view_number(law, "held");

	printf("\nCONSERVATION  %" PRIu64 " came = %" PRIu64 " went + %" PRIu64
	       " on their way: %s\n",
	       came, went, held, law_holds(root) ? "holds" : "does not hold");
	if (!law_holds(root))
		printf("  off by %" PRId64
		       ". It is exact when no packet moves: ask again when the "
		       "gateway is quiet.\n  If it stays so, packets are lost without a name: "
		       "report this.\n",
		       (int64_t)(came - went - held));
}

static void show_data(const json_t *root)
{
	static const char *const headings[] = {"DATA PLANE", ">PACKETS", "MEANING", NULL};
	const json_t *counters = json_object_get(root, "counters"),
		     *gauges = json_object_get(root, "gauges");
	const char *key;
	json_t *value;
	struct table t;
	char name[64];

	table_begin(&t, headings);
	for (unsigned c = 0; c < DP_COUNTER_COUNT; c++) {
		table_cell(&t, dp_counter_name(c));
		table_number(&t, view_number(counters, dp_counter_name(c)));
		table_cell(&t, dp_counter_text(c));
	}
	table_cell(&t, "drops");
	table_number(&t, sum(json_object_get(root, "drops")));
	table_cell(&t, "packets dropped, all reasons: sekishoctl drops");
	json_object_foreach ((json_t *)gauges, key, value) {
		snprintf(name, sizeof(name), "waiting.%s", key);
		table_cell(&t, name);
		table_number(&t, view_number(gauges, key));
		table_cell(&t, "packets on their way there, now");
	}
	table_end(&t, stdout, 0);
	show_law(root);
}

/* Some say their group themselves: "ike.rx". */
static void name_counter(const char *group, const char *key, char *out, size_t size)
{
	size_t n = strlen(group);

	if (!strncmp(key, group, n) && key[n] == '.')
		snprintf(out, size, "%s", key);
	else
		snprintf(out, size, "%s.%s", group, key);
}

static void show_control(const json_t *control)
{
	static const char *const headings[] = {"CONTROL PLANE", ">COUNT", NULL};
	const char *group, *key;
	json_t *counters, *value;
	struct table t;
	char name[96];

	table_begin(&t, headings);
	json_object_foreach ((json_t *)control, group, counters) {
		json_object_foreach (counters, key, value) {
			name_counter(group, key, name, sizeof(name));
			table_cell(&t, name);
			table_number(&t, view_number(counters, key));
		}
	}
	table_end(&t, stdout, 0);
}

void counters_show(const struct view *v)
{
	const json_t *control = json_object_get(v->root, "controlplane");

	if (json_object_get(v->root, "law"))
		show_data(v->root);
	if (!json_is_object(control))
		return;
	if (json_object_get(v->root, "law"))
		putchar('\n');
	show_control(control);
}

/* ---- drops -------------------------------------------------------------------------------- */

/* Each drop with what to conclude, in the order of the list. */
void drops_gather(struct view *v)
{
	struct telemetry *t = view_telemetry(v);
	json_t *drops = json_object();

	if (gather_drops(v, t)) {
		const json_t *counts = json_object_get(v->root, "drops");

		for (unsigned d = DP_OK + 1; d < DP_VERDICT_COUNT; d++)
			json_object_set_new(
				drops, dp_verdict_name(d),
				json_pack("{s:I, s:s}", "count",
			                  (json_int_t)view_number(counts, dp_verdict_name(d)),
			                  "conclude", dp_verdict_text(d)));
	}
	json_object_set_new(v->root, "drops", drops);
	telemetry_close(t);
}

static bool is_shown(const struct view *v, const json_t *row)
{
	return v->all || view_number(row, "count");
}

void drops_show(const struct view *v)
{
	static const char *const headings[] = {"DROP", ">PACKETS", "CONCLUDE", NULL};
	const json_t *drops = json_object_get(v->root, "drops"), *row;
	const char *name;
	struct table t;
	unsigned n = 0;

	json_object_foreach ((json_t *)drops, name, row)
		n += is_shown(v, row);
	if (!n) {
		if (json_object_size(drops))
			puts("nothing was dropped (--all shows the names)");
		return;
	}
	table_begin(&t, headings);
	json_object_foreach ((json_t *)drops, name, row) {
		if (!is_shown(v, row))
			continue;
		table_cell(&t, name);
		table_number(&t, view_number(row, "count"));
		table_cell(&t, view_text(row, "conclude"));
	}
	table_end(&t, stdout, 0);
}
