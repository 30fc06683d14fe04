/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ctl_json - how the answers of the control plane write what JSON has no type for.
 *
 * Thread   any; no state
 */

#include "common/base/addr.h"

#include <jansson.h>

#include <stdint.h>

json_t *ctl_json_number(uint64_t n);
/* JSON numbers lose digits past 2^53 in many readers; identifiers are text. */
json_t *ctl_json_hex(uint64_t n);
/* Names that came from a client need not be UTF-8, which jansson insists on. */
json_t *ctl_json_text(const char *s);
json_t *ctl_json_address(const struct addr *a);      /* "" when there is none */
json_t *ctl_json_endpoint(const struct endpoint *e); /* the same */
/* One line with its newline, to be freed; NULL without memory. */
char *ctl_json_line(json_t *take_root);
