/* SPDX-License-Identifier: Apache-2.0 */
/* How one policy takes over from another in the session process: what is sent, whose word
 * decides, what is left when it was refused. */
#include "controlplane/takeover/takeover.h"
#include "tests/sim/initiator.h"

#include <event2/event.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct engine e;
static struct cp_takeover *t;

static struct {
	unsigned verdicts, adopted, told;
	uint32_t change;
	int status;
	char why[512];
	bool is_applied;
	const struct cp_policy *policy;
} heard;

static void on_verdict(void *ctx UNUSED, uint32_t change, int status, const char *why)
{
	heard.verdicts++;
	heard.change = change;
	heard.status = status;
	snprintf(heard.why, sizeof(heard.why), "%s", why ? why : "");
}

static void on_adopted(void *ctx UNUSED, const struct cp_policy *p)
{
	heard.adopted++;
	heard.policy = p;
}

static void on_told(void *ctx UNUSED, bool is_applied)
{
	heard.told++;
	heard.is_applied = is_applied;
}

/* A policy of one tenant "lab", on the heap as cp_policy_free() wants it. */
static struct cp_policy *make_policy(uint64_t revision, bool with_tenant)
{
	struct cp_policy *p = calloc(1, sizeof(*p));

	p->revision = revision;
	p->appliance = e.world.policy.appliance;
	p->tenant = calloc(1, sizeof(*p->tenant));
	p->n_tenant = with_tenant;
	p->tenant[0] = e.world.tenant[0];
	p->tenant[0].certificate[0] = '\0';
	p->tenant[0].by_key = NULL;
	p->tenant[0].user_group = NULL;
	p->tenant[0].user = calloc(1, sizeof(struct cp_user));
	p->tenant[0].n_user = 0;
	p->tenant[0].pool = malloc(sizeof(struct cp_pool));
	*p->tenant[0].pool = e.world.pool;
	p->tenant[0].subnet = malloc(sizeof(e.world.subnet));
	memcpy(p->tenant[0].subnet, e.world.subnet, sizeof(e.world.subnet));
	return p;
}

static void offer(uint32_t change, uint64_t revision, bool with_tenant)
{
	struct cp_policy *p = make_policy(revision, with_tenant);
	struct cp_policy_error error;
	struct cp_ike_pki *pki;

	assert_int_equal(cp_ike_pki_load(p, NULL, "/nowhere", &pki, &error), 0);
	if (!with_tenant) {
		p->n_tenant = 1; /* what is allocated is freed */
		cp_policy_free(p);
		p = calloc(1, sizeof(*p));
		p->revision = revision;
		p->appliance = e.world.policy.appliance;
		p->tenant = calloc(1, sizeof(*p->tenant));
	}
	cp_takeover_offer(t, change, p, pki);
}

static void done(uint64_t revision, int status)
{
	struct msg_policy_done d = {.revision = revision, .status = status, .tenant = 1};

	if (status)
		snprintf(d.why, sizeof(d.why), "there is no port \"wan9\"");
	cp_takeover_done(t, &d);
}

static unsigned commits(void)
{
	return world_count(&e.world, MSG_POLICY_COMMIT);
}

static int setup(void **state UNUSED)
{
	struct cp_takeover_deps deps;

	engine_new(&e, VECTORS "/ike");
	e.world.policy.revision = 1;
	memset(&heard, 0, sizeof(heard));
	deps = (struct cp_takeover_deps){
		.loop = e.world.loop,
		.policy = &e.world.policy,
		.dpctl = &e.world.dpctl,
		.sessions = e.world.sessions,
		.ike = e.ike,
		.log = &e.world.log,
		.verdict = on_verdict,
		.adopted = on_adopted,
		.told = on_told,
	};
	assert_int_equal(cp_takeover_new(&deps, &t), 0);
	return 0;
}

static int teardown(void **state UNUSED)
{
	engine_free(&e);
	cp_takeover_free(t);
	return 0;
}

static void at_start(void **state UNUSED)
{
	cp_takeover_up(t);
	assert_int_equal(commits(), 1);
	done(1, 0);
	assert_true(heard.told == 1 && heard.is_applied);
	assert_int_equal(heard.verdicts, 0);
	assert_int_equal(fake_log_count(&e.world.log, EV_POLICY_APPLIED), 1);
}

static void taken(void **state UNUSED)
{
	cp_takeover_up(t);
	done(1, 0);
	offer(7, 2, true);
	assert_int_equal(commits(), 2);
	/* Not before the data plane says so. */
	assert_int_equal(heard.verdicts + heard.adopted, 0);
	done(2, 0);
	assert_true(heard.verdicts == 1 && heard.change == 7 && heard.status == 0);
	assert_true(heard.adopted == 1 && heard.policy->revision == 2);
	/* And once more, the first heap policy is freed. */
	offer(8, 3, true);
	done(3, 0);
	assert_true(heard.verdicts == 2 && heard.policy->revision == 3);
}

static void refused_by_the_data_plane(void **state UNUSED)
{
	cp_takeover_up(t);
	done(1, 0);
	offer(7, 2, true);
	done(2, -EINVAL);
	assert_true(heard.verdicts == 1 && heard.change == 7 && heard.status == -EINVAL);
	assert_string_equal(heard.why, "the data plane: there is no port \"wan9\", tenant lab");
	assert_int_equal(heard.adopted, 0);
	assert_int_equal(fake_log_count(&e.world.log, EV_POLICY_REFUSED), 1);
	/* The former one is what a new attach gets. */
	cp_takeover_down(t);
	world_forget(&e.world);
	cp_takeover_up(t);
	assert_true(world_find(&e.world, MSG_POLICY_COMMIT, 0) != NULL);
	done(1, 0);
	assert_int_equal(heard.verdicts, 1);
}

static void without_a_data_plane(void **state UNUSED)
{
	e.world.dpctl.down = true;
	offer(7, 2, true);
	assert_true(heard.verdicts == 1 && heard.status == 0 && heard.adopted == 1);
	assert_int_equal(commits(), 0);
	e.world.dpctl.down = false;
	cp_takeover_up(t);
	done(2, 0);
	assert_true(heard.told == 1 && heard.verdicts == 1);
}

/* It goes away while it thinks: nobody is left to ask. */
static void data_plane_goes(void **state UNUSED)
{
	cp_takeover_up(t);
	done(1, 0);
	offer(7, 2, true);
	e.world.dpctl.down = true;
	cp_takeover_down(t);
	assert_true(heard.verdicts == 1 && heard.status == 0 && heard.adopted == 1);
	e.world.dpctl.down = false;
	world_forget(&e.world);
	cp_takeover_up(t);
	assert_int_equal(commits(), 1);
	done(2, 0);
	assert_int_equal(heard.verdicts, 1);
}

/* Answers come in the order of the commits: an older one decides nothing. */
static void newer_change(void **state UNUSED)
{
	cp_takeover_up(t); /* 1 is not answered yet */
	offer(7, 2, true);
	offer(8, 2, true); /* the same documents, once more */
	assert_true(heard.verdicts == 1 && heard.change == 7 && heard.status == -ECANCELED);
	done(1, 0);
	done(2, -ECANCELED);
	assert_int_equal(heard.verdicts, 1);
	done(2, 0);
	assert_true(heard.verdicts == 2 && heard.change == 8 && heard.status == 0);
}

/* The data plane takes a change that was given up, and refuses the one after it: it is told
 * again what is in force here. */
static void given_up_but_taken(void **state UNUSED)
{
	cp_takeover_up(t);
	done(1, 0);
	offer(7, 2, true);
	offer(8, 3, true);
	done(2, 0);
	world_forget(&e.world);
	done(3, -EINVAL);
	assert_true(heard.verdicts == 2 && heard.change == 8 && heard.status == -EINVAL);
	assert_int_equal(commits(), 1);
	done(1, 0);
	assert_true(heard.told == 2 && heard.is_applied && heard.verdicts == 2);
	assert_int_equal(heard.adopted, 0);
}

/* A link with little room gets it bit by bit. */
static void little_room(void **state UNUSED)
{
	e.world.dpctl.refuse = -ENOSPC;
	cp_takeover_up(t);
	offer(7, 2, true);
	assert_int_equal(e.world.n_record, 0);
	e.world.dpctl.refuse = 0;
	event_base_loop(e.world.loop, EVLOOP_ONCE);
	assert_int_equal(commits(), 1);
	done(2, 0);
	assert_int_equal(heard.adopted, 1);
}

/* Tunnels of a tenant that is gone end when the policy is in force, not before. */
static void tunnels_end(void **state UNUSED)
{
	static struct initiator a;

	initiator_new(&a, &e, 1);
	initiator_connect(&a, "roadwarrior");
	cp_takeover_up(t);
	done(1, 0);
	offer(7, 2, false);
	world_forget(&e.world);
	assert_int_equal(world_count(&e.world, MSG_SESSION_REMOVE), 0);
	done(2, 0);
	assert_int_equal(world_count(&e.world, MSG_SESSION_REMOVE), 1);
	assert_true(initiator_hear(&a));
	assert_int_equal(a.answer.delete[0].protocol, IKE_PROTOCOL_IKE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(at_start),
		TEST(taken),
		TEST(refused_by_the_data_plane),
		TEST(given_up_but_taken),
		TEST(without_a_data_plane),
		TEST(data_plane_goes),
		TEST(newer_change),
		TEST(little_room),
		TEST(tunnels_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
