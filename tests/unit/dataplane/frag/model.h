/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * model - reassembly of one packet as slowly and plainly as can be, to judge the other by.
 *
 * A map of octets, each with the number of the fragment it came in. Shares no code and no
 * idea with dataplane/frag/: no ranges, no counting.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	MODEL_MAX = 9216,
	MODEL_FRAGMENTS = 64,
};

enum model_says {
	MODEL_HELD,
	MODEL_WHOLE,
	MODEL_DUPLICATE,
	MODEL_OVERLAP, /* all of the packet goes, and what comes of it yet */
	MODEL_MANY,    /* likewise */
};

struct model {
	uint8_t octet[MODEL_MAX];
	uint8_t from[MODEL_MAX + 1]; /* 0: not there, else the fragment's number */
	unsigned n;
	unsigned end; /* 0: not known */
	enum model_says dead;
};

void model_init(struct model *m);
/* A fragment of 1 octet at least that lies within MODEL_MAX. */
enum model_says model_add(struct model *m, unsigned off, unsigned len, bool more,
                          const uint8_t *data);
