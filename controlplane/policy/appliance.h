/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * appliance - `appliance.json`: the outer side and the programs' settings.
 *
 * Walk     policy.c -> [appliance] -> network.c
 * Thread   the loader's
 */

#include "controlplane/policy/field.h"

extern const struct field_object cp_appliance_object;

/* Read the parsed document into @p: appliance, outer interfaces, outer routes.
 * returns 0, -EINVAL, -ENOMEM */
int cp_appliance_build(struct document *d, struct cp_policy *p);
