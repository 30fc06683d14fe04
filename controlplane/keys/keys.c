/* SPDX-License-Identifier: Apache-2.0 */

/*
 * keys - the asking side: questions in flight, and matching answers to them.
 */

#include "controlplane/keys/keys.h"

#include "controlplane/keys/keys_msg.h"
#include "controlplane/proc/ipc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum {
	BUCKETS = 256, /* of open questions, by their number */
};

union answer_hook {
	void (*sign)(void *ctx, int status, const struct cp_keys_signature *result);
	void (*psk)(void *ctx, int status, const struct cp_keys_psk *result);
	void (*mschapv2)(void *ctx, int status, const struct cp_keys_mschapv2 *result);
};

struct question {
	LIST_ENTRY(question) next;
	uint32_t seq, type;
	union answer_hook answer;
	void *ctx;
};

LIST_HEAD(bucket, question);

struct cp_keys {
	struct cp_ipc *ipc;
	uint32_t seq, n_open;
	struct bucket open[BUCKETS];
	_Alignas(8) uint8_t body[CP_IPC_BODY_MAX]; /* of the question being sent */
};

static void answer_sign(const struct question *q, int status, const struct keys_sign_answer *a)
{
	struct cp_keys_signature result;

	if (!status && a->len > sizeof(result.octet))
		status = -EIO;
	if (status) {
		q->answer.sign(q->ctx, status, NULL);
		return;
	}
	result.len = a->len;
	memcpy(result.octet, a->octet, a->len);
	q->answer.sign(q->ctx, 0, &result);
}

static void answer_psk(const struct question *q, int status, const struct keys_psk_answer *a)
{
	struct cp_keys_psk result;

	if (!status && a->len > sizeof(result.mac))
		status = -EIO;
	if (status) {
		q->answer.psk(q->ctx, status, NULL);
		return;
	}
	result.len = a->len;
	memcpy(result.mac, a->mac, a->len);
	q->answer.psk(q->ctx, 0, &result);
}

static void answer_mschapv2(const struct question *q, int status,
                            const struct keys_mschapv2_answer *a)
{
	struct cp_keys_mschapv2 result;

	if (status) {
		q->answer.mschapv2(q->ctx, status, NULL);
		return;
	}
	memcpy(result.authenticator, a->authenticator, sizeof(result.authenticator));
	secret_set(&result.msk, a->msk, sizeof(a->msk));
	q->answer.mschapv2(q->ctx, 0, &result);
	secret_wipe(&result.msk);
}

/* What goes with a status that is not 0. */
static const union keys_answer nothing;

/* Take the question out, then answer: the hook may ask, forget or answer others. */
static void finish(struct cp_keys *k, struct question *q, int status,
                   const union keys_answer *a)
{
	LIST_REMOVE(q, next);
	k->n_open--;
	switch (q->type) {
	case KEYS_ASK_SIGN:
		answer_sign(q, status, &a->sign);
		break;
	case KEYS_ASK_PSK:
		answer_psk(q, status, &a->psk);
		break;
	default:
		answer_mschapv2(q, status, &a->mschapv2);
		break;
	}
	free(q);
}

static size_t answer_len(uint32_t type)
{
	switch (type) {
	case KEYS_ASK_SIGN:
		return sizeof(struct keys_sign_answer);
	case KEYS_ASK_PSK:
		return sizeof(struct keys_psk_answer);
	default:
		return sizeof(struct keys_mschapv2_answer);
	}
}

static struct question *find(struct cp_keys *k, uint32_t seq)
{
	struct question *q;

	LIST_FOREACH(q, &k->open[seq % BUCKETS], next)
	{
		if (q->seq == seq)
			return q;
	}
	return NULL;
}

static void on_message(void *ctx, const struct cp_ipc_head *head, const void *body)
{
	struct cp_keys *k = ctx;
	struct question *q = find(k, head->seq);
	union keys_answer a;

	if (!q) /* forgotten, or asked of a former keys process */
		return;
	if (head->type != q->type + KEYS_ANSWER || head->len != answer_len(q->type)) {
		finish(k, q, -EIO, &nothing);
		return;
	}
	memcpy(&a, body, head->len);
	finish(k, q, a.status > 0 ? -EIO : a.status, &a);
	wipe(&a, sizeof(a));
}

static void on_closed(void *ctx)
{
	struct cp_keys *k = ctx;
	struct question *q;
	unsigned i;

	/* No new ones come up meanwhile: nothing can be sent. */
	for (i = 0; i < BUCKETS; i++) {
		while ((q = LIST_FIRST(&k->open[i])))
			finish(k, q, -EPIPE, &nothing);
	}
}

int cp_keys_new(struct cp_ipc *ipc, struct cp_keys **out)
{
	struct cp_keys *k = calloc(1, sizeof(*k));
	const struct cp_ipc_hooks hooks = {on_message, on_closed, k};
	int err;

	if (!k)
		return -ENOMEM;
	k->ipc = ipc;
	err = cp_ipc_handle(ipc, &hooks);
	if (err) {
		free(k);
		return err;
	}
	*out = k;
	return 0;
}

static void ignore(void *ctx UNUSED, const struct cp_ipc_head *head UNUSED,
                   const void *body UNUSED)
{
}

void cp_keys_free(struct cp_keys *k)
{
	static const struct cp_ipc_hooks nobody = {.message = ignore};
	struct question *q;
	unsigned i;

	if (!k)
		return;
	cp_ipc_handle(k->ipc, &nobody);
	for (i = 0; i < BUCKETS; i++) {
		while ((q = LIST_FIRST(&k->open[i]))) {
			LIST_REMOVE(q, next);
			free(q);
		}
	}
	wipe(k->body, sizeof(k->body));
	free(k);
}

/* Send k->body and remember who waits. */
static int ask(struct cp_keys *k, uint32_t type, size_t len, union answer_hook answer,
               void *ctx)
{
	struct question *q;
	int err;

	if (k->n_open >= CP_KEYS_OPEN_MAX)
		return -ENOBUFS;
	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOBUFS;
	q->seq = k->seq++;
	q->type = type;
	q->answer = answer;
	q->ctx = ctx;
	err = cp_ipc_send(k->ipc, type, q->seq, k->body, len);
	if (err) {
		free(q);
		return err;
	}
	LIST_INSERT_HEAD(&k->open[q->seq % BUCKETS], q, next);
	k->n_open++;
	return 0;
}

/* The whole field is written: nothing of the former question travels on. */
static bool put_text(char *field, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return false;
	memset(field, 0, size);
	memcpy(field, text, len);
	return true;
}

int cp_keys_sign(struct cp_keys *k, const char *tenant, const char *cert,
                 enum cp_keys_scheme scheme, const void *octets, size_t len,
                 void (*answer)(void *ctx, int status, const struct cp_keys_signature *result),
                 void *ctx)
{
	struct keys_sign_ask *m = (struct keys_sign_ask *)k->body;
	const union answer_hook hook = {.sign = answer};

	if (len > CP_KEYS_OCTETS_MAX || !put_text(m->tenant, sizeof(m->tenant), tenant) ||
	    !put_text(m->cert, sizeof(m->cert), cert))
		return -EMSGSIZE;
	m->scheme = scheme;
	m->len = (uint32_t)len;
	memcpy(m->octets, octets, len);
	return ask(k, KEYS_ASK_SIGN, sizeof(*m) + len, hook, ctx);
}

int cp_keys_psk(struct cp_keys *k, const char *tenant, const char *peer_id, uint16_t prf,
                const void *peer_octets, size_t peer_len, const void *peer_auth,
                size_t peer_auth_len, const void *our_octets, size_t our_len,
                void (*answer)(void *ctx, int status, const struct cp_keys_psk *result),
                void *ctx)
{
	struct keys_psk_ask *m = (struct keys_psk_ask *)k->body;
	const union answer_hook hook = {.psk = answer};
	const size_t room = sizeof(k->body) - sizeof(*m);

	if (peer_auth_len > sizeof(m->peer_auth) || peer_len > CP_KEYS_OCTETS_MAX ||
	    our_len > CP_KEYS_OCTETS_MAX || peer_len + our_len > room ||
	    !put_text(m->tenant, sizeof(m->tenant), tenant) ||
	    !put_text(m->peer_id, sizeof(m->peer_id), peer_id))
		return -EMSGSIZE;
	m->prf = prf;
	memset(m->peer_auth, 0, sizeof(m->peer_auth));
	memcpy(m->peer_auth, peer_auth, peer_auth_len);
	m->peer_auth_len = (uint32_t)peer_auth_len;
	m->peer_len = (uint32_t)peer_len;
	m->our_len = (uint32_t)our_len;
	memcpy(m->octets, peer_octets, peer_len);
	memcpy(m->octets + peer_len, our_octets, our_len);
	return ask(k, KEYS_ASK_PSK, sizeof(*m) + peer_len + our_len, hook, ctx);
}

int cp_keys_mschapv2(struct cp_keys *k, const char *tenant, const char *user,
                     const uint8_t auth_challenge[16], const uint8_t peer_challenge[16],
                     const uint8_t nt_response[24],
                     void (*answer)(void *ctx, int status,
                                    const struct cp_keys_mschapv2 *result),
                     void *ctx)
{
	struct keys_mschapv2_ask *m = (struct keys_mschapv2_ask *)k->body;
	const union answer_hook hook = {.mschapv2 = answer};

	if (!put_text(m->tenant, sizeof(m->tenant), tenant) ||
	    !put_text(m->user, sizeof(m->user), user))
		return -EMSGSIZE;
	memcpy(m->auth_challenge, auth_challenge, sizeof(m->auth_challenge));
	memcpy(m->peer_challenge, peer_challenge, sizeof(m->peer_challenge));
	memcpy(m->nt_response, nt_response, sizeof(m->nt_response));
	return ask(k, KEYS_ASK_MSCHAPV2, sizeof(*m), hook, ctx);
}

void cp_keys_forget(struct cp_keys *k, const void *ctx)
{
	struct question *q, *after;
	unsigned i;

	for (i = 0; i < BUCKETS; i++) {
		for (q = LIST_FIRST(&k->open[i]); q; q = after) {
			after = LIST_NEXT(q, next);
			if (q->ctx != ctx)
				continue;
			LIST_REMOVE(q, next);
			k->n_open--;
			free(q);
		}
	}
}
