/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/reader.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 65536 };

struct reader {
	int fd;
	pthread_t thread;
	_Atomic bool wanted, asking, ends;
	_Atomic uint64_t rounds, ns;
	int core; /* to stay away from */
};

static const char *const questions[] = {
	"/sekisho/info",         "/sekisho/counters", "/sekisho/drops",   "/sekisho/gauges",
	"/sekisho/conservation", "/sekisho/workers",  "/sekisho/ports",   "/sekisho/rings",
	"/sekisho/punts",        "/sekisho/memory",   "/sekisho/tenants", "/sekisho/rules,1,0",
};

static bool ask_all(struct reader *r)
{
	static char answer[ANSWER_MAX];

	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++)
		if (send(r->fd, questions[i], strlen(questions[i]), MSG_NOSIGNAL) < 0 ||
		    recv(r->fd, answer, sizeof(answer), 0) <= 0)
			return false;
	return true;
}

/* The worker's core is the caller's, whose affinity a new thread would inherit. */
static void leave_core(int core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int i = 0; i < CPU_SETSIZE && i < sysconf(_SC_NPROCESSORS_ONLN); i++)
		if (i != core)
			CPU_SET(i, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void note(struct reader *r, uint64_t ns)
{
	r->ns += ns;
	r->rounds++;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void *read_on(void *ctx)
{
	struct reader *r = ctx;
	uint64_t began;

	leave_core(r->core);
	while (!r->ends) {
		r->asking = r->wanted;
		if (!r->asking)
			sched_yield();
		else if ((began = now_ns()) && !ask_all(r))
			break;
		else
			note(r, now_ns() - began);
	}
	r->asking = false;
	return NULL;
}

struct reader *reader_start(const char *runtime)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	char greeting[1024];

	if (!r)
		return NULL;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s/dpdk/bench/dpdk_telemetry.v2", runtime);
	r->core = sched_getcpu();
	r->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (r->fd >= 0 && !connect(r->fd, (struct sockaddr *)&to, sizeof(to)) &&
	    recv(r->fd, greeting, sizeof(greeting), 0) > 0 && ask_all(r) &&
	    !pthread_create(&r->thread, NULL, read_on, r))
		return r;
	if (r->fd >= 0)
		close(r->fd);
	free(r);
	return NULL;
}

void reader_ask(struct reader *r, bool on)
{
	r->wanted = on;
	while (r->asking != on)
		sched_yield();
}

double reader_round_us(const struct reader *r)
{
	return r->rounds ? (double)r->ns / (double)r->rounds / 1e3 : 0;
}

void reader_stop(struct reader *r)
{
	r->ends = true;
	pthread_join(r->thread, NULL);
	close(r->fd);
	free(r);
}
