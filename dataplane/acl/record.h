/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * record - lines of the access-control log, on their way to the control plane.
 *
 * Inside acl/ only.
 *
 * Walk     acl/acl.c -> [acl/record] -> link/ -> controlplane/log
 * Thread   the worker
 */

#include "common/msg/msg.h"

struct dp_flow;
struct dp_worker;

/* A record that finds no room is counted, and the next one that does says how many. */
void dp_flow_record(struct dp_worker *w, const struct dp_flow *flow, enum msg_flow_event what,
                    enum msg_flow_why why);
