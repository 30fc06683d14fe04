/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder - policies compiled aside by a thread of their own, published and retired.
 *
 * Thread   the main core, but for what stands under "builder thread"
 */
#include "dataplane/link/link.h"
#include "dataplane/policy/picture.h"
#include "dataplane/policy/policy.h"

#include <rte_rcu_qsbr.h>

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
	RETIRED = 8,   /* former policies that a worker may still read */
	COMMITS = 128, /* not yet answered */
	NICE = 5,      /* it may share its core with the main core, which never waits for it */
};

struct retired {
	struct dp_policy *policy;
	uint64_t token;
};

enum commit_state {
	COMMIT_WAITS, /* only the newest waits: an older one would be replaced at once */
	COMMIT_BUILDS,
	COMMIT_DONE, /* `done` is its answer */
};

struct commit {
	enum commit_state state;
	bool silent;             /* who sent it is gone */
	struct dp_picture *what; /* while it waits */
	struct msg_policy_done done;
};

/* What the two threads share stands between `lock` and the end. */
struct dp_builder {
	const struct dp_port_set *ports;
	struct dp_tally *tally;
	struct rte_rcu_qsbr *rcu;
	const struct dp_policy *_Atomic *now;

	/* main core */
	struct dp_policy *in_force;
	struct dp_picture *draft; /* between begin and commit */
	struct dp_picture *trash; /* pictures that nobody wants, freed a chunk at a time */
	struct commit commit[COMMITS];
	uint32_t at, n; /* of commit: the oldest, how many */
	struct retired retired[RETIRED];
	uint32_t n_retired;
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t work;
	bool runs, stop;
	struct dp_picture *job;
	const struct dp_policy *former;
	struct dp_policy *dead[RETIRED]; /* to be freed by the builder */
	uint32_t n_dead;
	bool finished;
	struct dp_policy *made;
	struct msg_policy_done done;
};

/* ---- builder thread ----------------------------------------------------------------- */

static void compile(struct dp_builder *b, struct dp_picture *job,
                    const struct dp_policy *former)
{
	struct msg_policy_done done;
	struct dp_policy *made = NULL;

	dp_picture_compile(job, b->ports, b->tally, former, &made, &done);
	dp_picture_free(job);

	pthread_mutex_lock(&b->lock);
	b->made = made;
	b->done = done;
	b->finished = true;
	pthread_mutex_unlock(&b->lock);
}

/* Contexts of rules are shared between a policy and its successor; one thread makes and
 * frees them, so their counts need no atomics. */
static void free_dead(struct dp_policy **dead, uint32_t n)
{
	while (n)
		dp_policy_free(dead[--n]);
}

static void *run(void *builder)
{
	struct dp_builder *b = builder;
	struct dp_policy *dead[RETIRED];
	const struct dp_policy *former;
	struct dp_picture *job;
	uint32_t n_dead, i;

	setpriority(PRIO_PROCESS, 0, NICE); /* of this thread alone: pthreads(7), Linux */
	pthread_mutex_lock(&b->lock);
	b->runs = true;
	pthread_cond_signal(&b->work);
	for (;;) {
		while (!b->stop && !b->job && !b->n_dead)
			pthread_cond_wait(&b->work, &b->lock);
		if (b->stop)
			break;
		job = b->job;
		former = b->former;
		b->job = NULL;
		n_dead = b->n_dead;
		for (i = 0; i < n_dead; i++)
			dead[i] = b->dead[i];
		b->n_dead = 0;
		pthread_mutex_unlock(&b->lock);

		free_dead(dead, n_dead);
		if (job)
			compile(b, job, former);
		pthread_mutex_lock(&b->lock);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* ---- main core ---------------------------------------------------------------------- */

static void start_job(struct dp_builder *b, struct dp_picture *p)
{
	pthread_mutex_lock(&b->lock);
	b->job = p;
	b->former = b->in_force;
	pthread_cond_signal(&b->work);
	pthread_mutex_unlock(&b->lock);
}

static void publish(struct dp_builder *b, struct dp_policy *made)
{
	struct retired *r = &b->retired[b->n_retired++];

	atomic_store_explicit(b->now, made, memory_order_release);
	r->policy = b->in_force;
	r->token = rte_rcu_qsbr_start(b->rcu);
	b->in_force = made;
}

/* Give to the builder what no worker reads any more; oldest first. */
static void reclaim(struct dp_builder *b)
{
	uint32_t n = 0, i;

	while (n < b->n_retired && rte_rcu_qsbr_check(b->rcu, b->retired[n].token, false) == 1)
		n++;
	if (!n)
		return;
	pthread_mutex_lock(&b->lock);
	for (i = 0; i < n && b->n_dead < RETIRED; i++)
		b->dead[b->n_dead++] = b->retired[i].policy;
	pthread_cond_signal(&b->work);
	pthread_mutex_unlock(&b->lock);
	n = i;
	for (i = n; i < b->n_retired; i++)
		b->retired[i - n] = b->retired[i];
	b->n_retired -= n;
}

/* A picture may be a million rules: it would be a long turn to free them at once. */
static void throw_away(struct dp_builder *b, struct dp_picture *p)
{
	if (!p)
		return;
	p->next = b->trash;
	b->trash = p;
}

/* A chunk with each record and each turn: faster than they pile up. returns whether there
 * is more */
static bool empty_trash(struct dp_builder *b)
{
	struct dp_picture *p = b->trash, *next;

	if (!p)
		return false;
	next = p->next;
	if (dp_picture_free_some(p))
		b->trash = next;
	return b->trash != NULL;
}

/* An empty policy, so that workers never meet a missing one. */
static int make_first(struct dp_builder *b)
{
	struct msg_policy_done done;
	struct dp_picture *p;
	int err = dp_picture_new(0, &p);

	if (err)
		return err;
	err = dp_picture_compile(p, b->ports, b->tally, NULL, &b->in_force, &done);
	dp_picture_free(p);
	return err;
}

int dp_builder_new(const struct dp_port_set *ports, struct dp_tally *tally,
                   struct rte_rcu_qsbr *rcu, const struct dp_policy *_Atomic *now,
                   struct dp_builder **out)
{
	struct dp_builder *b = calloc(1, sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	b->ports = ports;
	b->tally = tally;
	b->rcu = rcu;
	b->now = now;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->work, NULL);
	err = make_first(b);
	if (err)
		goto free_builder;
	err = -pthread_create(&b->thread, NULL, run, b);
	if (err)
		goto free_policy;
	pthread_setname_np(b->thread, "builder");
	/* its last call that a confined process may not make is over */
	pthread_mutex_lock(&b->lock);
	while (!b->runs)
		pthread_cond_wait(&b->work, &b->lock);
	pthread_mutex_unlock(&b->lock);
	atomic_store_explicit(now, b->in_force, memory_order_release);
	*out = b;
	return 0;

free_policy:
	dp_policy_free(b->in_force);
free_builder:
	pthread_cond_destroy(&b->work);
	pthread_mutex_destroy(&b->lock);
	free(b);
	return err;
}

void dp_builder_free(struct dp_builder *b)
{
	uint32_t i;

	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_cond_signal(&b->work);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);

	throw_away(b, b->draft);
	while (empty_trash(b))
		;
	for (i = 0; i < COMMITS; i++)
		dp_picture_free(b->commit[i].what);
	dp_picture_free(b->job);
	dp_policy_free(b->made);
	free_dead(b->dead, b->n_dead);
	while (b->n_retired)
		dp_policy_free(b->retired[--b->n_retired].policy);
	dp_policy_free(b->in_force);
	pthread_cond_destroy(&b->work);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* ---- commits and their answers -------------------------------------------------------- */

/* The @i-th oldest. */
static struct commit *commit_at(struct dp_builder *b, uint32_t i)
{
	return &b->commit[(b->at + i) % COMMITS];
}

static struct commit *find(struct dp_builder *b, enum commit_state state)
{
	uint32_t i;

	for (i = 0; i < b->n; i++)
		if (commit_at(b, i)->state == state)
			return commit_at(b, i);
	return NULL;
}

static void settle(struct dp_builder *b, struct commit *c, int status, const char *why)
{
	c->state = COMMIT_DONE;
	c->done.status = status;
	snprintf(c->done.why, sizeof(c->done.why), "%s", why);
	throw_away(b, c->what);
	c->what = NULL;
}

static void begin(struct dp_builder *b, const struct msg_policy_begin *msg)
{
	throw_away(b, b->draft);
	b->draft = NULL;
	if (dp_picture_new(msg->revision, &b->draft))
		b->draft = NULL; /* the commit finds none, and says so */
}

/* NULL: the picture is whole. */
static const char *fault_of(const struct dp_picture *p, const struct msg_policy_commit *msg)
{
	if (!msg->revision)
		return "a commit without a revision";
	if (!p)
		return "a commit without a beginning";
	if (p->revision != msg->revision)
		return "the commit has another revision than the beginning";
	if (p->records != msg->records)
		return "another number of records came than the commit says";
	return NULL;
}

static void commit(struct dp_builder *b, const struct msg_policy_commit *msg)
{
	struct dp_picture *p = b->draft;
	const char *fault = fault_of(p, msg);
	struct commit *c, *older;

	b->draft = NULL;
	assert(b->n < COMMITS); /* has_room() was asked */
	older = fault ? NULL : find(b, COMMIT_WAITS);
	if (older)
		settle(b, older, -ECANCELED,
		       "a newer policy came before this one was compiled");
	c = commit_at(b, b->n++);
	*c = (struct commit){.what = p, .done.revision = msg->revision};
	if (fault)
		settle(b, c, -EINVAL, fault);
}

void dp_builder_record(struct dp_builder *b, uint16_t type, const void *body)
{
	empty_trash(b);
	if (type == MSG_POLICY_BEGIN)
		begin(b, body);
	else if (type == MSG_POLICY_COMMIT)
		commit(b, body);
	else if (b->draft)
		dp_picture_add(b->draft, type, body);
}

bool dp_builder_has_room(const struct dp_builder *b)
{
	return b->n + DP_LINK_BATCH <= COMMITS;
}

void dp_builder_detached(struct dp_builder *b)
{
	uint32_t i;

	throw_away(b, b->draft);
	b->draft = NULL;
	for (i = 0; i < b->n; i++)
		commit_at(b, i)->silent = true;
}

/* Take over what the builder has finished, if a place to retire the former is free. */
static bool take_finished(struct dp_builder *b, struct commit *c)
{
	struct dp_policy *made = NULL;
	bool finished;

	if (b->n_retired == RETIRED)
		return false;
	pthread_mutex_lock(&b->lock);
	finished = b->finished;
	if (finished) {
		c->done = b->done;
		made = b->made;
		b->made = NULL;
		b->finished = false;
	}
	pthread_mutex_unlock(&b->lock);
	if (!finished)
		return false;
	c->state = COMMIT_DONE;
	if (made)
		publish(b, made);
	return made != NULL;
}

static void start_next(struct dp_builder *b)
{
	struct commit *c = find(b, COMMIT_WAITS);

	if (!c)
		return;
	c->state = COMMIT_BUILDS;
	start_job(b, c->what);
	c->what = NULL;
}

/* What nobody waits for is not an answer. */
static void forget_silent(struct dp_builder *b)
{
	while (b->n && b->commit[b->at].silent && b->commit[b->at].state == COMMIT_DONE)
		dp_builder_answered(b);
}

bool dp_builder_poll(struct dp_builder *b)
{
	struct commit *building;
	bool is_new = false;

	empty_trash(b);
	reclaim(b);
	building = find(b, COMMIT_BUILDS);
	if (building)
		is_new = take_finished(b, building);
	if (!building || building->state == COMMIT_DONE)
		start_next(b);
	forget_silent(b);
	return is_new;
}

const struct msg_policy_done *dp_builder_answer(const struct dp_builder *b)
{
	const struct commit *c = &b->commit[b->at];

	return b->n && c->state == COMMIT_DONE && !c->silent ? &c->done : NULL;
}

void dp_builder_answered(struct dp_builder *b)
{
	b->at = (b->at + 1) % COMMITS;
	b->n--;
}

const struct dp_policy *dp_builder_in_force(const struct dp_builder *b)
{
	return b->in_force;
}
