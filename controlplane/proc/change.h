/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * change - one policy on its way into force: check, keys, session, kept.
 *
 * Each step is a question to one process; its verdict, its death or its silence leads on. A
 * refusal at any step leaves the former policy in force everywhere: when the keys process has
 * taken up the new one already, it gets the former one again (undo). After session's yes the
 * change is in force, and what follows only writes it down.
 *
 *   idle --begin--> check --yes--> keys --yes--> session --yes--> kept --any--> idle
 *                     |no            |no            |no, lost
 *                    idle           idle           undo --any--> idle
 *
 * Walk     live.c -> [proc/change]
 * Source   docs/decisions/0018-live-policy.md
 * Thread   the supervisor's
 */

#include <stdbool.h>
#include <stdint.h>

enum cp_change_state {
	CP_CHANGE_IDLE,
	CP_CHANGE_CHECK,   /* the policy process looks at it */
	CP_CHANGE_KEYS,    /* the keys process takes it up, with the secrets */
	CP_CHANGE_SESSION, /* the session process gives it to the data plane */
	CP_CHANGE_KEPT,    /* the policy process writes the revision down */
	CP_CHANGE_UNDO,    /* the keys process takes up the former one */
	CP_CHANGE_STATE_COUNT
};

enum cp_change_event {
	CP_CHANGE_BEGIN,
	CP_CHANGE_YES,
	CP_CHANGE_NO,
	CP_CHANGE_LOST, /* who was asked died, or did not answer in time */
	CP_CHANGE_EVENT_COUNT
};

struct cp_change_deps {
	/* Ask who this step is about; a verdict of change @number will come. returns 0, 1
	 * (nothing to ask here: as if it had said yes), -errno (cannot be asked: lost) */
	int (*ask)(void *ctx, enum cp_change_state step, uint32_t number);
	/* It is in force from now on. */
	void (*adopt)(void *ctx);
	/* It will not be. @lost  nobody refused it; it may be tried again. */
	void (*refuse)(void *ctx, bool lost);
	/* Whose answer did not come in time. */
	void (*kill)(void *ctx, enum cp_change_state step);
	void *ctx;
};

struct cp_change {
	struct cp_change_deps deps;
	enum cp_change_state state;
	uint32_t number; /* of the last question, never 0 */
	uint64_t until_ms;
};

void cp_change_init(struct cp_change *c, const struct cp_change_deps *deps);
/* Only when idle. */
void cp_change_begin(struct cp_change *c, uint64_t now_ms);
/* A verdict. One that nobody waits for is ignored: returns false. */
bool cp_change_verdict(struct cp_change *c, uint32_t number, bool yes, uint64_t now_ms);
/* Who would be asked in @step died. */
void cp_change_lost(struct cp_change *c, enum cp_change_state step, uint64_t now_ms);
/* Time has passed. */
void cp_change_tick(struct cp_change *c, uint64_t now_ms);
/* When cp_change_tick() has something to do; UINT64_MAX: never */
uint64_t cp_change_due_ms(const struct cp_change *c);
const char *cp_change_state_name(enum cp_change_state s);
