/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * hostile - packets that somebody sends who means harm, as a list: what is wrong with each,
 * and under which name it has to end.
 */

#include "tests/perf/traffic.h"

#include <stdint.h>

struct hostile {
	const char *name;
	bool out;    /* from the inside */
	int verdict; /* enum dp_verdict of every one of them; -1: whatever it is */
	bool old_seq;
	bool new_flows;
	void (*spoil_inner)(uint8_t *ip, uint16_t len);
	void (*spoil_frame)(uint8_t *frame, uint16_t *len);
};

unsigned hostile_count(void);
const struct hostile *hostile_class(unsigned i);
