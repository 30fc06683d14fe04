/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/keys/keys_server.h"

#include "controlplane/crypto/crypto.h"
#include "controlplane/keys/keys_backoff.h"
#include "controlplane/keys/keys_store.h"
#include "controlplane/log/log.h"
#include "controlplane/proc/ipc.h"

#include <event2/event.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

/* An answer that waits for its time. */
struct late {
	LIST_ENTRY(late) next;
	struct cp_keys_server *server;
	struct event *timer;
	uint32_t type, seq;
	size_t len;
	union keys_answer answer;
};

struct cp_keys_server {
	struct event_base *loop;
	struct cp_ipc *ipc;
	struct cp_crypto *crypto;
	struct keys_store *store;
	struct keys_backoff *backoff;
	struct cp_keys_counts counts;
	LIST_HEAD(, late) late;
	unsigned n_late;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void send_answer(struct cp_keys_server *s, uint32_t type, uint32_t seq,
                        const union keys_answer *a, size_t len)
{
	if (cp_ipc_send(s->ipc, type + KEYS_ANSWER, seq, a, len))
		s->counts.unsent++;
}

static void late_free(struct late *l)
{
	LIST_REMOVE(l, next);
	l->server->n_late--;
	if (l->timer)
		event_free(l->timer);
	wipe(l, sizeof(*l));
	free(l);
}

static void on_time(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct late *l = ctx;

	send_answer(l->server, l->type, l->seq, &l->answer, l->len);
	late_free(l);
}

/* returns false when the answer cannot be held */
static bool hold_back(struct cp_keys_server *s, const struct late *answer, uint32_t wait_ms)
{
	const struct timeval wait = {wait_ms / 1000, (wait_ms % 1000) * 1000};
	struct late *l;

	if (s->n_late >= KEYS_LATE_MAX)
		return false;
	l = malloc(sizeof(*l));
	if (!l)
		return false;
	*l = *answer;
	l->server = s;
	l->timer = evtimer_new(s->loop, on_time, l);
	LIST_INSERT_HEAD(&s->late, l, next);
	s->n_late++;
	if (!l->timer || evtimer_add(l->timer, &wait)) {
		late_free(l);
		return false;
	}
	return true;
}

/* How long the answer has to wait: only guessing passwords is slowed. */
static uint32_t wait_of(struct cp_keys_server *s, uint32_t type, const void *body, int status)
{
	struct keys_mschapv2_ask ask;

	if (type != KEYS_ASK_MSCHAPV2 || (status && status != -EACCES))
		return 0;
	memcpy(&ask, body, sizeof(ask)); /* checked by keys_store_answer() */
	return keys_backoff_judge(s->backoff, ask.tenant, ask.user, status == 0, now_ms());
}

static void deliver(struct cp_keys_server *s, struct late *l, uint32_t wait_ms)
{
	if (wait_ms && hold_back(s, l, wait_ms)) {
		s->counts.late++;
		return;
	}
	/* A right guess must not show earlier because many wrong ones came with it. */
	if (wait_ms) {
		s->counts.overrun++;
		wipe(&l->answer, sizeof(l->answer));
		l->answer.status = -EACCES;
	}
	send_answer(s, l->type, l->seq, &l->answer, l->len);
}

static void on_message(void *ctx, const struct cp_ipc_head *head, const void *body)
{
	struct late l = {.type = head->type, .seq = head->seq};
	struct cp_keys_server *s = ctx;

	l.len = keys_store_answer(s->store, head->type, body, head->len, &l.answer);
	if (l.len) {
		s->counts.asked++;
		s->counts.refused += l.answer.status == -EACCES ? 1 : 0;
		deliver(s, &l, wait_of(s, head->type, body, l.answer.status));
	} else {
		s->counts.bad++;
	}
	wipe(&l, sizeof(l));
}

static const char *reason_of(int err)
{
	if (err == -EBADMSG)
		return "the private key is not an unencrypted key in PEM";
	if (err == -ENOTSUP)
		return "the private key is of a kind or size we do not use";
	return "the private key does not sign";
}

static const char expected[] = "RSA of 2048 to 8192 bits, or EC on P-256, P-384 or P-521";

static void report(struct cp_log *log, const char *tenant, int err)
{
	struct event_record r;

	cp_log_begin(log, &r, EV_POLICY_REFUSED);
	event_text(&r, EK_TENANT, tenant);
	event_text(&r, EK_REASON, reason_of(err));
	event_text(&r, EK_EXPECTED, expected);
	cp_log_send(log, &r);
}

int cp_keys_server_use(struct cp_keys_server *s, const struct cp_secrets *secrets, char *why,
                       size_t size)
{
	struct keys_store *store;
	const char *fault = NULL;
	int err = keys_store_new(s->crypto, secrets, &store, &fault);

	if (err && fault && err != -ENOMEM) {
		snprintf(why, size, "tenant %s: %s, expected %s", fault, reason_of(err),
		         expected);
		return -EINVAL;
	}
	if (err) {
		snprintf(why, size, "%s", strerror(-err));
		return err;
	}
	keys_store_free(s->store);
	s->store = store;
	return 0;
}

int cp_keys_serve(struct event_base *loop, struct cp_ipc *ipc, const struct cp_secrets *secrets,
                  struct cp_log *log, struct cp_keys_server **out)
{
	struct cp_keys_server *s = calloc(1, sizeof(*s));
	const struct cp_ipc_hooks hooks = {.message = on_message, .ctx = s};
	const char *fault = NULL;
	int err;

	if (!s)
		return -ENOMEM;
	s->loop = loop;
	s->ipc = ipc;
	LIST_INIT(&s->late);
	err = cp_crypto_new(NULL, 0, &s->crypto);
	if (!err)
		err = keys_backoff_new(s->crypto, &s->backoff);
	if (!err)
		err = keys_store_new(s->crypto, secrets, &s->store, &fault);
	if (fault && err != -ENOMEM) {
		report(log, fault, err);
		err = -EINVAL;
	}
	if (!err)
		err = cp_ipc_handle(ipc, &hooks);
	if (err) {
		cp_keys_server_free(s);
		return err;
	}
	*out = s;
	return 0;
}

static void ignore(void *ctx UNUSED, const struct cp_ipc_head *head UNUSED,
                   const void *body UNUSED)
{
}

void cp_keys_server_free(struct cp_keys_server *s)
{
	static const struct cp_ipc_hooks nobody = {.message = ignore};
	struct late *l;

	if (!s)
		return;
	cp_ipc_handle(s->ipc, &nobody);
	while ((l = LIST_FIRST(&s->late)))
		late_free(l);
	keys_store_free(s->store);
	keys_backoff_free(s->backoff);
	cp_crypto_free(s->crypto);
	free(s);
}

const struct cp_keys_counts *cp_keys_server_counts(const struct cp_keys_server *s)
{
	return &s->counts;
}
