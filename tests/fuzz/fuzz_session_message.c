/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_session_message - a control plane that has been taken over: any order of any records
 * with any content, while workers run what got through. Afterwards all of it must be gone.
 *
 * The input is a list of {what, length, octets}: `what` says which record, and what happens
 * before it; the octets change a sound record, so that the depth behind the checks is seen.
 */
#include "tests/unit/dataplane/rig.h"

#include <string.h>

enum {
	KIND = 3, /* bits of `what` */
	WORKERS_RUN = 4,
	MAIN_REAPS = 8,
	TIME_PASSES = 16,
	COMMANDS_FULL = 32,
	LINK_FULL = 64,
	ATTACH_ANEW = 128,

	STEPS_MAX = 64,
	MONTH_S = 31 * 86400,
	ENDS_MAX = 1000,
};

static struct rig *rig;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	rig = rig_up_for_good();
	return 0;
}

static void change(void *body, size_t len, const uint8_t *by, size_t n)
{
	uint8_t *octets = body;
	size_t i;

	for (i = 0; i < len && i < n; i++)
		octets[i] ^= by[i];
}

static void ask(uint8_t kind, const uint8_t *by, size_t n)
{
	struct msg_session_install install =
		rig_install_message(n ? by[0] % RIG_SESSIONS : 0, 0);
	struct msg_session_remove bye = {.sid = install.sid, .id = install.id};
	struct msg_session_adopt mine = {.sid = install.sid, .id = install.id};
	struct msg_child_add more = {
		.sid = install.sid, .id = install.id, .child = install.child};
	struct msg_child_remove less = {
		.sid = install.sid, .id = install.id, .spi_in = install.child.spi_in};

	if (n) {
		by++;
		n--;
	}
	switch (kind) {
	case 0:
		change(&install, sizeof(install), by, n);
		dp_sessions_message(rig->sessions, MSG_SESSION_INSTALL, 1, &install);
		break;
	case 1:
		if (n & 1) {
			change(&mine, sizeof(mine), by, n);
			dp_sessions_message(rig->sessions, MSG_SESSION_ADOPT, 5, &mine);
			break;
		}
		change(&bye, sizeof(bye), by, n);
		dp_sessions_message(rig->sessions, MSG_SESSION_REMOVE, 2, &bye);
		break;
	case 2:
		more.child.spi_in += 1 << 10;
		change(&more, sizeof(more), by, n);
		dp_sessions_message(rig->sessions, MSG_CHILD_ADD, 3, &more);
		break;
	default:
		change(&less, sizeof(less), by, n);
		dp_sessions_message(rig->sessions, MSG_CHILD_REMOVE, 4, &less);
	}
}

static void before(uint8_t what)
{
	rig->commands_full = what & COMMANDS_FULL;
	rig->report_full = what & LINK_FULL;
	if (what & WORKERS_RUN)
		rig_run(rig);
	if (what & MAIN_REAPS)
		rig_reap(rig);
	if (what & TIME_PASSES) {
		rig->now += rig->hz;
		rig_quiet(rig);
		dp_sessions_tick(rig->sessions, rig->now);
	}
	if (what & ATTACH_ANEW)
		dp_sessions_attached(rig->sessions, rig->now);
}

/* The control plane goes; a month later nothing may be left. */
static void end_all(void)
{
	struct dp_sessions_gauge g;
	int i;

	rig->commands_full = rig->report_full = false;
	dp_sessions_detached(rig->sessions, rig->now);
	rig->now += MONTH_S * rig->hz;
	for (i = 0; i < ENDS_MAX; i++) {
		rig->now += rig->hz;
		rig_settle(rig);
		dp_sessions_gauge(rig->sessions, &g);
		if (!(g.live + g.dying + g.children))
			break;
	}
	if (i == ENDS_MAX)
		abort();
	dp_sessions_attached(rig->sessions, rig->now);
	rig_settle(rig);
	rig_forget(rig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int step;

	for (step = 0; size >= 2 && step < STEPS_MAX; step++) {
		const uint8_t what = data[0];
		size_t n = data[1];

		data += 2;
		size -= 2;
		n = n < size ? n : size;
		before(what);
		ask(what & KIND, data, n);
		rig_forget(rig);
		data += n;
		size -= n;
	}
	end_all();
	return 0;
}
