/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * check - do the records of rules and users make sense, each by itself?
 *
 * Inside acl/ and for its tests.
 *
 * Thread   any; pure
 */

#include "common/msg/msg.h"

/* What is wrong with it, in a few words; NULL: nothing. */
const char *dp_rule_fault(const struct msg_rule *r);
const char *dp_group_set_fault(const struct msg_group_set *s);
const char *dp_users_fault(const struct msg_users *u);
