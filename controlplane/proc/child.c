/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/child.h"

#include "controlplane/proc/confine.h"
#include "controlplane/proc/table.h"

#include <event2/event.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

enum { PRIORITIES = 3 };

void cp_child_say(const struct cp_child *c, const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "sekisho-controlplane: %s: %s\n",
	        cp_proc_table[c->start->id].name, line);
}

int cp_child_begin(struct cp_child *c, const struct cp_proc_start *start)
{
	*c = (struct cp_child){.start = start, .loop = event_base_new()};
	if (!c->loop || event_base_priority_init(c->loop, PRIORITIES)) {
		cp_child_say(c, "no event loop: out of memory or descriptors");
		return -ENOMEM;
	}
	return 0;
}

int cp_child_confine(const struct cp_child *c, int (*threads)(void *ctx), void *ctx)
{
	const struct cp_confine how = {
		.account = c->start->account,
		.rights = cp_proc_table[c->start->id].rights,
		.directory = c->start->directory,
		.parent = c->start->supervisor,
		.threads = threads,
		.ctx = ctx,
	};
	const char *step = "";
	int err = how.rights & CP_LOCKS_MEMORY ? cp_confine_memory() : 0;

	if (err)
		cp_child_say(c, "its memory may be swapped out: %s", strerror(-err));
	err = cp_confine(&how, &step);
	if (err)
		cp_child_say(c, "cannot be confined (%s): %s", step, strerror(-err));
	return err;
}

static void leave(void *ctx)
{
	struct cp_child *c = ctx;

	event_base_loopexit(c->loop, NULL);
}

/* The hooks of a process with its own, and the default ones, have different contexts. */
struct both {
	struct cp_child *child;
	const struct cp_control_hooks *own;
};

static void on_peer(void *ctx, enum cp_proc_id id, int take_fd)
{
	struct both *b = ctx;

	if (b->own->peer)
		b->own->peer(b->own->ctx, id, take_fd);
	else
		close(take_fd);
}

static void on_record(void *ctx, const struct event_record *r)
{
	struct both *b = ctx;

	if (b->own->record)
		b->own->record(b->own->ctx, r);
}

static void on_policy(void *ctx, uint32_t change, int take_fd)
{
	struct both *b = ctx;

	if (b->own->policy) {
		b->own->policy(b->own->ctx, change, take_fd);
		return;
	}
	close(take_fd);
	cp_control_verdict(b->child->control, change, -ENOTSUP,
	                   "this process takes up no policy");
}

static void on_change(void *ctx, const struct cp_control_msg *msg)
{
	struct both *b = ctx;

	if (b->own->change)
		b->own->change(b->own->ctx, msg);
	else if (msg->fd >= 0)
		close(msg->fd);
}

static void on_stop(void *ctx)
{
	struct both *b = ctx;

	if (b->own->stop)
		b->own->stop(b->own->ctx);
	leave(b->child);
}

static void on_orphaned(void *ctx)
{
	struct both *b = ctx;

	leave(b->child);
}

int cp_child_run(struct cp_child *c, const struct cp_control_hooks *hooks)
{
	struct both both = {c, hooks};
	const struct cp_control_hooks all = {
		.peer = on_peer,
		.record = on_record,
		.policy = on_policy,
		.change = on_change,
		.stop = on_stop,
		.orphaned = on_orphaned,
		.ctx = &both,
	};

	if (cp_control_new(c->loop, c->start->control, &all, &c->control)) {
		cp_child_say(c, "out of memory");
		return EXIT_FAILURE;
	}
	cp_control_ready(c->control);
	if (event_base_dispatch(c->loop) < 0) {
		cp_child_say(c, "the event loop failed");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

void cp_child_end(struct cp_child *c)
{
	cp_control_free(c->control);
	if (c->loop)
		event_base_free(c->loop);
	c->control = NULL;
	c->loop = NULL;
}
