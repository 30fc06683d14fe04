/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/eap/eap.h"

#include "controlplane/crypto/crypto.h"
#include "controlplane/eap/eap_fsm.h"
#include "controlplane/keys/keys.h"

#include <errno.h>
#include <stdlib.h>

int cp_eap_new(struct cp_keys *keys, const char *tenant, const char *server_name,
               const struct cp_eap_hooks *hooks, struct cp_eap **out)
{
	struct cp_eap *e;

	if (strlen(tenant) >= sizeof(e->tenant))
		return -EINVAL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->keys = keys;
	e->hooks = *hooks;
	snprintf(e->tenant, sizeof(e->tenant), "%s", tenant);
	/* A peer refuses a challenge from nobody. */
	snprintf(e->server_name, sizeof(e->server_name), "%s",
	         *server_name ? server_name : "-");
	cp_crypto_random(&e->id, sizeof(e->id));
	*out = e;
	return 0;
}

static void release(struct cp_eap *e)
{
	wipe(e, sizeof(*e));
	free(e);
}

void cp_eap_free(struct cp_eap *e)
{
	if (!e)
		return;
	cp_keys_forget(e->keys, e);
	e->gone = true;
	if (!e->busy)
		release(e);
}

/* Tell the hooks, who may call back in or be the last to use us. */
static void deliver(struct cp_eap *e)
{
	if (e->to_send && !e->gone) {
		e->to_send = false;
		e->hooks.send(e->hooks.ctx, e->packet, e->packet_len);
	}
	if (e->ended && !e->told && !e->gone) {
		e->told = true;
		e->hooks.done(e->hooks.ctx, e->end, e->user,
		              e->end == CP_EAP_SUCCESS ? &e->msk : NULL);
	}
}

void cp_eap_happen(struct cp_eap *e, enum eap_event ev)
{
	if (e->state == EAP_OVER)
		return;
	e->busy++;
	eap_fsm_step(e, ev);
	deliver(e);
	e->busy--;
	if (e->gone && !e->busy)
		release(e);
}

void cp_eap_begin(struct cp_eap *e)
{
	cp_eap_happen(e, EAP_ON_BEGIN);
}

/* What is decided is said in answer to the response that brought it: until then, nothing
 * the peer sends is an answer. */
static bool is_stray(const struct cp_eap *e, const struct eap_said *said)
{
	return e->state == EAP_CHECKING || said->id != e->id;
}

void cp_eap_input(struct cp_eap *e, const void *packet, size_t len)
{
	static const enum eap_event event_of[] = {
		[EAP_SAYS_IDENTITY] = EAP_ON_IDENTITY, [EAP_SAYS_NAK] = EAP_ON_NAK,
		[EAP_SAYS_RESPONSE] = EAP_ON_RESPONSE, [EAP_SAYS_SUCCESS] = EAP_ON_SUCCESS,
		[EAP_SAYS_FAILURE] = EAP_ON_FAILURE,   [EAP_SAYS_STRANGE] = EAP_ON_STRANGE,
	};
	enum eap_event ev = EAP_ON_STRAY;

	if (eap_decode(packet, len, &e->said) == 0 && !is_stray(e, &e->said))
		ev = event_of[e->said.kind];
	cp_eap_happen(e, ev);
}

void cp_eap_expire(struct cp_eap *e)
{
	cp_eap_happen(e, EAP_ON_EXPIRE);
}

const char *cp_eap_end_text(enum cp_eap_end end)
{
	static const char *const text[CP_EAP_END_COUNT] = {
		[CP_EAP_SUCCESS] = "the user was authenticated",
		[CP_EAP_WRONG_PASSWORD] = "wrong password or unknown user",
		[CP_EAP_NO_METHOD] = "the client does not do EAP-MSCHAPv2",
		[CP_EAP_MALFORMED] = "the client sent a malformed or unexpected EAP packet",
		[CP_EAP_TOO_LONG] = "the client sent too many EAP packets that answer nothing",
		[CP_EAP_INTERNAL] = "the password could not be checked: no keys process",
		[CP_EAP_DISTRUSTED] = "the client did not accept the gateway's proof",
		[CP_EAP_SILENT] = "the client did not answer an EAP request",
	};

	return (unsigned)end < CP_EAP_END_COUNT ? text[end] : "unknown";
}
