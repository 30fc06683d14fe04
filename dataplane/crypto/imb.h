/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * imb - intel-ipsec-mb without the names of its first versions: CBC, GCM, ENCRYPT and the
 * like would be macros. Inside crypto/ only.
 */

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

/* A manager; NULL: no memory. It is wiped at the end: texts and keyed digests are in it. In
 * lanes.c. */
IMB_MGR *dp_imb_new(int socket);
void dp_imb_free(IMB_MGR *mgr);
