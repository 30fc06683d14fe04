/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ctl_sessions.h"

#include "controlplane/ctl/ctl_json.h"
#include "controlplane/log/log.h"
#include "controlplane/session/session.h"

#include <stdio.h>

static void put(json_t *j, const char *key, json_t *take_value)
{
	json_object_set_new(j, key, take_value);
}

static json_t *row(const struct cp_session_row *r)
{
	json_t *j = json_object();

	put(j, "id", ctl_json_hex(r->id));
	put(j, "sid", ctl_json_number(r->sid));
	put(j, "state", ctl_json_text(r->state));
	put(j, "tenant", ctl_json_text(r->tenant));
	put(j, "user", ctl_json_text(r->user));
	put(j, "device", ctl_json_text(r->device));
	put(j, "protocol", ctl_json_text(r->protocol));
	put(j, "auth", ctl_json_text(r->auth));
	put(j, "ike_cipher", ctl_json_text(r->ike_cipher));
	put(j, "cipher", ctl_json_text(r->cipher));
	put(j, "client", ctl_json_text(r->client));
	put(j, "remote", ctl_json_endpoint(&r->remote));
	put(j, "local", ctl_json_endpoint(&r->local));
	put(j, "inner", ctl_json_address(&r->inner));
	put(j, "worker", ctl_json_number(r->worker));
	put(j, "age_s", ctl_json_number(r->age_s));
	put(j, "idle_s", ctl_json_number(r->idle_s));
	put(j, "in_packets", ctl_json_number(r->in_packets));
	put(j, "in_bytes", ctl_json_number(r->in_bytes));
	put(j, "out_packets", ctl_json_number(r->out_packets));
	put(j, "out_bytes", ctl_json_number(r->out_bytes));
	put(j, "drops", ctl_json_number(r->drops));
	if (r->path_mtu)
		put(j, "path_mtu", ctl_json_number(r->path_mtu));
	if (r->attempt)
		put(j, "attempt", ctl_json_hex(r->attempt));
	put(j, "spi_in", ctl_json_hex(r->spi_in));
	put(j, "spi_out", ctl_json_hex(r->spi_out));
	return j;
}

static struct cp_session_filter filter_of(const struct ctl_request *q)
{
	return (struct cp_session_filter){
		.tenant = q->tenant[0] ? q->tenant : NULL,
		.user = q->user[0] ? q->user : NULL,
		.address = addr_is_none(&q->address) ? NULL : &q->address,
		.what = q->what[0] ? q->what : NULL,
	};
}

/* ---- a page -------------------------------------------------------------------------------- */

struct page {
	json_t *rows;
	uint32_t at, skip, count;
	json_t *(*make)(const struct cp_session_row *r);
};

static void add_row(void *ctx, const struct cp_session_row *r)
{
	struct page *p = ctx;

	if (p->at++ < p->skip || p->at - p->skip > p->count)
		return;
	json_array_append_new(p->rows, p->make(r));
}

json_t *ctl_sessions(const struct cp_ctl_deps *d, const struct ctl_request *q)
{
	const struct cp_session_filter f = filter_of(q);
	struct page p = {json_array(), 0, q->skip, q->count, row};

	cp_sessions_match(d->sessions, &f, add_row, &p);
	return json_pack("{s:I, s:o}", "total", (json_int_t)p.at, "sessions", p.rows);
}

/* ---- everything about one ------------------------------------------------------------------- */

static void put_left(json_t *j, const char *key, int64_t left_s)
{
	put(j, key, left_s < 0 ? json_null() : json_integer((json_int_t)left_s));
}

static json_t *groups(const struct cp_session_row *r)
{
	json_t *list = json_array();
	uint16_t i;

	for (i = 0; r->of_user && i < r->of_user->n_group; i++)
		if (r->of_user->group[i] < r->of_tenant->n_user_group)
			json_array_append_new(
				list,
				ctl_json_text(
					r->of_tenant->user_group[r->of_user->group[i]].name));
	return list;
}

static void put_network(json_t *j, const struct cp_network *net)
{
	json_t *routes = json_array(), *dns = json_array();
	char text[ADDR_TEXT + 8];
	uint32_t i;

	for (i = 0; net && i < net->n_route; i++)
		json_array_append_new(
			routes, json_string(prefix_format(&net->route[i], text, sizeof(text))));
	for (i = 0; net && i < net->n_dns; i++)
		json_array_append_new(dns, ctl_json_address(&net->dns[i]));
	put(j, "routes", routes);
	put(j, "dns", dns);
}

static json_t *details(const struct cp_session_row *r)
{
	json_t *j = row(r), *spis = json_array();
	unsigned i;

	for (i = 0; i < CP_SESSION_SPIS; i++)
		if (r->spi[i])
			json_array_append_new(spis, ctl_json_hex(r->spi[i]));
	put(j, "spis_in", spis);
	put_left(j, "idle_left_s", r->idle_left_s);
	put_left(j, "time_left_s", r->time_left_s);
	put_left(j, "expires_left_s", r->expires_left_s);
	put(j, "groups", groups(r));
	put_network(j, r->network);
	put(j, "revision", ctl_json_hex(r->revision));
	return j;
}

static json_t *none(const struct ctl_request *q)
{
	char why[CTL_FAULT_MAX + 2 * CTL_WHAT_MAX];

	snprintf(why, sizeof(why), "there is no session of \"%s\"%s%s", q->what,
	         q->tenant[0] ? " in tenant " : "", q->tenant);
	return json_pack("{s:o}", "error", ctl_json_text(why));
}

json_t *ctl_session_show(const struct cp_ctl_deps *d, const struct ctl_request *q)
{
	const struct cp_session_filter f = filter_of(q);
	struct page p = {json_array(), 0, 0, CTL_DETAILS_MAX, details};

	if (cp_sessions_match(d->sessions, &f, add_row, &p))
		return json_pack("{s:I, s:o}", "total", (json_int_t)p.at, "sessions", p.rows);
	json_decref(p.rows);
	return none(q);
}

/* ---- ending -------------------------------------------------------------------------------- */

struct kick {
	const struct cp_ctl_deps *deps;
	const struct ctl_request *request;
	const char *operator;
	json_t *rows;
};

static void note(void *ctx, const struct cp_session_row *r)
{
	struct kick *k = ctx;
	struct event_record e;

	if (json_array_size(k->rows) < CTL_PAGE_MAX)
		json_array_append_new(k->rows, row(r));
	cp_log_begin(k->deps->log, &e, EV_OPERATOR_KICK);
	event_text(&e, EK_OPERATOR, k->operator);
	event_text(&e, EK_COMMAND, "session kick");
	event_text(&e, EK_TENANT, r->tenant);
	event_text(&e, EK_USER, r->user);
	event_number(&e, EK_SESSION, r->id);
	event_addr(&e, EK_INNER, &r->inner);
	if (k->request->reason[0])
		event_text(&e, EK_REASON, k->request->reason);
	cp_log_send(k->deps->log, &e);
}

json_t *ctl_session_kick(const struct cp_ctl_deps *d, const struct ctl_request *q,
                         const char *operator)
{
	struct cp_session_filter f = filter_of(q);
	struct kick k = {d, q, operator, NULL };
	char why[CTL_FAULT_MAX + 2 * CTL_WHAT_MAX];
	uint32_t n;

	f.is_live = true;
	n = cp_sessions_match(d->sessions, &f, NULL, NULL);
	if (!n)
		return none(q);
	if (n > 1 && !q->all) {
		snprintf(why, sizeof(why),
		         "%u sessions are meant by \"%s\": name one by its id, or say --all", n,
		         q->what);
		return json_pack("{s:o}", "error", ctl_json_text(why));
	}
	k.rows = json_array();
	cp_sessions_match(d->sessions, &f, note, &k);
	n = cp_sessions_kick(d->sessions, &f, q->reason[0] ? q->reason : NULL);
	return json_pack("{s:I, s:o}", "total", (json_int_t)n, "ended", k.rows);
}
