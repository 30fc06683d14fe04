/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * gather - the octets of a configuration directory, for bundles. Nothing of them is parsed.
 *
 * Taken are appliance.json, dataplane.json, tenants/ and secrets/NAME.json, pki/NAME.crt and .key;
 * hidden files and all others are left alone. Each must be a regular file (or a symbolic link
 * that belongs to root, to one) of bounded size; what holds secrets must be nobody else's to
 * read. A file that changes while it is read is read again.
 *
 * Walk     supervisor.c -> live.c -> [proc/gather] -> policy/bundle.c
 * Thread   the supervisor's
 * Memory   the octets until cp_gathered_fini(), which wipes them: secrets are among them
 */

#include "controlplane/policy/policy.h"

struct cp_gathered {
	size_t n, room;
	struct cp_gathered_file {
		char *name;
		char *at;
		size_t len;
	} * file;
};

/* returns  0, -EINVAL, -errno with the file and the reason in @error; -ENOMEM, -E2BIG too */
int cp_gather(const char *directory, struct cp_gathered *out, struct cp_policy_error *error);
void cp_gathered_fini(struct cp_gathered *g);

/* Is it for the keys process alone? */
bool cp_gathered_is_secret(const char *name);

/* A bundle (policy/bundle.h) of all. returns as cp_bundle_make() */
int cp_gathered_bundle(const struct cp_gathered *g, int *fd);
