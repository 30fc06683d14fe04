/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dpctl - attach, detach, and the loop's turns.
 *
 * Without an attach a tick dials. With one, a kick wakes us, a bounded number of records is
 * taken, and what is left waits for the next turn of the loop: libevent runs a timer of no
 * time only after it has looked at its descriptors, so nobody starves.
 */
#include "controlplane/dpctl/dpctl.h"

#include "controlplane/dpctl/dpctl_impl.h"

#include <event2/event.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct timeval tick_time = {.tv_usec = DPCTL_TICK_MS * 1000};
static const struct timeval no_time = {0};

/* Back to no connection; the tick dials again. */
static void hang_up(struct cp_dpctl *d)
{
	bool was_up = d->up;

	if (d->readable)
		event_free(d->readable);
	d->readable = NULL;
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	d->up = d->broken = false;
	event_del(d->work);
	if (d->map)
		munmap(d->map, d->map_size);
	d->map = NULL;
	event_add(d->tick, &tick_time);
	if (was_up)
		d->hooks.down(d->hooks.ctx);
}

/* A ring cannot be used any more. Not at once: we may stand in a hook, or in its sender. */
static void mark_broken(struct cp_dpctl *d)
{
	d->broken = true;
	event_add(d->work, &no_time);
}

/* Round the rings until the budget is used up or all are empty. */
static void take_round(struct cp_dpctl *d)
{
	uint32_t idle = 0;
	int left = DPCTL_BUDGET, n;

	while (left > 0 && idle < d->n_up && !d->broken) {
		n = dpctl_take(d, &d->ring[d->next], left < DPCTL_SHARE ? left : DPCTL_SHARE);
		if (n < 0) {
			d->broken = true;
			return;
		}
		d->next = (d->next + 1) % d->n_up;
		idle = n ? 0 : idle + 1;
		left -= n;
	}
}

static bool all_may_sleep(struct cp_dpctl *d)
{
	bool may = true;
	uint32_t i;

	for (i = 0; i < d->n_up; i++)
		may &= ring_may_sleep(&d->ring[i]);
	return may;
}

static void on_work(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct cp_dpctl *d = ctx;

	if (!d->broken)
		take_round(d);
	if (d->broken)
		hang_up(d);
	else if (!all_may_sleep(d))
		event_add(d->work, &no_time);
}

static void attach(struct cp_dpctl *d, const struct attach_welcome *w)
{
	uint8_t *map = d->map;
	int err;
	uint32_t i;

	d->map_size = w->size;
	d->epoch = w->epoch;
	d->n_up = w->n_workers + 1;
	d->next = 0;
	err = ring_open(&d->down, map, w->down_size);
	for (i = 0; i < d->n_up; i++)
		err |= ring_open(&d->ring[i], map + attach_up_at(w->down_size, w->up_size, i),
		                 w->up_size);
	assert(!err);
	d->up = true;
	d->stat.attaches++;
	event_del(d->tick);
	event_add(d->work, &no_time);
	d->hooks.up(d->hooks.ctx, w->n_workers, w->max_sessions, w->boot);
}

static void read_welcome(struct cp_dpctl *d)
{
	struct attach_welcome welcome = {0};
	int err = dpctl_welcome(d->fd, &welcome, &d->map);

	if (err == -EAGAIN)
		return;
	if (!err) {
		attach(d, &welcome);
		return;
	}
	d->map = NULL;
	d->stat.unwelcome++;
	hang_up(d);
}

/* False: the connection ended, or should. */
static bool read_kicks(struct cp_dpctl *d)
{
	uint8_t octet = 0;
	ssize_t n;
	int i;

	for (i = 0; i < DPCTL_KICKS; i++) {
		n = recv(d->fd, &octet, sizeof(octet), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n != sizeof(octet) || octet != ATTACH_KICK)
			return false;
	}
	return true;
}

static void on_readable(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct cp_dpctl *d = ctx;

	if (!d->up)
		read_welcome(d);
	else if (read_kicks(d))
		event_add(d->work, &no_time);
	else
		hang_up(d);
}

static void on_tick(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct cp_dpctl *d = ctx;

	if (d->fd >= 0 && ++d->greeted_ticks < DPCTL_WELCOME_TICKS)
		return;
	if (d->fd >= 0) {
		d->stat.unwelcome++;
		hang_up(d);
		return;
	}
	d->greeted_ticks = 0;
	d->fd = dpctl_dial(d->path);
	if (d->fd < 0)
		return;
	d->readable = event_new(d->loop, d->fd, EV_READ | EV_PERSIST, on_readable, d);
	if (!d->readable || event_add(d->readable, NULL))
		hang_up(d);
}

static bool hooks_are_complete(const struct cp_dpctl_hooks *h)
{
	return h->up && h->down && h->punt && h->ack && h->policy_done && h->orphan &&
	       h->orphans_end && h->usage && h->gone && h->child_limit && h->flow;
}

int cp_dpctl_new(struct event_base *loop, const char *path, const struct cp_dpctl_hooks *hooks,
                 struct cp_dpctl **out)
{
	struct cp_dpctl *d = calloc(1, sizeof(*d));

	assert(hooks_are_complete(hooks));
	if (!d)
		return -ENOMEM;
	d->loop = loop;
	d->hooks = *hooks;
	d->fd = -1;
	d->path = strdup(path);
	d->tick = event_new(loop, -1, EV_PERSIST, on_tick, d);
	d->work = event_new(loop, -1, 0, on_work, d);
	if (!d->path || !d->tick || !d->work || event_add(d->tick, &tick_time)) {
		cp_dpctl_free(d);
		return -ENOMEM;
	}
	event_active(d->tick, EV_TIMEOUT, 0);
	*out = d;
	return 0;
}

void cp_dpctl_free(struct cp_dpctl *d)
{
	if (!d)
		return;
	if (d->readable)
		event_free(d->readable);
	if (d->work)
		event_free(d->work);
	if (d->tick)
		event_free(d->tick);
	if (d->fd >= 0)
		close(d->fd);
	if (d->map)
		munmap(d->map, d->map_size);
	free(d->path);
	free(d);
}

bool cp_dpctl_is_up(const struct cp_dpctl *d)
{
	return d->up && !d->broken;
}

static void kick(struct cp_dpctl *d)
{
	const char octet = ATTACH_KICK;

	/* A full socket holds kicks that are still to be read; a dead one is seen by the loop. */
	(void)!send(d->fd, &octet, sizeof(octet), MSG_DONTWAIT | MSG_NOSIGNAL);
}

int cp_dpctl_send(struct cp_dpctl *d, enum msg_type type, uint32_t seq, const void *body,
                  size_t len, const void *octets, size_t octets_len)
{
	const struct ring_record head = {.type = (uint16_t)type, .epoch = d->epoch, .seq = seq};
	uint32_t min = 0, max = 0;
	int err = msg_bounds(head.type, &min, &max);

	assert(!err && len == min);
	if (octets_len > max - min)
		return -EMSGSIZE;
	if (!cp_dpctl_is_up(d))
		return -ENOTCONN;
	err = ring_put(&d->down, &head, body, len, octets, octets_len);
	if (err == -ENOSPC)
		d->stat.refused++;
	if (err == -EPROTO) {
		mark_broken(d);
		return -ENOTCONN;
	}
	if (err)
		return err;
	ring_publish(&d->down);
	d->stat.sent++;
	if (ring_kick_due(d->down.shared))
		kick(d);
	return 0;
}

void cp_dpctl_stat(const struct cp_dpctl *d, struct cp_dpctl_stat *out)
{
	*out = d->stat;
}
