/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * credentials - are the secrets, certificates and private keys usable, and do they fit?
 *
 * At the start looked at in a process of its own that ends at once: the supervisor's memory,
 * which every child inherits, never holds a secret. Later the keys process looks.
 *
 * Thread   the supervisor's; the keys process' loop
 */

#include "controlplane/proc/proc.h"

struct cp_bundle;
struct cp_secrets;

/*
 * Everything: secrets, certificates, keys.
 *
 * @bundle  with the secrets, of @policy
 * returns  0, or -EINVAL, -errno with a sentence in @why that holds no secret
 */
int cp_credentials_check(int bundle, const struct cp_policy *policy, char why[CP_WHY_MAX]);

/* In the keys process: do its keys fit the certificates of the bundle? returns as above */
int cp_credentials_fit(const struct cp_bundle *bundle, const struct cp_policy *policy,
                       const struct cp_secrets *secrets, char why[CP_WHY_MAX]);
