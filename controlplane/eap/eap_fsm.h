/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * eap_fsm - states, events and transitions of one conversation.
 *
 * An action decides and writes into the struct; when the state has moved, eap.c gives the
 * hooks what there is to give. So a hook may call back in and finds everything settled.
 *
 * Walk     eap.c -> eap_codec.c -> [eap_fsm] -> keys/keys.h
 * Thread   the loop's
 */

#include "controlplane/eap/eap_codec.h"

#include <stdbool.h>

enum eap_state {
	EAP_FRESH,
	EAP_ASKED,      /* who are you? */
	EAP_CHALLENGED, /* prove it */
	EAP_CHECKING,   /* the keys process thinks */
	EAP_PROVING,    /* it was right; we proved that we know the password too */
	EAP_FAILING,    /* it was wrong; it has been told */
	EAP_OVER,
	EAP_STATE_COUNT
};

enum eap_event {
	EAP_ON_BEGIN,
	EAP_ON_IDENTITY,
	EAP_ON_NAK,
	EAP_ON_RESPONSE,
	EAP_ON_SUCCESS,
	EAP_ON_FAILURE,
	EAP_ON_STRANGE,
	EAP_ON_STRAY, /* answers nothing asked */
	EAP_ON_RIGHT, /* from the keys process */
	EAP_ON_WRONG,
	EAP_ON_TROUBLE,
	EAP_ON_EXPIRE,
	EAP_EVENT_COUNT
};

struct cp_eap {
	struct cp_keys *keys;
	struct cp_eap_hooks hooks;
	char tenant[64], server_name[64];
	enum eap_state state;

	uint8_t id;          /* of the request that is open */
	uint8_t mschapv2_id; /* of the challenge */
	unsigned strays;
	char user[CP_EAP_USER_MAX];
	uint8_t challenge[16];
	uint8_t authenticator[EAP_MSCHAPV2_AUTHENTICATOR];
	struct secret msk;

	struct eap_said said;              /* what the event is about */
	uint8_t packet[CP_EAP_PACKET_MAX]; /* the last one of ours, for the peer or again */
	size_t packet_len;
	bool to_send;
	bool ended, told; /* decided; the done hook was called */
	enum cp_eap_end end;

	unsigned busy; /* calls of ours on the stack: a free has to wait for them */
	bool gone;     /* it was asked for */
};

/* What the keys process said comes back as an event to cp_eap_happen(). */
void cp_eap_happen(struct cp_eap *e, enum eap_event ev);

/* One transition. Sets to_send and ended; calls no hook. */
void eap_fsm_step(struct cp_eap *e, enum eap_event ev);

/* The table, for the test that walks it. */
struct eap_edge {
	int (*act)(struct cp_eap *e);
	enum eap_state next;
};
extern const struct eap_edge eap_edges[EAP_STATE_COUNT][EAP_EVENT_COUNT];
