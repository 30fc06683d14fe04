/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* fake_crypto - see fake_crypto.c. */

#include "controlplane/crypto/crypto.h"

/* Diffie-Hellman questions not yet answered. */
unsigned fake_crypto_open(void);
/* Answer the oldest one. */
void fake_crypto_answer(int status);
void fake_crypto_reset(void);
