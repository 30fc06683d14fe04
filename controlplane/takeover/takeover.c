/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/takeover/takeover.h"

#include "controlplane/dpctl/dpctl.h"
#include "controlplane/ike/ike.h"
#include "controlplane/log/log.h"
#include "controlplane/session/session.h"

#include <event2/event.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct cp_takeover {
	struct cp_takeover_deps deps;
	struct cp_policy *own; /* deps.policy, when it is ours to free */
	struct cp_policy *next;
	struct cp_ike_pki *next_pki;
	uint32_t change;     /* whose policy next is */
	struct event *rest;  /* more of the policy is to be sent */
	uint32_t sent;       /* records of it so far */
	uint32_t unanswered; /* commits of this attach */
	bool is_astray;      /* the data plane has taken one that was given up meanwhile */
};

/* ---- sending ------------------------------------------------------------------------------ */

static const struct cp_policy *newest(const struct cp_takeover *t)
{
	return t->next ? t->next : t->deps.policy;
}

static int put_record(void *ctx, enum msg_type type, const void *body, size_t len)
{
	struct cp_takeover *t = ctx;
	int err = cp_dpctl_send(t->deps.dpctl, type, 0, body, len, NULL, 0);

	if (!err && type == MSG_POLICY_COMMIT)
		t->unanswered++;
	return err;
}

/* What finds no room now follows when the data plane has taken some. */
static void send_on(struct cp_takeover *t)
{
	static const struct timeval soon = {.tv_usec = 10000};

	if (cp_policy_compile(newest(t), &t->sent, put_record, t))
		event_add(t->rest, &soon);
}

static void send_newest(struct cp_takeover *t)
{
	event_del(t->rest);
	t->sent = 0;
	send_on(t);
}

static void on_rest(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct cp_takeover *t = ctx;

	if (cp_dpctl_is_up(t->deps.dpctl))
		send_on(t);
}

/* ---- taking over --------------------------------------------------------------------------- */

static void drop_next(struct cp_takeover *t)
{
	cp_policy_free(t->next);
	cp_ike_pki_free(t->next_pki);
	t->next = NULL;
	t->next_pki = NULL;
}

static void give_verdict(struct cp_takeover *t, int status, const char *why)
{
	t->deps.verdict(t->deps.ctx, t->change, status, why);
}

/* Sessions first: those that may not stay say goodbye while their IKE SA still knows whose
 * it is. */
static void adopt(struct cp_takeover *t)
{
	struct cp_policy *next = t->next, *former = t->own;

	if (cp_sessions_policy(t->deps.sessions, next)) {
		drop_next(t);
		give_verdict(t, -ENOMEM, "the session process is out of memory");
		/* The data plane has the one that was not taken. */
		if (cp_dpctl_is_up(t->deps.dpctl))
			send_newest(t);
		return;
	}
	cp_ike_policy(t->deps.ike, next, t->next_pki);
	t->next = NULL;
	t->next_pki = NULL;
	t->own = next;
	t->deps.policy = next;
	t->deps.adopted(t->deps.ctx, next);
	cp_policy_free(former);
	give_verdict(t, 0, NULL);
}

void cp_takeover_offer(struct cp_takeover *t, uint32_t change, struct cp_policy *take_policy,
                       struct cp_ike_pki *take_pki)
{
	if (t->next) {
		drop_next(t);
		give_verdict(t, -ECANCELED, "a newer change came before this one was in force");
	}
	t->change = change;
	t->next = take_policy;
	t->next_pki = take_pki;
	if (cp_dpctl_is_up(t->deps.dpctl))
		send_newest(t);
	else
		adopt(t);
}

/* ---- the data plane's word ------------------------------------------------------------------ */

static void log_done(struct cp_takeover *t, const struct msg_policy_done *done, const char *why)
{
	struct event_record r;

	cp_log_begin(t->deps.log, &r, done->status ? EV_POLICY_REFUSED : EV_POLICY_APPLIED);
	event_number(&r, EK_REVISION, done->revision);
	if (done->status) {
		event_text(&r, EK_REASON, why);
		event_number(&r, EK_RULE_NUMBER, done->rule);
	}
	cp_log_send(t->deps.log, &r);
}

static void refuse_next(struct cp_takeover *t, const struct msg_policy_done *done,
                        const char *why)
{
	char text[MSG_WHY_MAX + CP_NAME_MAX + 64];
	const struct cp_tenant *tenant = cp_policy_tenant(t->next, done->tenant);

	snprintf(text, sizeof(text), "the data plane: %s%s%.64s", why,
	         tenant ? ", tenant " : "", tenant ? tenant->name : "");
	drop_next(t);
	if (t->is_astray)
		send_newest(t);
	give_verdict(t, done->status, text);
}

void cp_takeover_done(struct cp_takeover *t, const struct msg_policy_done *done)
{
	char why[MSG_WHY_MAX + 1];

	/* Commits are answered in order: only the last one's answer is about the newest. */
	if (t->unanswered)
		t->unanswered--;
	if (t->unanswered || done->revision != newest(t)->revision) {
		if (!done->status)
			t->is_astray = done->revision != t->deps.policy->revision;
		return;
	}
	snprintf(why, sizeof(why), "%.*s", MSG_WHY_MAX,
	         done->why[0] ? done->why : strerror(abs(done->status)));
	log_done(t, done, why);
	if (!done->status)
		t->is_astray = false;
	if (!t->next) {
		t->deps.told(t->deps.ctx, done->status == 0);
	} else if (done->status) {
		refuse_next(t, done, why);
	} else {
		t->deps.told(t->deps.ctx, true);
		adopt(t);
	}
}

void cp_takeover_up(struct cp_takeover *t)
{
	t->unanswered = 0;
	t->is_astray = false;
	send_newest(t);
}

void cp_takeover_down(struct cp_takeover *t)
{
	event_del(t->rest);
	t->unanswered = 0;
	if (t->next)
		adopt(t);
}

/* ---- life ------------------------------------------------------------------------------------ */

int cp_takeover_new(const struct cp_takeover_deps *deps, struct cp_takeover **out)
{
	struct cp_takeover *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->deps = *deps;
	t->rest = event_new(deps->loop, -1, 0, on_rest, t);
	if (!t->rest) {
		free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void cp_takeover_free(struct cp_takeover *t)
{
	if (!t)
		return;
	event_free(t->rest);
	drop_next(t);
	cp_policy_free(t->own);
	free(t);
}
