/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench - cycles per packet of the real pipeline on one worker against memory, beside the
 * raw cost of the same octets in the same run.
 *
 * First every packet is checked: what the gateway seals, a second implementation opens; what
 * that one seals comes out as it went in; nothing is dropped. Then rounds of raw, ours, raw,
 * ours; medians. Buffers are filled and freed with the clock stopped, so no figure holds a
 * device's receive or a pool's allocation; everything between is in it.
 *
 * With --reader each round is run twice, once while a thread asks for every counter without
 * a pause: what being read costs a worker.
 */
#include "dataplane/worker/worker.h"
#include "tests/perf/client.h"
#include "tests/perf/gateway.h"
#include "tests/perf/raw.h"
#include "tests/perf/reader.h"

#include <rte_cycles.h>
#include <rte_eal.h>

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH = RAW_BUFFERS, /* packets of a round, in bursts of DP_BURST */
	ROUNDS = 101,
	CHECK_ROUNDS = 2,
	NEXT_HEADER_AND_PAD = 2,
};

static const char includes[] =
	"classification, hand-over check, session lookup, anti-spoof, selectors, access rules "
	"through the flow table, MSS, TTL, ESP, route, neighbour, transmit into a ring; "
	"counters";
static const char excludes[] = "device receive, buffer allocation and release";

struct bench {
	struct gateway *gateway;
	struct raw *raw;
	struct reader *reader; /* NULL: nobody reads */
	uint32_t sessions;
	uint32_t seq; /* of the packets made for the inbound cases */
	uint8_t frame[BATCH][CLIENT_FRAME_MAX];
	uint8_t inner[BATCH][CLIENT_FRAME_MAX];
	uint16_t frame_len;
};

struct result {
	bool out;
	uint16_t len;
	double raw, ours;
	double read; /* ours, while somebody reads; 0: nobody did */
};

static uint32_t sid_of(const struct bench *b, uint32_t i)
{
	return i % b->sessions;
}

/* The packets of a case: from the inside for `out`, sealed by the client for `in`. */
static void make_frames(struct bench *b, bool out, uint16_t len)
{
	uint8_t outer[CLIENT_FRAME_MAX], mac[6];
	uint32_t i;

	gateway_mac(b->gateway, out ? GW_LAN : GW_WAN, mac);
	for (i = 0; i < BATCH; i++) {
		const struct msg_session_install s = gateway_session(sid_of(b, i));
		const uint32_t seq = 1 + i / b->sessions;

		client_inner(&s, !out, len, i, b->inner[i]);
		if (out)
			b->frame_len = client_frame(mac, b->inner[i], len, b->frame[i]);
		else
			b->frame_len = client_frame(
				mac, outer, client_seal(&s, seq, b->inner[i], len, outer),
				b->frame[i]);
	}
}

/* One round: all packets through the pipeline. returns ticks; *sent what came out */
static uint64_t run(struct bench *b, bool out, struct rte_mbuf **sent, uint16_t *n_sent)
{
	struct rte_mbuf *pkt[BATCH];
	uint64_t start, ticks;
	uint16_t i, k;

	for (i = 0; i < BATCH; i++)
		pkt[i] = gateway_frame(b->gateway, b->frame[i], b->frame_len);
	if (!out)
		gateway_forget_numbers(b->gateway, b->sessions);

	start = rte_rdtsc_precise();
	for (i = 0; i < BATCH; i += DP_BURST)
		gateway_turn(b->gateway, out ? GW_LAN : GW_WAN, pkt + i, DP_BURST);
	ticks = rte_rdtsc_precise() - start;

	*n_sent = 0;
	while ((k = gateway_sent(b->gateway, out ? GW_WAN : GW_LAN, sent + *n_sent,
	                         (uint16_t)(BATCH - *n_sent))) != 0)
		*n_sent = (uint16_t)(*n_sent + k);
	return ticks;
}

static void release(struct rte_mbuf **pkt, uint16_t n)
{
	rte_pktmbuf_free_bulk(pkt, n);
}

/* ---- correctness ------------------------------------------------------------------- */

static bool is_right(struct bench *b, bool out, uint32_t i, struct rte_mbuf *m, uint16_t len)
{
	const uint8_t *ip = rte_pktmbuf_mtod_offset(m, const uint8_t *, 14);
	const uint16_t ip_len = (uint16_t)(m->data_len - 14);
	const struct msg_session_install s = gateway_session(sid_of(b, i));
	uint8_t inner[CLIENT_FRAME_MAX];

	if (!out)
		return ip_len == len && client_is_forwarded(b->inner[i], ip, len);
	return client_open(&s, ip, ip_len, inner) == len &&
	       client_is_forwarded(b->inner[i], inner, len);
}

static bool check(struct bench *b, bool out, uint16_t len)
{
	struct rte_mbuf *sent[BATCH];
	uint16_t n, i;
	int round;
	bool ok = true;

	for (round = 0; round < CHECK_ROUNDS && ok; round++) {
		run(b, out, sent, &n);
		ok = n == BATCH;
		for (i = 0; i < n && ok; i++)
			ok = is_right(b, out, i, sent[i], len);
		release(sent, n);
	}
	return ok;
}

static uint64_t drops(struct bench *b)
{
	const struct dp_stat *s = &gateway_worker(b->gateway)->stat;
	uint64_t sum = 0;
	unsigned v;

	for (v = DP_OK + 1; v < DP_VERDICT_COUNT; v++) {
		sum += s->verdict[v];
		if (s->verdict[v])
			fprintf(stderr, "%s %lu\n", dp_verdict_name(v),
			        (unsigned long)s->verdict[v]);
	}
	return sum;
}

/* Flows must have been opened from the client's side before the inside may answer. */
static bool open_flows(struct bench *b)
{
	struct rte_mbuf *sent[BATCH];
	uint32_t first;
	uint16_t n;

	for (first = 0; first < b->sessions; first += BATCH) {
		make_frames(b, false, 64);
		run(b, false, sent, &n);
		release(sent, n);
		if (n != BATCH)
			return false;
	}
	return true;
}

/* ---- measurement ------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

static bool measure(struct bench *b, struct result *r)
{
	const uint32_t text = (r->len + NEXT_HEADER_AND_PAD + 3u) & ~3u;
	double raw[ROUNDS], ours[ROUNDS], read[ROUNDS];
	struct rte_mbuf *sent[BATCH];
	uint16_t n;
	int i;

	make_frames(b, r->out, r->len);
	if (!check(b, r->out, r->len))
		return false;
	for (i = 0; i < ROUNDS; i++) {
		raw[i] = (double)raw_run(b->raw, r->out, text) / BATCH;
		ours[i] = (double)run(b, r->out, sent, &n) / BATCH;
		release(sent, n);
		if (n != BATCH)
			return false;
		if (!b->reader)
			continue;
		reader_ask(b->reader, true);
		read[i] = (double)run(b, r->out, sent, &n) / BATCH;
		reader_ask(b->reader, false);
		release(sent, n);
		if (n != BATCH)
			return false;
	}
	r->raw = median(raw, ROUNDS);
	r->ours = median(ours, ROUNDS);
	r->read = b->reader ? median(read, ROUNDS) : 0;
	return true;
}

/* ---- output ------------------------------------------------------------------------ */

static void print_text(const struct bench *b, const struct result *r, unsigned n)
{
	unsigned i;

	printf("AES-128-GCM, %u session%s, one worker, TSC %.0f MHz, medians of %d rounds of "
	       "%d packets\n",
	       b->sessions, b->sessions == 1 ? "" : "s", (double)rte_get_tsc_hz() / 1e6, ROUNDS,
	       BATCH);
	printf("%-10s %6s %10s %10s %7s %12s\n", "direction", "octets", "raw", "gateway",
	       "ratio", "Gbit/s/core");
	for (i = 0; i < n; i++)
		printf("%-10s %6u %10.1f %10.1f %7.2f %12.2f\n", r[i].out ? "out" : "in",
		       r[i].len, r[i].raw, r[i].ours, r[i].ours / r[i].raw,
		       (double)rte_get_tsc_hz() / r[i].ours * r[i].len * 8 / 1e9);
	for (i = 0; b->reader && i < n; i++)
		printf("%-10s %6u %10.1f cycles unread, %10.1f read without a pause: %+.2f "
		       "%%\n",
		       r[i].out ? "out" : "in", r[i].len, r[i].ours, r[i].read,
		       (r[i].read / r[i].ours - 1) * 100);
	if (b->reader)
		printf("a gathering takes %.0f us, so read once a second it is %.3f %% of "
		       "that, "
		       "100 times %.1f %%\n",
		       reader_round_us(b->reader), reader_round_us(b->reader) / 1e4,
		       reader_round_us(b->reader) / 1e2);
	printf("cycles per packet (TSC). Every packet checked by OpenSSL first, no drops.\n"
	       "in it:     %s\nnot in it: %s\n",
	       includes, excludes);
}

static void print_json(const struct bench *b, const struct result *r, unsigned n)
{
	unsigned i;

	printf("{\"suite\": \"AES-128-GCM\", \"sessions\": %u, \"tsc_hz\": %lu, \"rounds\": "
	       "%d, "
	       "\"packets\": %d,\n \"includes\": \"%s\",\n \"excludes\": \"%s\",\n \"cases\": "
	       "[",
	       b->sessions, (unsigned long)rte_get_tsc_hz(), ROUNDS, BATCH, includes, excludes);
	for (i = 0; i < n; i++)
		printf("%s\n  {\"direction\": \"%s\", \"octets\": %u, \"raw_cycles\": %.1f, "
		       "\"cycles\": %.1f, \"ratio\": %.3f, \"read_cycles\": %.1f}",
		       i ? "," : "", r[i].out ? "out" : "in", r[i].len, r[i].raw, r[i].ours,
		       r[i].ours / r[i].raw, r[i].read);
	printf("\n ]}\n");
}

/* ---- start ------------------------------------------------------------------------- */

/* Telemetry has a thread of its own: it is there only for who reads it. */
static bool start_eal(bool with_telemetry)
{
	char *argv[] = {"sekisho-bench",
	                "--no-huge",
	                "--no-shconf",
	                "--file-prefix=bench",
	                with_telemetry ? "--telemetry" : "--no-telemetry",
	                "--no-pci",
	                "-m",
	                "1024",
	                "--vdev=net_ring0",
	                "--vdev=net_ring1",
	                "-l",
	                "0",
	                "--log-level=error",
	                NULL};

	return rte_eal_init(sizeof(argv) / sizeof(argv[0]) - 1, argv) >= 0;
}

/* The socket stands below a directory that goes with the bench. */
static int start_reader(struct bench *b, const char *runtime)
{
	if (gateway_show(b->gateway))
		return -1;
	b->reader = reader_start(runtime);
	return b->reader ? 0 : -1;
}

static int fail(const char *what)
{
	fprintf(stderr, "sekisho-bench: %s\n", what);
	return 1;
}

static int bench(struct bench *b, bool json)
{
	struct result r[] = {{true, 64}, {true, 1420}, {false, 64}, {false, 1420}};
	const unsigned n = sizeof(r) / sizeof(r[0]);
	unsigned i;

	if (!open_flows(b))
		return fail("the first packets did not pass");
	for (i = 0; i < n; i++)
		if (!measure(b, &r[i]))
			return fail("a packet was lost or is not what it must be: no figures");
	if (drops(b))
		return fail("packets were dropped: no figures");
	if (json)
		print_json(b, r, n);
	else
		print_text(b, r, n);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
	                                        {"sessions", required_argument, NULL, 's'},
	                                        {"reader", required_argument, NULL, 'r'},
	                                        {NULL, 0, NULL, 0}};
	static struct bench b = {.sessions = 1};
	bool json = false;
	const char *runtime = NULL;
	char why[512];
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (c == 's')
			b.sessions = (uint32_t)strtoul(optarg, NULL, 10);
		else if (c == 'r')
			runtime = optarg;
		else
			return 2;
	}
	if (b.sessions < 1 || b.sessions > BATCH)
		return fail("--sessions takes 1 to 256");
	if (runtime && setenv("RUNTIME_DIRECTORY", runtime, 1))
		return fail("out of memory");
	if (!start_eal(runtime))
		return fail("DPDK did not start: are 1024 MB of memory free?");
	b.raw = raw_new();
	if (!b.raw || gateway_up(b.sessions, &b.gateway, why, sizeof(why)))
		return fail(b.raw ? why : "out of memory");
	if (runtime && start_reader(&b, runtime))
		return fail("the telemetry does not answer: does the directory exist?");
	status = bench(&b, json);
	if (b.reader)
		reader_stop(b.reader);
	gateway_down(b.gateway);
	raw_free(b.raw);
	return status;
}
