/* SPDX-License-Identifier: Apache-2.0 */
#include "common/stat/counter.h"

struct row {
	const char *name, *text;
	int side;
};

#define ROW(id, name, side, text) [id] = {name, text, side},

static const struct row rows[DP_COUNTER_COUNT] = {DP_COUNTERS(ROW)};

const char *dp_counter_name(unsigned counter)
{
	return counter < DP_COUNTER_COUNT ? rows[counter].name : "?";
}

const char *dp_counter_text(unsigned counter)
{
	return counter < DP_COUNTER_COUNT ? rows[counter].text : "?";
}

int dp_counter_side(unsigned counter)
{
	return counter < DP_COUNTER_COUNT ? rows[counter].side : 0;
}
