/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * places - where processes write, and the doors at which they are asked.
 *
 * Made by the supervisor, which is root; each belongs to one process. They stay while it is
 * started anew: who asks then waits, and is not refused.
 *
 * Thread   the supervisor's
 */

#include "controlplane/proc/proc.h"

struct cp_places {
	int door[CP_PROC_COUNT];        /* listening sockets; -1: it has none */
	char *directory[CP_PROC_COUNT]; /* absolute; NULL: it has none */
};

/* No places yet: for cp_places_close(). */
void cp_places_init(struct cp_places *p);

/*
 * Make what proc/table.c asks for.
 *
 * @why     of an error: what failed, for a person
 * returns  0, -errno; to be closed either way
 */
int cp_places_open(const struct cp_site *site, struct cp_places *p, char why[CP_WHY_MAX]);
/* Doors are removed, directories stay. */
void cp_places_close(const struct cp_site *site, struct cp_places *p);
