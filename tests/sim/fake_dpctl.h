/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * fake_dpctl - a data plane in memory, behind controlplane/dpctl/dpctl.h.
 *
 * Linked in place of the real one. Whoever embeds it sees every record that the control
 * plane sends, and answers as it likes.
 *
 * Thread   the loop's
 */

#include "controlplane/dpctl/dpctl.h"

struct cp_dpctl {
	bool down;
	int refuse; /* -errno for every record, 0 for none */
	void (*sent)(void *ctx, enum msg_type type, uint32_t seq, const void *body,
	             const void *octets, size_t len);
	void *ctx;
};
