/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_refuse - one line in the VPN log for each handshake that failed, saying why and what
 * would help.
 *
 * A stranger can fail as often as it likes: lines are limited per source, and how many
 * were held back stands in the next one. Sources can be forged, so there is a limit for all
 * of them as well.
 *
 * Walk     exchange/ -> [ike/ike_refuse] -> log/
 * Thread   the loop's
 * Memory   a fixed table of sources; two sources may share a place
 */

#include "controlplane/ike/ike_client.h"
#include "controlplane/ike/ike_parts.h"

enum {
	LINES_AT_ONCE = 30,
	LINE_EACH_MS = 2000,
	ALL_AT_ONCE = 1000,
	ALL_EACH_MS = 20,
};

static bool spend(struct ike_refuse_source *s, uint64_t now, uint32_t at_once, uint32_t each_ms)
{
	uint64_t regained = (now - s->at_ms) / each_ms;

	if (regained) {
		s->spent = regained >= s->spent ? 0 : s->spent - (uint32_t)regained;
		s->at_ms = now;
	}
	if (s->spent >= at_once)
		return false;
	s->spent++;
	return true;
}

/* May this source have a line? @held_back: how many it did not get before. */
static bool may_log(struct cp_ike *ike, const struct addr *source, uint32_t *held_back)
{
	uint64_t now = cp_ike_now_ms(), h = ike->hash_key;
	struct ike_refuse_source *s;
	unsigned i;

	for (i = 0; i < sizeof(source->octet); i++)
		h = (h ^ source->octet[i]) * 0x100000001b3u;
	s = &ike->source[(h >> 32) % IKE_REFUSE_SOURCES];
	if (!addr_equal(&s->addr, source))
		*s = (struct ike_refuse_source){.addr = *source, .at_ms = now};
	if (!spend(s, now, LINES_AT_ONCE, LINE_EACH_MS) ||
	    !spend(&ike->all_sources, now, ALL_AT_ONCE, ALL_EACH_MS)) {
		s->held_back++;
		ike->count[IKE_FAILED_UNLOGGED]++;
		return false;
	}
	*held_back = s->held_back;
	s->held_back = 0;
	return true;
}

static void put(struct event_record *r, enum event_key key, const char *text)
{
	if (text && text[0])
		event_text(r, key, text);
}

static void put_sa(struct event_record *r, const struct ike_sa *sa)
{
	put(r, EK_USER, sa->who);
	put(r, EK_AUTH, sa->auth);
	put(r, EK_IKE_CIPHER, sa->suite_text);
	put(r, EK_CLIENT, sa->client ? sa->client->name : NULL);
}

void cp_ike_refuse(struct cp_ike *ike, struct ike_sa *sa, const struct msg_punt *path,
                   const struct cp_tenant *tenant, const struct ike_refusal *r)
{
	struct endpoint remote = {path->remote.addr, path->remote.port};
	struct endpoint local = {path->local.addr, path->local.port};
	struct event_record line;
	uint32_t held_back;

	if (sa && sa->logged)
		return;
	if (sa)
		sa->logged = true;
	ike->count[IKE_FAILED]++;
	if (!may_log(ike, &path->remote.addr, &held_back))
		return;
	cp_log_begin(ike->deps.log, &line, EV_VPN_REFUSED);
	put(&line, EK_STAGE, r->stage ? r->stage : sa ? cp_ike_state_text(sa->state) : "");
	put(&line, EK_REASON, r->reason);
	put(&line, EK_OFFERED, r->offered);
	put(&line, EK_EXPECTED, r->expected);
	put(&line, EK_REMEDY, r->remedy);
	put(&line, EK_PROTOCOL, "ikev2");
	put(&line, EK_TENANT, tenant ? tenant->name : NULL);
	if (sa)
		put_sa(&line, sa);
	event_endpoint(&line, EK_REMOTE, &remote);
	event_endpoint(&line, EK_LOCAL, &local);
	if (held_back)
		event_number(&line, EK_COUNT, held_back);
	cp_log_send(ike->deps.log, &line);
}

void cp_ike_refuse_sa(struct ike_sa *sa, const char *reason, const char *remedy)
{
	const struct ike_refusal r = {.reason = reason, .remedy = remedy};

	cp_ike_refuse(sa->ike, sa, &sa->path, sa->tenant, &r);
}
