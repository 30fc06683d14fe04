/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * scratch - a configuration directory of a test's own.
 */

#include <sys/types.h>

struct scratch {
	char path[64];
};

/* An empty directory with tenants/, secrets/ and pki/. */
void scratch_init(struct scratch *s);
void scratch_put(const struct scratch *s, const char *file, const char *text, mode_t mode);
/* Copy @file of config/example/@example. */
void scratch_copy(const struct scratch *s, const char *example, const char *file, mode_t mode);
/* An example complete with placeholders for its certificates. */
void scratch_example(struct scratch *s, const char *example);
void scratch_remove(const struct scratch *s, const char *file);
void scratch_fini(struct scratch *s);
