/* SPDX-License-Identifier: Apache-2.0 */

/*
 * gather - the questions, one after another, and what is made of their answers.
 *
 * Thread   one at a time for one struct cp_metrics
 */

#include "controlplane/metrics/catalogue.h"
#include "controlplane/metrics/format.h"
#include "controlplane/metrics/join.h"
#include "controlplane/metrics/metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct cp_metrics {
	json_t *doc[CP_METRICS_SOURCE_COUNT];
	enum cp_metrics_source at; /* being asked for, or next */
	uint64_t next;             /* of a source in pages: where its next page begins */
	size_t tenant;             /* rules: of which row of the tenants' table */
	unsigned asked[CP_METRICS_SIDE_COUNT];
	bool is_gone[CP_METRICS_SIDE_COUNT], has_answered[CP_METRICS_SIDE_COUNT];
};

static enum cp_metrics_side side_of(enum cp_metrics_source source)
{
	return source < CP_METRICS_STATUS ? CP_METRICS_DATAPLANE : CP_METRICS_CONTROLPLANE;
}

const char *cp_metrics_side_name(enum cp_metrics_side side)
{
	return side == CP_METRICS_DATAPLANE ? "dataplane" : "controlplane";
}

struct cp_metrics *cp_metrics_new(void)
{
	struct cp_metrics *m = calloc(1, sizeof(*m));

	if (m)
		m->doc[CP_METRICS_SELF] = json_object();
	if (m && m->doc[CP_METRICS_SELF])
		return m;
	free(m);
	return NULL;
}

void cp_metrics_free(struct cp_metrics *m)
{
	if (!m)
		return;
	for (unsigned i = 0; i < CP_METRICS_SOURCE_COUNT; i++)
		json_decref(m->doc[i]);
	free(m);
}

/* ---- what is known only when all is there --------------------------------------------------- */

/* Names of numbers, limits of tenants; what rules there are and were not shown. */
static void join(struct cp_metrics *m)
{
	json_t *tenants = m->doc[CP_METRICS_TENANTS], *rules = m->doc[CP_METRICS_RULES];
	uint64_t all = cp_metrics_join(tenants, rules, m->doc[CP_METRICS_NAMES]);
	size_t shown = json_array_size(json_object_get(rules, "name"));

	if (tenants)
		json_object_set_new(m->doc[CP_METRICS_SELF], "rules_left_out",
		                    json_integer((json_int_t)(all > shown ? all - shown : 0)));
}

static void finish(struct cp_metrics *m)
{
	const json_t *policy = json_object_get(m->doc[CP_METRICS_STATUS], "policy");
	const char *state = json_string_value(json_object_get(policy, "state"));
	json_t *self = m->doc[CP_METRICS_SELF], *up = json_object();

	join(m);
	for (unsigned side = 0; side < CP_METRICS_SIDE_COUNT; side++)
		json_object_set_new(up, cp_metrics_side_name(side),
		                    json_integer(m->has_answered[side]));
	json_object_set_new(self, "up", up);
	json_object_set_new(self, "build", json_pack("{s:s}", "version", SEKISHO_VERSION));
	if (state)
		json_object_set_new(self, "policy_in_force",
		                    json_integer(!strcmp(state, "in force")));
}

/* ---- questions --------------------------------------------------------------------------------- */

static size_t n_tenant(const struct cp_metrics *m)
{
	return json_array_size(json_object_get(m->doc[CP_METRICS_TENANTS], "tenant"));
}

static json_t *tenant_number(const struct cp_metrics *m)
{
	return json_array_get(json_object_get(m->doc[CP_METRICS_TENANTS], "tenant"), m->tenant);
}

static void put_question(const struct cp_metrics *m, struct cp_metrics_question *out)
{
	const char *name = cp_metrics_source_name(m->at);

	out->side = side_of(m->at);
	if (out->side == CP_METRICS_CONTROLPLANE)
		snprintf(out->text, sizeof(out->text), "{\"command\":\"%s\"}", name);
	else if (m->at == CP_METRICS_RULES)
		snprintf(out->text, sizeof(out->text), "%s,%" JSON_INTEGER_FORMAT ",%" PRIu64,
		         name, json_integer_value(tenant_number(m)), m->next);
	else if (m->next)
		snprintf(out->text, sizeof(out->text), "%s,%" PRIu64, name, m->next);
	else
		snprintf(out->text, sizeof(out->text), "%s", name);
}

/* Is there something to be asked of the present source? */
static bool is_due(const struct cp_metrics *m)
{
	const json_t *rules = m->doc[CP_METRICS_RULES];

	if (m->is_gone[side_of(m->at)] || m->asked[side_of(m->at)] >= CP_METRICS_PAGES_MAX)
		return false;
	return m->at != CP_METRICS_RULES ||
	       (m->tenant < n_tenant(m) &&
	        json_array_size(json_object_get(rules, "tenant")) < CP_METRICS_RULES_MAX);
}

bool cp_metrics_next(struct cp_metrics *m, struct cp_metrics_question *out)
{
	while (m->at < CP_METRICS_SELF && !is_due(m)) {
		m->next = 0;
		m->at++;
	}
	if (m->at >= CP_METRICS_SELF) {
		finish(m);
		return false;
	}
	m->asked[side_of(m->at)]++;
	put_question(m, out);
	return true;
}

/* A page joins those before it. Where it says that another follows, that is asked next; a
 * page that leads backwards is the last. */
static void take_page(struct cp_metrics *m, json_t *take_page)
{
	json_int_t next = json_integer_value(json_object_get(take_page, "next"));

	if (m->at == CP_METRICS_RULES)
		cp_metrics_fill(take_page, "tenant", tenant_number(m), CP_METRICS_RULES_MAX);
	if (m->doc[m->at])
		cp_metrics_append(m->doc[m->at], take_page);
	else
		m->doc[m->at] = json_incref(take_page);
	json_decref(take_page);
	if (next > 0 && (uint64_t)next > m->next) {
		m->next = (uint64_t)next;
		return;
	}
	m->next = 0;
	if (m->at == CP_METRICS_RULES)
		m->tenant++;
	else
		m->at++;
}

void cp_metrics_take(struct cp_metrics *m, json_t *take_answer)
{
	if (m->at >= CP_METRICS_SELF) {
		json_decref(take_answer);
		return;
	}
	if (take_answer)
		m->has_answered[side_of(m->at)] = true;
	take_page(m, take_answer);
}

void cp_metrics_skip(struct cp_metrics *m)
{
	if (m->at < CP_METRICS_SELF)
		m->is_gone[side_of(m->at)] = true;
}

void cp_metrics_add_scrapes(struct cp_metrics *m, const struct cp_metrics_scrapes *s)
{
	json_object_set_new(m->doc[CP_METRICS_SELF], "scrapes",
	                    json_pack("{s:I, s:I, s:I}", "requests", (json_int_t)s->requests,
	                              "refused", (json_int_t)s->refused, "timeouts",
	                              (json_int_t)s->timeouts));
}

char *cp_metrics_text(const struct cp_metrics *m, enum cp_openmetrics_dialect dialect,
                      size_t *len)
{
	struct cp_openmetrics w;

	cp_openmetrics_begin(&w, dialect);
	cp_metrics_write(&w, m->doc);
	return cp_openmetrics_end(&w, len);
}
