/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ctl_answer.h"

#include "controlplane/ctl/ctl_json.h"
#include "controlplane/ctl/ctl_sessions.h"
#include "controlplane/dpctl/dpctl.h"
#include "controlplane/ike/ike.h"
#include "controlplane/log/log.h"
#include "controlplane/proc/ipc.h"
#include "controlplane/session/session.h"

#include <jansson.h>

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

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

	return json_pack(
		"{s:o, s:I, s:{s:o, s:s, s:I}, s:{s:b, s:I, s:I, s:I}, s:I, s:{s:o, "
		"s:o}, s:I, s:o, s:o}",
		"name", ctl_json_text(d->policy->appliance.name), "uptime_s",
		(json_int_t)seconds_since(s->started_ms), "policy", "revision",
		ctl_json_hex(d->policy->revision), "state", policy_text(s->policy), "tenants",
		(json_int_t)d->policy->n_tenant, "link", "up", is_up, "up_s",
		(json_int_t)(is_up ? seconds_since(s->attached_ms) : 0), "workers",
		(json_int_t)s->n_workers, "max_sessions", (json_int_t)s->max_sessions,
		"sessions", (json_int_t)cp_sessions_count(d->sessions), "processes", "keys",
		process(cp_ipc_is_open(d->keys_ipc), s->keys_restarts), "log",
		process(cp_ipc_is_open(d->log_ipc), s->log_restarts), "log_lost",
		(json_int_t)cp_log_lost(d->log), "log_directory", ctl_json_text(d->log_dir),
		"time_zone", ctl_json_text(d->policy->appliance.time_zone));
}

/* ---- counters ---------------------------------------------------------------------------- */

static void add_counter(void *ctx, const char *name, uint64_t n)
{
	json_object_set_new(ctx, name, ctl_json_number(n));
}

static json_t *ipc_counters(const struct cp_ipc *ipc)
{
	return json_pack("{s:o, s:o}", "refused", ctl_json_number(cp_ipc_refused(ipc)), "bad",
	                 ctl_json_number(cp_ipc_bad(ipc)));
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
	json_t *ike = json_object(), *session = json_object();

	cp_ike_counters(d->ike, add_counter, ike);
	cp_sessions_counters(d->sessions, add_counter, session);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:{s:o}, s:{s:o, s:o, s:o, s:o}}", "ike",
	                 ike, "session", session, "link", link_counters(d->dpctl), "keys",
	                 ipc_counters(d->keys_ipc), "log_ipc", ipc_counters(d->log_ipc), "log",
	                 "lost", ctl_json_number(cp_log_lost(d->log)), "ctl", "requests",
	                 ctl_json_number(stat->door.requests), "refused",
	                 ctl_json_number(stat->refused + stat->door.refused), "strangers",
	                 ctl_json_number(stat->door.strangers), "timeouts",
	                 ctl_json_number(stat->door.timeouts));
}

/* ---- tenants ------------------------------------------------------------------------------ */

static json_t *rules(const struct cp_tenant *t)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < t->n_rule; i++)
		json_array_append_new(list,
		                      json_pack("{s:o, s:o}", "id", ctl_json_hex(t->rule[i].id),
		                                "name", ctl_json_text(t->rule[i].name)));
	return list;
}

static json_t *tenants(const struct cp_ctl_deps *d)
{
	const struct cp_policy *p = d->policy;
	json_t *list = json_array();

	for (uint32_t i = 0; i < p->n_tenant; i++) {
		const struct cp_tenant *t = &p->tenant[i];

		json_array_append_new(
			list, json_pack("{s:I, s:o, s:o, s:I, s:I, s:o}", "id",
		                        (json_int_t)t->id, "name", ctl_json_text(t->name),
		                        "label", ctl_json_text(t->label), "sessions_max",
		                        (json_int_t)t->max_sessions, "certificate_expires",
		                        (json_int_t)cp_ike_certificate_expires(d->ike, t),
		                        "rules", rules(t)));
	}
	return json_pack("{s:o}", "tenants", list);
}

/* ---- the line ---------------------------------------------------------------------------- */

char *ctl_answer(const struct cp_ctl_deps *deps, const struct ctl_stat *stat,
                 const struct ctl_request *request)
{
	switch (request->command) {
	case CTL_STATUS:
		return ctl_json_line(status(deps));
	case CTL_SESSIONS:
		return ctl_json_line(ctl_sessions(deps, request));
	case CTL_SESSION:
		return ctl_json_line(ctl_session_show(deps, request));
	case CTL_COUNTERS:
		return ctl_json_line(counters(deps, stat));
	case CTL_TENANTS:
		return ctl_json_line(tenants(deps));
	case CTL_KICK: /* ctl_server.c: who asks matters */
	case CTL_COMMAND_COUNT:
		break;
	}
	return NULL;
}

char *ctl_answer_error(const char *why)
{
	return ctl_json_line(json_pack("{s:s}", "error", why));
}
