/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * memory - octets that a session costs.
 */

#include <stdint.h>

struct memory_view {
	uint32_t
		session; /* all of it: with one pair of SAs, its places in tables, and one flow */
	uint32_t hot_in; /* cache lines that a packet touches beside itself, as octets */
	uint32_t hot_out;
};

struct memory_view memory_of_session(uint8_t suite);
