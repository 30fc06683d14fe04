/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * credentials - are the secrets, certificates and private keys usable, and do they fit?
 *
 * Looked at in a process of its own that ends at once: the supervisor's memory, which every
 * child inherits, never holds a secret.
 *
 * Thread   the supervisor's
 */

#include "controlplane/proc/proc.h"

/* returns  0, or -EINVAL, -errno with a sentence in @why that holds no secret */
int cp_credentials_check(const char *config_dir, const struct cp_policy *policy,
                         char why[CP_WHY_MAX]);
