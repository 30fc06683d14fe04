/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * fake_keys - controlplane/keys/keys.h with answers that the test gives, when it likes.
 *
 * Thread   the test's
 */

#include "controlplane/keys/keys.h"

enum { FAKE_KEYS_MSK = 64 };
extern const uint8_t fake_keys_msk[FAKE_KEYS_MSK]; /* what MS-CHAPv2 makes */

unsigned fake_keys_open(void);
/* Answer the oldest question. @status as the header of the question's function says */
void fake_keys_answer(int status);
void fake_keys_reset(void);
