/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * join - pages of columns put together, and the names of what the data plane has numbers for.
 *
 * Columns are {"rule": ["a", "b"], "packets": [1, 2]}. What is not of the expected shape is
 * left as it is; columns may then differ in length, which readers of them bear.
 *
 * Walk     gather.c -> [metrics/join] -> format.c
 * Thread   any; no state
 */

#include <jansson.h>

#include <stdint.h>

/* Put the rows of @page behind those of @table. */
void cp_metrics_append(json_t *table, const json_t *page);

/* Give @page, which has at most @max rows, a column @name that holds @value in each; rows
 * beyond are cut off. */
void cp_metrics_fill(json_t *page, const char *name, json_t *value, size_t max);

/*
 * Into the columns of tenants: "name" and "sessions_max". Into those of rules: "name" (of
 * the tenant) and "rule"; rows that share counters with others are taken out.
 *
 * @tenants, @rules  columns; NULL: none
 * @names    the session process' answer; NULL: numbers stand for names
 * returns   how many rules the tenants have
 */
uint64_t cp_metrics_join(json_t *tenants, json_t *rules, const json_t *names);
