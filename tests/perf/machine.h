/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * machine - where the bench runs: cores, scheduling, huge pages, load.
 */

#include <stdbool.h>
#include <stdint.h>

struct machine {
	char cpu[96];
	double load; /* of the last minute, when the bench began */
	int core[2]; /* the measured one is the first; -1: there is no second */
};

void machine_look(struct machine *m);
double machine_load(void);

/* This thread on @core, and first in line if we may: from here to machine_relax() nothing
 * else of this thread's runs elsewhere. returns whether it is first in line */
bool machine_pin(int core);
void machine_relax(const struct machine *m);

/*
 * Huge pages: @mb of them free, reserved if need be and if we may. What was reserved is given
 * back by machine_huge_return().
 * returns  false: there are not enough
 */
bool machine_huge_reserve(uint32_t mb);
void machine_huge_return(void);
