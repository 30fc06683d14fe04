/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ports - interfaces name ports of the data plane's document, where that stands beside ours.
 *
 * The document is not ours: its names are looked at and nothing else, and what is wrong with
 * it is said by the data plane. Without it (another machine, a test) nothing is checked here,
 * and a name the data plane does not know is refused when the policy comes to it.
 *
 * Walk     policy/policy.c -> [policy/ports]
 * Thread   the loader's
 */

#include "controlplane/policy/document.h"

#define CP_DATAPLANE_FILE "dataplane.json"

/* @directory  open descriptor of the configuration directory, borrowed
 * returns     0, -EINVAL and @error */
int cp_ports_check_text(const char *text, size_t len, const struct cp_policy *p,
                        struct cp_policy_error *error);
int cp_ports_check(int directory, const struct cp_policy *p, struct cp_policy_error *error);
