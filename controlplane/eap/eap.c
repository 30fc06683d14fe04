/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/eap/eap.h"

#include "controlplane/crypto/crypto.h"
#include "controlplane/eap/eap_fsm.h"
#include "controlplane/keys/keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

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

/* IANA's registry of EAP method types: what clients of today come with. */
static const struct {
	uint8_t type;
	const char *name;
} methods[] = {
	{4, "EAP-MD5"},   {6, "EAP-GTC"},   {13, "EAP-TLS"}, {18, "EAP-SIM"},
	{21, "EAP-TTLS"}, {23, "EAP-AKA"},  {25, "PEAP"},    {26, "EAP-MSCHAPv2"},
	{43, "EAP-FAST"}, {50, "EAP-AKA'"}, {52, "EAP-PWD"}, {55, "TEAP"},
};

const char *cp_eap_wanted_text(const struct cp_eap *e, char *buf, size_t size)
{
	size_t used = 0, i;
	unsigned n;

	for (n = 0; n < e->said.n_wanted; n++) {
		for (i = 0; i < COUNT(methods) && methods[i].type != e->said.wanted[n]; i++)
			;
		if (i < COUNT(methods))
			used += (size_t)snprintf(buf + used, size - used, "%s%s", n ? ", " : "",
			                         methods[i].name);
		else
			used += (size_t)snprintf(buf + used, size - used, "%sEAP type %u",
			                         n ? ", " : "", e->said.wanted[n]);
	}
	if (!n)
		snprintf(buf, size, "no method at all");
	return buf;
}
