/* SPDX-License-Identifier: Apache-2.0 */

/*
 * cmd_metrics - the metrics as text on standard output, for who keeps them in a file.
 *
 * Walk     command.c -> [ctl/cmd_metrics] -> metrics/gather.c, ask.c
 * Thread   sekishoctl's only one
 */

#include "controlplane/ctl/ask.h"
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/view.h"
#include "controlplane/metrics/metrics.h"

#include <stdio.h>
#include <stdlib.h>

/* Who is asked, and what went wrong. */
struct asking {
	const char *runtime;
	struct telemetry *data;
	bool is_opened;
	unsigned answered;
	char why[ASK_WHY_MAX];
};

static json_t *ask(struct asking *a, const struct cp_metrics_question *q)
{
	if (q->side == CP_METRICS_CONTROLPLANE)
		return ask_control(a->runtime, json_loads(q->text, 0, NULL), a->why);
	if (!a->is_opened)
		a->data = telemetry_open(a->runtime, a->why);
	a->is_opened = true;
	return a->data ? telemetry_ask(a->data, q->text, a->why) : NULL;
}

/* A side that cannot be asked is left alone; one that does not know a question is not. */
static void gather(struct asking *a, struct cp_metrics *m)
{
	struct cp_metrics_question q;

	while (cp_metrics_next(m, &q)) {
		json_t *answer = ask(a, &q);

		a->answered += answer != NULL;
		if (!answer)
			fprintf(stderr, "sekishoctl: %s\n", a->why);
		if (!answer && (q.side == CP_METRICS_CONTROLPLANE || !a->data))
			cp_metrics_skip(m);
		else
			cp_metrics_take(m, answer);
	}
	telemetry_close(a->data);
}

int metrics_run(const struct ctl_call *call)
{
	struct asking a = {.runtime = call->runtime};
	struct cp_metrics *m = cp_metrics_new();
	char *text = NULL;
	int status;
	size_t len;

	if (m) {
		gather(&a, m);
		text = cp_metrics_text(m,
		                       call->option[OPTION_TEXTFILE] ? CP_OPENMETRICS_PLAIN
		                                                     : CP_OPENMETRICS_1_0,
		                       &len);
	}
	cp_metrics_free(m);
	if (!text) {
		fputs("sekishoctl: out of memory\n", stderr);
		return EXIT_FAILURE;
	}
	fwrite(text, 1, len, stdout);
	free(text);
	status = ctl_finish_output();
	return a.answered ? status : EXIT_FAILURE;
}
