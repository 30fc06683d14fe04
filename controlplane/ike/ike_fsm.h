/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ike_fsm - states and events of an IKE SA.
 *
 * The table itself, [state][event] -> action and next state, is in ike_fsm.c.
 */

#include <stdbool.h>

struct ike_message;
struct ike_sa;

/* How long a state may last. */
enum ike_clock {
	IKE_CLOCK_NONE,      /* not a waiting */
	IKE_CLOCK_HANDSHAKE, /* until the handshake's deadline: appliance.half_open_s in all */
	IKE_CLOCK_SETTLE,    /* 100 ms */
	IKE_CLOCK_TICK,      /* established: look after it now and then */
	IKE_CLOCK_WORK,      /* the pool of threads must have answered */
	IKE_CLOCK_LINGER,    /* as long as a peer may repeat its last request */
	IKE_CLOCK_COUNT
};

/* X(identifier, "where a handshake stands, for people", clock) */
#define IKE_STATES(X)                                                        \
	X(ST_FRESH, "IKE_SA_INIT", IKE_CLOCK_NONE)                           \
	X(ST_INIT_DH, "IKE_SA_INIT: key exchange", IKE_CLOCK_HANDSHAKE)      \
	X(ST_HALF_OPEN, "IKE_AUTH", IKE_CLOCK_HANDSHAKE)                     \
	X(ST_SIGN, "IKE_AUTH: signing", IKE_CLOCK_HANDSHAKE)                 \
	X(ST_EAP_WORK, "IKE_AUTH: EAP", IKE_CLOCK_HANDSHAKE)                 \
	X(ST_EAP_PEER, "IKE_AUTH: EAP", IKE_CLOCK_HANDSHAKE)                 \
	X(ST_EAP_DONE, "IKE_AUTH: after EAP", IKE_CLOCK_HANDSHAKE)           \
	X(ST_PSK, "IKE_AUTH: pre-shared key", IKE_CLOCK_HANDSHAKE)           \
	X(ST_STALE, "IKE_AUTH: the policy has changed", IKE_CLOCK_HANDSHAKE) \
	X(ST_LEASE, "IKE_AUTH: address and child SA", IKE_CLOCK_SETTLE)      \
	X(ST_UP, "established", IKE_CLOCK_TICK)                              \
	X(ST_CHILD_DH, "CREATE_CHILD_SA: child rekey", IKE_CLOCK_WORK)       \
	X(ST_IKE_DH, "CREATE_CHILD_SA: IKE rekey", IKE_CLOCK_WORK)           \
	X(ST_EMPTY, "established without a child SA", IKE_CLOCK_LINGER)      \
	X(ST_REKEYED, "replaced by its successor", IKE_CLOCK_LINGER)         \
	X(ST_CLOSING, "DELETE sent", IKE_CLOCK_LINGER)                       \
	X(ST_LINGER, "over, repeats its last answer", IKE_CLOCK_LINGER)      \
	X(ST_GONE, "gone", IKE_CLOCK_NONE)

#define IKE_STATE_ID(id, text, clock) id,
enum ike_state { IKE_STATES(IKE_STATE_ID) ST_COUNT };

/* X(identifier, "meaning") */
#define IKE_EVENTS(X)                                                              \
	X(ON_INIT, "IKE_SA_INIT request that can be answered")                     \
	X(ON_DH, "the pool has the shared secret")                                 \
	X(ON_DH_BAD, "the peer's public value is not acceptable")                  \
	X(ON_AUTH_EAP, "IKE_AUTH without AUTH: the client wants EAP")              \
	X(ON_AUTH_SHARED, "IKE_AUTH with a shared-key AUTH")                       \
	X(ON_AUTH_OTHER, "IKE_AUTH with an AUTH of another method")                \
	X(ON_EAP, "IKE_AUTH with an EAP packet")                                   \
	X(ON_SIGNED, "the keys process signed for us")                             \
	X(ON_SIGN_BAD, "the keys process could not sign")                          \
	X(ON_EAP_SEND, "EAP has a packet for the client")                          \
	X(ON_EAP_OK, "EAP succeeded")                                              \
	X(ON_EAP_BAD, "EAP failed")                                                \
	X(ON_PSK, "the keys process accepted the pre-shared key")                  \
	X(ON_PSK_BAD, "the keys process did not")                                  \
	X(ON_ADMIT, "the client is who it says: give it its tunnel")               \
	X(ON_NO_CHILD, "there is no child SA, or none any more")                   \
	X(ON_REKEY_CHILD, "CREATE_CHILD_SA with REKEY_SA")                         \
	X(ON_REKEY_IKE, "CREATE_CHILD_SA for the IKE SA")                          \
	X(ON_NEW_CHILD, "CREATE_CHILD_SA for one more child SA")                   \
	X(ON_DELETE, "INFORMATIONAL that deletes the IKE SA")                      \
	X(ON_INFO, "INFORMATIONAL otherwise")                                      \
	X(ON_PEER_REFUSES, "the client reports that authentication failed")        \
	X(ON_BAD_MESSAGE, "authentic request that cannot be decoded")              \
	X(ON_ASK_DONE, "the peer acknowledged our DELETE")                         \
	X(ON_ASK_DEAD, "our request stayed unanswered")                            \
	X(ON_SESSION_ENDED, "the session is over: data plane, lifetime, operator") \
	X(ON_REPLACED, "the same client has connected anew")                       \
	X(ON_INHERIT, "this SA takes over from the one that was rekeyed")          \
	X(ON_POLICY, "it would not have come so far under the policy that came")   \
	X(ON_EVICT, "a newer handshake needs the room")                            \
	X(ON_TIMEOUT, "the state lasted too long")

#define IKE_EVENT_ID(id, text) id,
enum ike_event { IKE_EVENTS(IKE_EVENT_ID) ON_COUNT };

/* What an action returns besides 0 (go to `next`) and -errno (it is over). */
enum {
	IKE_WAIT = 1, /* go to `wait`: an answer was asked for */
};

typedef int cp_ike_action(struct ike_sa *sa, const struct ike_message *m);

struct ike_edge {
	cp_ike_action *act;
	enum ike_state next, wait;
};

/*
 * Something happened to @sa. Runs the transition now, or after the one that is running.
 * The SA may be freed when this returns: the caller does not touch it again.
 *
 * @m   the message for events that are messages, else NULL
 */
void cp_ike_event(struct ike_sa *sa, enum ike_event ev, const struct ike_message *m);

/* From inside an action: run it after this transition. */
void cp_ike_post(struct ike_sa *sa, enum ike_event ev);
/* Run what was posted from outside of a transition. The SA may be freed. */
void cp_ike_drain(struct ike_sa *sa);

/* For tests and documents. */
const struct ike_edge *cp_ike_edge(enum ike_state state, enum ike_event ev);
const char *cp_ike_state_text(enum ike_state state);
enum ike_clock cp_ike_state_clock(enum ike_state state);
