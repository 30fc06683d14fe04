/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/dataplane/rig.h"

#include "dataplane/conf/conf.h"
#include "dataplane/frag/frag.h"
#include "dataplane/link/link.h"
#include "dataplane/quota/quota.h"
#include "dataplane/worker/handoff.h"

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

/* The fakes below have no other way to it. */
static struct rig *the_rig;

/* ---- neighbours, played ------------------------------------------------------------ */

int dp_command_send(struct dp_worker *w, struct dp_command *c)
{
	struct rig *r = the_rig;

	if (r->commands_full)
		return -EAGAIN;
	assert(r->n_waiting[w->index] < RIG_KEPT);
	r->waiting[w->index][r->n_waiting[w->index]++] = c;
	return 0;
}

int dp_command_up(struct dp_worker *w, struct rte_mbuf *m)
{
	struct rig *r = the_rig;

	(void)w;
	assert(r->n_up < RIG_KEPT);
	r->up[r->n_up++] = m;
	return 0;
}

void dp_handoff(struct dp_worker *w, uint16_t worker, struct rte_mbuf *m)
{
	struct rig *r = the_rig;

	(void)w;
	assert(r->n_handed < RIG_KEPT);
	r->handed_to[r->n_handed] = worker;
	r->handed[r->n_handed++] = m;
}

enum dp_verdict dp_link_put(struct dp_link_worker *lw, enum msg_type type, uint32_t seq,
                            const void *body, size_t len, const void *octets, size_t octets_len)
{
	struct rig *r = the_rig;

	(void)lw, (void)seq, (void)octets, (void)octets_len;
	if (r->link_full)
		return DP_DROP_PUNT_FULL;
	assert(type == MSG_FLOW && len == sizeof(struct msg_flow));
	if (r->n_flow < RIG_KEPT)
		memcpy(&r->flow[r->n_flow], body, len);
	r->n_flow++;
	return DP_OK;
}

static int report(void *ctx, uint16_t type, uint32_t seq, const void *body, uint32_t len)
{
	struct rig *r = ctx;
	struct rig_record *k;

	if (r->report_full)
		return -EAGAIN;
	assert(len <= sizeof(k->usage) || len <= sizeof(k->orphan));
	if (r->n_record == RIG_KEPT)
		return 0;
	k = &r->record[r->n_record++];
	k->type = type;
	k->seq = seq;
	memcpy(&k->ack, body, len);
	return 0;
}

static bool serves(void *ctx, const struct addr *local, uint16_t tenant)
{
	(void)ctx, (void)local;
	return tenant != RIG_NO_TENANT;
}

/* ---- up and down ------------------------------------------------------------------- */

static void start_eal(void)
{
	static bool is_up;
	char *argv[] = {"rig",
	                "--no-huge",
	                "--no-pci",
	                "--no-shconf",
	                "--file-prefix=rig",

	                "--no-telemetry",
	                "-m",
	                "256",
	                "-l",
	                "0",
	                "--log-level=error",
	                NULL};
	const int argc = sizeof(argv) / sizeof(argv[0]) - 1;

	if (is_up)
		return;
	if (rte_eal_init(argc, argv) < 0)
		abort();
	is_up = true;
}

static struct dp_worker *worker_up(struct rig *r, uint16_t index)
{
	const struct dp_reass_conf parts = {
		.max = RIG_PARTS,
		.per_tenant = RIG_PARTS_PER_TENANT,
		.octets = RIG_PARTS_OCTETS,
		.ticks = RIG_PARTS_S * r->hz,
		.large = r->large,
	};
	struct dp_worker *w = rte_zmalloc("worker", sizeof(*w), 64);

	assert(w);
	w->index = index;
	w->n_workers = RIG_WORKERS;
	w->hz = r->hz;
	w->now = r->now;
	w->pool = r->pool;
	w->size = &r->size;
	w->news = dp_bucket_make(r->hz, 10, 10);
	w->rcu = r->rcu;
	w->tally = r->tally;
	w->rule_count = dp_tally_of(r->tally, index);
	w->echo = dp_bucket_make(r->hz, 10, 10);
	w->icmp = dp_bucket_make(r->hz, 10, 10);
	assert(!dp_crypto_new(0, &w->crypto));
	assert(!dp_sa_table_new(0, &w->sas));
	assert(!dp_tenant_use_new(0, &w->use));
	w->limits = r->limits;
	w->police = r->police;
	assert(!dp_reass_new(&parts, &w->reass));
	assert(!dp_flows_new(RIG_FLOWS, RIG_FLOWS_PER_SESSION, 0, &w->flows));
	rte_rcu_qsbr_thread_register(r->rcu, index);
	rte_rcu_qsbr_thread_online(r->rcu, index);
	return w;
}

struct rig *rig_up(void)
{
	struct dp_sessions_conf conf = {
		.max_sessions = RIG_SESSIONS,
		.n_workers = RIG_WORKERS,
	};
	struct rig *r = calloc(1, sizeof(*r));
	uint16_t i;

	assert(r);
	start_eal();
	the_rig = r;
	r->hz = 1
	        << 22; /* so that months fit, a million times; some ticks of a flow a second */
	r->now = 1000 * r->hz;
	r->size = (struct dp_size_conf){.path_min = 576, .path_ticks = 600 * r->hz};
	r->pool = rte_pktmbuf_pool_create("rig", RIG_BUFFERS, 0, DP_PKT_PRIV,
	                                  RTE_PKTMBUF_HEADROOM + 2048, 0);
	r->large = rte_pktmbuf_pool_create("rig-large", RIG_LARGE, 0, DP_PKT_PRIV,
	                                   RIG_PARTS_OCTETS + DP_REASS_OVERHEAD, 0);
	assert(r->pool && r->large);
	r->rcu = rte_zmalloc("rcu", rte_rcu_qsbr_get_memsize(RIG_WORKERS), 64);
	assert(r->rcu && !rte_rcu_qsbr_init(r->rcu, RIG_WORKERS));
	assert(!dp_tally_new(RIG_RULES, RIG_WORKERS, 0, &r->tally));
	assert(!dp_police_new(RIG_SESSIONS, 0, &r->police));
	assert(!dp_limits_build(NULL, 0, NULL, 0, &r->limits, NULL));
	for (i = 0; i < RIG_WORKERS; i++)
		r->w[i] = worker_up(r, i);
	assert(!dp_crypto_new(0, &r->crypto));

	conf.hz = r->hz;
	conf.worker = r->w;
	conf.rcu = r->rcu;
	conf.crypto = r->crypto;
	conf.report = (struct dp_report){report, r};
	conf.serves = serves;
	assert(!dp_sessions_new(&conf, &r->sessions));
	for (i = 0; i < RIG_WORKERS; i++)
		r->w[i]->sessions = r->sessions;
	dp_sessions_attached(r->sessions, r->now);
	rig_settle(r);
	rig_forget(r);
	return r;
}

/* There when AddressSanitizer is. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

struct rig *rig_up_for_good(void)
{
	struct rig *r;

	if (__lsan_disable)
		__lsan_disable();
	r = rig_up();
	if (__lsan_enable)
		__lsan_enable();
	return r;
}

void rig_down(struct rig *r)
{
	uint16_t i;

	dp_sessions_free(r->sessions);
	for (i = 0; i < RIG_WORKERS; i++) {
		dp_crypto_free(r->w[i]->crypto);
		dp_sa_table_free(r->w[i]->sas);
		dp_tenant_use_free(r->w[i]->use);
		dp_flows_free(r->w[i]->flows);
		dp_reass_free(r->w[i]->reass);
		rte_free(r->w[i]);
	}
	dp_limits_free(r->limits);
	dp_police_free(r->police);
	dp_tally_free(r->tally);
	dp_crypto_free(r->crypto);
	rte_free(r->rcu);
	rte_mempool_free(r->large);
	rte_mempool_free(r->pool);
	free(r);
	the_rig = NULL;
}

/* ---- time -------------------------------------------------------------------------- */

void rig_run(struct rig *r)
{
	unsigned i, k;

	for (i = 0; i < RIG_WORKERS; i++) {
		for (k = 0; k < r->n_waiting[i]; k++) {
			r->waiting[i][k]->run(r->w[i], r->waiting[i][k]);
			assert(r->n_ran < RIG_KEPT);
			r->ran[r->n_ran++] = r->waiting[i][k];
		}
		r->n_waiting[i] = 0;
	}
}

void rig_reap(struct rig *r)
{
	struct dp_command *ran[RIG_KEPT];
	unsigned i, n = r->n_ran;

	memcpy(ran, r->ran, sizeof(ran));
	r->n_ran = 0;
	for (i = 0; i < n; i++)
		ran[i]->done(ran[i]->ctx, ran[i]);
}

void rig_quiet(struct rig *r)
{
	unsigned i;

	for (i = 0; i < RIG_WORKERS; i++)
		rte_rcu_qsbr_quiescent(r->rcu, i);
}

void rig_settle(struct rig *r)
{
	int i;

	for (i = 0; i < 4; i++) {
		rig_run(r);
		rig_reap(r);
		rig_quiet(r);
		dp_sessions_tick(r->sessions, r->now);
	}
}

void rig_wait(struct rig *r, double seconds)
{
	double left;
	int i;

	for (left = seconds; left > 0; left -= 0.1) {
		r->now += r->hz / 10;
		for (i = 0; i < RIG_WORKERS; i++)
			r->w[i]->now = r->now;
		rig_run(r);
		rig_reap(r);
		rig_quiet(r);
		dp_sessions_tick(r->sessions, r->now);
	}
}

/* ---- what was said ----------------------------------------------------------------- */

const struct rig_record *rig_find(const struct rig *r, uint16_t type, uint32_t seq)
{
	unsigned i;

	for (i = r->n_record; i-- > 0;)
		if (r->record[i].type == type && (!seq || r->record[i].seq == seq))
			return &r->record[i];
	return NULL;
}

void rig_forget(struct rig *r)
{
	r->n_record = 0;
	r->n_flow = 0;
}

static struct msg_endpoint endpoint(const char *addr, uint16_t port)
{
	struct msg_endpoint e = {.port = port};

	assert(!addr_parse(addr, &e.addr));
	return e;
}

static void fill(uint8_t *octets, size_t n, uint8_t first)
{
	size_t i;

	for (i = 0; i < n; i++)
		octets[i] = (uint8_t)(first + i);
}

struct msg_session_install rig_install_message(uint32_t sid, uint16_t worker)
{
	struct msg_session_install m = {
		.id = 0x1000 + sid,
		.user = RIG_USER + sid,
		.sid = sid,
		.tenant = 1,
		.worker = worker,
		.mtu = 1400,
		.orphan_s = 60,
		.child =
			{
				.spi_in = spi_make(worker, 100 + sid, 5),
				.spi_out = 0xc0000000 + sid,
				.suite = MSG_SUITE_AES128_GCM16,
				.flags = MSG_CHILD_UDP,
				.replay_window = 64,
				.n_ts = 1,
				.local = endpoint("198.51.100.1", 4500),
				.remote = endpoint("192.0.2.10", 4500),
			},
	};

	m.inner = endpoint("10.99.0.10", 0).addr;
	m.inner.octet[15] += (uint8_t)sid;
	m.child.remote.addr.octet[15] += (uint8_t)sid;
	m.child.ts_local[0].lo = endpoint("0.0.0.0", 0).addr;
	m.child.ts_local[0].hi = endpoint("255.255.255.255", 0).addr;
	m.child.ts_local[0].port_hi = 65535;
	fill(m.child.in.key, 32, (uint8_t)(0x10 + sid));
	fill(m.child.in.salt, 4, 0xa0);
	fill(m.child.in.auth, MSG_AUTH_MAX, 0x30);
	fill(m.child.out.key, 32, (uint8_t)(0x60 + sid));
	fill(m.child.out.salt, 4, 0xb0);
	fill(m.child.out.auth, MSG_AUTH_MAX, 0x40);
	return m;
}

int rig_ask(struct rig *r, uint16_t type, const void *body)
{
	static uint32_t seq;
	const struct rig_record *answer;

	dp_sessions_message(r->sessions, type, ++seq, body);
	rig_settle(r);
	answer = rig_find(r, MSG_ACK, seq);
	assert(answer);
	return answer->ack.status;
}

int rig_install(struct rig *r, const struct msg_session_install *m)
{
	return rig_ask(r, MSG_SESSION_INSTALL, m);
}

struct dp_acl *rig_acl(const struct msg_rule *rule, uint32_t n, const uint16_t *group,
                       uint16_t n_group, const struct dp_acl *former)
{
	struct msg_group_set set = {.tenant = 1, .n = n_group};
	struct msg_users users = {.tenant = 1, .n = RIG_SESSIONS};
	struct msg_rule *own = calloc(n + 1, sizeof(*own));
	struct dp_acl_records in = {own, n, &set, 1, &users, 1};
	struct dp_why why = {""};
	struct dp_acl_fault fault = {.why = &why};
	struct dp_acl *acl;
	uint32_t i;

	static_assert((int)RIG_SESSIONS <= (int)MSG_USERS_PACK, "one record");
	memcpy(own, rule, n * sizeof(*own));
	for (i = 0; i < n; i++)
		own[i].id = own[i].id ? own[i].id : own[i].number;
	memcpy(set.group, group, n_group * sizeof(*group));
	for (i = 0; i < RIG_SESSIONS; i++)
		users.key[i] = RIG_USER + i;
	if (dp_acl_build(&in, former, the_rig->tally, 0, &acl, &fault)) {
		fprintf(stderr, "rules: %s\n", why.text);
		abort();
	}
	free(own);
	return acl;
}

/* ---- packets ----------------------------------------------------------------------- */

struct rte_mbuf *rig_packet(struct rig *r, const void *octets, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(r->pool);
	char *at;

	assert(m);
	at = rte_pktmbuf_append(m, len);
	assert(at);
	memcpy(at, octets, len);
	memset(dp_pkt(m), 0, sizeof(struct dp_pkt));
	return m;
}

unsigned rig_buffers_out(const struct rig *r)
{
	return RIG_BUFFERS - rte_mempool_avail_count(r->pool);
}

uint64_t rig_drops(const struct dp_worker *w)
{
	uint64_t sum = 0;
	unsigned v;

	for (v = DP_OK + 1; v < DP_VERDICT_COUNT; v++)
		sum += w->stat.verdict[v];
	return sum;
}

void rig_zero(struct dp_worker *w)
{
	memset(&w->stat, 0, sizeof(w->stat));
}
