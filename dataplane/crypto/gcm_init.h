/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * gcm_init - fills in what gcm.h offers. Inside crypto/ only.
 *
 * Thread   any, before the first packet
 */

#include "dataplane/crypto/gcm.h"
#include "dataplane/crypto/imb.h"

/* @context  scratch of the library, for this struct alone */
void dp_gcm_init(struct dp_gcm *g, const IMB_MGR *mgr, struct gcm_context_data *context);
