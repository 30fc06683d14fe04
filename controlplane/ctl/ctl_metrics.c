/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ctl_metrics.h"

#include "controlplane/ctl/ctl.h"
#include "controlplane/metrics/metrics_msg.h"
#include "controlplane/proc/ipc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ctl_metrics {
	struct cp_ipc *ipc;
	char *(*answer)(struct cp_ctl *ctl, const struct ctl_request *request);
	struct cp_ctl *ctl;
};

/* Who asks reads what scrapers send: it gets numbers, and nothing by user or session. */
static bool may_ask(const struct ctl_request *request)
{
	return request->command == CTL_STATUS || request->command == CTL_COUNTERS ||
	       request->command == CTL_TENANTS;
}

static int send_line(struct ctl_metrics *m, uint32_t seq, const char *line)
{
	size_t len = strlen(line), n;
	int err = 0;

	for (; !err && len > CP_METRICS_PART_MAX; len -= n, line += n) {
		n = CP_METRICS_PART_MAX;
		err = cp_ipc_send(m->ipc, CP_METRICS_PART, seq, line, n);
	}
	return err ? err : cp_ipc_send(m->ipc, CP_METRICS_LAST, seq, line, len);
}

static void on_message(void *ctx, const struct cp_ipc_head *head, const void *body)
{
	struct ctl_metrics *m = ctx;
	struct ctl_request request;
	char fault[CTL_FAULT_MAX], *line = NULL;

	if (head->type != CP_METRICS_ASK)
		return;
	if (head->len < CTL_REQUEST_MAX &&
	    !ctl_request_parse(body, head->len, &request, fault) && may_ask(&request))
		line = m->answer(m->ctl, &request);
	/* What finds no room is counted by the ipc; who asked waits no longer than it likes. */
	if (!line || send_line(m, head->seq, line))
		(void)cp_ipc_send(m->ipc, CP_METRICS_REFUSED, head->seq, NULL, 0);
	free(line);
}

int ctl_metrics_new(struct cp_ipc *ipc,
                    char *(*answer)(struct cp_ctl *ctl, const struct ctl_request *request),
                    struct cp_ctl *ctl, struct ctl_metrics **out)
{
	struct ctl_metrics *m = calloc(1, sizeof(*m));
	const struct cp_ipc_hooks hooks = {.message = on_message, .ctx = m};
	int err;

	if (!m)
		return -ENOMEM;
	*m = (struct ctl_metrics){ipc, answer, ctl};
	err = cp_ipc_handle(ipc, &hooks);
	if (err) {
		free(m);
		return err;
	}
	*out = m;
	return 0;
}

void ctl_metrics_free(struct ctl_metrics *m)
{
	free(m);
}
