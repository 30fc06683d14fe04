/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ike/ike_fsm.h"

#include "controlplane/ike/exchange/exchange.h"

#include <assert.h>

/*
 * Any handshake can run into its deadline, be evicted, or bring an authentic message that
 * makes no sense; any established SA can lose its peer or its session.
 */
#define HANDSHAKE(st)                                                \
	[st][ON_TIMEOUT] = {cp_ike_auth_deadline, ST_GONE},          \
	[st][ON_EVICT] = {cp_ike_auth_evict, ST_GONE},               \
	[st][ON_BAD_MESSAGE] = {cp_ike_auth_bad_message, ST_LINGER}, \
	[st][ON_DELETE] = {cp_ike_auth_peer_refuses, ST_LINGER},     \
	[st][ON_PEER_REFUSES] = {cp_ike_auth_peer_refuses, ST_LINGER}

#define ESTABLISHED(st)                                                                     \
	[st][ON_BAD_MESSAGE] = {cp_ike_bad_message, st}, [st][ON_INFO] = {cp_ike_info, st}, \
	[st][ON_DELETE] = {cp_ike_info_delete, ST_LINGER},                                  \
	[st][ON_PEER_REFUSES] = {cp_ike_info_rejected, ST_LINGER},                          \
	[st][ON_ASK_DEAD] = {cp_ike_dead, ST_GONE},                                         \
	[st][ON_REPLACED] = {cp_ike_give_up, ST_GONE},                                      \
	[st][ON_POLICY] = {cp_ike_say_delete, ST_CLOSING},                                  \
	[st][ON_SESSION_ENDED] = {cp_ike_say_delete, ST_CLOSING}

/* An empty cell is a violation of the protocol: see unexpected(). There is no way to ST_UP
 * that avoids cp_ike_psk_ok or cp_ike_eap_finish, which prove who the client is; a
 * successor (ON_INHERIT) is made by an SA that was up. */
// clang-format off
static const struct ike_edge edges[ST_COUNT][ON_COUNT] = {
	[ST_FRESH][ON_INIT]            = {cp_ike_init_begin,       ST_INIT_DH},
	[ST_FRESH][ON_INHERIT]         = {cp_ike_give_up,          ST_UP},

	HANDSHAKE(ST_INIT_DH),
	[ST_INIT_DH][ON_POLICY]        = {cp_ike_give_up,          ST_GONE},
	[ST_INIT_DH][ON_DH]            = {cp_ike_init_answer,      ST_HALF_OPEN},
	[ST_INIT_DH][ON_DH_BAD]        = {cp_ike_init_bad_ke,      ST_GONE},

	HANDSHAKE(ST_HALF_OPEN),
	[ST_HALF_OPEN][ON_POLICY]      = {cp_ike_auth_policy,      ST_LINGER, ST_STALE},
	[ST_HALF_OPEN][ON_AUTH_EAP]    = {cp_ike_eap_begin,        ST_SIGN},
	[ST_HALF_OPEN][ON_AUTH_SHARED] = {cp_ike_psk_begin,        ST_PSK},
	[ST_HALF_OPEN][ON_AUTH_OTHER]  = {cp_ike_auth_other,       ST_LINGER},

	HANDSHAKE(ST_SIGN),
	[ST_SIGN][ON_POLICY]           = {cp_ike_auth_policy,      ST_LINGER, ST_STALE},
	[ST_SIGN][ON_SIGNED]           = {cp_ike_eap_start,        ST_EAP_WORK},
	[ST_SIGN][ON_SIGN_BAD]         = {cp_ike_eap_no_signature, ST_LINGER},

	HANDSHAKE(ST_EAP_WORK),
	[ST_EAP_WORK][ON_POLICY]       = {cp_ike_auth_policy,      ST_LINGER, ST_STALE},
	[ST_EAP_WORK][ON_EAP_SEND]     = {cp_ike_eap_send,         ST_EAP_PEER},
	[ST_EAP_WORK][ON_EAP_BAD]      = {cp_ike_eap_stuck,        ST_LINGER},

	HANDSHAKE(ST_EAP_PEER),
	[ST_EAP_PEER][ON_POLICY]       = {cp_ike_auth_policy,      ST_LINGER, ST_STALE},
	[ST_EAP_PEER][ON_EAP]          = {cp_ike_eap_input,        ST_EAP_WORK},
	[ST_EAP_PEER][ON_EAP_OK]       = {cp_ike_eap_ok,           ST_EAP_DONE},
	[ST_EAP_PEER][ON_EAP_BAD]      = {cp_ike_eap_failed,       ST_LINGER},

	HANDSHAKE(ST_EAP_DONE),
	[ST_EAP_DONE][ON_POLICY]       = {cp_ike_auth_policy,      ST_LINGER, ST_STALE},
	[ST_EAP_DONE][ON_AUTH_SHARED]  = {cp_ike_eap_finish,       ST_LEASE},

	HANDSHAKE(ST_PSK),
	[ST_PSK][ON_POLICY]            = {cp_ike_auth_policy,      ST_LINGER, ST_STALE},
	[ST_PSK][ON_PSK]               = {cp_ike_psk_ok,           ST_LEASE},
	[ST_PSK][ON_PSK_BAD]           = {cp_ike_psk_bad,          ST_LINGER},

	[ST_LEASE][ON_ADMIT]           = {cp_ike_establish,        ST_UP, ST_LEASE},
	[ST_LEASE][ON_TIMEOUT]         = {cp_ike_establish,        ST_UP, ST_LEASE},
	[ST_LEASE][ON_EVICT]           = {cp_ike_auth_evict,       ST_GONE},
	[ST_LEASE][ON_POLICY]          = {cp_ike_auth_policy,      ST_LINGER, ST_STALE},

	/* It has been refused; the client learns of it with its next message. */
	[ST_STALE][ON_AUTH_EAP]        = {cp_ike_auth_stale,       ST_LINGER},
	[ST_STALE][ON_AUTH_SHARED]     = {cp_ike_auth_stale,       ST_LINGER},
	[ST_STALE][ON_AUTH_OTHER]      = {cp_ike_auth_stale,       ST_LINGER},
	[ST_STALE][ON_EAP]             = {cp_ike_auth_stale,       ST_LINGER},
	[ST_STALE][ON_BAD_MESSAGE]     = {cp_ike_bad_message,      ST_LINGER},
	[ST_STALE][ON_DELETE]          = {cp_ike_info_delete,      ST_LINGER},
	[ST_STALE][ON_PEER_REFUSES]    = {cp_ike_info_delete,      ST_LINGER},
	[ST_STALE][ON_EVICT]           = {cp_ike_give_up,          ST_GONE},
	[ST_STALE][ON_TIMEOUT]         = {cp_ike_give_up,          ST_GONE},

	ESTABLISHED(ST_UP),
	[ST_UP][ON_NO_CHILD]           = {cp_ike_give_up,          ST_EMPTY},
	[ST_UP][ON_REKEY_CHILD]        = {cp_ike_child_rekey,      ST_UP, ST_CHILD_DH},
	[ST_UP][ON_REKEY_IKE]          = {cp_ike_rekey,            ST_UP, ST_IKE_DH},
	[ST_UP][ON_NEW_CHILD]          = {cp_ike_child_more,       ST_UP},
	[ST_UP][ON_TIMEOUT]            = {cp_ike_look_after,       ST_UP},

	ESTABLISHED(ST_CHILD_DH),
	[ST_CHILD_DH][ON_DH]           = {cp_ike_child_rekey_dh,   ST_UP},
	[ST_CHILD_DH][ON_DH_BAD]       = {cp_ike_child_rekey_bad,  ST_UP},
	[ST_CHILD_DH][ON_TIMEOUT]      = {cp_ike_child_rekey_bad,  ST_UP},

	ESTABLISHED(ST_IKE_DH),
	[ST_IKE_DH][ON_DH]             = {cp_ike_rekey_dh,         ST_REKEYED, ST_UP},
	[ST_IKE_DH][ON_DH_BAD]         = {cp_ike_rekey_bad,        ST_UP},
	[ST_IKE_DH][ON_TIMEOUT]        = {cp_ike_rekey_bad,        ST_UP},

	ESTABLISHED(ST_EMPTY),
	[ST_EMPTY][ON_NO_CHILD]        = {cp_ike_give_up,          ST_EMPTY},
	[ST_EMPTY][ON_REKEY_CHILD]     = {cp_ike_child_more,       ST_EMPTY},
	[ST_EMPTY][ON_REKEY_IKE]       = {cp_ike_create_later,     ST_EMPTY},
	[ST_EMPTY][ON_NEW_CHILD]       = {cp_ike_child_more,       ST_EMPTY},
	[ST_EMPTY][ON_TIMEOUT]         = {cp_ike_say_delete,       ST_CLOSING},

	ESTABLISHED(ST_REKEYED),
	[ST_REKEYED][ON_NO_CHILD]      = {cp_ike_give_up,          ST_REKEYED},
	[ST_REKEYED][ON_REKEY_CHILD]   = {cp_ike_create_later,     ST_REKEYED},
	[ST_REKEYED][ON_REKEY_IKE]     = {cp_ike_create_later,     ST_REKEYED},
	[ST_REKEYED][ON_NEW_CHILD]     = {cp_ike_create_later,     ST_REKEYED},
	[ST_REKEYED][ON_TIMEOUT]       = {cp_ike_give_up,          ST_GONE},

	/* Section 2.25.2: who has asked to delete answers new wishes TEMPORARY_FAILURE. */
	[ST_CLOSING][ON_BAD_MESSAGE]   = {cp_ike_bad_message,      ST_CLOSING},
	[ST_CLOSING][ON_INFO]          = {cp_ike_info,             ST_CLOSING},
	[ST_CLOSING][ON_NO_CHILD]      = {cp_ike_give_up,          ST_CLOSING},
	[ST_CLOSING][ON_DELETE]        = {cp_ike_info_delete,      ST_LINGER},
	[ST_CLOSING][ON_PEER_REFUSES]  = {cp_ike_info_delete,      ST_LINGER},
	[ST_CLOSING][ON_REKEY_CHILD]   = {cp_ike_create_later,     ST_CLOSING},
	[ST_CLOSING][ON_REKEY_IKE]     = {cp_ike_create_later,     ST_CLOSING},
	[ST_CLOSING][ON_NEW_CHILD]     = {cp_ike_create_later,     ST_CLOSING},
	[ST_CLOSING][ON_ASK_DONE]      = {cp_ike_give_up,          ST_GONE},
	[ST_CLOSING][ON_ASK_DEAD]      = {cp_ike_give_up,          ST_GONE},
	[ST_CLOSING][ON_TIMEOUT]       = {cp_ike_give_up,          ST_GONE},

	[ST_LINGER][ON_EVICT]          = {cp_ike_give_up,          ST_GONE},
	[ST_LINGER][ON_TIMEOUT]        = {cp_ike_give_up,          ST_GONE},
};
// clang-format on

#define STATE_TEXT(id, text, clock)  [id] = text,
#define STATE_CLOCK(id, text, clock) [id] = clock,

static const char *const state_text[ST_COUNT] = {IKE_STATES(STATE_TEXT)};
static const enum ike_clock state_clock[ST_COUNT] = {IKE_STATES(STATE_CLOCK)};

enum {
	SETTLE_MS = 100,
	WORK_MS = 10000,
	/* A peer repeats its request for about as long as we repeat ours. */
	LINGER_MS = 15000,
	TICK_MS = 30000, /* at the latest; sooner when a probe is due */
	TICK_MIN_MS = 500,
};

const struct ike_edge *cp_ike_edge(enum ike_state state, enum ike_event ev)
{
	return &edges[state][ev];
}

const char *cp_ike_state_text(enum ike_state state)
{
	return state_text[state];
}

enum ike_clock cp_ike_state_clock(enum ike_state state)
{
	return state_clock[state];
}

static uint64_t until(uint64_t deadline, uint64_t now)
{
	return deadline > now ? deadline - now : 1;
}

/* When an established SA wants to be looked after: when a probe would be due. */
static uint64_t tick_ms(const struct ike_sa *sa, uint64_t now)
{
	uint64_t due =
		sa->tenant->dpd_s ? sa->heard_ms + (uint64_t)sa->tenant->dpd_s * 1000 : 0;
	uint64_t ms = due ? until(due, now) : TICK_MS;

	return ms < TICK_MIN_MS ? TICK_MIN_MS : ms > TICK_MS ? TICK_MS : ms;
}

static void arm(struct ike_sa *sa)
{
	uint64_t now = cp_ike_now_ms(), ms = 0;
	struct timeval t;

	switch (state_clock[sa->state]) {
	case IKE_CLOCK_NONE:
	case IKE_CLOCK_COUNT:
		evtimer_del(&sa->timer);
		return;
	case IKE_CLOCK_HANDSHAKE:
		ms = until(sa->since_ms +
		                   (uint64_t)sa->ike->deps.policy->appliance.half_open_s * 1000,
		           now);
		break;
	case IKE_CLOCK_SETTLE:
		ms = SETTLE_MS;
		break;
	case IKE_CLOCK_TICK:
		ms = tick_ms(sa, now);
		break;
	case IKE_CLOCK_WORK:
		ms = WORK_MS;
		break;
	case IKE_CLOCK_LINGER:
		ms = LINGER_MS;
		break;
	}
	t.tv_sec = (time_t)(ms / 1000);
	t.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	evtimer_add(&sa->timer, &t);
}

/* What is no longer true in the new state. Each is harmless when there is nothing to do. */
static void leave(struct ike_sa *sa, enum ike_state next)
{
	if (next == ST_UP || next == ST_EMPTY)
		cp_ike_sa_delist(sa);
	if (next == ST_UP || next == ST_EMPTY || next == ST_LINGER || next == ST_STALE)
		cp_ike_handshake_free(sa);
	if (next != ST_CHILD_DH && next != ST_IKE_DH) {
		cp_ike_held_free(sa->held);
		sa->held = NULL;
	}
	if (next != ST_CLOSING && next != ST_LINGER && next != ST_GONE)
		return;
	cp_crypto_forget(sa->ike->deps.crypto, sa);
	cp_ike_peer_leave(sa);
	if (sa->session)
		cp_session_close(sa->session, sa->end);
	sa->session = NULL;
	sa->n_child = 0;
	if (next != ST_CLOSING)
		cp_ike_ask_stop(sa);
}

static void move(struct ike_sa *sa, enum ike_state next)
{
	/* A tick goes on where it was: an exchange in between does not postpone it. */
	bool again = next == sa->state && state_clock[next] != IKE_CLOCK_TICK &&
	             evtimer_pending(&sa->timer, NULL);

	leave(sa, next);
	sa->state = next;
	if (!again)
		arm(sa);
}

/* An empty cell. Only an authentic peer gets here with a message: it broke the protocol. */
static void unexpected(struct ike_sa *sa, const struct ike_message *m)
{
	if (!m)
		return;
	if (sa->half_open)
		cp_ike_refuse_for(sa, CAUSE_UNEXPECTED);
	if (sa->request.open)
		cp_ike_reply_notify(sa, IKE_N_INVALID_SYNTAX, NULL, 0);
	if (sa->half_open)
		move(sa, ST_LINGER);
}

/* The only function that runs a transition. The state moves after the action. */
static void step(struct ike_sa *sa, enum ike_event ev, const struct ike_message *m)
{
	const struct ike_edge *e = &edges[sa->state][ev];
	int err;

	if (!e->act) {
		unexpected(sa, m);
		return;
	}
	err = e->act(sa, m);
	if (err == IKE_WAIT)
		move(sa, e->wait);
	else if (!err)
		move(sa, e->next);
	else {
		if (sa->half_open && !sa->logged)
			cp_ike_refuse_for(sa, CAUSE_INTERNAL);
		/* An answer that was given may have to be given again. */
		move(sa, sa->request.reply ? ST_LINGER : ST_GONE);
	}
}

void cp_ike_post(struct ike_sa *sa, enum ike_event ev)
{
	assert(sa->n_queued < IKE_QUEUE);
	sa->queued[sa->n_queued++] = ev;
}

void cp_ike_drain(struct ike_sa *sa)
{
	enum ike_event ev;

	if (sa->running)
		return;
	sa->running = true;
	while (sa->n_queued) {
		ev = sa->queued[0];
		sa->n_queued--;
		memmove(sa->queued, sa->queued + 1, sa->n_queued * sizeof(ev));
		step(sa, ev, NULL);
	}
	sa->running = false;
	if (sa->state == ST_GONE)
		cp_ike_sa_free(sa);
}

void cp_ike_event(struct ike_sa *sa, enum ike_event ev, const struct ike_message *m)
{
	if (sa->running) {
		/* Messages come from the link alone, never from inside a transition. */
		assert(!m);
		cp_ike_post(sa, ev);
		return;
	}
	sa->running = true;
	step(sa, ev, m);
	sa->running = false;
	cp_ike_drain(sa);
}
