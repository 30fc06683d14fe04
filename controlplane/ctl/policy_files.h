/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * policy_files - files on the command line become documents of a request.
 *
 * Thread   sekishoctl's only one
 */

#include <jansson.h>

#include <stddef.h>

enum {
	POLICY_FILES_WHY_MAX = 512,
};

/*
 * Files: appliance.json is the appliance's document, NAME.json that of the tenant NAME,
 * wherever they stand. One directory: its appliance.json and tenants/NAME.json, and no other
 * document shall be ("whole").
 *
 * @request  gets "documents"
 * returns   0, or -errno with a sentence in @why
 */
int policy_files_read(const char *const *word, size_t n, json_t *request,
                      char why[POLICY_FILES_WHY_MAX]);
