/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ctl_metrics - the metrics process asks as sekishoctl does, over its own socket.
 *
 * Walk     metrics/asker.c -> [ctl/ctl_metrics] -> ctl_request.c -> ctl_answer.c
 * Thread   the loop's
 */

#include "controlplane/ctl/ctl_request.h"

struct cp_ctl;
struct cp_ipc;
struct ctl_metrics;

/*
 * @ipc     borrowed; its hooks are ours
 * @answer  a line to be freed, or NULL; only for requests that change nothing
 * returns  0, -ENOMEM
 */
int ctl_metrics_new(struct cp_ipc *ipc,
                    char *(*answer)(struct cp_ctl *ctl, const struct ctl_request *request),
                    struct cp_ctl *ctl, struct ctl_metrics **out);
void ctl_metrics_free(struct ctl_metrics *m);
