/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ctl.h"
#include "controlplane/ctl/ctl_answer.h"
#include "controlplane/ctl/ctl_json.h"
#include "controlplane/ctl/ctl_metrics.h"
#include "controlplane/ctl/ctl_request.h"
#include "controlplane/ctl/ctl_sessions.h"
#include "controlplane/door/door.h"

#include <errno.h>
#include <stdlib.h>

struct cp_ctl {
	struct cp_ctl_deps deps;
	struct cp_door *door;
	struct ctl_metrics *metrics; /* NULL: no such process */
	uint64_t refused;            /* not JSON, not a command */
};

static char *answer(struct cp_ctl *ctl, const struct ctl_request *request)
{
	const struct ctl_stat stat = {*cp_door_stat(ctl->door), ctl->refused};

	return ctl_answer(&ctl->deps, &stat, request);
}

static void on_ask(void *ctx, struct cp_door_guest *g, const char *line, size_t len)
{
	struct cp_ctl *ctl = ctx;
	struct ctl_request request;
	char fault[CTL_FAULT_MAX];

	if (ctl_request_parse(line, len, &request, fault)) {
		ctl->refused++;
		cp_door_answer(g, ctl_answer_error(fault));
		return;
	}
	if (request.command == CTL_KICK)
		cp_door_answer(g, ctl_json_line(ctl_session_kick(&ctl->deps, &request,
		                                                 cp_door_name(g))));
	else
		cp_door_answer(g, answer(ctl, &request));
}

int cp_ctl_new(const struct cp_ctl_deps *deps, struct cp_ctl **out)
{
	struct cp_ctl *ctl = calloc(1, sizeof(*ctl));
	const struct cp_door_deps door = {
		.loop = deps->loop,
		.take_listen = deps->take_listen,
		.operator_uid = deps->operator_uid,
		.request_max = CTL_REQUEST_MAX,
		.ask = on_ask,
		.ctx = ctl,
	};
	int err;

	if (!ctl)
		return -ENOMEM;
	ctl->deps = *deps;
	err = cp_door_new(&door, &ctl->door);
	if (!err && deps->metrics_ipc)
		err = ctl_metrics_new(deps->metrics_ipc, answer, ctl, &ctl->metrics);
	if (err) {
		cp_door_free(ctl->door);
		free(ctl);
		return err;
	}
	*out = ctl;
	return 0;
}

void cp_ctl_policy(struct cp_ctl *ctl, const struct cp_policy *p)
{
	ctl->deps.policy = p;
}

void cp_ctl_free(struct cp_ctl *ctl)
{
	if (!ctl)
		return;
	ctl_metrics_free(ctl->metrics);
	cp_door_free(ctl->door);
	free(ctl);
}
