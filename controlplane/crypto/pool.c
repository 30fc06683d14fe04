/* SPDX-License-Identifier: Apache-2.0 */

/*
 * pool - threads that compute Diffie-Hellman exchanges, and the way their results come
 * back to the event loop.
 *
 * A job is made by the loop, waits, is computed by a thread, and is answered and freed by
 * the loop. Until then the loop keeps it in `open`, so forgetting is the loop's matter
 * alone: a job without an answer hook goes unanswered. Jobs in flight are bounded.
 *
 * Thread   the loop's, except work(); `lock` guards the two lists and `stop`
 */

#include "controlplane/crypto/crypto_priv.h"

#include <event2/event.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

struct job {
	TAILQ_ENTRY(job) next; /* in waiting or done */
	LIST_ENTRY(job) open;
	const struct dh_group *group;
	uint8_t peer[CP_CRYPTO_PUBLIC_MAX];
	struct cp_crypto_dh_result result;
	int status;
	atomic_bool forgotten; /* not worth computing any more */
	void (*answer)(void *ctx, int status, const struct cp_crypto_dh_result *result);
	void *ctx;
};

TAILQ_HEAD(job_list, job);

struct dh_pool {
	const struct cp_crypto *crypto;
	struct event *wake;
	int fd; /* eventfd: something is done */
	LIST_HEAD(, job) open;
	unsigned n_open;

	pthread_mutex_t lock;
	pthread_cond_t more, running;
	struct job_list waiting, done;
	bool stop;

	unsigned n_thread, n_running;
	pthread_t thread[CP_CRYPTO_THREADS_MAX];
};

static void job_free(struct dh_pool *p, struct job *j)
{
	LIST_REMOVE(j, open);
	p->n_open--;
	secret_wipe(&j->result.shared);
	free(j);
}

static struct job *take_waiting(struct dh_pool *p)
{
	struct job *j;

	pthread_mutex_lock(&p->lock);
	while (!p->stop && TAILQ_EMPTY(&p->waiting))
		pthread_cond_wait(&p->more, &p->lock);
	j = p->stop ? NULL : TAILQ_FIRST(&p->waiting);
	if (j)
		TAILQ_REMOVE(&p->waiting, j, next);
	pthread_mutex_unlock(&p->lock);
	return j;
}

static void put_done(struct dh_pool *p, struct job *j)
{
	static const uint64_t one = 1;
	bool was_empty;

	pthread_mutex_lock(&p->lock);
	was_empty = TAILQ_EMPTY(&p->done);
	TAILQ_INSERT_TAIL(&p->done, j, next);
	pthread_mutex_unlock(&p->lock);
	/* The loop empties the list at each wake-up, so the first entry is the one to
	 * announce. A failed write would mean a counter that is not zero: it will wake. */
	if (was_empty && write(p->fd, &one, sizeof(one)) < 0)
		return;
}

static void *work(void *arg)
{
	struct dh_pool *p = arg;
	struct job *j;

	pthread_mutex_lock(&p->lock);
	p->n_running++;
	pthread_cond_signal(&p->running);
	pthread_mutex_unlock(&p->lock);
	while ((j = take_waiting(p))) {
		if (!atomic_load(&j->forgotten))
			j->status = dh_exchange(p->crypto, j->group, NULL, j->peer, &j->result);
		put_done(p, j);
	}
	OPENSSL_thread_stop_ex(p->crypto->lib);
	return NULL;
}

static struct job *take_done(struct dh_pool *p)
{
	struct job *j;

	pthread_mutex_lock(&p->lock);
	j = TAILQ_FIRST(&p->done);
	if (j)
		TAILQ_REMOVE(&p->done, j, next);
	pthread_mutex_unlock(&p->lock);
	return j;
}

static void answer_done(evutil_socket_t fd, short what UNUSED, void *arg)
{
	struct dh_pool *p = arg;
	struct job *j;
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
		return;
	/* One at a time: an answer may forget the next. */
	while ((j = take_done(p))) {
		if (j->answer)
			j->answer(j->ctx, j->status, j->status ? NULL : &j->result);
		job_free(p, j);
	}
}

/* Signals are the loop's: none may end up in a thread of the pool. */
int dh_pool_start(struct dh_pool *p, unsigned threads)
{
	sigset_t all, before;
	int err = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (p->n_thread < threads && !err) {
		err = -pthread_create(&p->thread[p->n_thread], NULL, work, p);
		p->n_thread += err ? 0 : 1;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);

	/* The C library makes system calls of its own before a thread gets to work(). */
	pthread_mutex_lock(&p->lock);
	while (p->n_running < p->n_thread)
		pthread_cond_wait(&p->running, &p->lock);
	pthread_mutex_unlock(&p->lock);
	return err;
}

int dh_pool_new(const struct cp_crypto *c, struct event_base *loop, struct dh_pool **out)
{
	struct dh_pool *p = calloc(1, sizeof(*p));
	int err = -ENOMEM;

	if (!p)
		return err;
	p->crypto = c;
	LIST_INIT(&p->open);
	TAILQ_INIT(&p->waiting);
	TAILQ_INIT(&p->done);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	pthread_cond_init(&p->running, NULL);

	p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->fd < 0) {
		err = -errno;
		goto fail;
	}
	p->wake = event_new(loop, p->fd, EV_READ | EV_PERSIST, answer_done, p);
	if (!p->wake || event_add(p->wake, NULL))
		goto fail;
	*out = p;
	return 0;

fail:
	dh_pool_free(p);
	return err;
}

void dh_pool_free(struct dh_pool *p)
{
	struct job *j;

	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	while (p->n_thread)
		pthread_join(p->thread[--p->n_thread], NULL);

	while ((j = LIST_FIRST(&p->open)))
		job_free(p, j);
	if (p->wake)
		event_free(p->wake);
	if (p->fd >= 0)
		close(p->fd);
	pthread_cond_destroy(&p->more);
	pthread_cond_destroy(&p->running);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

int dh_pool_ask(struct dh_pool *p, const struct dh_group *g, const void *peer,
                void (*answer)(void *, int, const struct cp_crypto_dh_result *), void *ctx)
{
	struct job *j;

	if (p->n_open >= CP_CRYPTO_DH_OPEN_MAX)
		return -ENOBUFS;
	j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOBUFS;
	j->group = g;
	memcpy(j->peer, peer, g->public_len);
	j->answer = answer;
	j->ctx = ctx;
	LIST_INSERT_HEAD(&p->open, j, open);
	p->n_open++;

	pthread_mutex_lock(&p->lock);
	TAILQ_INSERT_TAIL(&p->waiting, j, next);
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
	return 0;
}

void dh_pool_forget(struct dh_pool *p, const void *ctx)
{
	struct job *j;

	LIST_FOREACH(j, &p->open, open)
	{
		if (j->ctx != ctx)
			continue;
		j->answer = NULL;
		atomic_store(&j->forgotten, true);
	}
}
