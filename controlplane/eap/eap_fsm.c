/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/eap/eap_fsm.h"

#include "controlplane/crypto/crypto.h"
#include "controlplane/keys/keys.h"

#include <errno.h>

/* An identifier changes with each new request: RFC 3748 section 4.1. */
static uint8_t next_id(struct cp_eap *e)
{
	return ++e->id;
}

static void say(struct cp_eap *e, size_t len)
{
	e->packet_len = len;
	e->to_send = true;
}

static void end(struct cp_eap *e, enum cp_eap_end how)
{
	e->ended = true;
	e->end = how;
}

/* EAP-Success and EAP-Failure carry the id of the response they answer: RFC 3748 4.2. */
static int refuse(struct cp_eap *e, enum cp_eap_end why)
{
	say(e, eap_write_end(EAP_FAILURE, e->id, e->packet));
	end(e, why);
	return 0;
}

static int ask_identity(struct cp_eap *e)
{
	say(e, eap_write_identity(next_id(e), e->packet));
	return 0;
}

static void note_user(struct cp_eap *e)
{
	memcpy(e->user, eap_user_of(e->said.name), strlen(eap_user_of(e->said.name)) + 1);
}

static int send_challenge(struct cp_eap *e)
{
	note_user(e);
	cp_crypto_random(e->challenge, sizeof(e->challenge));
	e->mschapv2_id = next_id(e);
	say(e, eap_write_challenge(e->id, e->challenge, e->server_name, e->packet));
	return 0;
}

static void on_judged(void *ctx, int status, const struct cp_keys_mschapv2 *result)
{
	struct cp_eap *e = ctx;

	if (status == 0) {
		memcpy(e->authenticator, result->authenticator, sizeof(e->authenticator));
		e->msk = result->msk;
		cp_eap_happen(e, EAP_ON_RIGHT);
	} else {
		cp_eap_happen(e, status == -EACCES ? EAP_ON_WRONG : EAP_ON_TROUBLE);
	}
}

/* The name that was proven counts, not the one of the identity round. */
static int ask_keys(struct cp_eap *e)
{
	note_user(e);
	return cp_keys_mschapv2(e->keys, e->tenant, e->user, e->challenge,
	                        e->said.peer_challenge, e->said.nt_response, on_judged, e);
}

static int send_success(struct cp_eap *e)
{
	say(e,
	    eap_write_success_request(next_id(e), e->mschapv2_id, e->authenticator, e->packet));
	return 0;
}

/* The challenge is there because the format wants one; with R=0 nobody answers it. */
static int send_failure(struct cp_eap *e)
{
	cp_crypto_random(e->challenge, sizeof(e->challenge));
	say(e, eap_write_failure_request(next_id(e), e->mschapv2_id, e->challenge, e->packet));
	return 0;
}

static int grant(struct cp_eap *e)
{
	say(e, eap_write_end(EAP_SUCCESS, e->id, e->packet));
	end(e, CP_EAP_SUCCESS);
	return 0;
}

static int refuse_wrong(struct cp_eap *e)
{
	return refuse(e, CP_EAP_WRONG_PASSWORD);
}

static int refuse_method(struct cp_eap *e)
{
	return refuse(e, CP_EAP_NO_METHOD);
}

static int refuse_strange(struct cp_eap *e)
{
	return refuse(e, CP_EAP_MALFORMED);
}

static int refuse_distrusted(struct cp_eap *e)
{
	return refuse(e, CP_EAP_DISTRUSTED);
}

static int refuse_trouble(struct cp_eap *e)
{
	return refuse(e, CP_EAP_INTERNAL);
}

static int leave_silent(struct cp_eap *e)
{
	end(e, CP_EAP_SILENT);
	return 0;
}

static int leave_wrong(struct cp_eap *e)
{
	end(e, CP_EAP_WRONG_PASSWORD);
	return 0;
}

static int leave_checking(struct cp_eap *e)
{
	cp_keys_forget(e->keys, e);
	return leave_silent(e);
}

/* Some of the peer's packets may be late copies; many are an attempt to keep us busy. */
static int count_stray(struct cp_eap *e)
{
	return ++e->strays > CP_EAP_STRAY_MAX ? -ELOOP : 0;
}

/* Where a carrier wants an answer to each packet, the open request is the right one. */
static int repeat(struct cp_eap *e)
{
	if (count_stray(e))
		return -ELOOP;
	say(e, e->packet_len);
	return 0;
}

/* An empty cell is a protocol violation. There is no way to grant() that avoids
 * EAP_ON_RIGHT, which only the keys process says. */
// clang-format off
const struct eap_edge eap_edges[EAP_STATE_COUNT][EAP_EVENT_COUNT] = {
	[EAP_FRESH][EAP_ON_BEGIN]         = {ask_identity,      EAP_ASKED},
	[EAP_FRESH][EAP_ON_EXPIRE]        = {leave_silent,      EAP_OVER},

	[EAP_ASKED][EAP_ON_IDENTITY]      = {send_challenge,    EAP_CHALLENGED},
	[EAP_ASKED][EAP_ON_STRANGE]       = {refuse_strange,    EAP_OVER},
	[EAP_ASKED][EAP_ON_STRAY]         = {repeat,            EAP_ASKED},
	[EAP_ASKED][EAP_ON_EXPIRE]        = {leave_silent,      EAP_OVER},

	[EAP_CHALLENGED][EAP_ON_RESPONSE] = {ask_keys,          EAP_CHECKING},
	[EAP_CHALLENGED][EAP_ON_NAK]      = {refuse_method,     EAP_OVER},
	[EAP_CHALLENGED][EAP_ON_STRANGE]  = {refuse_strange,    EAP_OVER},
	[EAP_CHALLENGED][EAP_ON_STRAY]    = {repeat,            EAP_CHALLENGED},
	[EAP_CHALLENGED][EAP_ON_EXPIRE]   = {leave_silent,      EAP_OVER},

	[EAP_CHECKING][EAP_ON_RIGHT]      = {send_success,      EAP_PROVING},
	[EAP_CHECKING][EAP_ON_WRONG]      = {send_failure,      EAP_FAILING},
	[EAP_CHECKING][EAP_ON_TROUBLE]    = {refuse_trouble,    EAP_OVER},
	[EAP_CHECKING][EAP_ON_STRAY]      = {count_stray,       EAP_CHECKING},
	[EAP_CHECKING][EAP_ON_EXPIRE]     = {leave_checking,    EAP_OVER},

	[EAP_PROVING][EAP_ON_SUCCESS]     = {grant,             EAP_OVER},
	[EAP_PROVING][EAP_ON_FAILURE]     = {refuse_distrusted, EAP_OVER},
	[EAP_PROVING][EAP_ON_STRANGE]     = {refuse_strange,    EAP_OVER},
	[EAP_PROVING][EAP_ON_STRAY]       = {repeat,            EAP_PROVING},
	[EAP_PROVING][EAP_ON_EXPIRE]      = {leave_silent,      EAP_OVER},

	/* It knows; whatever it says to that, it was wrong. */
	[EAP_FAILING][EAP_ON_FAILURE]     = {refuse_wrong,      EAP_OVER},
	[EAP_FAILING][EAP_ON_RESPONSE]    = {refuse_wrong,      EAP_OVER},
	[EAP_FAILING][EAP_ON_IDENTITY]    = {refuse_wrong,      EAP_OVER},
	[EAP_FAILING][EAP_ON_NAK]         = {refuse_wrong,      EAP_OVER},
	[EAP_FAILING][EAP_ON_SUCCESS]     = {refuse_wrong,      EAP_OVER},
	[EAP_FAILING][EAP_ON_STRANGE]     = {refuse_wrong,      EAP_OVER},
	[EAP_FAILING][EAP_ON_STRAY]       = {repeat,            EAP_FAILING},
	[EAP_FAILING][EAP_ON_EXPIRE]      = {leave_wrong,       EAP_OVER},
};
// clang-format on

/* What was decided stays decided, however the peer goes on. */
static enum cp_eap_end end_of(const struct cp_eap *e, int err)
{
	if (e->state == EAP_FAILING)
		return CP_EAP_WRONG_PASSWORD;
	if (err == -EPROTO)
		return CP_EAP_MALFORMED;
	return err == -ELOOP ? CP_EAP_TOO_LONG : CP_EAP_INTERNAL;
}

/* The only function that runs a transition. The state moves after the action has
 * succeeded, never before. */
void eap_fsm_step(struct cp_eap *e, enum eap_event ev)
{
	const struct eap_edge *edge = &eap_edges[e->state][ev];
	int err = edge->act ? edge->act(e) : -EPROTO;

	if (err) {
		cp_keys_forget(e->keys, e);
		refuse(e, end_of(e, err));
	}
	e->state = err ? EAP_OVER : edge->next;
}
