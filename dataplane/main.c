/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main - start and end of sekisho-dataplane.
 *
 * First everything that can be wrong is looked for, then things are touched; rights are
 * given up step by step, the last ones when the ports are up.
 *
 * Walk     [main] -> conf/, proc/, parts.c -> worker/worker.c and maincore.c
 * Thread   the main core
 */
#include "dataplane/conf/conf.h"
#include "dataplane/maincore.h"
#include "dataplane/parts.h"
#include "dataplane/proc/proc.h"
#include "dataplane/telemetry/telemetry.h"
#include "dataplane/worker/worker.h"

#include <rte_launch.h>
#include <rte_log.h>

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_RUNTIME "/run/sekisho"

struct options {
	const char *config;
	const char *runtime;
	bool check;
};

static void usage(FILE *to)
{
	fputs("Usage: sekisho-dataplane --config FILE [--runtime DIR] [--check]\n"
	      "  --config FILE   the data plane's document (JSON)\n"
	      "  --runtime DIR   where its sockets go; default " DEFAULT_RUNTIME "\n"
	      "  --check         only check the document and the machine\n",
	      to);
}

/* returns 0 to go on, 1 when all is said (help), -EINVAL */
static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"config", required_argument, NULL, 'c'},
		{"runtime", required_argument, NULL, 'r'},
		{"check", no_argument, NULL, 'k'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*o = (struct options){.runtime = DEFAULT_RUNTIME};
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'r':
			o->runtime = optarg;
			break;
		case 'k':
			o->check = true;
			break;
		case 'h':
			usage(stdout);
			return 1;
		default:
			return -EINVAL;
		}
	}
	return o->config && optind == argc ? 0 : -EINVAL;
}

/* Nothing is touched in here. */
static int check(const struct options *o, struct dp_conf *conf, bool *huge, struct dp_why *why)
{
	int err = dp_conf_load(o->config, conf, why), n;

	if (err)
		return err;
	n = snprintf(conf->runtime, sizeof(conf->runtime), "%s", o->runtime);
	if (n < 0 || (size_t)n >= sizeof(conf->runtime))
		return dp_why(why, -ENAMETOOLONG, "runtime directory: %s is too long",
		              o->runtime);
	err = dp_check(conf, huge, why);
	return err || o->check ? err : dp_runtime_check(conf, why);
}

static int launch(struct dp_parts *p, struct dp_why *why)
{
	uint16_t i;

	for (i = 0; i < p->n_worker; i++)
		if (rte_eal_remote_launch(dp_worker_run, p->worker[i], p->worker[i]->lcore))
			return dp_why(why, -EIO, "worker %u does not start", i);
	return 0;
}

static void land(struct dp_parts *p)
{
	uint16_t i;

	atomic_store_explicit(&p->stop, true, memory_order_relaxed);
	for (i = 0; i < p->n_worker; i++)
		rte_eal_wait_lcore(p->worker[i]->lcore);
	dp_maincore_settle(p);
}

/* Ports are up and the socket is open: from here on nothing needs root. */
static int serve(struct dp_parts *p, const struct dp_runtime *runtime, const sigset_t *end,
                 struct dp_why *why)
{
	struct dp_notify notify;
	int err = dp_telemetry_start(p, why);

	dp_notify_open(&notify);

	if (!err)
		err = dp_runtime_own(p->conf, runtime, why);
	if (!err)
		err = dp_confine_user(p->conf, why);
	if (!err)
		err = launch(p, why);
	if (!err)
		err = dp_confine_calls(why);
	if (!err) {
		dp_log(NOTICE, "data plane is up: %u ports, %u workers, %s\n", p->ports.n,
		       p->n_worker, p->huge ? "hugepages" : "no hugepages");
		dp_notify(&notify, "READY=1");
		dp_maincore_run(p, &notify, end);
		dp_notify(&notify, "STOPPING=1");
	}
	land(p);
	if (!err)
		dp_telemetry_law(p);
	dp_telemetry_stop();
	dp_notify_close(&notify);
	return err;
}

static int run(const struct dp_conf *conf, bool huge, const sigset_t *end, struct dp_why *why)
{
	static struct dp_parts parts; /* the one struct of the process */
	struct dp_runtime runtime;
	int err = dp_runtime_open(conf, &runtime, why);

	if (err)
		return err;
	err = dp_log_open(conf, why);
	if (!err)
		err = dp_confine_files(conf, why);
	if (!err)
		err = dp_eal_start(conf, huge, why);
	if (err)
		goto close_runtime;
	err = dp_parts_make(conf, huge, &parts, why);
	if (err)
		goto stop_eal;
	err = serve(&parts, &runtime, end, why);
	dp_parts_free(&parts);

stop_eal:
	dp_eal_stop();
close_runtime:
	dp_runtime_close(&runtime);
	return err;
}

int main(int argc, char **argv)
{
	struct dp_why why = {""};
	struct dp_conf conf;
	struct options o;
	bool huge = false;
	sigset_t end;
	int err = read_options(argc, argv, &o);

	if (err) {
		if (err < 0)
			usage(stderr);
		return err < 0 ? 2 : 0;
	}
	err = check(&o, &conf, &huge, &why);
	if (!err && !o.check) {
		sigemptyset(&end);
		sigaddset(&end, SIGINT);
		sigaddset(&end, SIGTERM);
		pthread_sigmask(SIG_BLOCK, &end, NULL);
		signal(SIGPIPE, SIG_IGN);
		err = run(&conf, huge, &end, &why);
	}
	if (err) {
		fprintf(stderr, "sekisho-dataplane: %s\n", why.text);
		return 1;
	}
	return 0;
}
