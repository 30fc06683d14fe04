/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_udp - the IKE responder on plain UDP sockets, for trying it against real clients
 * without a data plane.
 *
 *     ike_udp CONFIG_DIR ADDRESS
 *
 * Binds ADDRESS:500 and :4500 in the namespace it runs in, takes every session that is
 * installed for good, and prints events as JSON lines on stderr. No ESP passes.
 */

#include "controlplane/crypto/crypto.h"
#include "controlplane/ike/ike.h"
#include "controlplane/keys/keys.h"
#include "controlplane/keys/keys_server.h"
#include "controlplane/log/log.h"
#include "controlplane/policy/secrets.h"
#include "controlplane/proc/ipc.h"
#include "controlplane/session/session.h"
#include "tests/sim/fake_dpctl.h"

#include <event2/event.h>

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BOOT = 1,
	WORKERS = 2,
	SESSIONS = 1024,
	ACKS = 64,
};

struct sim {
	struct event_base *loop;
	struct cp_dpctl dpctl;
	struct cp_sessions *sessions;
	struct cp_ike *ike;
	struct addr local;
	int fd[2]; /* 500, 4500 */
	struct event *later;
	struct {
		enum msg_type type;
		uint32_t seq, sid;
		uint64_t id;
	} ack[ACKS];
	unsigned n_ack;
};

static void acknowledge(evutil_socket_t fd, short what, void *ctx)
{
	struct sim *s = ctx;
	unsigned i;

	for (i = 0; i < s->n_ack; i++) {
		struct msg_ack a = {.sid = s->ack[i].sid};
		struct msg_session_usage gone = {
			.id = s->ack[i].id, .sid = s->ack[i].sid, .end = MSG_END_REMOVED};

		cp_sessions_ack(s->sessions, s->ack[i].seq, &a);
		if (s->ack[i].type == MSG_SESSION_REMOVE)
			cp_sessions_gone(s->sessions, &gone);
	}
	s->n_ack = 0;
}

static void inject(struct sim *s, const struct msg_inject *m, const void *octets, size_t len)
{
	static const uint8_t marker[4];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(m->remote.port)};
	bool natt = m->kind == MSG_PUNT_IKE_NATT;
	be32 v4 = addr_v4(&m->remote.addr);
	struct iovec part[] = {{(void *)marker, natt ? sizeof(marker) : 0},
	                       {(void *)octets, len}};
	struct msghdr h = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = part, .msg_iovlen = 2};

	memcpy(&to.sin_addr, &v4, sizeof(v4));
	if (sendmsg(s->fd[natt], &h, 0) < 0)
		perror("sendmsg");
}

/* Every record between INSTALL and CHILD_REMOVE begins with its session, or with a sid. */
static void sent(void *ctx, enum msg_type type, uint32_t seq, const void *body,
                 const void *octets, size_t len)
{
	struct sim *s = ctx;
	struct timeval soon = {0, 1000};
	uint64_t id = 0;
	uint32_t sid;

	switch (type) {
	case MSG_INJECT:
		inject(s, body, octets, len);
		return;
	case MSG_SESSION_INSTALL:
		sid = ((const struct msg_session_install *)body)->sid;
		break;
	case MSG_SESSION_REMOVE:
		sid = ((const struct msg_session_remove *)body)->sid;
		id = ((const struct msg_session_remove *)body)->id;
		break;
	case MSG_CHILD_ADD:
		sid = ((const struct msg_child_add *)body)->sid;
		break;
	default:
		sid = ((const struct msg_child_remove *)body)->sid;
		break;
	}
	fprintf(stderr, "# %s sid %u\n", msg_name((uint16_t)type), sid);
	if (s->n_ack == ACKS)
		return;
	s->ack[s->n_ack].type = type;
	s->ack[s->n_ack].seq = seq;
	s->ack[s->n_ack].sid = sid;
	s->ack[s->n_ack++].id = id;
	event_add(s->later, &soon);
}

static void on_datagram(evutil_socket_t fd, short what, void *ctx)
{
	struct sim *s = ctx;
	bool natt = fd == s->fd[1];
	uint8_t octets[65536];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t n =
		recvfrom(fd, octets, sizeof(octets), 0, (struct sockaddr *)&from, &from_len);
	size_t skip = natt ? 4 : 0;
	struct msg_punt punt;
	be32 v4;

	if (n < (ssize_t)skip || (natt && memcmp(octets, "\0\0\0\0", 4) != 0))
		return;
	memset(&punt, 0, sizeof(punt));
	memcpy(&v4, &from.sin_addr, sizeof(v4));
	punt.kind = natt ? MSG_PUNT_IKE_NATT : MSG_PUNT_IKE;
	punt.worker = 1;
	punt.local = (struct msg_endpoint){.addr = s->local, .port = natt ? 4500 : 500};
	punt.remote =
		(struct msg_endpoint){.addr = addr_from_v4(v4), .port = ntohs(from.sin_port)};
	cp_ike_punt(s->ike, &punt, octets + skip, (size_t)n - skip);
}

static int listen_at(const struct addr *a, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	be32 v4 = addr_v4(a);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(&at.sin_addr, &v4, sizeof(v4));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		perror("bind");
		exit(1);
	}
	return fd;
}

static void print_counter(void *ctx, const char *name, uint64_t n)
{
	if (n)
		fprintf(stderr, "# %s %lu\n", name, (unsigned long)n);
}

static void on_signal(evutil_socket_t fd, short what, void *ctx)
{
	struct sim *s = ctx;
	const struct timeval soon = {0, 100000};

	cp_ike_counters(s->ike, print_counter, NULL);
	if (fd == SIGUSR1)
		return;
	cp_ike_goodbye(s->ike);
	event_base_loopexit(s->loop, &soon);
}

static void must(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-err));
	exit(1);
}

int main(int argc, char **argv)
{
	struct sim s = {.loop = event_base_new()};
	struct cp_policy_error error;
	struct cp_policy *policy;
	struct cp_secrets *secrets;
	struct cp_keys_server *server;
	struct cp_crypto *crypto;
	struct cp_keys *keys;
	struct cp_log *log;
	struct cp_ipc *ipc[2];
	struct cp_ike_pki *pki;
	char text[1024];
	int pair[2], i;

	if (argc != 3 || addr_parse(argv[2], &s.local)) {
		fprintf(stderr, "usage: ike_udp CONFIG_DIR ADDRESS\n");
		return 1;
	}
	must(cp_log_new(NULL, &log), "log");
	if (cp_policy_load(argv[1], NULL, &policy, &error) ||
	    cp_secrets_load(argv[1], policy, NULL, &secrets, &error)) {
		fprintf(stderr, "%s\n", cp_policy_error_text(&error, text, sizeof(text)));
		return 1;
	}
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) ? -errno : 0,
	     "socketpair");
	for (i = 0; i < 2; i++)
		must(cp_ipc_new(s.loop, pair[i], NULL, &ipc[i]), "ipc");
	must(cp_keys_serve(s.loop, ipc[1], secrets, log, &server), "keys server");
	must(cp_keys_new(ipc[0], &keys), "keys");
	must(cp_crypto_new(s.loop, 1, &crypto), "crypto");
	s.dpctl = (struct cp_dpctl){.sent = sent, .ctx = &s};
	must(cp_sessions_new(&(struct cp_sessions_deps){s.loop, policy, log}, &s.sessions),
	     "sessions");
	cp_sessions_link(s.sessions, &s.dpctl);
	cp_sessions_up(s.sessions, WORKERS, SESSIONS, BOOT);
	cp_sessions_orphans_end(s.sessions);
	must(cp_ike_pki_load(policy, NULL, argv[1], &pki, &error), "certificates");
	must(cp_ike_new(&(struct cp_ike_deps){s.loop, policy, crypto, keys, s.sessions,
	                                      &s.dpctl, log, pki},
	                &s.ike),
	     "ike");
	s.later = event_new(s.loop, -1, 0, acknowledge, &s);
	for (i = 0; i < 2; i++) {
		s.fd[i] = listen_at(&s.local, i ? 4500 : 500);
		event_add(event_new(s.loop, s.fd[i], EV_READ | EV_PERSIST, on_datagram, &s),
		          NULL);
	}
	event_add(evsignal_new(s.loop, SIGTERM, on_signal, &s), NULL);
	event_add(evsignal_new(s.loop, SIGINT, on_signal, &s), NULL);
	event_add(evsignal_new(s.loop, SIGUSR1, on_signal, &s), NULL);
	fprintf(stderr, "# ready\n");
	event_base_dispatch(s.loop);
	cp_ike_free(s.ike);
	cp_sessions_free(s.sessions);
	cp_keys_free(keys);
	cp_keys_server_free(server);
	cp_crypto_free(crypto);
	cp_secrets_free(secrets);
	cp_policy_free(policy);
	return 0;
}
