/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench - cycles per packet of the real pipeline on one worker against memory, beside the
 * raw cost of the same octets in the same run.
 *
 * Rows that stand in the same gateway are measured by one child process, which starts DPDK
 * with as much memory as that gateway needs and is gone afterwards: no row sees what another
 * has left behind, and a row that ends badly takes no other with it.
 *
 * Walk     [bench] -> measure.c -> gateway.c, traffic.c, drive.c, raw.c
 */
#include "tests/perf/machine.h"
#include "tests/perf/measure.h"
#include "tests/perf/reader.h"
#include "tests/perf/report.h"
#include "tests/perf/seal.h"
#include "tests/perf/wire.h"

#include <rte_eal.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	ROUNDS = 101,
	ROUNDS_QUICK = 31,
	BASE_MB = 192, /* buffers, rings, workers, rules */
	SESSION_OCTETS = 8192,
	RULE_OCTETS = 8192,
	LINE_MAX_TEXT = 256,
};

struct bench {
	struct measure_conf conf;
	struct machine machine;
	const char *runtime; /* of the reader; NULL: there is none */
	const char *memif;   /* where its sockets are; NULL: frames in memory */
	bool peer;           /* another engine is at the other end */
	struct wire *wire;   /* shared by both ends */
	bool json, quick, list;
	const char *patterns;
	const char *pcap_in, *pcap_out; /* files, or NULL */
	struct row like;
	bool own; /* rows like `like` */
	unsigned n;
	struct row rows[ROWS_MAX];
	struct row_result *results; /* shared with the children */
};

static int fail(const char *what)
{
	fprintf(stderr, "sekisho-bench: %s\n", what);
	return 1;
}

/* ---- a child: one gateway ----------------------------------------------------------- */

static uint32_t memory_mb(const struct row *r)
{
	return BASE_MB + (uint32_t)(((uint64_t)r->sessions * SESSION_OCTETS +
	                             (uint64_t)r->rules * r->tenants * RULE_OCTETS) >>
	                            20);
}

enum devices {
	RINGS,
	MEMIF_GATEWAY,
	MEMIF_PACKETS, /* the end that makes them */
};

/* Telemetry has a thread of its own: it is there only for who reads it. */
static bool start_eal(const struct bench *b, const struct row *row, enum devices devices)
{
	char lcores[32], prefix[48], mb[16], vdev[2][192];
	char *argv[24] = {"sekisho-bench", "--no-shconf", "--no-pci", "--log-level=error",
	                  vdev[0],         vdev[1],       lcores,     prefix};
	const int core = b->machine.core[0], other = b->machine.core[b->machine.core[1] >= 0];
	unsigned port;
	int n = 8;

	for (port = 0; port < 2; port++)
		if (devices == RINGS)
			snprintf(vdev[port], sizeof(vdev[port]), "--vdev=net_ring%u", port);
		else
			wire_device(vdev[port], sizeof(vdev[port]), b->memif, port,
			            devices == MEMIF_PACKETS);
	if (row->workers > 1)
		snprintf(lcores, sizeof(lcores), "--lcores=0@%d,1@%d", core, other);
	else
		snprintf(lcores, sizeof(lcores), "--lcores=0@%d",
		         devices == MEMIF_PACKETS ? other : core);
	snprintf(prefix, sizeof(prefix), "--file-prefix=%s",
	         b->runtime ? "bench" : "sekisho-bench");
	snprintf(mb, sizeof(mb), "%u", memory_mb(row));
	argv[n++] = b->runtime ? "--telemetry" : "--no-telemetry";
	if (!b->conf.huge) {
		argv[n++] = "--no-huge";
		argv[n++] = "-m";
		argv[n++] = mb;
	} else {
		argv[n++] = "--in-memory";
	}
	return rte_eal_init(n, argv) >= 0;
}

static struct reader *start_reader(struct measure *m, const char *runtime)
{
	struct reader *r = measure_show(m, NULL) ? NULL : reader_start(runtime);

	if (r)
		measure_show(m, r);
	return r;
}

static void one_row(const struct bench *b, struct measure *m, const struct row *row,
                    struct row_result *out)
{
	if (b->pcap_out)
		measure_pcap_out(m, row, b->pcap_out, out);
	else if (b->pcap_in)
		measure_pcap_in(m, row, b->pcap_in, out);
	else
		measure_row(m, row, out);
}

static int child(struct bench *b, unsigned first, unsigned n)
{
	struct measure *m;
	struct reader *reader = NULL;
	char why[160];
	unsigned i;

	for (i = first; i < first + n; i++)
		snprintf(b->results[i].why, sizeof(b->results[i].why), "DPDK did not start");
	if (!start_eal(b, &b->rows[first], RINGS))
		return 1;
	for (i = first; i < first + n; i++)
		b->results[i].why[0] = 0;
	/* EAL has pinned this thread, and the builder is to have the other core. */
	machine_relax(&b->machine);
	m = measure_new(&b->rows[first], &b->conf, why, sizeof(why));
	if (m && b->runtime) {
		reader = start_reader(m, b->runtime);
		snprintf(why, sizeof(why), "the telemetry does not answer");
	}
	for (i = first; i < first + n; i++) {
		if (m && (!b->runtime || reader))
			one_row(b, m, &b->rows[i], &b->results[i]);
		else
			memcpy(b->results[i].why, why, sizeof(why));
		if (!b->json)
			report_text_row(&b->rows[i], &b->results[i]);
	}
	if (reader)
		reader_stop(reader);
	if (m)
		measure_free(m);
	rte_eal_cleanup();
	return 0;
}

/* ---- two children: a gateway behind memif, and who sends it packets ------------------- */

static int serve(struct bench *b, unsigned first)
{
	char why[160];
	int err;

	if (!wire_await(b->memif) || !start_eal(b, &b->rows[first], MEMIF_GATEWAY))
		return 1;
	machine_relax(&b->machine);
	err = wire_serve(b->wire, &b->rows[first], b->machine.core[0], why, sizeof(why));
	if (err)
		fprintf(stderr, "sekisho-bench: %s\n", why);
	return err != 0;
}

static int send_packets(struct bench *b, unsigned first, unsigned n)
{
	const int core = b->machine.core[b->machine.core[1] >= 0];
	unsigned i;

	if (!start_eal(b, &b->rows[first], MEMIF_PACKETS))
		return 1;
	machine_relax(&b->machine);
	for (i = first; i < first + n; i++) {
		wire_measure(b->wire, &b->rows[i], b->conf.rounds, core, &b->results[i]);
		b->results[i].huge = b->conf.huge;
		if (!b->json)
			report_text_row(&b->rows[i], &b->results[i]);
	}
	return 0;
}

/* ---- the run --------------------------------------------------------------------------- */

static volatile sig_atomic_t ended;

static void on_signal(int signal)
{
	ended = signal;
}

enum part {
	PART_ALL,
	PART_GATEWAY, /* of memif */
	PART_PACKETS,
};

static pid_t begin(struct bench *b, enum part part, unsigned first, unsigned n)
{
	const pid_t parent = getpid();
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	if (getppid() != parent)
		_exit(1);
	status = part == PART_ALL       ? child(b, first, n)
	         : part == PART_GATEWAY ? serve(b, first)
	                                : send_packets(b, first, n);
	fflush(stdout);
	_exit(status);
}

static int await(pid_t pid)
{
	int status = 1;

	while (pid > 0 && waitpid(pid, &status, 0) != pid)
		if (ended) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			break;
		}
	return pid > 0 ? status : 1;
}

static int run_memif(struct bench *b, unsigned first, unsigned n)
{
	pid_t gateway = 0;
	int status;

	b->wire->stop = false;
	wire_clear(b->memif);
	if (!b->peer)
		gateway = begin(b, PART_GATEWAY, first, n);
	status = await(begin(b, PART_PACKETS, first, n));
	b->wire->stop = true;
	if (gateway > 0)
		await(gateway);
	wire_clear(b->memif);
	return status;
}

static void run_group(struct bench *b, unsigned first, unsigned n)
{
	const int status =
		b->memif ? run_memif(b, first, n) : await(begin(b, PART_ALL, first, n));
	unsigned i;

	if (status == 0)
		return;
	for (i = first; i < first + n; i++) {
		if (b->results[i].done)
			continue;
		if (!b->results[i].why[0])
			snprintf(b->results[i].why, sizeof(b->results[i].why),
			         "the process that measures has ended with status %#x", status);
		if (!b->json)
			report_text_row(&b->rows[i], &b->results[i]);
	}
}

static bool has_failed(const struct bench *b)
{
	unsigned i;

	for (i = 0; i < b->n; i++)
		if (!b->results[i].done && !b->results[i].not_there)
			return true;
	return false;
}

static int run(struct bench *b)
{
	const struct report report = {&b->machine, b->conf.rounds, b->conf.huge,
	                              b->memif != NULL};
	unsigned i, k;

	if (!b->json)
		report_text_head(&report);
	for (i = 0; i < b->n && !ended; i = k) {
		for (k = i + 1; k < b->n && row_same_gateway(&b->rows[i], &b->rows[k]); k++)
			;
		run_group(b, i, k - i);
	}
	if (ended)
		return 1;
	if (b->json)
		report_json(&report, b->rows, b->results, b->n);
	else
		report_text_end(&report, b->rows, b->results, b->n);
	return has_failed(b) ? fail("there are rows without figures") : 0;
}

/* ---- start ------------------------------------------------------------------------- */

static uint32_t largest_mb(const struct bench *b)
{
	uint32_t most = 0, mb;
	unsigned i;

	for (i = 0; i < b->n; i++) {
		mb = memory_mb(&b->rows[i]);
		most = mb > most ? mb : most;
	}
	return most;
}

static bool take_number(const char *text, uint32_t max, uint32_t *out)
{
	char *end;
	const unsigned long n = strtoul(text, &end, 10);

	*out = (uint32_t)n;
	return *text && !*end && n >= 1 && n <= max;
}

static const struct option options[] = {
	{"json", no_argument, NULL, 'j'},
	{"quick", no_argument, NULL, 'q'},
	{"list", no_argument, NULL, 'l'},
	{"rows", required_argument, NULL, 'o'},
	{"rounds", required_argument, NULL, 'n'},
	{"sessions", required_argument, NULL, 's'},
	{"rules", required_argument, NULL, 'u'},
	{"tenants", required_argument, NULL, 't'},
	{"cipher", required_argument, NULL, 'c'},
	{"size", required_argument, NULL, 'z'},
	{"no-huge", no_argument, NULL, 'h'},
	{"reader", required_argument, NULL, 'r'},
	{"memif", required_argument, NULL, 'm'},
	{"peer", no_argument, NULL, 'p'},
	{"pcap-in", required_argument, NULL, 'i'},
	{"pcap-out", required_argument, NULL, 'w'},
	{NULL, 0, NULL, 0},
};

static bool take_option(struct bench *b, int c, const char *text)
{
	uint32_t n = 0;
	bool ok = true;

	switch (c) {
	case 'j':
		b->json = true;
		break;
	case 'q':
		b->quick = true;
		break;
	case 'l':
		b->list = true;
		break;
	case 'h':
		b->conf.huge = false;
		break;
	case 'o':
		b->patterns = text;
		break;
	case 'm':
		b->memif = text;
		break;
	case 'p':
		b->peer = true;
		break;
	case 'i':
		b->pcap_in = text;
		break;
	case 'w':
		b->pcap_out = text;
		break;
	case 'r':
		b->runtime = text;
		break;
	case 'n':
		ok = take_number(text, MEASURE_ROUNDS_MAX, &b->conf.rounds);
		break;
	case 's':
		ok = take_number(text, 1000000, &b->like.sessions);
		break;
	case 'u':
		ok = take_number(text, 1000000, &b->like.rules);
		break;
	case 't':
		ok = take_number(text, 4000, &b->like.tenants);
		break;
	case 'z':
		ok = take_number(text, 1422, &n) && n >= 64;
		b->like.size = (uint16_t)n;
		break;
	case 'c':
		b->like.suite = seal_suite_named(text);
		ok = b->like.suite;
		break;
	default:
		return false;
	}
	b->own |= strchr("sutzc", c) != NULL;
	if (!ok)
		fprintf(stderr, "sekisho-bench: cannot be: %s\n", text);
	return ok;
}

static int list(const struct bench *b)
{
	unsigned i;

	for (i = 0; i < b->n; i++)
		puts(b->rows[i].name);
	return 0;
}

static int prepare(struct bench *b)
{
	const struct sigaction end = {.sa_handler = on_signal};

	if (b->runtime && setenv("RUNTIME_DIRECTORY", b->runtime, 1))
		return fail("out of memory");
	b->results = mmap(NULL, sizeof(*b->results) * ROWS_MAX, PROT_READ | PROT_WRITE,
	                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	b->wire = mmap(NULL, sizeof(*b->wire), PROT_READ | PROT_WRITE,
	               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b->results == MAP_FAILED || b->wire == MAP_FAILED)
		return fail("out of memory");
	machine_look(&b->machine);
	b->conf.core = b->machine.core[0];
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	if (b->conf.huge)
		b->conf.huge = machine_huge_reserve(largest_mb(b));
	return 0;
}

int main(int argc, char **argv)
{
	static struct bench b = {.conf.huge = true};
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(&b, c, optarg))
			return 2;
	if (!b.conf.rounds)
		b.conf.rounds = b.quick ? ROUNDS_QUICK : ROUNDS;
	b.n = b.own ? rows_like(b.rows, &b.like) : rows_list(b.rows, b.quick);
	if (b.patterns)
		b.n = rows_choose(b.rows, b.n, b.patterns);
	if (!b.n)
		return fail("there is no such row; --list shows them");
	if (b.list)
		return list(&b);
	if (b.memif && b.runtime)
		return fail("--reader is for frames in memory");
	if (b.peer && !b.memif)
		return fail("--peer says who is at the other end of --memif DIR");
	if ((b.pcap_in || b.pcap_out) && b.n != 1)
		return fail("a capture is of one row: choose it by --rows");
	status = prepare(&b);
	if (!status)
		status = run(&b);
	machine_huge_return();
	return status;
}
