/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_reply - what goes out: answers, which are kept to be repeated, and our own requests,
 * which are repeated until answered.
 *
 * Walk     exchange/ -> [ike/ike_reply] -> dpctl/
 * Source   RFC 7296 section 2.1 to 2.4
 * Thread   the loop's
 * Memory   the last answer and the open request of each SA are copies on the heap
 */

#include "controlplane/ike/ike_parts.h"

#include <errno.h>

/* When our request is sent again, and for how long the last one is waited for. */
static const uint16_t retry_ms[] = {1000, 2000, 4000, 8000, 16000};

void cp_ike_inject(struct cp_ike *ike, const struct msg_punt *path, const void *octets,
                   size_t len)
{
	struct msg_inject m;

	memset(&m, 0, sizeof(m));
	m.kind = path->kind;
	m.worker = path->worker;
	m.vrf = path->vrf;
	m.tenant = path->tenant;
	m.local = path->local;
	m.remote = path->remote;
	/* Lost in the link or on the way: the peer, or our own timer, will ask again. */
	if (cp_dpctl_send(ike->deps.dpctl, MSG_INJECT, 0, &m, sizeof(m), octets, len))
		ike->count[IKE_TX_LOST]++;
	else
		ike->count[IKE_TX]++;
}

static uint8_t *copy(const void *octets, size_t len)
{
	uint8_t *c = malloc(len);

	if (c)
		memcpy(c, octets, len);
	return c;
}

/* ---- answers -------------------------------------------------------------------------- */

struct ike_writer *cp_ike_reply_begin(struct ike_sa *sa)
{
	struct cp_ike *ike = sa->ike;
	const struct ike_header h = {
		.spi_i = sa->spi_i,
		.spi_r = sa->spi_r,
		.version = IKE_VERSION,
		.exchange = sa->request.exchange,
		.flags = IKE_FLAG_RESPONSE,
		.id = sa->request.id,
	};

	cp_ike_write(&ike->w, ike->out, sizeof(ike->out), &h);
	if (h.exchange != IKE_SA_INIT)
		cp_ike_protect_begin(sa, &ike->w);
	return &ike->w;
}

int cp_ike_reply_send(struct ike_sa *sa)
{
	struct cp_ike *ike = sa->ike;
	struct ike_request *r = &sa->request;
	int err;

	if (r->exchange == IKE_SA_INIT)
		err = cp_ike_write_end(&ike->w);
	else
		err = cp_ike_protect_end(sa, &ike->w);
	if (err)
		return err;
	free(r->reply);
	r->reply_len = ike->w.s.used;
	r->reply = copy(ike->out, r->reply_len);
	r->open = false;
	if (!r->reply)
		return -ENOMEM;
	cp_ike_inject(ike, &r->path, r->reply, r->reply_len);
	return 0;
}

int cp_ike_reply_notify(struct ike_sa *sa, enum ike_notify type, const void *data, size_t len)
{
	cp_ike_put_notify(cp_ike_reply_begin(sa), type, data, len);
	return cp_ike_reply_send(sa);
}

void cp_ike_reply_stateless(struct cp_ike *ike, const struct msg_punt *path,
                            const struct ike_header *h, enum ike_notify type, const void *data,
                            size_t len)
{
	const struct ike_header head = {
		.spi_i = h->spi_i,
		.spi_r = h->spi_r,
		.version = IKE_VERSION,
		.exchange = h->exchange,
		.flags = IKE_FLAG_RESPONSE,
		.id = h->id,
	};

	cp_ike_write(&ike->w, ike->out, sizeof(ike->out), &head);
	cp_ike_put_notify(&ike->w, type, data, len);
	if (!cp_ike_write_end(&ike->w))
		cp_ike_inject(ike, path, ike->out, ike->w.s.used);
}

/* ---- our own requests ----------------------------------------------------------------- */

static void arm(struct ike_sa *sa)
{
	unsigned ms = retry_ms[sa->ask.tries];
	struct timeval t = {ms / 1000, ms % 1000 * 1000};

	evtimer_add(&sa->ask.timer, &t);
}

void cp_ike_follow(const struct ike_sa *sa, struct msg_punt *path)
{
	struct msg_endpoint seen;

	if (!sa->session || !sa->nat || path->kind != MSG_PUNT_IKE_NATT)
		return;
	seen = cp_session_remote(sa->session);
	if (!addr_is_none(&seen.addr))
		path->remote = seen;
}

static void ask_send(struct ike_sa *sa)
{
	struct msg_punt path = sa->path;

	cp_ike_follow(sa, &path);
	cp_ike_inject(sa->ike, &path, sa->ask.octets, sa->ask.len);
}

static void on_retry(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct ike_sa *sa = ctx;

	/* Without a data plane nobody can answer: that says nothing about the peer. */
	if (!cp_dpctl_is_up(sa->ike->deps.dpctl)) {
		arm(sa);
		return;
	}
	if (++sa->ask.tries == sizeof(retry_ms) / sizeof(retry_ms[0])) {
		cp_ike_ask_stop(sa);
		cp_ike_event(sa, ON_ASK_DEAD, NULL);
		return;
	}
	sa->ike->count[IKE_RESENT]++;
	ask_send(sa);
	arm(sa);
}

static void ask(struct ike_sa *sa, bool is_delete)
{
	struct cp_ike *ike = sa->ike;
	const struct ike_header h = {
		.spi_i = sa->spi_i,
		.spi_r = sa->spi_r,
		.version = IKE_VERSION,
		.exchange = IKE_INFORMATIONAL,
		.id = sa->send_next,
	};

	cp_ike_write(&ike->w, ike->out, sizeof(ike->out), &h);
	cp_ike_protect_begin(sa, &ike->w);
	if (is_delete)
		cp_ike_put_delete_ike(&ike->w);
	if (cp_ike_protect_end(sa, &ike->w))
		return;
	sa->ask.octets = copy(ike->out, ike->w.s.used);
	if (!sa->ask.octets)
		return;
	sa->ask.len = ike->w.s.used;
	sa->ask.open = true;
	sa->ask.is_delete = is_delete;
	sa->ask.tries = 0;
	sa->ask.id = sa->send_next++;
	evtimer_assign(&sa->ask.timer, ike->deps.loop, on_retry, sa);
	ask_send(sa);
	arm(sa);
}

void cp_ike_probe(struct ike_sa *sa)
{
	if (!sa->ask.open)
		ask(sa, false);
}

void cp_ike_ask_delete(struct ike_sa *sa)
{
	if (sa->ask.open)
		sa->ask.delete_next = true;
	else
		ask(sa, true);
}

void cp_ike_ask_stop(struct ike_sa *sa)
{
	if (!sa->ask.open)
		return;
	evtimer_del(&sa->ask.timer);
	free(sa->ask.octets);
	sa->ask.octets = NULL;
	sa->ask.open = false;
}

void cp_ike_ask_answered(struct ike_sa *sa)
{
	bool was_delete = sa->ask.is_delete, delete_next = sa->ask.delete_next;

	cp_ike_ask_stop(sa);
	if (was_delete)
		cp_ike_event(sa, ON_ASK_DONE, NULL);
	else if (delete_next)
		ask(sa, true);
}
