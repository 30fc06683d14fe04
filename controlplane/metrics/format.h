/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * format - documents and catalogue rows -> text.
 *
 * Thread   any; no state
 */

#include "controlplane/metrics/catalogue.h"

#include <jansson.h>

/* Write the samples of every row whose document is there. @doc[source]: NULL, or an object */
void cp_metrics_write(struct cp_openmetrics *w, json_t *const doc[CP_METRICS_SOURCE_COUNT]);
