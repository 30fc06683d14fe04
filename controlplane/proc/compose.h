/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * compose - bundles made of bundles: other documents, other numbers, without the secrets.
 *
 * Files stand in a bundle in the order of their names, so two of the same files are the same
 * octets.
 *
 * Walk     live.c -> [proc/compose] -> policy/bundle.c
 * Thread   the supervisor's
 * Memory   octets stay in the memory files; here they are mapped for the call
 */

#include <stdbool.h>
#include <stddef.h>

struct cp_compose {
	int base;      /* a bundle */
	int documents; /* a bundle: its appliance.json and tenants/ instead; -1: the base's */
	int numbers;   /* a bundle: its numbers.json instead; -1: the base's */
	bool without_secrets;
};

/* @fd      the caller's
 * returns  0, as cp_bundle_open() and cp_bundle_make() */
int cp_compose(const struct cp_compose *how, int *fd);

/* Are two bundles the same octets? */
bool cp_compose_is_same(int a, int b);

/* Is it one that an operator changes over the door: appliance.json, tenants/NAME.json? */
bool cp_compose_is_document(const char *name);
