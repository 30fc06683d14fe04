/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acl - the two stages: a flow's first packet is judged, the others are served by what was
 * remembered.
 *
 * Thread   the owner worker
 */
#include "dataplane/acl/acl.h"

#include "common/wire/ip6.h"
#include "dataplane/acl/flow.h"
#include "dataplane/acl/record.h"
#include "dataplane/acl/rules.h"
#include "dataplane/acl/tally.h"
#include "dataplane/acl/tenant.h"
#include "dataplane/quota/police.h"
#include "dataplane/session/session.h"
#include "dataplane/worker/worker.h"

#include <string.h>

enum {
	SWEEP_S = 4, /* every entry is looked at once in so many seconds */

	ICMP_TIMESTAMP = 13,
	ICMP_TIMESTAMP_REPLY = 14,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
};

/* Seconds without a packet after which a flow is forgotten. */
enum {
	IDLE_UDP_S = 60,
	IDLE_ICMP_S = 30,
	IDLE_OTHER_S = 60,
	IDLE_DENIED_S = 30,
};

static const uint32_t idle_tcp_s[DP_TCP_STATES] = {
	[DP_TCP_OPENING] = 30,
	[DP_TCP_OPEN] = 7440, /* RFC 5382 REQ-5: not below 2 hours and 4 minutes */
	[DP_TCP_CLOSING] = 10,
};

static const struct wire_ipv4 *header(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, const struct wire_ipv4 *, dp_pkt(m)->l3_off);
}

static const struct wire_ipv6 *header6(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, const struct wire_ipv6 *, dp_pkt(m)->l3_off);
}

static struct addr source(struct rte_mbuf *m)
{
	return likely(dp_is_ipv4(m)) ? addr_from_v4(header(m)->src) : header6(m)->src;
}

static struct addr destination(struct rte_mbuf *m)
{
	return likely(dp_is_ipv4(m)) ? addr_from_v4(header(m)->dst) : header6(m)->dst;
}

static bool is_icmp(uint8_t proto)
{
	return proto == WIRE_PROTO_ICMP || proto == WIRE_PROTO_ICMPV6;
}

static uint32_t inner_len(struct rte_mbuf *m)
{
	return rte_pktmbuf_pkt_len(m) - dp_pkt(m)->l3_off;
}

/* ---- keys -------------------------------------------------------------------------- */

static struct dp_flow_key key_from_client(struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);

	return (struct dp_flow_key){
		.client = source(m),
		.peer = destination(m),
		.tenant = p->session->tenant,
		.client_port = p->src_port,
		.peer_port = p->dst_port,
		.proto = p->l4_proto,
	};
}

/* The type of the question this ICMP type answers; -1: it answers none. */
static int question_of(uint8_t proto, uint16_t type)
{
	if (proto == WIRE_PROTO_ICMPV6)
		return type == WIRE_ICMPV6_ECHO_REPLY ? WIRE_ICMPV6_ECHO : -1;
	switch (type) {
	case WIRE_ICMP_ECHO_REPLY:
		return WIRE_ICMP_ECHO;
	case ICMP_TIMESTAMP_REPLY:
		return ICMP_TIMESTAMP;
	default:
		return -1;
	}
}

/* False: such a packet cannot be an answer to anything. */
static bool key_to_client(struct rte_mbuf *m, struct dp_flow_key *key)
{
	const struct dp_pkt *p = dp_pkt(m);

	*key = (struct dp_flow_key){
		.client = destination(m),
		.peer = source(m),
		.tenant = p->session->tenant,
		.client_port = p->dst_port,
		.peer_port = p->src_port,
		.proto = p->l4_proto,
	};
	if (is_icmp(p->l4_proto)) {
		const int type = question_of(p->l4_proto, p->dst_port);

		key->client_port = p->src_port;
		key->peer_port = (uint16_t)type;
		return type >= 0;
	}
	return true;
}

/* ---- the end of a flow --------------------------------------------------------------- */

static void end(struct dp_worker *w, struct dp_flow *flow, struct dp_session *s,
                enum msg_flow_why why)
{
	if (flow->log)
		dp_flow_record(w, flow, MSG_FLOW_END, why);
	if (s)
		s->flows--;
	dp_flow_remove(w->flows, flow);
}

/* ---- ICMP errors ------------------------------------------------------------------- */

static bool is_icmp_error(const struct dp_pkt *p)
{
	if (p->l4_proto == WIRE_PROTO_ICMPV6)
		return p->dst_port < WIRE_ICMPV6_INFO;
	return p->l4_proto == WIRE_PROTO_ICMP &&
	       (p->dst_port == WIRE_ICMP_UNREACHABLE || p->dst_port == ICMP_TIME_EXCEEDED ||
	        p->dst_port == ICMP_PARAMETER_PROBLEM);
}

/* What an error quotes: an IP header and eight octets more (RFC 792), or as much as fits (RFC
 * 4443). */
struct quote {
	struct addr src, dst;
	uint8_t proto;
	uint16_t src_port, dst_port;
};

/* returns where the header above IP begins; 0: it is no quote of this family */
static uint32_t read_quoted_ip(struct rte_mbuf *m, uint32_t at, struct quote *q)
{
	struct wire_ipv4 ip;
	struct wire_ipv6 ip6;
	uint32_t ihl;

	if (!dp_is_ipv4(m)) {
		/* Behind extension headers we do not look for a flow: an error about such a
		 * packet is of none. */
		if (m->data_len < at + sizeof(ip6))
			return 0;
		memcpy(&ip6, rte_pktmbuf_mtod_offset(m, void *, at), sizeof(ip6));
		*q = (struct quote){.src = ip6.src, .dst = ip6.dst, .proto = ip6.next};
		return be32_get(ip6.vtf) >> 28 == 6 ? at + (uint32_t)sizeof(ip6) : 0;
	}
	if (m->data_len < at + sizeof(ip))
		return 0;
	memcpy(&ip, rte_pktmbuf_mtod_offset(m, void *, at), sizeof(ip));
	ihl = (ip.version_ihl & 15) * 4u;
	*q = (struct quote){
		.src = addr_from_v4(ip.src), .dst = addr_from_v4(ip.dst), .proto = ip.proto};
	return ip.version_ihl >> 4 == 4 && ihl >= sizeof(ip) ? at + ihl : 0;
}

static bool read_quote(struct rte_mbuf *m, struct quote *q)
{
	const uint32_t at =
		read_quoted_ip(m, dp_pkt(m)->l4_off + (uint32_t)sizeof(struct wire_icmp), q);
	struct wire_icmp icmp;
	struct wire_udp udp;

	if (!at || m->data_len < at + sizeof(udp))
		return false;
	if (is_icmp(q->proto)) {
		memcpy(&icmp, rte_pktmbuf_mtod_offset(m, void *, at), sizeof(icmp));
		q->dst_port = icmp.type;
		if (question_of(q->proto, icmp.type) >= 0 || icmp.type == WIRE_ICMP_ECHO ||
		    icmp.type == WIRE_ICMPV6_ECHO)
			q->src_port = be16_get(icmp.id);
	} else if (q->proto == WIRE_PROTO_TCP || q->proto == WIRE_PROTO_UDP) {
		memcpy(&udp, rte_pktmbuf_mtod_offset(m, void *, at), sizeof(udp));
		q->src_port = be16_get(udp.src);
		q->dst_port = be16_get(udp.dst);
	}
	return true;
}

/* A flow of this session; what is left of a former one with its address ends here. */
static struct dp_flow *find(struct dp_worker *w, const struct dp_session *s,
                            const struct dp_flow_key *key, const struct dp_flow_tag *tag,
                            uint64_t hash)
{
	struct dp_flow *flow = dp_flow_find(w->flows, key, tag, hash);

	if (unlikely(flow && flow->life != s->life)) {
		end(w, flow, NULL, MSG_FLOW_WHY_SESSION);
		return NULL;
	}
	return flow;
}

/* The flow whose packet, sent by the client or to it, an error is about. An error goes to
 * who sent that packet (RFC 792), so it opens no way to anybody else. */
static struct dp_flow *flow_of_error(struct dp_worker *w, struct rte_mbuf *m,
                                     bool sent_by_client)
{
	const struct dp_session *s = dp_pkt(m)->session;
	const struct addr to = destination(m);
	struct dp_flow_key key = {.tenant = s->tenant};
	struct dp_flow_tag tag;
	struct quote q;
	int type;

	if (!read_quote(m, &q) || !addr_equal(&to, &q.src))
		return NULL;
	key.client = sent_by_client ? q.src : q.dst;
	if (!addr_equal(&key.client, dp_is_ipv4(m) ? &s->inner : &s->inner6))
		return NULL;
	key.peer = sent_by_client ? q.dst : q.src;
	key.proto = q.proto;
	key.client_port = sent_by_client ? q.src_port : q.dst_port;
	key.peer_port = sent_by_client ? q.dst_port : q.src_port;
	if (is_icmp(q.proto)) {
		type = sent_by_client ? q.dst_port : question_of(q.proto, q.dst_port);
		if (type < 0)
			return NULL;
		key.client_port = q.src_port;
		key.peer_port = (uint16_t)type;
	}
	tag = dp_flow_tag_of(w->flows, &key);
	return find(w, s, &key, &tag, dp_flow_hash(w->flows, &tag));
}

/* ---- judging ----------------------------------------------------------------------- */

/* Who its user is under the policy of this turn: looked up once a policy. */
static void meet(struct dp_worker *w, struct dp_session *s)
{
	struct dp_subject *who = &s->subject;

	if (likely(who->policy == dp_acl_epoch(w->acl)))
		return;
	*who = dp_acl_subject(w->acl, s->tenant, s->user);
	dp_police_meet(w, s, who->set ? (uint32_t)(who->set - who->tenant->set) + 1 : 0);
}

/* By the flow's key, not by a packet: the packet may be an answer. */
static struct dp_judgement judge(struct dp_worker *w, const struct dp_session *s,
                                 const struct dp_flow *flow)
{
	const struct dp_acl_flow question = {
		.dst = flow->key.peer,
		.src_port = flow->key.client_port,
		.dst_port = flow->key.peer_port,
		.proto = flow->key.proto,
	};

	dp_count(&w->stat, DP_FLOW_NEW, 1);
	return dp_acl_judge(&s->subject, &question);
}

static void take_judgement(struct dp_worker *w, const struct dp_session *s,
                           struct dp_flow *flow, const struct dp_judgement *j,
                           enum msg_flow_why why)
{
	const bool is_news = why == MSG_FLOW_WHY_NONE || flow->allow;

	if (why == MSG_FLOW_WHY_NONE || flow->slot != j->slot)
		w->rule_count[j->slot].flows++;
	flow->slot = j->slot;
	flow->epoch = (uint32_t)s->subject.epoch;
	flow->policy = (uint32_t)s->subject.policy;
	flow->pass = 0;
	flow->adj = 0;
	flow->rule = j->rule;
	flow->rule_id = j->id;
	flow->allow = j->allow;
	if (!j->allow && is_news)
		dp_flow_record(w, flow, MSG_FLOW_DENIED,
		               s->subject.known ? why : MSG_FLOW_WHY_USER);
	/* What was begun to be logged will be to its end. */
	if (j->allow && j->log && !flow->log) {
		flow->log = true;
		dp_flow_record(w, flow, MSG_FLOW_START, MSG_FLOW_WHY_NONE);
	}
}

/* Another policy says something else of this tenant. */
static void judge_again(struct dp_worker *w, const struct dp_session *s, struct dp_flow *flow)
{
	const struct dp_judgement j = judge(w, s, flow);

	if (!j.allow && flow->log) {
		dp_flow_record(w, flow, MSG_FLOW_END, MSG_FLOW_WHY_POLICY);
		flow->log = false;
	}
	take_judgement(w, s, flow, &j, MSG_FLOW_WHY_POLICY);
}

static struct dp_flow *begin(struct dp_worker *w, struct dp_session *s,
                             const struct dp_flow_key *key, const struct dp_flow_tag *tag,
                             uint64_t hash)
{
	struct dp_judgement j;
	struct dp_flow *flow;

	if (s->flows >= w->flows->per_session)
		return NULL;
	flow = dp_flow_add(w->flows, key, tag, hash);
	if (!flow)
		return NULL;
	s->flows++;
	flow->session = s;
	flow->life = s->life;
	flow->id = s->id;
	meet(w, s);
	j = judge(w, s, flow);
	take_judgement(w, s, flow, &j, MSG_FLOW_WHY_NONE);
	return flow;
}

/* Judged by the rules in force? A new policy leaves no old judgement standing. */
void dp_flow_refresh(struct dp_worker *w, struct dp_session *s, struct dp_flow *flow)
{
	meet(w, s);
	if (flow->policy == (uint32_t)s->subject.policy)
		return;
	if (flow->epoch != (uint32_t)s->subject.epoch) {
		judge_again(w, s, flow);
		return;
	}
	/* It says the same of the tenant; where its packets go may have changed. */
	flow->policy = (uint32_t)s->subject.policy;
	flow->pass = 0;
	flow->adj = 0;
}

/* ---- TCP --------------------------------------------------------------------------- */

static void follow_tcp(struct dp_flow *flow, struct rte_mbuf *m, bool from_client)
{
	const struct wire_tcp *tcp;

	if (flow->key.proto != WIRE_PROTO_TCP)
		return;
	tcp = rte_pktmbuf_mtod_offset(m, const struct wire_tcp *, dp_pkt(m)->l4_off);
	if (tcp->flags & (WIRE_TCP_FIN | WIRE_TCP_RST)) {
		flow->tcp = DP_TCP_CLOSING;
	} else if (tcp->flags & WIRE_TCP_SYN && from_client) {
		flow->tcp = DP_TCP_OPENING;
		flow->pass &= (uint8_t)~DP_FLOW_DOWN; /* the answer is to be seen here */
	} else if (flow->tcp == DP_TCP_OPENING && !from_client) {
		flow->tcp = DP_TCP_OPEN;
	}
}

/* ---- stages ------------------------------------------------------------------------ */

static void account(struct dp_worker *w, struct dp_flow *flow, struct rte_mbuf *m,
                    bool from_client)
{
	struct dp_rule_count *rule = &w->rule_count[flow->slot];
	const uint32_t len = inner_len(m);

	flow->seen = dp_flow_time(w->now);
	rule->packets++;
	rule->bytes += len;
	if (from_client)
		flow->bytes_up += len;
	else
		flow->bytes_down += len;
	follow_tcp(flow, m, from_client);
}

static enum dp_verdict from_client(struct dp_worker *w, struct rte_mbuf *m,
                                   const struct dp_flow_key *key, const struct dp_flow_tag *tag,
                                   uint64_t hash)
{
	struct dp_session *s = dp_pkt(m)->session;
	struct dp_flow *flow = find(w, s, key, tag, hash);

	/* An error about a packet that the client was sent belongs to that packet's flow. */
	if (!flow && is_icmp_error(dp_pkt(m))) {
		flow = flow_of_error(w, m, false);
		if (flow)
			dp_flow_refresh(w, s, flow);
		if (flow && flow->allow)
			return DP_OK;
		flow = NULL;
	}
	if (flow)
		dp_flow_refresh(w, s, flow);
	else if (!dp_quota_flow(w, s->tenant, w->flows->of_tenant[s->tenant]))
		return DP_DROP_QUOTA_FLOWS;
	else
		flow = begin(w, s, key, tag, hash);
	if (!flow)
		return DP_DROP_FLOW_FULL;
	account(w, flow, m, true);
	if (!flow->allow)
		return DP_DROP_RULE;
	s->last_data_in = w->now;
	dp_pkt(m)->adj_to = &flow->adj;
	flow->pass |= DP_FLOW_UP;
	return DP_OK;
}

static enum dp_verdict to_client(struct dp_worker *w, struct rte_mbuf *m,
                                 const struct dp_flow_key *key, const struct dp_flow_tag *tag,
                                 uint64_t hash, bool may_answer)
{
	const bool error = is_icmp_error(dp_pkt(m));
	struct dp_flow *flow = NULL;

	if (error)
		flow = flow_of_error(w, m, true);
	else if (may_answer)
		flow = find(w, dp_pkt(m)->session, key, tag, hash);
	if (!flow)
		return DP_DROP_NO_FLOW;
	dp_flow_refresh(w, dp_pkt(m)->session, flow);
	if (!flow->allow)
		return DP_DROP_NO_FLOW;
	if (error)
		return DP_OK;
	account(w, flow, m, false);
	flow->pass |= DP_FLOW_DOWN;
	return DP_OK;
}

/* The end of @m, or its place among those that go on. */
static uint16_t settle(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t out,
                       struct rte_mbuf *m, enum dp_verdict v)
{
	if (v == DP_OK) {
		pkt[out] = m;
		return out + 1;
	}
	dp_pkt(m)->session->drops++;
	dp_drop(&w->stat, m, v);
	return out;
}

uint16_t dp_acl_from_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	struct dp_flow_key key[DP_BURST];
	struct dp_flow_tag tag[DP_BURST];
	uint64_t hash[DP_BURST];
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		key[i] = key_from_client(pkt[i]);
		tag[i] = dp_flow_tag_of(w->flows, &key[i]);
		hash[i] = dp_flow_hash(w->flows, &tag[i]);
		dp_flow_prefetch_bucket(w->flows, hash[i]);
	}
	for (i = 0; i < n; i++)
		dp_flow_guess(w->flows, hash[i]);
	for (i = 0; i < n; i++)
		out = settle(w, pkt, out, pkt[i],
		             from_client(w, pkt[i], &key[i], &tag[i], hash[i]));
	return out;
}

uint16_t dp_acl_to_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	struct dp_flow_key key[DP_BURST];
	struct dp_flow_tag tag[DP_BURST];
	uint64_t hash[DP_BURST];
	bool may_answer[DP_BURST];
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		may_answer[i] = key_to_client(pkt[i], &key[i]);
		tag[i] = dp_flow_tag_of(w->flows, &key[i]);
		hash[i] = dp_flow_hash(w->flows, &tag[i]);
		dp_flow_prefetch_bucket(w->flows, hash[i]);
	}
	for (i = 0; i < n; i++)
		dp_flow_guess(w->flows, hash[i]);
	for (i = 0; i < n; i++)
		out = settle(w, pkt, out, pkt[i],
		             to_client(w, pkt[i], &key[i], &tag[i], hash[i], may_answer[i]));
	return out;
}

/* ---- ageing ------------------------------------------------------------------------ */

static uint32_t idle_s(const struct dp_flow *flow)
{
	if (!flow->allow)
		return IDLE_DENIED_S;
	switch (flow->key.proto) {
	case WIRE_PROTO_TCP:
		return idle_tcp_s[flow->tcp];
	case WIRE_PROTO_UDP:
		return IDLE_UDP_S;
	case WIRE_PROTO_ICMP:
	case WIRE_PROTO_ICMPV6:
		return IDLE_ICMP_S;
	default:
		return IDLE_OTHER_S;
	}
}

/* No packet of it may ever come, or none that takes the long way. */
static void look_on(struct dp_worker *w, struct dp_session *s, struct dp_flow *flow)
{
	dp_flow_refresh(w, s, flow);
	/* The other end may have become a client since: the stages look that up for each packet. */
	if (flow->adj && dp_session_is_client(w, flow->key.tenant, &flow->key.peer))
		flow->adj = 0;
}

static void look_at(struct dp_worker *w, struct dp_flow *flow)
{
	const uint32_t idle = dp_flow_time(w->now) - flow->seen;
	struct dp_session *s = flow->session;

	if (s->life_in != flow->life)
		end(w, flow, NULL, MSG_FLOW_WHY_SESSION);
	else if (__atomic_load_n(&s->worker, __ATOMIC_ACQUIRE) != w->index)
		return; /* on its way to another worker: carry.c */
	else if (idle > dp_flow_time(idle_s(flow) * w->hz))
		end(w, flow, s, MSG_FLOW_WHY_IDLE);
	else
		look_on(w, s, flow);
}

void dp_flows_age(struct dp_worker *w)
{
	uint32_t due = dp_flow_walk_due(w->flows, w->now, dp_acl_epoch(w->acl), SWEEP_S * w->hz,
	                                w->hz / 2, w->may_sleep);

	for (; due; due--) {
		struct dp_flow *flow = dp_flow_walk(w->flows);

		if (flow)
			look_at(w, flow);
	}
	if (w->tally && w->swept != w->flows->swept) {
		w->swept = w->flows->swept;
		dp_tally_swept(w->tally, w->index, w->swept);
	}
}
