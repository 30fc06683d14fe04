/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ctl_answer.h"

#include "controlplane/dpctl/dpctl.h"
#include "controlplane/ike/ike.h"
#include "controlplane/log/log.h"
#include "controlplane/proc/ipc.h"
#include "controlplane/session/session.h"

#include <jansson.h>

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)(n > INT64_MAX ? INT64_MAX : n));
}

/* JSON numbers lose digits past 2^53 in many readers; identifiers are text. */
static json_t *hex(uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, n);
	return json_string(text);
}

/* Names that came from a client need not be UTF-8, which jansson insists on. */
static json_t *text(const char *s)
{
	json_t *j = json_string(s ? s : "");
	char plain[256];
	size_t i;

	if (j)
		return j;
	for (i = 0; s[i] && i < sizeof(plain) - 1; i++)
		plain[i] = s[i] < 0x20 || s[i] > 0x7e ? '?' : s[i];
	plain[i] = '\0';
	return json_string(plain);
}

static json_t *address(const struct addr *a)
{
	char buf[ADDR_TEXT];

	return json_string(addr_is_none(a) ? "" : addr_format(a, buf, sizeof(buf)));
}

static json_t *endpoint(const struct endpoint *e)
{
	char buf[ADDR_TEXT + 8];

	return json_string(addr_is_none(&e->addr) ? "" : endpoint_format(e, buf, sizeof(buf)));
}

static uint64_t seconds_since(uint64_t then_ms)
{
	struct timespec ts;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
	return then_ms && now > then_ms ? (now - then_ms) / 1000 : 0;
}

/* ---- status ------------------------------------------------------------------------------ */

static const char *policy_text(enum cp_ctl_policy p)
{
	switch (p) {
	case CP_CTL_POLICY_WAITS:
		return "waiting for the data plane";
	case CP_CTL_POLICY_APPLIED:
		return "in force";
	case CP_CTL_POLICY_REFUSED:
		return "refused by the data plane";
	}
	return "?";
}

static json_t *process(bool is_connected, uint32_t restarts)
{
	return json_pack("{s:b, s:I}", "connected", is_connected, "restarts",
	                 (json_int_t)restarts);
}

static json_t *status(const struct cp_ctl_deps *d)
{
	const struct cp_ctl_state *s = d->state;
	bool is_up = cp_dpctl_is_up(d->dpctl);

	return json_pack("{s:o, s:I, s:{s:o, s:s, s:I}, s:{s:b, s:I, s:I, s:I}, s:I, s:{s:o, "
	                 "s:o}, s:I, s:o, s:o}",
	                 "name", text(d->policy->appliance.name), "uptime_s",
	                 (json_int_t)seconds_since(s->started_ms), "policy", "revision",
	                 hex(d->policy->revision), "state", policy_text(s->policy), "tenants",
	                 (json_int_t)d->policy->n_tenant, "link", "up", is_up, "up_s",
	                 (json_int_t)(is_up ? seconds_since(s->attached_ms) : 0), "workers",
	                 (json_int_t)s->n_workers, "max_sessions", (json_int_t)s->max_sessions,
	                 "sessions", (json_int_t)cp_sessions_count(d->sessions), "processes",
	                 "keys", process(cp_ipc_is_open(d->keys_ipc), s->keys_restarts), "log",
	                 process(cp_ipc_is_open(d->log_ipc), s->log_restarts), "log_lost",
	                 (json_int_t)cp_log_lost(d->log), "log_directory", text(d->log_dir),
	                 "time_zone", text(d->policy->appliance.time_zone));
}

/* ---- sessions ---------------------------------------------------------------------------- */

struct page {
	json_t *rows;
	uint32_t at, skip, count;
};

static void add_row(void *ctx, const struct cp_session_row *r)
{
	struct page *p = ctx;
	json_t *j;

	if (p->at++ < p->skip || p->at - p->skip > p->count)
		return;
	j = json_object();
	json_object_set_new(j, "id", hex(r->id));
	json_object_set_new(j, "sid", number(r->sid));
	json_object_set_new(j, "state", text(r->state));
	json_object_set_new(j, "tenant", text(r->tenant));
	json_object_set_new(j, "user", text(r->user));
	json_object_set_new(j, "protocol", text(r->protocol));
	json_object_set_new(j, "auth", text(r->auth));
	json_object_set_new(j, "ike_cipher", text(r->ike_cipher));
	if (r->attempt)
		json_object_set_new(j, "attempt", hex(r->attempt));
	json_object_set_new(j, "cipher", text(r->cipher));
	json_object_set_new(j, "client", text(r->client));
	json_object_set_new(j, "remote", endpoint(&r->remote));
	json_object_set_new(j, "local", endpoint(&r->local));
	json_object_set_new(j, "inner", address(&r->inner));
	json_object_set_new(j, "worker", number(r->worker));
	json_object_set_new(j, "age_s", number(r->age_s));
	json_object_set_new(j, "idle_s", number(r->idle_s));
	json_object_set_new(j, "in_packets", number(r->in_packets));
	json_object_set_new(j, "in_bytes", number(r->in_bytes));
	json_object_set_new(j, "out_packets", number(r->out_packets));
	json_object_set_new(j, "out_bytes", number(r->out_bytes));
	json_object_set_new(j, "drops", number(r->drops));
	json_object_set_new(j, "spi_in", hex(r->spi_in));
	json_object_set_new(j, "spi_out", hex(r->spi_out));
	json_array_append_new(p->rows, j);
}

static json_t *sessions(const struct cp_ctl_deps *d, const struct ctl_request *request)
{
	struct page p = {json_array(), 0, request->skip, request->count};

	cp_sessions_each(d->sessions, add_row, &p);
	return json_pack("{s:I, s:o}", "total", (json_int_t)p.at, "sessions", p.rows);
}

/* ---- counters ---------------------------------------------------------------------------- */

static void add_counter(void *ctx, const char *name, uint64_t n)
{
	json_object_set_new(ctx, name, number(n));
}

static json_t *ipc_counters(const struct cp_ipc *ipc)
{
	return json_pack("{s:o, s:o}", "refused", number(cp_ipc_refused(ipc)), "bad",
	                 number(cp_ipc_bad(ipc)));
}

static json_t *link_counters(const struct cp_dpctl *dpctl)
{
	struct cp_dpctl_stat s;
	json_t *j = json_object();

	cp_dpctl_stat(dpctl, &s);
	add_counter(j, "sent", s.sent);
	add_counter(j, "received", s.received);
	add_counter(j, "refused", s.refused);
	add_counter(j, "bad", s.bad);
	add_counter(j, "stale", s.stale);
	add_counter(j, "attaches", s.attaches);
	add_counter(j, "unwelcome", s.unwelcome);
	return j;
}

static json_t *counters(const struct cp_ctl_deps *d, const struct ctl_stat *stat)
{
	json_t *ike = json_object();

	cp_ike_counters(d->ike, add_counter, ike);
	return json_pack("{s:o, s:o, s:o, s:o, s:{s:o}, s:{s:o, s:o, s:o, s:o}}", "ike", ike,
	                 "link", link_counters(d->dpctl), "keys", ipc_counters(d->keys_ipc),
	                 "log_ipc", ipc_counters(d->log_ipc), "log", "lost",
	                 number(cp_log_lost(d->log)), "ctl", "requests",
	                 number(stat->door.requests), "refused",
	                 number(stat->refused + stat->door.refused), "strangers",
	                 number(stat->door.strangers), "timeouts", number(stat->door.timeouts));
}

/* ---- tenants ------------------------------------------------------------------------------ */

static json_t *rules(const struct cp_tenant *t)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < t->n_rule; i++)
		json_array_append_new(list, json_pack("{s:o, s:o}", "id", hex(t->rule[i].id),
		                                      "name", text(t->rule[i].name)));
	return list;
}

static json_t *tenants(const struct cp_policy *p)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < p->n_tenant; i++) {
		const struct cp_tenant *t = &p->tenant[i];

		json_array_append_new(list, json_pack("{s:I, s:o, s:o, s:I, s:o}", "id",
		                                      (json_int_t)t->id, "name", text(t->name),
		                                      "label", text(t->label), "sessions_max",
		                                      (json_int_t)t->max_sessions, "rules",
		                                      rules(t)));
	}
	return json_pack("{s:o}", "tenants", list);
}

/* ---- the line ---------------------------------------------------------------------------- */

static char *line_of(json_t *take_root)
{
	char *body = take_root ? json_dumps(take_root, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	char *line = NULL;

	json_decref(take_root);
	if (body && asprintf(&line, "%s\n", body) < 0)
		line = NULL;
	free(body);
	return line;
}

char *ctl_answer(const struct cp_ctl_deps *deps, const struct ctl_stat *stat,
                 const struct ctl_request *request)
{
	switch (request->command) {
	case CTL_STATUS:
		return line_of(status(deps));
	case CTL_SESSIONS:
		return line_of(sessions(deps, request));
	case CTL_COUNTERS:
		return line_of(counters(deps, stat));
	case CTL_TENANTS:
		return line_of(tenants(deps->policy));
	case CTL_COMMAND_COUNT:
		break;
	}
	return NULL;
}

char *ctl_answer_error(const char *why)
{
	return line_of(json_pack("{s:s}", "error", why));
}
