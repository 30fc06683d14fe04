/* SPDX-License-Identifier: Apache-2.0 */

/*
 * sekisho-controlplane - proc/table.c says what runs.
 *
 * Walk     [main.c] -> proc/site.c (look at everything) -> proc/supervisor.c (run)
 * Thread   the supervisor's
 */

#include "controlplane/policy/warnings.h"
#include "controlplane/proc/proc.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	EXIT_USAGE = 2,
	HELPED = -1,
};

static const char usage[] =
	"Usage: sekisho-controlplane --config DIR --runtime DIR [--state DIR]\n"
	"       sekisho-controlplane --config DIR --check\n"
	"\n"
	"  --config DIR   appliance.json, tenants/, secrets/ and pki/\n"
	"  --runtime DIR  where this gateway's sockets stand; the data plane has the same\n"
	"  --state DIR    what has to outlive the program: policy revisions, sealed secrets,\n"
	"                 log lines on their way (default: state below the runtime directory)\n"
	"  --check        look at the configuration, say what is wrong, and end\n";

struct arguments {
	const char *config, *runtime, *state;
	bool check;
};

static int wrong(const char *text)
{
	fprintf(stderr, "sekisho-controlplane: %s\n\n%s", text, usage);
	return EXIT_USAGE;
}

/* returns 0, HELPED, or the exit status */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"runtime", required_argument, NULL, 'r'},
		{"state", required_argument, NULL, 's'},
		{"check", no_argument, NULL, 'k'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'c')
			out->config = optarg;
		else if (c == 'r')
			out->runtime = optarg;
		else if (c == 's')
			out->state = optarg;
		else if (c == 'k')
			out->check = true;
		else if (c == 'h')
			return fputs(usage, stdout) < 0 ? EXIT_FAILURE : HELPED;
		else
			return EXIT_USAGE; /* getopt has said what is wrong */
	}
	if (optind < argc)
		return wrong("there is a word that is no option");
	if (!out->config)
		return wrong("--config is missing");
	if (!out->runtime && !out->check)
		return wrong("--runtime is missing");
	return 0;
}

static int fail(const char *why)
{
	fprintf(stderr, "sekisho-controlplane: %s\n", why);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct arguments arguments = {0};
	char why[CP_WHY_MAX] = "";
	struct cp_site site;
	int status = read_arguments(argc, argv, &arguments);

	if (status)
		return status == HELPED ? EXIT_SUCCESS : status;
	if (geteuid() != 0)
		return fail(
			"must be started as root: its processes each get a user of their own");
	if (cp_site_open(arguments.config, arguments.runtime, arguments.state, &site, why))
		return fail(why);
	if (arguments.check) {
		cp_policy_warnings(site.policy, stdout);
		cp_policy_summary(site.policy, stdout);
	} else if (cp_site_lock(&site, why)) {
		status = fail(why);
	} else {
		status = cp_supervisor_run(&site);
	}
	cp_site_close(&site);
	return status;
}
