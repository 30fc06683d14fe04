/* SPDX-License-Identifier: Apache-2.0 */

/*
 * gather - the questions, one after another, and what is made of their answers.
 *
 * Thread   one at a time for one struct cp_metrics
 */

#include "controlplane/metrics/catalogue.h"
#include "controlplane/metrics/format.h"
#include "controlplane/metrics/metrics.h"

#include <stdlib.h>
#include <string.h>

struct cp_metrics {
	json_t *doc[CP_METRICS_SOURCE_COUNT];
	enum cp_metrics_source at; /* being asked for, or next */
	unsigned asked;            /* questions so far */
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

static void finish(struct cp_metrics *m)
{
	const json_t *policy = json_object_get(m->doc[CP_METRICS_STATUS], "policy");
	const char *state = json_string_value(json_object_get(policy, "state"));
	json_t *self = m->doc[CP_METRICS_SELF], *up = json_object();

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

static void put_question(enum cp_metrics_source source, struct cp_metrics_question *out)
{
	const char *name = cp_metrics_source_name(source);

	out->side = side_of(source);
	if (out->side == CP_METRICS_CONTROLPLANE)
		snprintf(out->text, sizeof(out->text), "{\"command\":\"%s\"}", name);
	else
		snprintf(out->text, sizeof(out->text), "%s", name);
}

bool cp_metrics_next(struct cp_metrics *m, struct cp_metrics_question *out)
{
	while (m->at < CP_METRICS_SELF && m->is_gone[side_of(m->at)])
		m->at++;
	if (m->at >= CP_METRICS_SELF) {
		finish(m);
		return false;
	}
	put_question(m->at, out);
	return true;
}

void cp_metrics_take(struct cp_metrics *m, json_t *take_answer)
{
	if (m->at >= CP_METRICS_SELF) {
		json_decref(take_answer);
		return;
	}
	if (take_answer)
		m->has_answered[side_of(m->at)] = true;
	json_decref(m->doc[m->at]);
	m->doc[m->at++] = take_answer;
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
