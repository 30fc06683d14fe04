/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/change.h"

#include <assert.h>

/* ---- states ----------------------------------------------------------------------------------
 * How long a step may take is a guard against a process that hangs, not a promise. */

static const struct {
	const char *name;
	uint32_t patience_ms;
} states[CP_CHANGE_STATE_COUNT] = {
	[CP_CHANGE_IDLE] = {"idle", 0},
	[CP_CHANGE_CHECK] = {"check", 60000},
	[CP_CHANGE_KEYS] = {"keys", 60000},
	/* The data plane compiles it meanwhile. */
	[CP_CHANGE_SESSION] = {"session", 120000},
	[CP_CHANGE_KEPT] = {"kept", 60000},
	[CP_CHANGE_UNDO] = {"undo", 60000},
};

/* ---- actions --------------------------------------------------------------------------------- */

static void adopt(struct cp_change *c)
{
	c->deps.adopt(c->deps.ctx);
}

static void refuse(struct cp_change *c)
{
	c->deps.refuse(c->deps.ctx, false);
}

static void give_up(struct cp_change *c)
{
	c->deps.refuse(c->deps.ctx, true);
}

/* Who did not take the former one back has the refused one; started again, it has the former. */
static void start_again(struct cp_change *c)
{
	c->deps.kill(c->deps.ctx, c->state);
}

/* What to do, and where that leads; the next state asks its question when it is entered. */
static const struct row {
	void (*act)(struct cp_change *c);
	enum cp_change_state next;
	bool is_there;
} table[CP_CHANGE_STATE_COUNT][CP_CHANGE_EVENT_COUNT] = {
	[CP_CHANGE_IDLE] = {[CP_CHANGE_BEGIN] = {NULL, CP_CHANGE_CHECK, true}},
	[CP_CHANGE_CHECK] =
		{
			[CP_CHANGE_YES] = {NULL, CP_CHANGE_KEYS, true},
			[CP_CHANGE_NO] = {refuse, CP_CHANGE_IDLE, true},
			[CP_CHANGE_LOST] = {give_up, CP_CHANGE_IDLE, true},
		},
	[CP_CHANGE_KEYS] =
		{
			[CP_CHANGE_YES] = {NULL, CP_CHANGE_SESSION, true},
			[CP_CHANGE_NO] = {refuse, CP_CHANGE_IDLE, true},
			/* It starts again with the former one. */
			[CP_CHANGE_LOST] = {give_up, CP_CHANGE_IDLE, true},
		},
	[CP_CHANGE_SESSION] =
		{
			[CP_CHANGE_YES] = {adopt, CP_CHANGE_KEPT, true},
			[CP_CHANGE_NO] = {refuse, CP_CHANGE_UNDO, true},
			[CP_CHANGE_LOST] = {give_up, CP_CHANGE_UNDO, true},
		},
	[CP_CHANGE_KEPT] =
		{
			[CP_CHANGE_YES] = {NULL, CP_CHANGE_IDLE, true},
			[CP_CHANGE_NO] = {NULL, CP_CHANGE_IDLE, true},
			/* It finds a policy in force that it has not written down, and does. */
			[CP_CHANGE_LOST] = {NULL, CP_CHANGE_IDLE, true},
		},
	[CP_CHANGE_UNDO] =
		{
			[CP_CHANGE_YES] = {NULL, CP_CHANGE_IDLE, true},
			[CP_CHANGE_NO] = {start_again, CP_CHANGE_IDLE, true},
			[CP_CHANGE_LOST] = {start_again, CP_CHANGE_IDLE, true},
		},
};

static void step(struct cp_change *c, enum cp_change_event e, uint64_t now_ms);

static void enter(struct cp_change *c, enum cp_change_state s, uint64_t now_ms)
{
	int answer;

	c->state = s;
	c->until_ms = s == CP_CHANGE_IDLE ? UINT64_MAX : now_ms + states[s].patience_ms;
	if (s == CP_CHANGE_IDLE)
		return;
	if (!++c->number)
		c->number = 1;
	answer = c->deps.ask(c->deps.ctx, s, c->number);
	if (answer)
		step(c, answer > 0 ? CP_CHANGE_YES : CP_CHANGE_LOST, now_ms);
}

static void step(struct cp_change *c, enum cp_change_event e, uint64_t now_ms)
{
	const struct row *r = &table[c->state][e];

	if (!r->is_there)
		return;
	if (r->act)
		r->act(c);
	enter(c, r->next, now_ms);
}

/* ---- events ---------------------------------------------------------------------------------- */

void cp_change_init(struct cp_change *c, const struct cp_change_deps *deps)
{
	*c = (struct cp_change){.deps = *deps, .until_ms = UINT64_MAX};
}

void cp_change_begin(struct cp_change *c, uint64_t now_ms)
{
	assert(c->state == CP_CHANGE_IDLE);
	step(c, CP_CHANGE_BEGIN, now_ms);
}

bool cp_change_verdict(struct cp_change *c, uint32_t number, bool yes, uint64_t now_ms)
{
	if (c->state == CP_CHANGE_IDLE || number != c->number)
		return false;
	step(c, yes ? CP_CHANGE_YES : CP_CHANGE_NO, now_ms);
	return true;
}

void cp_change_lost(struct cp_change *c, enum cp_change_state s, uint64_t now_ms)
{
	if (c->state == s && s != CP_CHANGE_IDLE)
		step(c, CP_CHANGE_LOST, now_ms);
}

void cp_change_tick(struct cp_change *c, uint64_t now_ms)
{
	enum cp_change_state s = c->state;

	if (s == CP_CHANGE_IDLE || now_ms < c->until_ms)
		return;
	/* Nobody knows which policy it has now; started again, it has the one in force. */
	c->deps.kill(c->deps.ctx, s);
	cp_change_lost(c, s, now_ms);
}

uint64_t cp_change_due_ms(const struct cp_change *c)
{
	return c->until_ms;
}

const char *cp_change_state_name(enum cp_change_state s)
{
	return (unsigned)s < CP_CHANGE_STATE_COUNT ? states[s].name : "?";
}
