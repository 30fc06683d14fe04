/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/machine.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HUGE "/sys/kernel/mm/hugepages/hugepages-2048kB/"

enum {
	HUGE_MB = 2,
};

static long reserved; /* pages that are there because of us */

static long number_in(const char *file)
{
	FILE *f = fopen(file, "re");
	long n = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &n) != 1)
		n = -1;
	fclose(f);
	return n;
}

static bool put_number(const char *file, long n)
{
	FILE *f = fopen(file, "we");
	bool ok;

	if (!f)
		return false;
	ok = fprintf(f, "%ld\n", n) > 0;
	return fclose(f) == 0 && ok;
}

/* ---- what it is ----------------------------------------------------------------------- */

double machine_load(void)
{
	double load[1] = {0};

	return getloadavg(load, 1) == 1 ? load[0] : 0;
}

static void read_cpu(struct machine *m)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256];
	const char *name;

	snprintf(m->cpu, sizeof(m->cpu), "unknown");
	while (f && fgets(line, sizeof(line), f)) {
		name = strchr(line, ':');
		if (strncmp(line, "model name", 10) || !name)
			continue;
		snprintf(m->cpu, sizeof(m->cpu), "%.90s", name + 2);
		m->cpu[strcspn(m->cpu, "\n")] = 0;
		break;
	}
	if (f)
		fclose(f);
}

/* The last cores: the first one has most of the interrupts. */
void machine_look(struct machine *m)
{
	cpu_set_t set;
	int i, n = 0;

	read_cpu(m);
	m->load = machine_load();
	m->core[0] = 0;
	m->core[1] = -1;
	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	for (i = CPU_SETSIZE - 1; i >= 0 && n < 2; i--)
		if (CPU_ISSET(i, &set))
			m->core[n++] = i;
}

/* ---- scheduling ----------------------------------------------------------------------- */

bool machine_pin(int core)
{
	const struct sched_param first = {.sched_priority = 1};
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	sched_setaffinity(0, sizeof(set), &set);
	return sched_setscheduler(0, SCHED_FIFO, &first) == 0;
}

void machine_relax(const struct machine *m)
{
	const struct sched_param none = {0};
	cpu_set_t set;
	int i;

	sched_setscheduler(0, SCHED_OTHER, &none);
	CPU_ZERO(&set);
	for (i = 0; i < 2; i++)
		if (m->core[i] >= 0)
			CPU_SET(m->core[i], &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* ---- huge pages ------------------------------------------------------------------------ */

bool machine_huge_reserve(uint32_t mb)
{
	const long wanted = (mb + HUGE_MB - 1) / HUGE_MB,
		   before = number_in(HUGE "nr_hugepages");
	long missing = wanted - number_in(HUGE "free_hugepages"), got;

	if (before < 0)
		return false;
	if (missing <= 0)
		return true;
	if (!put_number(HUGE "nr_hugepages", before + missing))
		return false;
	got = number_in(HUGE "nr_hugepages") - before;
	reserved += got > 0 ? got : 0;
	return number_in(HUGE "free_hugepages") >= wanted;
}

void machine_huge_return(void)
{
	const long now = number_in(HUGE "nr_hugepages");

	if (reserved > 0 && now >= reserved)
		put_number(HUGE "nr_hugepages", now - reserved);
	reserved = 0;
}
