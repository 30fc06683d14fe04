/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/table_text.h"
#include "controlplane/ctl/top.h"
#include "controlplane/ctl/view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	TEXT_MAX = 64,
	ROWS_LEAST = 3, /* sessions on however small a screen */
	UNKNOWN = -1,   /* a rate without a former number */
	BITS_A_BYTE = 8,
};

/* Both samples, and the time between them. */
struct span {
	const struct top_sample *before, *now;
	double seconds; /* 0: rates are unknown */
};

/* ---- rates ----------------------------------------------------------------------------------- */

/* A number that became less has started anew. */
static double rate_of(const struct span *s, const json_t *before, const json_t *now)
{
	double was = json_number_value(before), is = json_number_value(now);

	if (s->seconds <= 0 || !json_is_number(before) || !json_is_number(now) || is < was)
		return UNKNOWN;
	return (is - was) / s->seconds;
}

static double rate(const struct span *s, const char *table, const char *key)
{
	return rate_of(s, json_object_get(json_object_get(s->before->doc, table), key),
	               json_object_get(json_object_get(s->now->doc, table), key));
}

static double cell_rate(const struct span *s, const char *table, const char *column, size_t row)
{
	return rate_of(s, view_cell(json_object_get(s->before->doc, table), column, row),
	               view_cell(json_object_get(s->now->doc, table), column, row));
}

static double session_rate(const struct span *s, const char *id, const json_t *row,
                           const char *key)
{
	return rate_of(s, json_object_get(json_object_get(s->before->session, id), key),
	               json_object_get(row, key));
}

/* "1.5 M", "-". */
static const char *text_of(double n, const char *unit, char out[TEXT_MAX])
{
	static const char *const prefix[] = {"", "k", "M", "G", "T"};
	unsigned i = 0;

	if (n < 0) {
		snprintf(out, TEXT_MAX, "-");
		return out;
	}
	for (; n >= 999.5 && i + 1 < sizeof(prefix) / sizeof(*prefix); i++)
		n /= 1000;
	snprintf(out, TEXT_MAX, i && n < 99.5 ? "%.1f%s%s%s" : "%.0f%s%s%s", n,
	         i || *unit ? " " : "", prefix[i], unit);
	return out;
}

static void cell_rate_text(struct table *t, double n, const char *unit)
{
	char text[TEXT_MAX];

	table_cell(t, text_of(n, unit, text));
}

static double bits(double bytes)
{
	return bytes < 0 ? UNKNOWN : bytes * BITS_A_BYTE;
}

/* ---- head ------------------------------------------------------------------------------------- */

static double drop_rate(const struct span *s)
{
	const json_t *drops = json_object_get(s->now->doc, "drops"), *value;
	double sum = UNKNOWN, one;
	const char *key;

	json_object_foreach ((json_t *)drops, key, value) {
		one = rate(s, "drops", key);
		if (one >= 0)
			sum = (sum < 0 ? 0 : sum) + one;
	}
	return sum;
}

/* A line of names and texts; texts are escaped. */
static void put_line(FILE *out, const char *const *words)
{
	struct table t;
	const char *headings[TABLE_COLUMNS_MAX + 1] = {NULL};

	for (size_t i = 0; words[i]; i++)
		headings[i] = *words[i] ? words[i] : " ";
	table_begin(&t, headings);
	table_end(&t, out, 0);
}

static const char *seconds_text(uint64_t n, char out[TEXT_MAX])
{
	if (n < 3600)
		snprintf(out, TEXT_MAX, "%" PRIu64 " m %02" PRIu64 " s", n / 60, n % 60);
	else
		snprintf(out, TEXT_MAX, "%" PRIu64 " h %02" PRIu64 " m", n / 3600, n / 60 % 60);
	return out;
}

static void show_head(FILE *out, const struct span *s)
{
	const json_t *status = json_object_get(s->now->doc, "status"),
		     *info = json_object_get(s->now->doc, "info"),
		     *policy = json_object_get(status, "policy"), *p;
	char up[TEXT_MAX], sessions[TEXT_MAX], in[TEXT_MAX], out_text[TEXT_MAX],
		in_bits[TEXT_MAX], out_bits[TEXT_MAX], drops[TEXT_MAX], flows[TEXT_MAX];
	size_t i;

	snprintf(sessions, sizeof(sessions), "%" PRIu64 " of %" PRIu64,
	         view_number(info ? info : status, "sessions"),
	         view_number(info, "sessions_max"));
	put_line(out, (const char *const[]){
			      "sekisho", status ? view_text(status, "name") : "?", "up",
			      seconds_text(view_number(status ? status : info, "uptime_s"), up),
			      "policy", view_text(policy, "revision"),
			      view_text(policy, "state"), "sessions", sessions, NULL});
	put_line(out, (const char *const[]){
			      "in", text_of(rate(s, "counters", "rx"), "packet/s", in),
			      text_of(bits(rate(s, "counters", "rx_bytes")), "bit/s", in_bits),
			      "out", text_of(rate(s, "counters", "tx"), "packet/s", out_text),
			      text_of(bits(rate(s, "counters", "tx_bytes")), "bit/s", out_bits),
			      "dropped", text_of(drop_rate(s), "/s", drops), "new flows",
			      text_of(rate(s, "counters", "flow_new"), "/s", flows), NULL});
	json_array_foreach (s->now->problems, i, p)
		put_line(out, (const char *const[]){"!", json_string_value(p), NULL});
}

/* ---- workers, ports, drops -------------------------------------------------------------------- */

/* How busy a core is, nobody counts: a turn of the loop costs the same whether it found
 * packets or not. What it does is shown as it is. */
static void show_workers(FILE *out, const struct span *s)
{
	static const char *const headings[] = {
		">WORKER",   ">CORE",      ">TURN/S",     ">RX/S",  ">TX/S",
		">ESP IN/S", ">ESP OUT/S", ">HAND-OFF/S", ">FLOWS", NULL};
	static const char *const rates[] = {"loops",  "rx",      "tx",
	                                    "esp_in", "esp_out", "handoff"};
	const json_t *workers = json_object_get(s->now->doc, "workers");
	struct table t;

	if (!view_rows(workers))
		return;
	fputc('\n', out);
	table_begin(&t, headings);
	for (size_t i = 0; i < view_rows(workers) && i < TOP_SECTION_MAX; i++) {
		table_number(&t, (uint64_t)json_number_value(view_cell(workers, "worker", i)));
		table_number(&t, (uint64_t)json_number_value(view_cell(workers, "core", i)));
		for (size_t k = 0; k < sizeof(rates) / sizeof(*rates); k++)
			cell_rate_text(&t, cell_rate(s, "workers", rates[k], i), "");
		table_number(&t, (uint64_t)json_number_value(view_cell(workers, "flows", i)));
	}
	table_end(&t, out, 0);
}

static void show_ports(FILE *out, const struct span *s)
{
	static const char *const headings[] = {
		"PORT",        "LINK",        ">MISSED/S", ">NO BUFFER/S",
		">RX ERROR/S", ">TX ERROR/S", NULL};
	static const char *const rates[] = {"rx_missed", "rx_no_buffer", "rx_errors",
	                                    "tx_errors"};
	const json_t *ports = json_object_get(s->now->doc, "ports");
	struct table t;

	if (!view_rows(ports))
		return;
	fputc('\n', out);
	table_begin(&t, headings);
	for (size_t i = 0; i < view_rows(ports) && i < TOP_SECTION_MAX; i++) {
		const char *name = json_string_value(view_cell(ports, "port", i));

		table_cell(&t, name ? name : "?");
		table_cell(&t,
		           json_number_value(view_cell(ports, "up", i)) > 0 ? "up" : "down");
		for (size_t k = 0; k < sizeof(rates) / sizeof(*rates); k++)
			cell_rate_text(&t, cell_rate(s, "ports", rates[k], i), "");
	}
	table_end(&t, out, 0);
}

struct drop {
	const char *name;
	double rate, total;
};

static int by_drops(const void *a, const void *b)
{
	const struct drop *x = a, *y = b;

	if (x->rate != y->rate)
		return x->rate < y->rate ? 1 : -1;
	return (x->total < y->total) - (x->total > y->total);
}

static void show_drops(FILE *out, const struct span *s)
{
	static const char *const headings[] = {"DROP", ">PACKET/S", ">TOTAL", NULL};
	const json_t *drops = json_object_get(s->now->doc, "drops"), *value;
	struct drop *list = calloc(json_object_size(drops) + 1, sizeof(*list));
	const char *name;
	struct table t;
	size_t n = 0;

	if (!list)
		return;
	json_object_foreach ((json_t *)drops, name, value) {
		if (json_number_value(value) > 0)
			list[n++] = (struct drop){name, rate(s, "drops", name),
			                          json_number_value(value)};
	}
	qsort(list, n, sizeof(*list), by_drops);
	if (n) {
		fputc('\n', out);
		table_begin(&t, headings);
		for (size_t i = 0; i < n && i < TOP_SECTION_MAX; i++) {
			table_cell(&t, list[i].name);
			cell_rate_text(&t, list[i].rate, "");
			table_number(&t, (uint64_t)list[i].total);
		}
		table_end(&t, out, 0);
	}
	free(list);
}

/* ---- sessions and tenants ------------------------------------------------------------------------ */

struct session {
	const json_t *row;
	char tenant[TEXT_MAX]; /* the data plane knows them by number */
	const char *user;
	double in, out, packets, drops;
	uint64_t age;
};

static void tenant_of(const json_t *row, char out[TEXT_MAX])
{
	const json_t *tenant = json_object_get(row, "tenant");

	if (json_is_integer(tenant))
		snprintf(out, TEXT_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(tenant));
	else
		snprintf(out, TEXT_MAX, "%s", view_text(row, "tenant"));
}

static double sum(double a, double b)
{
	return a < 0 ? b : b < 0 ? a : a + b;
}

static struct session *list_sessions(const struct span *s, size_t *n)
{
	struct session *list = calloc(json_object_size(s->now->session) + 1, sizeof(*list));
	const json_t *row;
	const char *id;

	*n = 0;
	json_object_foreach (s->now->session, id, row) {
		struct session *one;

		if (!list)
			break;
		one = &list[(*n)++];
		one->row = row;
		tenant_of(row, one->tenant);
		one->user = view_text(row, "user");
		one->in = session_rate(s, id, row, "in_bytes");
		one->out = session_rate(s, id, row, "out_bytes");
		one->packets = sum(session_rate(s, id, row, "in_packets"),
		                   session_rate(s, id, row, "out_packets"));
		one->drops = session_rate(s, id, row, "drops");
		one->age = view_number(row, "age_s");
	}
	return list;
}

static int more(double a, double b)
{
	return (a < b) - (a > b);
}

static int compare(const void *a, const void *b, void *ctx)
{
	const struct session *x = a, *y = b;
	const enum top_sort *sort = ctx;
	int order = 0;

	if (*sort == TOP_SORT_IN)
		order = more(x->in, y->in);
	else if (*sort == TOP_SORT_OUT)
		order = more(x->out, y->out);
	else if (*sort == TOP_SORT_DROPS)
		order = more(x->drops, y->drops);
	else if (*sort == TOP_SORT_AGE)
		order = more((double)x->age, (double)y->age);
	/* Rows of equal rates stay where they are from one picture to the next. */
	if (!order)
		order = strcmp(x->user, y->user);
	return order ? order : strcmp(view_text(x->row, "id"), view_text(y->row, "id"));
}

struct tenant {
	const char *name;
	size_t sessions;
	double in, out;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct session *)a)->tenant, ((const struct session *)b)->tenant);
}

static int by_traffic(const void *a, const void *b)
{
	const struct tenant *x = a, *y = b;
	int order = more(sum(x->in, x->out), sum(y->in, y->out));

	return order ? order : strcmp(x->name, y->name);
}

/* @list is sorted by tenant on return. */
static size_t list_tenants(struct session *list, size_t n, struct tenant *out)
{
	size_t n_tenant = 0;

	qsort(list, n, sizeof(*list), by_name);
	for (size_t i = 0; i < n; i++) {
		struct tenant *t = n_tenant ? &out[n_tenant - 1] : NULL;

		if (!t || strcmp(t->name, list[i].tenant)) {
			t = &out[n_tenant++];
			*t = (struct tenant){list[i].tenant, 0, UNKNOWN, UNKNOWN};
		}
		t->sessions++;
		t->in = sum(t->in, list[i].in);
		t->out = sum(t->out, list[i].out);
	}
	return n_tenant;
}

static void show_tenants(FILE *out, struct session *list, size_t n)
{
	static const char *const headings[] = {"TENANT", ">SESSIONS", ">IN BIT/S", ">OUT BIT/S",
	                                       NULL};
	struct tenant *tenant = calloc(n + 1, sizeof(*tenant));
	struct table t;
	size_t n_tenant;

	if (!tenant || !n) {
		free(tenant);
		return;
	}
	n_tenant = list_tenants(list, n, tenant);
	qsort(tenant, n_tenant, sizeof(*tenant), by_traffic);
	fputc('\n', out);
	table_begin(&t, headings);
	for (size_t i = 0; i < n_tenant && i < TOP_SECTION_MAX; i++) {
		table_cell(&t, tenant[i].name);
		table_number(&t, tenant[i].sessions);
		cell_rate_text(&t, bits(tenant[i].in), "");
		cell_rate_text(&t, bits(tenant[i].out), "");
	}
	table_end(&t, out, 0);
	free(tenant);
}

static void session_row(struct table *t, const struct session *s)
{
	table_cell(t, *s->user ? s->user : "?");
	table_cell(t, s->tenant);
	table_cell(t, view_text(s->row, "inner"));
	table_cell(t, view_text(s->row, "remote"));
	cell_rate_text(t, bits(s->in), "");
	cell_rate_text(t, bits(s->out), "");
	cell_rate_text(t, s->packets, "");
	cell_rate_text(t, s->drops, "");
	table_seconds(t, view_number(s->row, "idle_s"));
	table_seconds(t, s->age);
	table_cell(t, view_text(s->row, "id"));
}

static size_t drop_others(struct session *list, size_t n, const char *tenant)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!tenant || !strcmp(list[i].tenant, tenant))
			list[kept++] = list[i];
	return kept;
}

/* The column that is sorted by has a mark. */
static void show_sessions(FILE *out, const struct session *list, size_t n,
                          const struct top_want *want, size_t rows)
{
	const char *headings[] = {"USER",      "TENANT",     "INNER",     "REMOTE",
	                          ">IN BIT/S", ">OUT BIT/S", ">PACKET/S", ">DROP/S",
	                          ">IDLE",     ">AGE",       "ID",        NULL};
	static const struct {
		size_t column;
		const char *marked;
	} mark[TOP_SORT_COUNT] = {
		[TOP_SORT_IN] = {4, ">*IN BIT/S"},  [TOP_SORT_OUT] = {5, ">*OUT BIT/S"},
		[TOP_SORT_DROPS] = {7, ">*DROP/S"}, [TOP_SORT_AGE] = {9, ">*AGE"},
		[TOP_SORT_USER] = {0, "*USER"},
	};
	size_t first = want->skip < n ? want->skip : n ? n - 1 : 0;
	struct table t;

	headings[mark[want->sort].column] = mark[want->sort].marked;
	fputc('\n', out);
	table_begin(&t, headings);
	for (size_t i = first; i < n && i - first < rows; i++)
		session_row(&t, &list[i]);
	table_end(&t, out, 0);
}

static void show_foot(FILE *out, const struct span *s, const struct top_want *want, size_t n)
{
	struct table t;
	char count[TEXT_MAX];
	const char *tenant = want->tenant ? want->tenant : "all tenants";

	snprintf(count, sizeof(count), "%zu sessions%s", n,
	         s->now->is_cut ? ", the first of more" : "");
	table_begin(&t, (const char *const[]){count, tenant, want->has_keys ? "q quit" : NULL,
	                                      "s sort", "t tenant", "arrows scroll", NULL});
	table_end(&t, out, 0);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Lines left for sessions: not their heading, the blank line above it, and the foot. */
static size_t rows_left(const struct top_want *want, const char *above)
{
	size_t used = count_lines(above) + 3;

	if (!want->rows)
		return TOP_SESSIONS_MAX;
	return want->rows > used + ROWS_LEAST ? want->rows - used : ROWS_LEAST;
}

size_t top_show(FILE *out, const struct top_sample *before, const struct top_sample *now,
                const struct top_want *want)
{
	const struct span s = {before, now,
	                       before->at_ms && now->at_ms > before->at_ms
	                               ? (double)(now->at_ms - before->at_ms) / 1000
	                               : 0};
	enum top_sort sort = want->sort;
	char *above = NULL;
	size_t n, size;
	struct session *list = list_sessions(&s, &n);
	FILE *top = open_memstream(&above, &size);

	if (!list || !top)
		abort();
	show_head(top, &s);
	show_workers(top, &s);
	show_ports(top, &s);
	show_drops(top, &s);
	show_tenants(top, list, n);
	fclose(top);
	fputs(above, out);
	n = drop_others(list, n, want->tenant);
	qsort_r(list, n, sizeof(*list), compare, &sort);
	show_sessions(out, list, n, want, rows_left(want, above));
	show_foot(out, &s, want, n);
	free(above);
	free(list);
	return n;
}

const char *top_next_tenant(const struct top_sample *now, const char *tenant)
{
	const json_t *row;
	const char *id, *best = NULL, *name;

	json_object_foreach (now->session, id, row) {
		name = view_text(row, "tenant");
		if (*name && (!tenant || strcmp(name, tenant) > 0) &&
		    (!best || strcmp(name, best) < 0))
			best = name;
	}
	return best;
}
