/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link - attach, detach, and the main core's round.
 *
 * Source   memfd_create(2), fcntl(2) on seals
 * Thread   the main core
 */
#include "dataplane/link/link.h"

#include "dataplane/link/link_impl.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint32_t epoch_of(uint32_t phase)
{
	return (phase + 1) / 2;
}

static struct dp_link_worker *own_end(const struct dp_link *l)
{
	return &l->end[l->setup.n_workers];
}

bool dp_link_is_up(const struct dp_link *l)
{
	return link_phase_is_up(l->phase);
}

/* The next phase begins: the main core follows at once, workers in their next loop. */
static void offer_phase(struct dp_link *l)
{
	uint16_t i;

	l->phase++;
	for (i = 0; i <= l->setup.n_workers; i++)
		atomic_store_explicit(&l->end[i].offered, l->phase, memory_order_release);
	dp_link_sync(own_end(l));
}

static bool all_have_taken_up(const struct dp_link *l)
{
	uint16_t i;

	for (i = 0; i <= l->setup.n_workers; i++)
		if (atomic_load_explicit(&l->end[i].taken_up, memory_order_acquire) != l->phase)
			return false;
	return true;
}

static void detach(struct dp_link *l)
{
	link_hang_up(&l->peer);
	l->down = (struct ring){0};
	offer_phase(l);
	l->setup.hooks.down(l->setup.hooks.ctx);
}

static void unmap(struct dp_link *l)
{
	if (l->map)
		munmap(l->map, l->map_size);
	l->map = NULL;
}

/*
 * A mapping of its own for this attach: what a former control plane still holds is another
 * file. Sealed before anybody else has it, or the peer could cut it off under our feet.
 *
 * returns the memfd, or -errno
 */
static int make_mapping(struct dp_link *l)
{
	int fd, err;

	fd = memfd_create("sekisho-link", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	/* Pages now, or the lack of memory would be a SIGBUS on a worker later. */
	if (ftruncate(fd, (off_t)l->map_size) || fallocate(fd, 0, 0, (off_t)l->map_size) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		goto close_fd;
	l->map = mmap(NULL, l->map_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
	              0);
	if (l->map != MAP_FAILED)
		return fd;
	l->map = NULL;

close_fd:
	err = -errno;
	close(fd);
	return err;
}

/* No core has the rings now: all are in an even phase. */
static void open_rings(struct dp_link *l)
{
	const struct dp_link_setup *s = &l->setup;
	struct dp_link_worker *lw;
	int err;
	uint16_t i;

	err = ring_open(&l->down, l->map, s->down_size);
	for (i = 0; i <= s->n_workers; i++) {
		lw = &l->end[i];
		err |= ring_open(&lw->ring,
		                 (uint8_t *)l->map + attach_up_at(s->down_size, s->up_size, i),
		                 s->up_size);
		lw->epoch = epoch_of(l->phase + 1);
		atomic_store_explicit(&lw->broken, false, memory_order_relaxed);
	}
	assert(!err);
}

static void attach(struct dp_link *l)
{
	struct attach_welcome welcome = {
		.magic = ATTACH_MAGIC,
		.version = MSG_VERSION,
		.epoch = epoch_of(l->phase + 1),
		.size = l->map_size,
		.down_size = l->setup.down_size,
		.up_size = l->setup.up_size,
		.n_workers = l->setup.n_workers,
		.max_sessions = l->setup.max_sessions,
		.boot = l->boot,
	};
	int memfd = make_mapping(l), err;

	welcome.status = memfd < 0 ? -ENOMEM : 0;
	err = link_door_answer(l, &welcome, memfd);
	if (memfd >= 0)
		close(memfd);
	l->asked = false;
	if (memfd < 0 || err) {
		unmap(l);
		link_hang_up(&l->asker);
		l->stat.refused++;
		return;
	}
	l->peer = l->asker;
	l->asker = -1;
	open_rings(l);
	offer_phase(l);
	l->stat.attaches++;
	l->setup.hooks.up(l->setup.hooks.ctx);
}

/* Who asks gets the link when the one before is gone, from every core. */
static void serve_asker(struct dp_link *l, uint64_t now)
{
	if (!l->asked || now < l->next_attach_ms)
		return;
	if (dp_link_is_up(l))
		detach(l);
	if (l->map)
		return;
	l->next_attach_ms = now + LINK_ATTACH_GAP_MS;
	attach(l);
}

static bool any_end_is_broken(const struct dp_link *l)
{
	uint16_t i;

	for (i = 0; i <= l->setup.n_workers; i++)
		if (atomic_load_explicit(&l->end[i].broken, memory_order_relaxed))
			return true;
	return false;
}

unsigned dp_link_poll(struct dp_link *l)
{
	uint64_t now = now_ms();
	unsigned taken = 0;
	int err = 0;

	if (l->more || now != l->looked_ms) {
		l->more = false;
		l->looked_ms = now;
		if (link_door_look(l, now))
			detach(l);
	}
	if (!dp_link_is_up(l) && l->map && all_have_taken_up(l))
		unmap(l);
	serve_asker(l, now);

	if (dp_link_is_up(l))
		err = dp_link_take(&l->down, epoch_of(l->phase), &l->setup.hooks,
		                   l->setup.counter, DP_LINK_BATCH, &l->stat.received, &taken);
	if (dp_link_is_up(l) && (err || any_end_is_broken(l))) {
		l->stat.broken++;
		detach(l);
	}
	dp_link_sync(own_end(l));
	return taken;
}

void dp_link_kick(struct dp_link *l)
{
	bool due = false;
	uint16_t i;

	if (!dp_link_is_up(l))
		return;
	dp_link_sync(own_end(l));
	for (i = 0; i <= l->setup.n_workers; i++)
		due |= ring_kick_due(l->end[i].ring.shared);
	if (due)
		link_door_kick(l);
}

void dp_link_wait(struct dp_link *l, int timeout_ms)
{
	struct pollfd at[] = {
		{.fd = l->asker < 0 ? l->listener : -1, .events = POLLIN},
		{.fd = l->asked ? -1 : l->asker, .events = POLLIN},
		{.fd = l->peer, .events = POLLIN},
	};

	if (dp_link_is_up(l) && !ring_may_sleep(&l->down))
		return;
	if (poll(at, sizeof(at) / sizeof(at[0]), timeout_ms) > 0)
		l->more = true;
}

struct dp_link_worker *dp_link_worker(struct dp_link *l, uint16_t index)
{
	assert(index <= l->setup.n_workers);
	return &l->end[index];
}

void dp_link_stat(const struct dp_link *l, struct dp_link_stat *out)
{
	*out = l->stat;
}

/* ---- how full they are -------------------------------------------------------------- */

/* Positions lie in memory that the control plane can write: what makes no sense is full. */
static void measure(struct link_measure *m, const struct ring_shared *s, uint32_t size)
{
	uint64_t used = 0;

	if (s)
		used = atomic_load_explicit(&s->head, memory_order_relaxed) -
		       atomic_load_explicit(&s->tail, memory_order_relaxed);
	if (used > size)
		used = size;
	atomic_store_explicit(&m->used, (uint32_t)used, memory_order_relaxed);
	if (used > atomic_load_explicit(&m->peak, memory_order_relaxed))
		atomic_store_explicit(&m->peak, (uint32_t)used, memory_order_relaxed);
}

void dp_link_measure(struct dp_link *l)
{
	const struct dp_link_setup *s = &l->setup;
	const bool up = dp_link_is_up(l);
	uint16_t i;

	for (i = 0; i <= s->n_workers; i++)
		measure(&l->measure[i], up ? l->end[i].ring.shared : NULL, s->up_size);
	measure(&l->measure[i], up ? l->down.shared : NULL, s->down_size);
}

void dp_link_ring(const struct dp_link *l, uint16_t index, struct dp_link_ring_view *out)
{
	const struct link_measure *m = &l->measure[index];
	const bool is_down = index > l->setup.n_workers;

	*out = (struct dp_link_ring_view){
		.size = is_down ? l->setup.down_size : l->setup.up_size,
		.used = atomic_load_explicit(&m->used, memory_order_relaxed),
		.peak = atomic_load_explicit(&m->peak, memory_order_relaxed),
		.full = is_down ? 0
	                        : __atomic_load_n(&l->end[index].ring.refused,
	                                          __ATOMIC_RELAXED),
	};
}

static bool hooks_are_complete(const struct dp_link_hooks *h)
{
	return h->up && h->down && h->policy_begin && h->iface && h->local && h->route &&
	       h->rule && h->tenant_limits && h->group_set && h->users && h->policy_commit &&
	       h->session_install && h->session_remove && h->session_adopt && h->child_add &&
	       h->child_remove && h->inject;
}

static int check_setup(struct dp_link_setup *s)
{
	assert(hooks_are_complete(&s->hooks) && s->counter && s->path);
	if (!s->down_size)
		s->down_size = LINK_RING_DEFAULT;
	if (!s->up_size)
		s->up_size = LINK_RING_DEFAULT;
	if (!s->n_workers || s->n_workers > ATTACH_WORKERS_MAX)
		return -EINVAL;
	if (!s->max_sessions || s->max_sessions > ATTACH_SESSIONS_MAX)
		return -EINVAL;
	if (!ring_size_is_valid(s->down_size) || !ring_size_is_valid(s->up_size))
		return -EINVAL;
	return 0;
}

int dp_link_new(const struct dp_link_setup *setup, struct dp_link **out)
{
	struct dp_link *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	l->setup = *setup;
	l->listener = l->asker = l->peer = -1;
	err = check_setup(&l->setup);
	if (err)
		goto free_link;
	l->map_size = attach_size(l->setup.down_size, l->setup.up_size, l->setup.n_workers);

	err = -ENOMEM;
	l->path = strdup(setup->path);
	l->end = aligned_alloc(_Alignof(struct dp_link_worker),
	                       (l->setup.n_workers + 1u) * sizeof(struct dp_link_worker));
	l->measure = calloc(l->setup.n_workers + 2u, sizeof(*l->measure));
	if (!l->path || !l->end || !l->measure)
		goto free_link;
	memset(l->end, 0, (l->setup.n_workers + 1u) * sizeof(struct dp_link_worker));
	l->setup.path = l->path;

	while (!l->boot)
		if (getrandom(&l->boot, sizeof(l->boot), 0) < 0)
			l->boot = 0;
	err = link_door_open(l);
	if (err)
		goto free_link;
	*out = l;
	return 0;

free_link:
	free(l->measure);
	free(l->end);
	free(l->path);
	free(l);
	return err;
}

void dp_link_free(struct dp_link *l)
{
	if (!l)
		return;
	link_door_close(l);
	unmap(l);
	free(l->measure);
	free(l->end);
	free(l->path);
	free(l);
}
