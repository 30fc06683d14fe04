/* SPDX-License-Identifier: Apache-2.0 */

/*
 * judge - a policy takes over from another: which sessions it still allows.
 *
 * What is asked is whether the same client could connect now and come by the same address;
 * the questions stand in the order of the table below, the first that fails is the reason.
 * What the client was told when it connected (routes, name servers, MTU) is no question.
 *
 * Walk     proc/session_main.c -> [session/judge] -> ike/
 * Thread   the loop's
 */

#include "controlplane/session/registry.h"

#include <errno.h>
#include <strings.h>

static const char *const auth_names[CP_AUTH_COUNT] = {
	[CP_AUTH_EAP_MSCHAPV2] = "eap-mschapv2",
	[CP_AUTH_PSK] = "psk",
};

/* Whom the policy knows by the identity that was proven. A pre-shared key proves one without
 * a user; when there is a user of that name by now, he is asked about all the same. */
static const struct cp_user *who(const struct cp_session *s)
{
	return s->user ? s->user : cp_tenant_user(s->tenant, s->identity);
}

static bool has_tenant(const struct cp_session *s)
{
	return s->tenant;
}

static bool has_user(const struct cp_session *s)
{
	return !s->has_user || s->user;
}

static bool is_enabled(const struct cp_session *s)
{
	const struct cp_user *u = who(s);

	return !u || u->enabled;
}

static bool is_in_time(const struct cp_session *s)
{
	const struct cp_user *u = who(s);

	return !u || !u->expires || s->all->deps.wall_s() < u->expires;
}

/* Of an orphan nobody knows how it authenticated, where it arrives, with what cipher. */
static bool is_method_offered(const struct cp_session *s)
{
	unsigned i;

	for (i = 0; i < CP_AUTH_COUNT; i++)
		if (strcmp(s->auth, auth_names[i]) == 0)
			return s->tenant->auth[i];
	return true;
}

/* Devices are asked about where the client says who the user is by EAP. */
static bool is_device_bound(const struct cp_session *s)
{
	return !s->user || strcmp(s->auth, auth_names[CP_AUTH_EAP_MSCHAPV2]) != 0 ||
	       cp_session_is_device(s->user, s->device);
}

static bool arrives_here(const struct cp_session *s)
{
	uint32_t i;

	if (addr_is_none(&s->local.addr))
		return true;
	for (i = 0; i < s->tenant->n_local; i++)
		if (addr_equal(&s->tenant->local[i], &s->local.addr))
			return true;
	return false;
}

static bool is_among(const struct cp_proposal *p, uint32_t n, const char *text)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (strcmp(p[i].text, text) == 0)
			return true;
	return !text[0];
}

static bool is_cipher_allowed(const struct cp_session *s)
{
	return is_among(s->tenant->ike, s->tenant->n_ike, s->ike_cipher) &&
	       is_among(s->tenant->esp, s->tenant->n_esp, s->cipher);
}

static bool has_its_fixed_address(const struct cp_session *s)
{
	return !s->user || addr_is_none(&s->user->fixed) ||
	       addr_equal(&s->user->fixed, &s->inner);
}

static bool is_nobody_elses(const struct cp_session *s)
{
	const struct cp_user *owner =
		cp_session_fixed_user(cp_session_use(s->all, s->tenant), &s->inner);

	return !owner || owner == s->user || s->state == SESSION_ORPHAN;
}

static bool is_in_a_pool(const struct cp_session *s)
{
	const struct cp_tenant *t = s->tenant;
	uint32_t i;

	if (cp_session_fixed_user(cp_session_use(s->all, t), &s->inner))
		return true;
	for (i = 0; i < t->n_pool; i++)
		if (addr_compare(&s->inner, &t->pool[i].first) >= 0 &&
		    addr_compare(&s->inner, &t->pool[i].last) <= 0)
			return true;
	return false;
}

static const struct {
	bool (*is_well)(const struct cp_session *s);
	enum cp_end why;
} questions[] = {
	{has_tenant, CP_END_TENANT_REMOVED},   {has_user, CP_END_USER_REMOVED},
	{is_enabled, CP_END_USER_DISABLED},    {is_in_time, CP_END_USER_EXPIRED},
	{is_method_offered, CP_END_METHOD},    {is_device_bound, CP_END_DEVICE},
	{arrives_here, CP_END_GATEWAY},        {is_cipher_allowed, CP_END_CIPHER},
	{has_its_fixed_address, CP_END_FIXED}, {is_nobody_elses, CP_END_GIVEN},
	{is_in_a_pool, CP_END_POOL},
};

enum cp_end cp_session_judge(const struct cp_session *s)
{
	unsigned i;

	for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (!questions[i].is_well(s))
			return questions[i].why;
	return CP_END_COUNT;
}

/* DNS names and mail addresses are the same in either case. */
bool cp_session_is_device(const struct cp_user *user, const char *device)
{
	uint32_t i;

	for (i = 0; i < user->n_device; i++)
		if (strcasecmp(user->device[i], device) == 0)
			return true;
	return !user->n_device;
}

/* ---- taking over -------------------------------------------------------------------------- */

/* A number is a tenant's as long as its name lives: another name is another tenant. */
static void find_again(struct cp_session *s)
{
	const struct cp_tenant *t = cp_policy_tenant(s->all->deps.policy, s->tenant_id);

	if (t && s->tenant_name[0] && strcmp(t->name, s->tenant_name))
		t = NULL;
	s->tenant = t;
	s->user = t && s->has_user ? cp_tenant_user(t, s->identity) : NULL;
	if (s->state != SESSION_CLOSING)
		cp_session_count(s, 1);
}

/* An address that was just given back goes on being the last to be given out again. */
static void go_on(struct session_tenant *use, const struct session_tenant *former,
                  const struct cp_tenant *t)
{
	uint32_t i;

	for (i = 0; i < use->n_pool && i < former->n_pool; i++)
		if (addr_compare(&former->next[i], &t->pool[i].first) >= 0 &&
		    addr_compare(&former->next[i], &t->pool[i].last) <= 0)
			use->next[i] = former->next[i];
}

/* More buckets, when many more sessions may come. Without memory chains grow instead. */
static void grow(struct cp_sessions *all, uint32_t mask)
{
	struct cp_session **bucket;
	uint32_t i;

	if (mask <= all->inner_mask)
		return;
	bucket = calloc((size_t)mask + 1, sizeof(*bucket));
	if (!bucket)
		return;
	free(all->by_inner);
	all->by_inner = bucket;
	all->inner_mask = mask;
	for (i = 0; i < all->max_sessions; i++)
		if (all->by_sid[i])
			cp_session_chain(all->by_sid[i]);
}

static void judge_all(struct cp_sessions *all)
{
	enum cp_end why;
	uint32_t i;

	for (i = 0; i < all->max_sessions; i++) {
		struct cp_session *s = all->by_sid[i];

		if (!s || s->state == SESSION_CLOSING)
			continue;
		why = cp_session_judge(s);
		if (why != CP_END_COUNT)
			cp_session_end(s, why);
	}
}

int cp_sessions_policy(struct cp_sessions *all, const struct cp_policy *next)
{
	struct session_tenants *use, *former = all->use;
	uint32_t i;

	if (cp_session_use_new(next, &use))
		return -ENOMEM;
	for (i = 0; i < next->n_tenant; i++) {
		const struct cp_tenant *t = &next->tenant[i];

		if (former->at[t->id])
			go_on(use->at[t->id], former->at[t->id], t);
	}
	all->use = use;
	all->deps.policy = next;
	grow(all, cp_session_bucket_mask(next));
	for (i = 0; i < all->max_sessions; i++)
		if (all->by_sid[i])
			find_again(all->by_sid[i]);
	cp_session_use_free(former);
	judge_all(all);
	return 0;
}
