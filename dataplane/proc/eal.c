/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eal - EAL's arguments from our document.
 *
 * Walk     main.c -> [proc/eal]
 * Thread   the main core
 */
#include "dataplane/port/port.h"
#include "dataplane/proc/proc.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ARGS_MAX = 24 + DP_PORTS_MAX,
	ARG_MAX_TEXT = 2048,
};

struct args {
	int n;
	char *text[ARGS_MAX + 1];
	bool full;
};

__attribute__((format(printf, 2, 3))) static void add(struct args *a, const char *format, ...)
{
	char text[ARG_MAX_TEXT];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (a->n == ARGS_MAX) {
		a->full = true;
		return;
	}
	a->text[a->n] = strdup(text);
	a->full |= !a->text[a->n];
	a->n++;
}

/* "0@0,1@1,2@1": more than one lcore may stand on a core. */
static void add_lcores(struct args *a, const struct dp_conf *conf)
{
	char text[ARG_MAX_TEXT];
	uint32_t i;
	int at = snprintf(text, sizeof(text), "0@%u", conf->main_core);

	for (i = 0; i < conf->n_worker; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, ",%u@%u", i + 1,
		               conf->worker_core[i]);
	add(a, "--lcores=%s", text);
	add(a, "--main-lcore=0");
}

static void add_devices(struct args *a, const struct dp_conf *conf)
{
	char device[DP_DEVICE_MAX + 64];
	bool pci = false;
	uint32_t i;

	for (i = 0; i < conf->n_port; i++) {
		dp_port_device(conf, i, device, sizeof(device));
		pci |= dp_port_is_pci(device);
		add(a, dp_port_is_pci(device) ? "--allow=%s" : "--vdev=%s", device);
	}
	if (!pci) {
		add(a, "--no-pci");
		add(a, "--iova-mode=va");
	}
}

int dp_log_open(const struct dp_conf *conf, struct dp_why *why)
{
	FILE *to = stderr;

	if (strcmp(conf->log, "syslog") == 0)
		return 0; /* EAL's own choice */
	if (conf->log[0] == '/') {
		to = fopen(conf->log, "ae");
		if (!to)
			return dp_why(why, -EIO, "log: cannot write %s: %s", conf->log,
			              strerror(errno));
		setvbuf(to, NULL, _IOLBF, 0);
	}
	rte_openlog_stream(to);
	return 0;
}

int dp_eal_start(const struct dp_conf *conf, bool huge, struct dp_why *why)
{
	char *argv[ARGS_MAX + 1]; /* EAL shuffles it */
	struct args a = {0};
	int err = 0, i;

	/* Where EAL makes its files and the telemetry socket, instead of /var/run. */
	setenv("RUNTIME_DIRECTORY", conf->runtime, 1);
	add(&a, "sekisho-dataplane");
	add(&a, "--file-prefix=sekisho");
	add(&a, "--no-shconf"); /* no secondary processes, and no files for them */
	add_lcores(&a, conf);
	add(&a, "-m");
	add(&a, "%u", conf->memory_mb);
	if (huge)
		add(&a, "--huge-unlink=always");
	else
		add(&a, "--no-huge");
	/* The first pattern that fits a library counts. Telemetry warns that it has no socket
	 * of its first version. */
	add(&a, "--log-level=lib.telemetry:error");
	add(&a, "--log-level=lib.*:warning");
	add(&a, "--log-level=pmd.*:warning");
	add_devices(&a, conf);

	memcpy(argv, a.text, sizeof(argv));
	if (a.full)
		err = dp_why(why, -ENOMEM, "EAL: too many arguments, or no memory for them");
	else if (rte_eal_init(a.n, argv) < 0)
		err = dp_why(why, -EIO, "EAL did not start: %s; its own lines above say more",
		             rte_strerror(rte_errno));
	/* EAL keeps pointers to its arguments only while it starts. */
	for (i = 0; i < a.n; i++)
		free(a.text[i]);
	return err;
}

void dp_eal_stop(void)
{
	rte_eal_cleanup();
}
