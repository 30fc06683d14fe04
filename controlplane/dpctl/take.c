/* SPDX-License-Identifier: Apache-2.0 */
/*
 * take - records from the data plane: copy, check, hand to a hook.
 */
#include "controlplane/dpctl/dpctl_impl.h"

#include <errno.h>

/* @m fits @type. False: not a type that comes from a data plane. */
static bool give(const struct cp_dpctl_hooks *h, const struct ring_record *head, const void *m)
{
	switch ((enum msg_type)head->type) {
	case MSG_PUNT:
		h->punt(h->ctx, m, (const uint8_t *)m + sizeof(struct msg_punt),
		        head->len - sizeof(struct msg_punt));
		return true;
	case MSG_ACK:
		h->ack(h->ctx, head->seq, m);
		return true;
	case MSG_POLICY_DONE:
		h->policy_done(h->ctx, m);
		return true;
	case MSG_SESSION_ORPHAN:
		h->orphan(h->ctx, m);
		return true;
	case MSG_ORPHANS_END:
		h->orphans_end(h->ctx);
		return true;
	case MSG_SESSION_USAGE:
		h->usage(h->ctx, m);
		return true;
	case MSG_SESSION_GONE:
		h->gone(h->ctx, m);
		return true;
	case MSG_CHILD_LIMIT:
		h->child_limit(h->ctx, m);
		return true;
	case MSG_FLOW:
		h->flow(h->ctx, m);
		return true;
	default:
		return false;
	}
}

static bool fits(const struct ring_record *head)
{
	uint32_t min, max;

	return msg_bounds(head->type, &min, &max) == 0 && head->len >= min && head->len <= max;
}

int dpctl_take(struct cp_dpctl *d, struct ring *r, int budget)
{
	struct ring_record head;
	int taken, err;

	for (taken = 0; taken < budget && !d->broken; taken++) {
		err = ring_take(r, &head, &d->copy, sizeof(d->copy));
		if (err == -EAGAIN)
			break;
		if (err) {
			d->stat.bad++;
			return err;
		}
		if (head.epoch != d->epoch)
			d->stat.stale++;
		else if (fits(&head) && give(&d->hooks, &head, &d->copy))
			d->stat.received++;
		else
			d->stat.bad++;
	}
	return taken;
}
