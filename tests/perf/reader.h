/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * reader - asks the data plane's telemetry without a pause, from a thread beside the worker's
 * core, over the socket that the metrics process and sekishoctl use.
 *
 * Thread   one of its own; the functions: the bench's
 */

#include <stdbool.h>
#include <stdint.h>

struct reader;

/* @runtime  what RUNTIME_DIRECTORY was when EAL started. returns NULL when nobody answers */
struct reader *reader_start(const char *runtime);
/* Returns once it asks, or once its last question is answered. */
void reader_ask(struct reader *r, bool on);
/* How long a gathering took on average: it asks every table of counters once. */
double reader_round_us(const struct reader *r);
void reader_stop(struct reader *r);
