/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ban - functions that do not compile here, and a word for parameters that a hook has to
 * take and does not need.
 *
 * Forced into every file by meson (-include), before anything else. What to use
 * instead: snprintf for text, strtoul with a check for numbers, cp_crypto_random() or
 * getrandom for randomness, strtok_r or a cursor for splitting.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* glibc makes macros of these for clang when _FORTIFY_SOURCE is on. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat sprintf vsprintf gets atoi atol strtok strncpy strncat

/* OpenSSL's headers have parameters of this name, so only the call is an error. */
#define rand(...)  ban_h_says_use_getrandom
#define srand(...) ban_h_says_use_getrandom

#define UNUSED __attribute__((unused))
