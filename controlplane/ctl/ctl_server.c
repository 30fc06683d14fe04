/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ctl.h"
#include "controlplane/ctl/ctl_answer.h"
#include "controlplane/ctl/ctl_request.h"
#include "controlplane/door/door.h"

#include <errno.h>
#include <stdlib.h>

struct cp_ctl {
	struct cp_ctl_deps deps;
	struct cp_door *door;
	uint64_t refused; /* not JSON, not a command */
};

static void on_ask(void *ctx, struct cp_door_guest *g, const char *line, size_t len)
{
	struct cp_ctl *ctl = ctx;
	struct ctl_request request;
	char fault[CTL_FAULT_MAX];
	struct ctl_stat stat;

	if (ctl_request_parse(line, len, &request, fault)) {
		ctl->refused++;
		cp_door_answer(g, ctl_answer_error(fault));
		return;
	}
	stat.door = *cp_door_stat(ctl->door);
	stat.refused = ctl->refused;
	cp_door_answer(g, ctl_answer(&ctl->deps, &stat, &request));
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
	if (err) {
		free(ctl);
		return err;
	}
	*out = ctl;
	return 0;
}

void cp_ctl_free(struct cp_ctl *ctl)
{
	if (!ctl)
		return;
	cp_door_free(ctl->door);
	free(ctl);
}
