/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * directory - the configuration directory: which documents there are, read once.
 *
 * `appliance.json`, and `tenants/NAME.json` for each tenant. Other files in tenants/ are not
 * ours ("lab.json~", "README.md") and are left alone; a name that ends in ".json" and cannot
 * be a tenant's is refused, because someone meant it.
 *
 * Thread   the loader's
 */

#include "controlplane/policy/document.h"

#define CP_APPLIANCE_FILE "appliance.json"

/*
 * Whose document is the file @file of tenants/? Copies "lab" of "lab.json" to @name.
 *
 * returns  0, -ENOENT (a file that is no document, to be left alone), -EINVAL (@error)
 */
int cp_directory_tenant(const char *file, char name[CP_NAME_MAX],
                        struct cp_policy_error *error);

struct cp_directory {
	int fd;
	struct cp_policy_text appliance;
	size_t n_tenant;
	struct cp_policy_text *tenant; /* sorted by name; names and texts are ours */
};

/* Is it a tenant's name? Lower case, because it becomes a file's and a log's.
 * returns 0, -EINVAL */
int cp_tenant_name_check(const char *name, size_t len, struct cp_policy_error *error);

/* returns 0, -EINVAL, -ENOMEM, -errno; @error says why */
int cp_directory_read(const char *path, struct cp_directory *out,
                      struct cp_policy_error *error);
void cp_directory_fini(struct cp_directory *dir);
