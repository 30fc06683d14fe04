/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stages - one function between each stage and who calls it.
 *
 * A stage takes integers and pointers, at most six, and returns one or none: on x86-64 all
 * of them travel in registers, so a function of six words stands for any of them.
 */
#include "tests/perf/stages.h"

#include <rte_cycles.h>

#include <string.h>

enum {
	READINGS = 10000,
};

typedef uint64_t word;

static uint64_t spent[STAGE_COUNT], readings[STAGE_COUNT];
static uint64_t last; /* when the clock was read last */
static unsigned now_in;
static bool counting;

static const char *const names[] = {"the rest: loop, sorting, bursts",
#define STAGE_NAME(function, n, name) name,
                                    STAGES(STAGE_NAME)
#undef STAGE_NAME
};

/* A stretch between two readings holds one of them. */
static inline void charge(unsigned stage, uint64_t now)
{
	spent[stage] += now - last;
	readings[stage]++;
}

static double reading_cost(void)
{
	static double cost;
	const uint64_t start = rte_rdtsc();
	uint64_t now = start;
	unsigned i;

	for (i = 0; i < READINGS && !cost; i++)
		now = rte_rdtsc();
	if (!cost)
		cost = (double)(now - start) / READINGS;
	return cost;
}

const char *stages_name(unsigned stage)
{
	return stage < STAGE_COUNT ? names[stage] : "?";
}

bool stages_are_counted(void)
{
	return true;
}

void stages_start(uint64_t now)
{
	last = now;
	counting = true;
}

void stages_stop(uint64_t now)
{
	if (counting)
		spent[now_in] += now - last;
	counting = false;
}

void stages_take(struct stages *out, uint64_t packets)
{
	const double cost = reading_cost();
	unsigned i;

	for (i = 0; i < STAGE_COUNT; i++)
		out->cycles[i] = packets ? ((double)spent[i] - (double)readings[i] * cost) /
		                                   (double)packets
		                         : 0;
	memset(readings, 0, sizeof(readings));
	memset(spent, 0, sizeof(spent));
}

static inline unsigned enter(unsigned stage)
{
	const unsigned before = now_in;
	const uint64_t now = rte_rdtsc();

	if (counting)
		charge(before, now);
	last = now;
	now_in = stage;
	return before;
}

static inline void leave(unsigned before)
{
	const uint64_t now = rte_rdtsc();

	if (counting)
		charge(now_in, now);
	last = now;
	now_in = before;
}

/* Functions by macro, against the rule: they differ in a name, and the linker wants each.
 * Weak: a stage that the product no longer has is one that is never called. */
#define STAGE_WRAP(function, n, name)                                                     \
	word __real_##function(word, word, word, word, word, word) __attribute__((weak)); \
	word __wrap_##function(word, word, word, word, word, word);                       \
	word __wrap_##function(word a, word b, word c, word d, word e, word f)            \
	{                                                                                 \
		unsigned before;                                                          \
		word result;                                                              \
                                                                                          \
		if (!(n))                                                                 \
			return __real_##function(a, b, c, d, e, f);                       \
		before = enter(STAGE_##function);                                         \
		result = __real_##function(a, b, c, d, e, f);                             \
		leave(before);                                                            \
		return result;                                                            \
	}
STAGES(STAGE_WRAP)
