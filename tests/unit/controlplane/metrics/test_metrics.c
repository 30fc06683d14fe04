/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of the metrics: what is escaped, what the dialects differ in, that the catalogue
 * keeps the rules of OpenMetrics and misses no counter, what is made of documents that are
 * not as expected, and that docs/operations/metrics.md says what the rows do.
 * `test-metrics --print` prints its table.
 */
#include "common/stat/counter.h"
#include "controlplane/ike/ike_count.h"
#include "controlplane/metrics/catalogue.h"
#include "controlplane/metrics/format.h"
#include "controlplane/metrics/metrics.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the writer --------------------------------------------------------------------------- */

static const struct {
	const char *why, *value, *text;
} escapes[] = {
	{"plain", "lab", "lab"},
	{"empty", "", ""},
	{"a quote", "a\"b", "a\\\"b"},
	{"a backslash", "a\\", "a\\\\"},
	{"a new line cannot end the line", "a\nsekisho_up 0", "a\\nsekisho_up 0"},
	{"a brace is text", "a\"} 1", "a\\\"} 1"},
	{"carriage return", "a\rb",
         "a\xef\xbf\xbd"
         "b"},
	{"escape", "\x1b[2J", "\xef\xbf\xbd[2J"},
	{"DEL", "\x7f", "\xef\xbf\xbd"},
	{"a C1 control character",
         "\xc2\x9b"
         "2J",
         "\xef\xbf\xbd"
         "2J"},
	{"UTF-8 of two, three and four octets", "\xc3\xa9\xe5\x85\xb3\xf0\x9f\x94\x92",
         "\xc3\xa9\xe5\x85\xb3\xf0\x9f\x94\x92"},
	{"an octet that is no UTF-8",
         "a\xff"
         "b",
         "a\xef\xbf\xbd"
         "b"},
	{"cut UTF-8", "\xe5\x85", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"too long a form", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"a surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"past the last code point", "\xf4\x90\x80\x80",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
};

static void test_escapes(void **state UNUSED)
{
	static const struct cp_openmetrics_family f = {"a", CP_METRIC_GAUGE, NULL, "h"};

	for (size_t i = 0; i < COUNT(escapes); i++) {
		struct cp_openmetrics_label l = {"l", escapes[i].value};
		struct cp_openmetrics w;
		char want[256], *text;
		size_t len;

		cp_openmetrics_begin(&w, CP_OPENMETRICS_1_0);
		cp_openmetrics_family(&w, &f);
		cp_openmetrics_count(&w, &l, 1, 7);
		text = cp_openmetrics_end(&w, &len);
		snprintf(want, sizeof(want),
		         "# TYPE a gauge\n# HELP a h\na{l=\"%s\"} 7\n# EOF\n", escapes[i].text);
		if (!text || strcmp(text, want))
			fail_msg("%s: %s", escapes[i].why, text);
		assert_int_equal(len, strlen(want));
		free(text);
	}
}

static const struct {
	const char *why;
	enum cp_openmetrics_dialect dialect;
	struct cp_openmetrics_family family;
	double real; /* 0: the count below */
	uint64_t count;
	const char *text;
} families[] = {
	{"counter",
         CP_OPENMETRICS_1_0,
         {"a_bytes", CP_METRIC_COUNTER, "bytes", "x"},
         0,
         UINT64_MAX,
         "# TYPE a_bytes counter\n# UNIT a_bytes bytes\n# HELP a_bytes x\n"
         "a_bytes_total 18446744073709551615\n# EOF\n"},
	{"counter, plain",
         CP_OPENMETRICS_PLAIN,
         {"a_bytes", CP_METRIC_COUNTER, "bytes", "x"},
         0,
         1,
         "# TYPE a_bytes_total counter\n# HELP a_bytes_total x\na_bytes_total 1\n"},
	{"info",
         CP_OPENMETRICS_1_0,
         {"a", CP_METRIC_INFO, NULL, "x"},
         0,
         1,
         "# TYPE a info\n# HELP a x\na_info 1\n# EOF\n"},
	{"info, plain",
         CP_OPENMETRICS_PLAIN,
         {"a", CP_METRIC_INFO, NULL, "x"},
         0,
         1,
         "# TYPE a_info gauge\n# HELP a_info x\na_info 1\n"},
	{"help is escaped",
         CP_OPENMETRICS_1_0,
         {"a", CP_METRIC_GAUGE, NULL, "\"\\\n"},
         0,
         1,
         "# TYPE a gauge\n# HELP a \\\"\\\\\\n\na 1\n# EOF\n"},
	{"plain help has quotes",
         CP_OPENMETRICS_PLAIN,
         {"a", CP_METRIC_GAUGE, NULL, "\"\\\n"},
         0,
         1,
         "# TYPE a gauge\n# HELP a \"\\\\\\n\na 1\n"},
	{"a real",
         CP_OPENMETRICS_PLAIN,
         {"a", CP_METRIC_GAUGE, NULL, "x"},
         -0.25,
         0,
         "# TYPE a gauge\n# HELP a x\na -0.25\n"},
	{"infinite",
         CP_OPENMETRICS_PLAIN,
         {"a", CP_METRIC_GAUGE, NULL, "x"},
         INFINITY,
         0,
         "# TYPE a gauge\n# HELP a x\na +Inf\n"},
};

static void test_families(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(families); i++) {
		struct cp_openmetrics w;
		char *text;
		size_t len;

		cp_openmetrics_begin(&w, families[i].dialect);
		cp_openmetrics_family(&w, &families[i].family);
		if (families[i].real != 0)
			cp_openmetrics_real(&w, NULL, 0, families[i].real);
		else
			cp_openmetrics_count(&w, NULL, 0, families[i].count);
		text = cp_openmetrics_end(&w, &len);
		if (!text || strcmp(text, families[i].text))
			fail_msg("%s: %s", families[i].why, text);
		free(text);
	}
}

/* Text without an end is given up, not cut. */
static void test_too_long(void **state UNUSED)
{
	static const struct cp_openmetrics_family f = {"a", CP_METRIC_GAUGE, NULL, "h"};
	static char value[4096];
	const struct cp_openmetrics_label l = {"l", value};
	struct cp_openmetrics w;
	size_t len, n = CP_OPENMETRICS_MAX / sizeof(value) + 1;

	memset(value, 'x', sizeof(value) - 1);
	cp_openmetrics_begin(&w, CP_OPENMETRICS_1_0);
	cp_openmetrics_family(&w, &f);
	while (n--)
		cp_openmetrics_count(&w, &l, 1, 1);
	assert_null(cp_openmetrics_end(&w, &len));

	cp_openmetrics_begin(&w, CP_OPENMETRICS_PLAIN);
	w.text = cp_openmetrics_end(&w, &len);
	assert_string_equal(w.text, "");
	free(w.text);
}

/* ---- the catalogue --------------------------------------------------------------------------- */

static bool is_name(const char *s)
{
	if (!islower((unsigned char)*s))
		return false;
	for (; *s; s++)
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

static void check_labels(const struct cp_metrics_row *row)
{
	for (size_t k = 0; k < CP_METRICS_LABELS_MAX && row->label[k].name; k++) {
		bool is_key = row->shape == CP_METRICS_EACH || row->shape == CP_METRICS_INSIDE;

		if (!is_name(row->label[k].name) || !row->label[k].from != is_key)
			fail_msg("%s: label %s", row->family.name, row->label[k].name);
	}
	if (row->shape != CP_METRICS_ONE && !row->label[0].name)
		fail_msg("%s: several samples without a label", row->family.name);
}

static void test_catalogue(void **state UNUSED)
{
	for (size_t i = 0; i < cp_metrics_catalogue_n; i++) {
		const struct cp_metrics_row *row = &cp_metrics_catalogue[i], *other;
		const struct cp_openmetrics_family *f = &row->family;
		char end[64];

		if (strncmp(f->name, "sekisho_", 8) || !is_name(f->name))
			fail_msg("%s: not a name of ours", f->name);
		if (ends_with(f->name, "_total") || ends_with(f->name, "_info"))
			fail_msg("%s: the writer adds that", f->name);
		snprintf(end, sizeof(end), "_%s", f->unit ? f->unit : "");
		if (f->unit && !ends_with(f->name, end))
			fail_msg("%s: does not end with its unit", f->name);
		if (!*f->help || strpbrk(f->help, "\"\\\n|") || ends_with(f->help, "."))
			fail_msg("%s: its help", f->name);
		check_labels(row);
		for (size_t k = 0; k < i; k++) {
			other = &cp_metrics_catalogue[k];
			if (strcmp(other->family.name, f->name))
				continue;
			if (strcmp(cp_metrics_catalogue[i - 1].family.name, f->name))
				fail_msg("%s: its rows do not stand together", f->name);
			if (other->family.type != f->type ||
			    strcmp(other->family.help, f->help))
				fail_msg("%s: its rows differ", f->name);
		}
	}
}

/* How many rows show this key of a document? */
static unsigned shown(enum cp_metrics_source source, const char *place, const char *key)
{
	unsigned n = 0;

	for (size_t i = 0; i < cp_metrics_catalogue_n; i++) {
		const struct cp_metrics_row *row = &cp_metrics_catalogue[i];

		if (row->source != source || strcmp(row->place, place))
			continue;
		n += row->shape == CP_METRICS_ONE && !strcmp(row->value, key);
		n += row->shape == CP_METRICS_EACH &&
		     !strncmp(row->value, key, strlen(row->value));
	}
	return n;
}

static void test_nothing_is_missed(void **state UNUSED)
{
#define IKE_COUNTER_KEY(id, name, text) name,
	static const char *const ike[] = {IKE_COUNTERS(IKE_COUNTER_KEY)};

	for (unsigned c = 0; c < DP_COUNTER_COUNT; c++)
		if (shown(CP_METRICS_COUNTERS, "", dp_counter_name(c)) != 1)
			fail_msg("counter %s is not a metric", dp_counter_name(c));
	for (size_t i = 0; i < COUNT(ike); i++)
		if (shown(CP_METRICS_CONTROL, "ike", ike[i]) != 1)
			fail_msg("counter %s is not a metric", ike[i]);
}

/* ---- documents ------------------------------------------------------------------------------- */

struct can {
	const char *question, *answer; /* NULL: has no answer to it */
};

static const struct can cans[] = {
	{"/sekisho/info", "{\"dpdk\": \"DPDK 22.11\", \"uptime_s\": 5, \"attached\": 1, "
                          "\"policy_revision\": \"0xabc\", \"stalls\": 1.8446744073709552e19}"},
	{"/sekisho/counters", "{\"rx\": 100, \"rx_bytes\": 6400, \"link_stale\": 2}"},
	{"/sekisho/drops", "{\"replay\": 5, \"runt\": 0}"},
	{"/sekisho/conservation", "{\"came\": 1, \"difference\": -3}"},
	{"/sekisho/workers",
         "{\"worker\": [0, 1], \"core\": [2, 3], \"rx\": [10, 20], \"loops\": [1]}"},
	{"/sekisho/ports", "{\"port\": [\"wan0\"], \"device\": [\"net_\\\"x\"], \"mac\": "
                           "[\"02:00:00:00:00:01\"], \"up\": [1], \"mbps\": [10000]}"},
	{"/sekisho/rings",
         "{\"next\": 4, \"ring\": [\"handoff\"], \"worker\": [0], \"used\": [3]}"},
	{"/sekisho/rings,4",
         "{\"next\": 0, \"ring\": [\"handoff\"], \"worker\": [1], \"used\": [4]}"},
	{"/sekisho/punts",
         "{\"class\": [\"new\", \"known\"], \"passed\": [7, 8], \"source\": [9, 0]}"},
	{"/sekisho/memory",
         "{\"what\": [\"buffers\"], \"used\": [5], \"max\": [6], \"hugepages\": 0}"},
	{"/sekisho/tenants",
         "{\"next\": 9, \"tenant\": [1, 2], \"rules\": [4, 2], \"flows\": [8, 0]}"},
	/* A page that leads backwards is the last. */
	{"/sekisho/tenants,9", "{\"next\": 9, \"tenant\": [9], \"rules\": [1]}"},
	{"/sekisho/rules,1,0",
         "{\"next\": 2, \"number\": [0, 1], \"id\": [\"0x0000000000000000\", "
         "\"0x00000000000000ab\"], \"packets\": [10, 11], \"shared\": [0, 0]}"},
	{"/sekisho/rules,1,2",
         "{\"next\": 0, \"number\": [2, 3], \"id\": [\"0x00000000000000cd\", "
         "\"0x00000000000000ef\"], \"packets\": [12, 13], \"shared\": [0, 1]}"},
	{"/sekisho/rules,2,0",
         "{\"next\": 0, \"number\": [0], \"id\": [\"0x0000000000000000\"], "
         "\"packets\": [20], \"shared\": [0]}"},
	{"{\"command\":\"tenants\"}", "{\"tenants\": [{\"id\": 1, \"name\": \"lab\", "
                                      "\"sessions_max\": 100, "
                                      "\"certificate_expires\": 1800000000, "
                                      "\"rules\": [{\"id\": "
                                      "\"0xab\", \"name\": \"web \\\"in\\\"\"}]}]}"},
	{"{\"command\":\"status\"}",
         "{\"name\": \"lab\", \"uptime_s\": 60, \"policy\": {\"revision\": \"0xabc\", "
         "\"state\": \"in force\", \"tenants\": 1}, \"link\": {\"up\": true}, \"sessions\": 2,"
         " \"processes\": {\"keys\": {\"connected\": true, \"restarts\": 1}, \"log\": 3}}"},
	{"{\"command\":\"counters\"}",
         "{\"ike\": {\"ike.rx\": 7, \"ike.drop.spi\": 3, \"ike.failed\": 1, "
         "\"ike.cause.auth.wrong-password\": 1}, \"link\": "
         "{\"sent\": 9}}"},
};

static json_t *canned(const char *question)
{
	json_t *j;

	for (size_t i = 0; i < COUNT(cans); i++) {
		if (strcmp(cans[i].question, question))
			continue;
		j = json_loads(cans[i].answer, 0, NULL);
		assert_non_null(j);
		return j;
	}
	return NULL;
}

/* A gathering with both sides, or without one of them. */
static char *gather(int without)
{
	struct cp_metrics *m = cp_metrics_new();
	struct cp_metrics_question q;
	char *text;
	size_t len;

	assert_non_null(m);
	while (cp_metrics_next(m, &q)) {
		if ((int)q.side == without)
			cp_metrics_skip(m);
		else
			cp_metrics_take(m, canned(q.text));
	}
	text = cp_metrics_text(m, CP_OPENMETRICS_1_0, &len);
	assert_non_null(text);
	assert_int_equal(strlen(text), len);
	cp_metrics_free(m);
	return text;
}

static const struct {
	const char *why;
	int without;
	const char *has[14], *has_not[4];
} gatherings[] = {
	{"both sides",
         -1,
         {"\nsekisho_up{side=\"dataplane\"} 1\n", "\nsekisho_up{side=\"controlplane\"} 1\n",
          "# UNIT sekisho_received_bytes bytes\n", "\nsekisho_received_bytes_total 6400\n",
          "\nsekisho_dropped_packets_total{reason=\"runt\"} 0\n",
          "\nsekisho_unaccounted_packets -3\n",
          "\nsekisho_worker_received_packets_total{worker=\"1\",core=\"3\"} 20\n",
          "\nsekisho_port_info{port=\"wan0\",device=\"net_\\\"x\",mac=\"02:00:00:00:00:01\"} "
          "1\n",
          "\nsekisho_port_speed_bytes_per_second{port=\"wan0\"} 1250000000\n",
          "\nsekisho_policy_in_force 1\n",
          "\nsekisho_ike_dropped_messages_total{reason=\"spi\"} 3\n",
          "\nsekisho_process_restarts_total{process=\"keys\"} 1\n"},
         {"process=\"log\"", "loops_total{worker=\"1\"", "\"established\""}},
	{"a head is written once",
         -1,
         {"# TYPE sekisho_link_records counter\n# UNIT sekisho_link_records records\n# HELP "
          "sekisho_link_records records between the control plane and the data plane\n"
          "sekisho_link_records_total{direction=\"down\"} 9\n#",
          "\nsekisho_dataplane_stalls_total 1.8446744073709552e+19\n", "\n# EOF\n"},
         {"gauges"}},
	{"pages, names and rules",
         -1,
         {"\nsekisho_ring_used{ring=\"handoff\",worker=\"0\"} 3\n",
          "\nsekisho_ring_used{ring=\"handoff\",worker=\"1\"} 4\n",
          "\nsekisho_memory_limit{what=\"buffers\"} 6\n",
          "\nsekisho_tenant_rules{tenant=\"lab\"} 4\n",
          "\nsekisho_tenant_rules{tenant=\"9\"} 1\n",
          "\nsekisho_tenant_sessions_limit{tenant=\"lab\"} 100\n",
          "\nsekisho_tenant_certificate_expiry_timestamp_seconds{tenant=\"lab\"} 1800000000\n",
          "\nsekisho_ike_failures_total{cause=\"auth.wrong-password\"} 1\n",
          "\nsekisho_rule_packets_total{tenant=\"lab\",rule=\"(default deny)\"} 10\n",
          "\nsekisho_rule_packets_total{tenant=\"lab\",rule=\"web \\\"in\\\"\"} 11\n",
          "\nsekisho_rule_packets_total{tenant=\"lab\",rule=\"cd\"} 12\n",
          "\nsekisho_rule_packets_total{tenant=\"2\",rule=\"(default deny)\"} 20\n",
          "\nsekisho_rules_left_out 3\n"},
         {" 13\n", "limit{tenant=\"2\""}},
	{"no data plane",
         CP_METRICS_DATAPLANE,
         {"\nsekisho_up{side=\"dataplane\"} 0\n", "\nsekisho_up{side=\"controlplane\"} 1\n",
          "\nsekisho_sessions 2\n"},
         {"sekisho_received", "sekisho_dataplane_uptime"}},
	{"no control plane",
         CP_METRICS_CONTROLPLANE,
         {"\nsekisho_up{side=\"controlplane\"} 0\n", "\nsekisho_received_packets_total 100\n"},
         {"sekisho_sessions ", "sekisho_policy_in_force"}},
};

static void test_gathers(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(gatherings); i++) {
		char *text = gather(gatherings[i].without);

		for (size_t k = 0; k < COUNT(gatherings[i].has) && gatherings[i].has[k]; k++)
			if (!strstr(text, gatherings[i].has[k]))
				fail_msg("%s: does not say %s:\n%s", gatherings[i].why,
				         gatherings[i].has[k], text);
		for (size_t k = 0; k < COUNT(gatherings[i].has_not) && gatherings[i].has_not[k];
		     k++)
			if (strstr(text, gatherings[i].has_not[k]))
				fail_msg("%s: says %s:\n%s", gatherings[i].why,
				         gatherings[i].has_not[k], text);
		free(text);
	}
}

/* Documents of another shape than expected leave samples out; nothing else happens. */
static void test_wrong_shapes(void **state UNUSED)
{
	static const char *const shapes[] = {
		"{}",
		"{\"rx\": \"many\", \"port\": 7, \"worker\": {}, \"ike\": [1]}",
		("{\"rx\": null, \"port\": [null, {}, []], \"mtu\": [1, 2, 3], "
	         "\"ike\": {\"ike.rx\": []}}"),
		"{\"rx\": -5, \"policy\": {\"state\": 3}, \"processes\": {\"a\": null}}",
	};

	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct cp_metrics *m = cp_metrics_new();
		struct cp_metrics_question q;
		char *text;
		size_t len;

		while (cp_metrics_next(m, &q))
			cp_metrics_take(m, json_loads(shapes[i], 0, NULL));
		text = cp_metrics_text(m, CP_OPENMETRICS_1_0, &len);
		assert_non_null(text);
		if (strstr(text, "received_packets_total") ||
		    strstr(text, "ike_received_messages_total"))
			fail_msg("%s: %s", shapes[i], text);
		assert_non_null(strstr(text, "\n# EOF\n"));
		free(text);
		cp_metrics_free(m);
	}
}

/* A data plane that never comes to an end: it is asked so often and no more. */
static void test_no_end(void **state UNUSED)
{
	struct cp_metrics *m = cp_metrics_new();
	struct cp_metrics_question q;
	unsigned n = 0, control = 0;

	while (cp_metrics_next(m, &q)) {
		control += q.side == CP_METRICS_CONTROLPLANE;
		cp_metrics_take(m, json_pack("{s:i, s:[i]}", "next", ++n, "tenant", 7));
	}
	assert_true(n - control <= CP_METRICS_PAGES_MAX);
	assert_true(control > 0);
	cp_metrics_free(m);
}

/* More rules than are shown: the rest is a number. */
static void test_many_rules(void **state UNUSED)
{
	struct cp_metrics *m = cp_metrics_new();
	unsigned rows = 0, left_out;
	struct cp_metrics_question q;
	char *text, *at;
	size_t len;

	while (cp_metrics_next(m, &q)) {
		json_t *id = json_array(), *packets = json_array();
		unsigned from = 0;

		if (!strcmp(q.text, "/sekisho/tenants")) {
			cp_metrics_take(
				m, json_pack("{s:[i], s:[i]}", "tenant", 1, "rules", 5000));
		} else if (sscanf(q.text, "/sekisho/rules,1,%u", &from) == 1) {
			for (unsigned i = 0; i < 64; i++) {
				char hex[24];

				snprintf(hex, sizeof(hex), "0x%x", from + i);
				json_array_append_new(id, json_string(hex));
				json_array_append_new(packets, json_integer(1));
			}
			cp_metrics_take(m, json_pack("{s:i, s:O, s:O}", "next", from + 64, "id",
			                             id, "packets", packets));
		} else {
			cp_metrics_take(m, NULL);
		}
		json_decref(id);
		json_decref(packets);
	}
	text = cp_metrics_text(m, CP_OPENMETRICS_1_0, &len);
	for (at = text; (at = strstr(at, "\nsekisho_rule_packets_total{")); at++)
		rows++;
	at = strstr(text, "\nsekisho_rules_left_out ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "\nsekisho_rules_left_out %u", &left_out), 1);
	assert_in_range(rows, CP_METRICS_RULES_MAX, CP_METRICS_RULES_MAX + 64);
	assert_int_equal(rows + left_out, 5000);
	free(text);
	cp_metrics_free(m);
}

/* ---- the page -------------------------------------------------------------------------------- */

static void page_is_what_the_rows_say(void **state UNUSED)
{
	FILE *f = fopen(EXAMPLES "/../../docs/operations/metrics.md", "r");
	char *page = calloc(1, 65536), *printed = NULL, *table;
	size_t len;

	assert_non_null(f);
	assert_non_null(page);
	assert_true(fread(page, 1, 65535, f) < 65535);
	fclose(f);
	f = open_memstream(&printed, &len);
	assert_non_null(f);
	cp_metrics_manual(f);
	fclose(f);
	table = strstr(page, "| metric | type |");
	assert_non_null(table);
	if (strncmp(table, printed, len))
		fail_msg(
			"the table of docs/operations/metrics.md is old: test-metrics --print");
	free(page);
	free(printed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_catalogue),
		cmocka_unit_test(test_nothing_is_missed),
		cmocka_unit_test(test_gathers),
		cmocka_unit_test(test_wrong_shapes),
		cmocka_unit_test(test_no_end),
		cmocka_unit_test(test_many_rules),
		cmocka_unit_test(page_is_what_the_rows_say),
	};

	if (argc == 2 && !strcmp(argv[1], "--print")) {
		cp_metrics_manual(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
