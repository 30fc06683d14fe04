/* SPDX-License-Identifier: Apache-2.0 */
/*
 * take - records from the control plane: copy, check, hand to a hook.
 *
 * Thread   the main core
 */
#include "common/base/secret.h"
#include "common/stat/counter.h"
#include "dataplane/link/link.h"

#include <errno.h>

/* A private copy of a record: what is looked at is not what the control plane can change. */
union copy {
	uint64_t align;
	uint8_t octet[RING_RECORD_MAX];
};

/* @m fits @type. False: not a type that comes from a control plane. */
static bool give(const struct dp_link_hooks *h, const struct ring_record *head, const void *m)
{
	uint32_t seq = head->seq;

	switch ((enum msg_type)head->type) {
	case MSG_POLICY_BEGIN:
		h->policy_begin(h->ctx, m);
		return true;
	case MSG_IFACE:
		h->iface(h->ctx, m);
		return true;
	case MSG_LOCAL:
		h->local(h->ctx, m);
		return true;
	case MSG_ROUTE:
		h->route(h->ctx, m);
		return true;
	case MSG_RULE:
		h->rule(h->ctx, m);
		return true;
	case MSG_TENANT_LIMITS:
		h->tenant_limits(h->ctx, m);
		return true;
	case MSG_GROUP_SET:
		h->group_set(h->ctx, m);
		return true;
	case MSG_USERS:
		h->users(h->ctx, m);
		return true;
	case MSG_POLICY_COMMIT:
		h->policy_commit(h->ctx, m);
		return true;
	case MSG_SESSION_INSTALL:
		h->session_install(h->ctx, seq, m);
		return true;
	case MSG_SESSION_REMOVE:
		h->session_remove(h->ctx, seq, m);
		return true;
	case MSG_SESSION_ADOPT:
		h->session_adopt(h->ctx, seq, m);
		return true;
	case MSG_CHILD_ADD:
		h->child_add(h->ctx, seq, m);
		return true;
	case MSG_CHILD_REMOVE:
		h->child_remove(h->ctx, seq, m);
		return true;
	case MSG_INJECT:
		h->inject(h->ctx, m, (const uint8_t *)m + sizeof(struct msg_inject),
		          head->len - sizeof(struct msg_inject));
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

/* Types whose copy holds keys. */
static bool is_secret(uint16_t type)
{
	return type == MSG_SESSION_INSTALL || type == MSG_CHILD_ADD;
}

int dp_link_take(struct ring *down, uint32_t epoch, const struct dp_link_hooks *hooks,
                 uint64_t *counter, unsigned budget, uint64_t *received, unsigned *taken)
{
	struct ring_record head;
	union copy copy;
	int err;

	for (*taken = 0; *taken < budget; ++*taken) {
		err = ring_take(down, &head, &copy, sizeof(copy));
		if (err == -EAGAIN)
			return 0;
		if (err) {
			counter[DP_LINK_BAD]++;
			return err;
		}
		if (head.epoch != epoch)
			counter[DP_LINK_STALE]++;
		else if (fits(&head) && give(hooks, &head, &copy))
			++*received;
		else
			counter[DP_LINK_BAD]++;
		if (is_secret(head.type))
			wipe(&copy, head.len);
	}
	return 0;
}
