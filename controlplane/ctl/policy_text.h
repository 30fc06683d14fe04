/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * policy_text - the policy process' answers as text for people.
 *
 * Thread   sekishoctl's only one
 */

#include <jansson.h>

void policy_show_changed(const json_t *answer);
void policy_show_diff(const json_t *answer);
void policy_show_history(const json_t *answer);
void policy_show_revision(const json_t *answer);
void policy_show_status(const json_t *answer);
/* On standard error, with what to do. */
void policy_show_refused(const json_t *answer);
