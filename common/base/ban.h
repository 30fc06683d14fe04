/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ban - functions that do not compile here.
 *
 * Forced into every product file by meson (-include), before anything else. What to use
 * instead: snprintf for text, strtoul with a check for numbers, cp_crypto_random() or
 * getrandom for randomness, strtok_r or a cursor for splitting.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat sprintf vsprintf gets atoi atol strtok rand srand strncpy \
	strncat
