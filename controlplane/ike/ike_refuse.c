/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_refuse - one line in the VPN log for each handshake that failed: its cause, a row of
 * log/cause.h, and what there is to say beside it.
 *
 * A line's attempt is the SPI the client chose: it stands in the client's log as well.
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
	GROUP_TRIES = 3,
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

static struct ike_refuse_source *source_of(struct cp_ike *ike, const struct addr *source)
{
	uint64_t h = ike->hash_key;
	struct ike_refuse_source *s;
	unsigned i;

	for (i = 0; i < sizeof(source->octet); i++)
		h = (h ^ source->octet[i]) * 0x100000001b3u;
	s = &ike->source[(h >> 32) % IKE_REFUSE_SOURCES];
	if (!addr_equal(&s->addr, source))
		*s = (struct ike_refuse_source){.addr = *source, .at_ms = cp_ike_now_ms()};
	return s;
}

/* May this source have a line? @held_back: how many it did not get before. */
static bool may_log(struct cp_ike *ike, const struct addr *source, uint32_t *held_back)
{
	struct ike_refuse_source *s = source_of(ike, source);
	uint64_t now = cp_ike_now_ms();

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

static void put_refusal(struct event_record *r, const struct ike_refusal *why)
{
	put(r, EK_CAUSE, cp_cause_name(why->cause));
	put(r, EK_REASON, cp_cause_text(why->cause));
	put(r, EK_REMEDY, cp_cause_remedy(why->cause));
}

static void put_path(struct event_record *r, const struct msg_punt *path)
{
	struct endpoint remote = {path->remote.addr, path->remote.port};
	struct endpoint local = {path->local.addr, path->local.port};

	event_endpoint(r, EK_REMOTE, &remote);
	event_endpoint(r, EK_LOCAL, &local);
}

/* What every line has: false when there may be none now. The caller adds and sends. */
static bool begin(struct cp_ike *ike, struct event_record *r, const struct msg_punt *path,
                  uint64_t attempt, const char *stage, const struct cp_tenant *tenant,
                  const struct ike_refusal *why)
{
	uint32_t held_back;

	ike->count[IKE_FAILED]++;
	ike->failed[why->cause]++;
	if (!may_log(ike, &path->remote.addr, &held_back))
		return false;
	cp_log_begin(ike->deps.log, r, EV_VPN_REFUSED);
	put(r, EK_STAGE, stage);
	put_refusal(r, why);
	put(r, EK_PROTOCOL, "ikev2");
	put(r, EK_TENANT, tenant ? tenant->name : NULL);
	event_number(r, EK_ATTEMPT, attempt);
	put_path(r, path);
	if (held_back)
		event_number(r, EK_COUNT, held_back);
	return true;
}

/* What may be long comes last: where there is no room for it, the rest is there. */
static void send_line(struct cp_ike *ike, struct event_record *r, const struct ike_refusal *why)
{
	put(r, EK_NEAREST, why->nearest);
	put(r, EK_EXPECTED, why->expected);
	put(r, EK_OFFERED, why->offered);
	cp_log_send(ike->deps.log, r);
}

void cp_ike_refuse(struct ike_sa *sa, const struct ike_refusal *why)
{
	struct event_record r;

	if (sa->logged)
		return;
	sa->logged = true;
	if (!begin(sa->ike, &r, &sa->path, sa->spi_i, cp_ike_state_text(sa->state), sa->tenant,
	           why))
		return;
	put(&r, EK_USER, sa->who);
	put(&r, EK_AUTH, sa->auth);
	put(&r, EK_IKE_CIPHER, sa->suite_text);
	put(&r, EK_CLIENT, sa->client ? sa->client->name : NULL);
	send_line(sa->ike, &r, why);
}

void cp_ike_refuse_for(struct ike_sa *sa, enum cp_cause cause)
{
	const struct ike_refusal why = {.cause = cause};

	cp_ike_refuse(sa, &why);
}

/* A client that is refused without an SA repeats itself, octet for octet, some ten times. */
static bool is_copy(struct cp_ike *ike, const struct addr *source, uint64_t attempt,
                    enum cp_cause cause)
{
	struct ike_refuse_source *s = source_of(ike, source);

	if (attempt && s->attempt == attempt && s->cause == cause)
		return true;
	s->attempt = attempt;
	s->cause = cause;
	return false;
}

void cp_ike_refuse_message(struct cp_ike *ike, const struct msg_punt *path,
                           const struct ike_message *m, const char *stage,
                           const struct ike_refusal *why)
{
	struct event_record r;

	if (is_copy(ike, &path->remote.addr, m->head.spi_i, why->cause) ||
	    !begin(ike, &r, path, m->head.spi_i, stage,
	           path->tenant ? cp_policy_tenant(ike->deps.policy, path->tenant) : NULL, why))
		return;
	if (m->n_vendor)
		put(&r, EK_CLIENT, cp_ike_client_of(m)->name);
	send_line(ike, &r, why);
}

/* Its first request with another group is the usual guess, its second may be a copy of it. */
bool cp_ike_refuse_group(struct cp_ike *ike, const struct msg_punt *path, uint64_t attempt)
{
	struct ike_refuse_source *s = source_of(ike, &path->remote.addr);

	if (s->asked_again != attempt)
		s->times = 0;
	s->asked_again = attempt;
	return ++s->times == GROUP_TRIES;
}
