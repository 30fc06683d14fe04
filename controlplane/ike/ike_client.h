/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ike_client - families of clients and what they need different.
 *
 * Differences between clients are columns of this table, never ifs elsewhere. A family is
 * known by a vendor id in its IKE_SA_INIT.
 *
 * Thread   any; const
 */

#include "controlplane/ike/ike_codec.h"

struct ike_client {
	const char *name;   /* as in the log */
	const char *vendor; /* first octets of its vendor id */
	uint8_t vendor_len; /* 0: the row for those nobody knows */
	bool whole;         /* nothing may follow them */
	const char *source; /* where the row comes from */
};

/* Never NULL. */
const struct ike_client *cp_ike_client_of(const struct ike_message *m);
