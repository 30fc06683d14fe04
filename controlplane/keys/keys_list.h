/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys_list - whose secrets there are and where each comes from; never a value.
 *
 * Thread   the loop's
 */

#include "controlplane/policy/secrets.h"
#include "controlplane/policy/secrets_vault.h"

#include <jansson.h>

/*
 * Into @answer: "total", and "rows" from @skip on, at most @max of them: the tenant's users,
 * then pre-shared keys, then what is kept for users the policy does not know.
 *
 * @t, @v  either may be NULL
 */
void keys_list(const struct cp_secret_tenant *t, const struct cp_vault *v, uint32_t skip,
               uint32_t max, json_t *answer);
