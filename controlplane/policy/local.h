/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * local - which tenant a client's packets belong to, by the address they arrive at.
 *
 * Tenants may share an address; then the identity the client asks for (IDr) decides, so no
 * two of them may share both.
 *
 * Walk     policy.c -> [local] -> compile.c
 * Thread   the loader's
 */

#include "controlplane/policy/policy.h"

/* Fill p->local from all tenants. returns 0, -EINVAL, -ENOMEM */
int cp_local_build(struct cp_policy *p, struct cp_policy_error *error);
