/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_main - from punted datagrams to events of IKE SAs.
 *
 * Walk     dpctl/ -> [ike/ike_main] -> ike_codec.c -> ike_fsm.c
 * Source   RFC 7296 section 2.1 to 2.3 (retransmission, window), 2.5 (versions), 3.1
 * Thread   the loop's
 * Memory   one message at a time, in the engine's buffers
 */

#include "controlplane/ike/exchange/exchange.h"

#include <errno.h>

/* ---- the engine ----------------------------------------------------------------------- */

static struct ike_sa **new_index(uint32_t n)
{
	return calloc(n, sizeof(struct ike_sa *));
}

/* Room for every session the policy allows, and as many handshakes. */
static uint32_t size_for(const struct cp_policy *p)
{
	uint64_t want = p->appliance.half_open_max;
	uint32_t n = 1024, i;

	for (i = 0; i < p->n_tenant; i++)
		want += p->tenant[i].max_sessions;
	while (n < want && n < 1 << 20)
		n *= 2;
	return n;
}

int cp_ike_new(const struct cp_ike_deps *deps, struct cp_ike **out)
{
	uint32_t n = size_for(deps->policy);
	struct cp_ike *ike = calloc(1, sizeof(*ike));

	if (!ike)
		return -ENOMEM;
	ike->deps = *deps;
	ike->spi_mask = ike->source_mask = n - 1;
	TAILQ_INIT(&ike->half_open);
	cp_crypto_random(&ike->hash_key, sizeof(ike->hash_key));
	ike->by_spi = new_index(n);
	ike->by_source = new_index(n);
	ike->by_peer = new_index(n);
	if (!ike->by_spi || !ike->by_source || !ike->by_peer) {
		cp_ike_free(ike);
		return -ENOMEM;
	}
	ike->pki = deps->take_pki;
	*out = ike;
	return 0;
}

/* The session folder outlives us or not: sessions are told nobody listens any more. */
static void disown(struct ike_sa *sa)
{
	if (sa->session)
		cp_session_own(sa->session, NULL, NULL);
}

void cp_ike_free(struct cp_ike *ike)
{
	uint32_t i;

	if (!ike)
		return;
	for (i = 0; ike->by_spi && i <= ike->spi_mask; i++) {
		while (ike->by_spi[i]) {
			disown(ike->by_spi[i]);
			cp_ike_sa_free(ike->by_spi[i]);
		}
	}
	cp_ike_pki_free(ike->pki);
	free(ike->by_spi);
	free(ike->by_source);
	free(ike->by_peer);
	free(ike);
}

void cp_ike_goodbye(struct cp_ike *ike)
{
	struct ike_sa *sa, *next;
	uint32_t i;

	for (i = 0; i <= ike->spi_mask; i++) {
		for (sa = ike->by_spi[i]; sa; sa = next) {
			next = sa->next_spi;
			if (!sa->session)
				continue;
			/* An open probe does not matter any more. */
			cp_ike_ask_stop(sa);
			sa->end = CP_END_SHUTDOWN;
			cp_ike_event(sa, ON_SESSION_ENDED, NULL);
		}
	}
}

#define COUNTER_NAME(id, name, text) [id] = name,
static const char *const counter_names[IKE_COUNTER_COUNT] = {IKE_COUNTERS(COUNTER_NAME)};

void cp_ike_counters(const struct cp_ike *ike,
                     void (*row)(void *ctx, const char *name, uint64_t n), void *ctx)
{
	char name[80];
	unsigned i;

	for (i = 0; i < IKE_COUNTER_COUNT; i++) {
		uint64_t n = i == IKE_HALF_OPEN ? ike->n_half_open
		             : i == IKE_SAS     ? ike->n_sa
		                                : ike->count[i];

		row(ctx, counter_names[i], n);
	}
	for (i = 0; i < CAUSE_COUNT; i++) {
		snprintf(name, sizeof(name), "ike.cause.%s", cp_cause_name(i));
		if (ike->failed[i])
			row(ctx, name, ike->failed[i]);
	}
}

int64_t cp_ike_certificate_expires(const struct cp_ike *ike, const struct cp_tenant *t)
{
	const size_t i = (size_t)(t - ike->deps.policy->tenant);

	return i < ike->pki->n && ike->pki->at[i].n ? (int64_t)ike->pki->at[i].not_after : 0;
}

/* ---- requests ------------------------------------------------------------------------- */

static void message_digest(struct cp_ike *ike, const void *octets, size_t len,
                           uint8_t out[IKE_DIGEST])
{
	const struct cp_octets part = {octets, len};
	uint8_t full[CP_CRYPTO_DIGEST_MAX] = {0};

	cp_crypto_hash(ike->deps.crypto, IKE_HASH_SHA2_256, &part, 1, full);
	memcpy(out, full, IKE_DIGEST);
}

/* Seen before. Returns the counter of what became of it. */
static enum ike_counter repeat(struct ike_sa *sa, const struct msg_punt *path,
                               const uint8_t digest[IKE_DIGEST])
{
	const struct ike_request *r = &sa->request;

	if (!ct_equal(r->digest, digest, IKE_DIGEST))
		return IKE_DROP_DIFFERS;
	if (r->open || !r->reply)
		return IKE_DROP_BUSY;
	/* A copy proves nothing: an answer is longer than its request, and who has one of each
	 * could have it sent to anybody, again and again. */
	if (!addr_equal(&r->path.remote.addr, &path->remote.addr))
		return IKE_DROP_ELSEWHERE;
	cp_ike_inject(sa->ike, path, r->reply, r->reply_len);
	return IKE_IN_REPEATED;
}

/* There is no SA yet, or none any more: one line, and what to count. */
static enum ike_counter refused(struct cp_ike *ike, const struct msg_punt *path,
                                const char *stage, enum cp_cause cause, enum ike_counter count)
{
	const struct ike_refusal why = {.cause = cause};

	cp_ike_refuse_message(ike, path, &ike->outer, stage, &why);
	return count;
}

static enum ike_counter init_request(struct cp_ike *ike, const struct msg_punt *path,
                                     const void *octets, size_t len, struct cursor c)
{
	struct ike_message *m = &ike->outer;
	uint8_t digest[IKE_DIGEST];
	struct ike_sa *sa;
	int err;

	if (m->head.flags != IKE_FLAG_INITIATOR || m->head.spi_r || m->head.id)
		return IKE_DROP_EXCHANGE;
	message_digest(ike, octets, len, digest);
	sa = cp_ike_find_init(ike, path, m->head.spi_i, digest);
	if (sa)
		return repeat(sa, path, digest);
	err = cp_ike_payloads_decode(m->head.next, c, m);
	if (err == -EOPNOTSUPP) {
		cp_ike_reply_stateless(ike, path, &m->head, IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD,
		                       &m->unsupported, sizeof(m->unsupported));
		return refused(ike, path, "IKE_SA_INIT", CAUSE_CRITICAL, IKE_IN_REFUSED);
	}
	/* INVALID_SYNTAX would answer forgeries (section 3.10.1): nothing is said. */
	if (err || cp_ike_has(m, IKE_PAYLOAD_SK))
		return refused(ike, path, "IKE_SA_INIT", CAUSE_MALFORMED, IKE_DROP_MALFORMED);
	return cp_ike_init_request(ike, path, octets, len, m, digest);
}

static enum ike_event event_of_auth(const struct ike_message *m)
{
	if (cp_ike_notify_find(m, IKE_N_AUTHENTICATION_FAILED))
		return ON_PEER_REFUSES;
	if (cp_ike_has(m, IKE_PAYLOAD_EAP))
		return ON_EAP;
	if (!cp_ike_has(m, IKE_PAYLOAD_AUTH))
		return ON_AUTH_EAP;
	return m->auth_method == IKE_AUTH_SHARED_KEY ? ON_AUTH_SHARED : ON_AUTH_OTHER;
}

static enum ike_event event_of_create(const struct ike_message *m)
{
	if (!cp_ike_has(m, IKE_PAYLOAD_SA) || !cp_ike_has(m, IKE_PAYLOAD_NONCE))
		return ON_BAD_MESSAGE;
	if (cp_ike_notify_find(m, IKE_N_REKEY_SA))
		return ON_REKEY_CHILD;
	return m->sa.proposal[0].protocol == IKE_PROTOCOL_IKE ? ON_REKEY_IKE : ON_NEW_CHILD;
}

static enum ike_event event_of_info(const struct ike_message *m)
{
	unsigned i;

	for (i = 0; i < m->n_delete; i++)
		if (m->delete[i].protocol == IKE_PROTOCOL_IKE)
			return ON_DELETE;
	return cp_ike_notify_find(m, IKE_N_AUTHENTICATION_FAILED) ? ON_PEER_REFUSES : ON_INFO;
}

static enum ike_event event_of(const struct ike_message *m)
{
	switch (m->head.exchange) {
	case IKE_AUTH:
		return event_of_auth(m);
	case IKE_CREATE_CHILD_SA:
		return event_of_create(m);
	default:
		return event_of_info(m);
	}
}

/* The next request, and it is authentic: from here on it must be answered. */
static void take(struct ike_sa *sa, const struct msg_punt *path, const struct ike_message *m,
                 const uint8_t digest[IKE_DIGEST], int bad)
{
	struct ike_request *r = &sa->request;
	enum ike_event ev;

	free(r->reply);
	*r = (struct ike_request){
		.exchange = m->head.exchange, .id = m->head.id, .open = true, .path = *path};
	memcpy(r->digest, digest, IKE_DIGEST);
	sa->recv_next = m->head.id + 1;
	sa->path = *path;
	sa->heard_ms = cp_ike_now_ms();
	ev = bad ? ON_BAD_MESSAGE : event_of(m);
	sa->bad = ev == ON_BAD_MESSAGE && !bad ? -EBADMSG : bad;
	sa->bad_payload = m->unsupported;
	cp_ike_event(sa, ev, m);
}

static enum ike_counter sa_request(struct ike_sa *sa, const struct msg_punt *path, size_t len)
{
	struct cp_ike *ike = sa->ike;
	const struct ike_header *h = &ike->outer.head;
	uint8_t digest[IKE_DIGEST];
	int err;

	message_digest(ike, ike->in, len, digest);
	if (h->id + 1 == sa->recv_next)
		return repeat(sa, path, digest);
	if (h->id != sa->recv_next)
		return IKE_DROP_ID;
	if (sa->request.open)
		return IKE_DROP_BUSY;
	/* Before there are keys, and after the end, there is nothing more to say. */
	if (sa->state == ST_INIT_DH || sa->state == ST_LINGER)
		return IKE_DROP_EXCHANGE;
	err = cp_ike_open(sa, ike->in, &ike->outer, &ike->inner);
	if (err == -EACCES) {
		/* It may be a forgery: told only when nothing better comes. */
		sa->garbled = true;
		return IKE_DROP_INTEGRITY;
	}
	take(sa, path, &ike->inner, digest, err);
	return IKE_IN_TAKEN;
}

static enum ike_counter sa_response(struct ike_sa *sa, const struct msg_punt *path)
{
	struct cp_ike *ike = sa->ike;

	if (!sa->ask.open || ike->outer.head.id != sa->ask.id)
		return IKE_DROP_ID;
	if (cp_ike_open(sa, ike->in, &ike->outer, &ike->inner) == -EACCES)
		return IKE_DROP_INTEGRITY;
	sa->heard_ms = cp_ike_now_ms();
	sa->path = *path;
	cp_ike_ask_answered(sa);
	return IKE_IN_ANSWER;
}

/* ---- any message ---------------------------------------------------------------------- */

static bool is_exchange(uint8_t exchange)
{
	return exchange == IKE_AUTH || exchange == IKE_CREATE_CHILD_SA ||
	       exchange == IKE_INFORMATIONAL;
}

/* Whose client it is was judged by the address it came to: that one does not move. */
static bool is_at_its_gateway(const struct ike_sa *sa, const struct msg_punt *path)
{
	return sa->path.vrf == path->vrf && addr_equal(&sa->path.local.addr, &path->local.addr);
}

static enum ike_counter sa_message(struct cp_ike *ike, const struct msg_punt *path, size_t len,
                                   struct cursor c)
{
	struct ike_message *m = &ike->outer;
	struct ike_sa *sa;

	/* We are always the responder: what the peer sends carries the Initiator flag. */
	if (!is_exchange(m->head.exchange) || !(m->head.flags & IKE_FLAG_INITIATOR))
		return IKE_DROP_EXCHANGE;
	sa = cp_ike_find(ike, m->head.spi_r);
	if (!sa || sa->spi_i != m->head.spi_i || !is_at_its_gateway(sa, path)) {
		if (m->head.exchange == IKE_AUTH && !(m->head.flags & IKE_FLAG_RESPONSE))
			return refused(ike, path, "IKE_AUTH", CAUSE_UNKNOWN_SA, IKE_DROP_SPI);
		return IKE_DROP_SPI;
	}
	if (cp_ike_payloads_decode(m->head.next, c, m) || !cp_ike_has(m, IKE_PAYLOAD_SK))
		return IKE_DROP_MALFORMED;
	if (m->head.flags & IKE_FLAG_RESPONSE)
		return sa_response(sa, path);
	return sa_request(sa, path, len);
}

static enum ike_counter message(struct cp_ike *ike, const struct msg_punt *path,
                                const void *octets, size_t len)
{
	struct ike_message *m = &ike->outer;
	struct cursor c = cursor_over(ike->in, len);

	if (len > sizeof(ike->in))
		return IKE_DROP_MALFORMED;
	memcpy(ike->in, octets, len);
	memset(m, 0, sizeof(*m));
	if (cp_ike_header_decode(&c, &m->head))
		return IKE_DROP_MALFORMED;
	if (m->head.version >> 4 < IKE_VERSION_MAJOR) {
		/* A conversation begins without a cookie of ours (RFC 2408 section 3.1). */
		if (!m->head.spi_i || m->head.spi_r)
			return IKE_DROP_IKEV1;
		return refused(ike, path, "IKE_SA_INIT", CAUSE_IKEV1, IKE_DROP_IKEV1);
	}
	if (m->head.version >> 4 > IKE_VERSION_MAJOR) {
		/* Section 2.5: answered, once for each, unprotected; a response never is. */
		if (m->head.flags & IKE_FLAG_RESPONSE)
			return IKE_DROP_MALFORMED;
		cp_ike_reply_stateless(ike, path, &m->head, IKE_N_INVALID_MAJOR_VERSION, NULL,
		                       0);
		return refused(ike, path, "IKE_SA_INIT", CAUSE_VERSION, IKE_IN_REFUSED);
	}
	if (m->head.exchange == IKE_SA_INIT)
		return init_request(ike, path, ike->in, len, c);
	return sa_message(ike, path, len, c);
}

void cp_ike_punt(struct cp_ike *ike, const struct msg_punt *punt, const void *octets,
                 size_t len)
{
	ike->count[IKE_RX]++;
	ike->count[message(ike, punt, octets, len)]++;
}
