/* SPDX-License-Identifier: Apache-2.0 */

/*
 * session_log - the lines of the VPN connection log and the access-control log.
 *
 * Walk     registry.c -> [session/session_log] -> log/
 * Thread   the loop's
 * Memory   a record on the stack
 */

#include "controlplane/session/registry.h"

static void put_endpoint(struct event_record *r, enum event_key key,
                         const struct msg_endpoint *e)
{
	struct endpoint at = {e->addr, e->port};

	if (!addr_is_none(&e->addr))
		event_endpoint(r, key, &at);
}

static void put_text(struct event_record *r, enum event_key key, const char *text)
{
	if (text && text[0])
		event_text(r, key, text);
}

/* Who it is: common to all lines of a session. */
static void put_who(struct event_record *r, const struct cp_session *s)
{
	event_number(r, EK_SESSION, s->id);
	put_text(r, EK_TENANT, s->tenant_name);
	put_text(r, EK_USER, s->identity);
	put_text(r, EK_DEVICE, s->device);
	put_text(r, EK_PROTOCOL, s->protocol);
	event_addr(r, EK_INNER, &s->inner);
	if (s->attempt)
		event_number(r, EK_ATTEMPT, s->attempt);
	put_endpoint(r, EK_REMOTE, &s->remote);
	put_text(r, EK_NODE, s->all->deps.policy->appliance.name);
}

void cp_session_log_up(const struct cp_session *s)
{
	struct event_record r;

	cp_log_begin(s->all->deps.log, &r, EV_VPN_UP);
	put_who(&r, s);
	put_endpoint(&r, EK_LOCAL, &s->local);
	put_text(&r, EK_AUTH, s->auth);
	put_text(&r, EK_CLIENT, s->client);
	put_text(&r, EK_IKE_CIPHER, s->ike_cipher);
	put_text(&r, EK_CIPHER, s->cipher);
	event_number(&r, EK_SPI_IN, s->spi_in);
	event_number(&r, EK_SPI_OUT, s->spi_out);
	event_number(&r, EK_WORKER, s->worker);
	cp_log_send(s->all->deps.log, &r);
}

void cp_session_reason(const struct cp_session *s, enum cp_end why, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", cp_end_text(why), s->note[0] ? ": " : "", s->note);
}

void cp_session_log_down(const struct cp_session *s, enum cp_end why)
{
	char reason[EVENT_TEXT_MAX + 1];
	struct event_record r;

	cp_session_reason(s, why, reason, sizeof(reason));
	cp_log_begin(s->all->deps.log, &r, EV_VPN_DOWN);
	put_who(&r, s);
	put_endpoint(&r, EK_LOCAL, &s->local);
	put_text(&r, EK_AUTH, s->auth);
	put_text(&r, EK_CLIENT, s->client);
	event_text(&r, EK_REASON, reason);
	put_text(&r, EK_IKE_CIPHER, s->ike_cipher);
	put_text(&r, EK_CIPHER, s->cipher);
	event_number(&r, EK_SECONDS, (session_now_ms(s->all) - s->since_ms) / 1000);
	event_number(&r, EK_BYTES_IN, s->in_bytes);
	event_number(&r, EK_BYTES_OUT, s->out_bytes);
	event_number(&r, EK_PACKETS_IN, s->in_packets);
	event_number(&r, EK_PACKETS_OUT, s->out_packets);
	cp_log_send(s->all->deps.log, &r);
}

void cp_session_log_rekeyed(const struct cp_session *s)
{
	struct event_record r;

	cp_log_begin(s->all->deps.log, &r, EV_VPN_REKEYED);
	put_who(&r, s);
	put_text(&r, EK_CIPHER, s->cipher);
	event_number(&r, EK_SPI_IN, s->spi_in);
	event_number(&r, EK_SPI_OUT, s->spi_out);
	cp_log_send(s->all->deps.log, &r);
}

void cp_session_log_orphan(const struct cp_session *s, uint32_t left_s)
{
	struct event_record r;

	cp_log_begin(s->all->deps.log, &r, EV_VPN_ORPHAN);
	put_who(&r, s);
	event_number(&r, EK_SPI_IN, s->spi_in);
	event_number(&r, EK_WORKER, s->worker);
	event_number(&r, EK_SECONDS, left_s);
	cp_log_send(s->all->deps.log, &r);
}

static const enum event_id flow_events[] = {
	[MSG_FLOW_DENIED] = EV_FLOW_DENIED,
	[MSG_FLOW_START] = EV_FLOW_START,
	[MSG_FLOW_END] = EV_FLOW_END,
};

/* Why the data plane says so, when the rule alone does not tell. */
static const char *const flow_whys[MSG_FLOW_WHY_COUNT] = {
	[MSG_FLOW_WHY_IDLE] = "idle",
	[MSG_FLOW_WHY_SESSION] = "session ended",
	[MSG_FLOW_WHY_POLICY] = "policy changed",
	[MSG_FLOW_WHY_USER] = "the user is not in the policy",
};

/* By the rule's identity: the record may have been made under the policy before this one,
 * which had another order. */
static const char *rule_name(const struct cp_tenant *t, const struct msg_flow *flow)
{
	if (!flow->rule)
		return "default deny";
	return t ? cp_tenant_rule_named(t, flow->rule_id) : NULL;
}

static void put_lost(struct cp_sessions *all, const struct msg_flow *flow)
{
	struct event_record r;

	cp_log_begin(all->deps.log, &r, EV_LOG_LOST);
	event_text(&r, EK_REASON, "the data plane had no room for flow records");
	event_number(&r, EK_COUNT, flow->lost);
	cp_log_send(all->deps.log, &r);
}

void cp_sessions_flow(struct cp_sessions *all, const struct msg_flow *flow)
{
	const struct cp_tenant *t = cp_policy_tenant(all->deps.policy, flow->tenant);
	const struct cp_session *s = cp_session_find(all, flow->sid, flow->id);
	struct endpoint src = {flow->src, flow->src_port}, dst = {flow->dst, flow->dst_port};
	struct event_record r;

	if (flow->lost)
		put_lost(all, flow);
	if (flow->event >= sizeof(flow_events) / sizeof(flow_events[0]))
		return;
	cp_log_begin(all->deps.log, &r, flow_events[flow->event]);
	event_number(&r, EK_SESSION, flow->id);
	put_text(&r, EK_TENANT, t ? t->name : NULL);
	if (s)
		put_text(&r, EK_USER, s->identity);
	event_endpoint(&r, EK_SRC, &src);
	event_endpoint(&r, EK_DST, &dst);
	event_number(&r, EK_PROTO, flow->proto);
	event_number(&r, EK_RULE_NUMBER, flow->rule);
	put_text(&r, EK_RULE, rule_name(t, flow));
	if (flow->why < MSG_FLOW_WHY_COUNT)
		put_text(&r, EK_REASON, flow_whys[flow->why]);
	if (flow->event == MSG_FLOW_END) {
		event_number(&r, EK_BYTES_IN, flow->bytes_up);
		event_number(&r, EK_BYTES_OUT, flow->bytes_down);
	}
	cp_log_send(all->deps.log, &r);
}
