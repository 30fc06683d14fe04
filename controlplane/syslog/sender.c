/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/syslog/sender.h"

#include "controlplane/crypto/tls_client.h"

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ADDRESSES_MAX = 8, /* of one name; tried one after the other */
	PATIENCE_S = 20,   /* for an answer of the name servers, for a connection */
	BACKOFF_FIRST_S = 1,
	BACKOFF_MAX_S = 30,
	/* A receiver that is gone without a word is noticed within a minute. */
	KEEPALIVE_IDLE_S = 20,
	KEEPALIVE_EACH_S = 10,
	KEEPALIVE_COUNT = 3,
	UNACKED_MS = 45000,
};

enum state {
	RESTING, /* until the timer says */
	LOOKING_UP,
	CONNECTING,
	GREETING, /* the TLS handshake */
	UP,
};

struct cp_sender {
	struct event_base *loop;
	const struct cp_syslog *settings;
	struct cp_tls_client *client;
	struct cp_sender_hooks hooks;
	enum state state;
	struct evdns_base *dns; /* NULL: the host is an address */
	struct evdns_getaddrinfo_request *question;
	struct sockaddr_storage address[ADDRESSES_MAX];
	int address_len[ADDRESSES_MAX];
	unsigned n_address, next_address;
	unsigned backoff_s;
	struct event *timer;
	struct event *readable, *writable;
	int fd;
	struct cp_tls *tls;
	size_t len, sent; /* of the batch; all sent: it is free */
	char batch[CP_SENDER_BATCH];
};

static void step(struct cp_sender *s);
static void connect_next(struct cp_sender *s);

static void set_timer(struct cp_sender *s, unsigned seconds)
{
	const struct timeval after = {.tv_sec = seconds};

	evtimer_add(s->timer, &after);
}

/* ---- the end of a connection -------------------------------------------------------------- */

static void drop(struct cp_sender *s)
{
	if (s->readable)
		event_free(s->readable);
	if (s->writable)
		event_free(s->writable);
	s->readable = s->writable = NULL;
	cp_tls_free(s->tls);
	s->tls = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->len = s->sent = 0;
}

static void rest(struct cp_sender *s, const char *why)
{
	s->state = RESTING;
	s->n_address = 0;
	set_timer(s, s->backoff_s);
	s->backoff_s = s->backoff_s * 2 < BACKOFF_MAX_S ? s->backoff_s * 2 : BACKOFF_MAX_S;
	s->hooks.down(s->hooks.ctx, why);
}

static void fail(struct cp_sender *s, const char *why)
{
	bool was_up = s->state == UP;

	drop(s);
	if (!was_up && s->next_address < s->n_address)
		connect_next(s);
	else
		rest(s, why);
}

static void fail_tls(struct cp_sender *s)
{
	char why[CP_TLS_WHY_MAX];

	snprintf(why, sizeof(why), "%s", cp_tls_why(s->tls));
	fail(s, why);
}

/* ---- the way up --------------------------------------------------------------------------- */

static void on_readable(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	step(ctx);
}

static void on_writable(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	step(ctx);
}

static void keep_watch(int fd)
{
	const struct {
		int level, option, value;
	} row[] = {
		{SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S},
		{IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EACH_S},
		{IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKED_MS},
		{IPPROTO_TCP, TCP_NODELAY, 1},
	};

	/* Without them a dead receiver is noticed later. */
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		setsockopt(fd, row[i].level, row[i].option, &row[i].value,
		           sizeof(row[i].value));
}

static void connect_next(struct cp_sender *s)
{
	const struct sockaddr *to = (struct sockaddr *)&s->address[s->next_address];
	socklen_t len = (socklen_t)s->address_len[s->next_address++];

	s->state = CONNECTING;
	s->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0) {
		fail(s, strerror(errno));
		return;
	}
	keep_watch(s->fd);
	if (connect(s->fd, to, len) && errno != EINPROGRESS) {
		fail(s, strerror(errno));
		return;
	}
	s->readable = event_new(s->loop, s->fd, EV_READ | EV_PERSIST, on_readable, s);
	s->writable = event_new(s->loop, s->fd, EV_WRITE, on_writable, s);
	if (!s->readable || !s->writable || event_add(s->writable, NULL)) {
		fail(s, "out of memory");
		return;
	}
	set_timer(s, PATIENCE_S);
}

static void add_address(struct cp_sender *s, const struct sockaddr *a, socklen_t len)
{
	if (s->n_address == ADDRESSES_MAX || len > sizeof(s->address[0]))
		return;
	memcpy(&s->address[s->n_address], a, len);
	s->address_len[s->n_address++] = (int)len;
}

static void on_answer(int err, struct evutil_addrinfo *answer, void *ctx)
{
	struct cp_sender *s = ctx;
	char why[320];

	s->question = NULL;
	for (const struct evutil_addrinfo *a = answer; a; a = a->ai_next)
		add_address(s, a->ai_addr, a->ai_addrlen);
	if (answer)
		evutil_freeaddrinfo(answer);
	if (err == EVUTIL_EAI_CANCEL)
		return;
	if (s->n_address) {
		connect_next(s);
		return;
	}
	snprintf(why, sizeof(why), "the name servers do not know %s: %s", s->settings->host,
	         err ? evutil_gai_strerror(err) : "no address");
	rest(s, why);
}

static void look_up(struct cp_sender *s)
{
	const struct evutil_addrinfo hints = {.ai_socktype = SOCK_STREAM,
	                                      .ai_protocol = IPPROTO_TCP};
	char port[8];

	s->n_address = s->next_address = 0;
	if (!s->dns) {
		struct sockaddr_storage a;
		int len = sizeof(a);
		char text[280];

		snprintf(text, sizeof(text),
		         strchr(s->settings->host, ':') ? "[%s]:%u" : "%s:%u",
		         s->settings->host, s->settings->port);
		if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&a, &len) == 0)
			add_address(s, (struct sockaddr *)&a, (socklen_t)len);
		on_answer(0, NULL, s);
		return;
	}
	s->state = LOOKING_UP;
	set_timer(s, PATIENCE_S);
	snprintf(port, sizeof(port), "%u", s->settings->port);
	s->question = evdns_getaddrinfo(s->dns, s->settings->host, port, &hints, on_answer, s);
}

static void on_timer(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct cp_sender *s = ctx;

	switch (s->state) {
	case RESTING:
		look_up(s);
		return;
	case LOOKING_UP:
		if (s->question)
			evdns_getaddrinfo_cancel(s->question);
		s->question = NULL;
		rest(s, "the name servers do not answer");
		return;
	default:
		fail(s, "the receiver does not answer");
	}
}

/* ---- steps of a connection ----------------------------------------------------------------- */

static void wait_for(struct cp_sender *s, int how)
{
	if (how == -EINPROGRESS)
		event_add(s->writable, NULL);
}

static void connected(struct cp_sender *s)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len) || err) {
		fail(s, strerror(err ? err : errno));
		return;
	}
	if (cp_tls_new(s->client, s->fd, &s->tls) || event_add(s->readable, NULL)) {
		fail(s, "out of memory");
		return;
	}
	s->state = GREETING;
	step(s);
}

static void greet(struct cp_sender *s)
{
	char cipher[96];
	int err = cp_tls_handshake(s->tls);

	if (err == -EAGAIN || err == -EINPROGRESS) {
		wait_for(s, err);
		return;
	}
	if (err) {
		fail_tls(s);
		return;
	}
	s->state = UP;
	s->backoff_s = BACKOFF_FIRST_S;
	evtimer_del(s->timer);
	s->hooks.up(s->hooks.ctx, cp_tls_cipher(s->tls, cipher, sizeof(cipher)));
}

/* A syslog receiver says nothing; what is read are TLS' own records, and the end. */
static bool listen_to(struct cp_sender *s)
{
	char octets[4096];
	int n;

	do {
		n = cp_tls_read(s->tls, octets, sizeof(octets));
	} while (n > 0);
	if (n == -EAGAIN || n == -EINPROGRESS)
		return true;
	fail_tls(s);
	return false;
}

static void write_on(struct cp_sender *s)
{
	while (s->sent < s->len) {
		int n = cp_tls_write(s->tls, s->batch + s->sent, s->len - s->sent);

		if (n == -EAGAIN || n == -EINPROGRESS) {
			wait_for(s, n);
			return;
		}
		if (n < 0) {
			fail_tls(s);
			return;
		}
		s->sent += (size_t)n;
	}
	if (!s->len)
		return;
	s->len = s->sent = 0;
	s->hooks.written(s->hooks.ctx);
}

static void step(struct cp_sender *s)
{
	switch (s->state) {
	case CONNECTING:
		connected(s);
		return;
	case GREETING:
		greet(s);
		return;
	case UP:
		if (listen_to(s))
			write_on(s);
		return;
	case RESTING:
	case LOOKING_UP:
		return;
	}
}

/* ---- for the process ------------------------------------------------------------------------ */

bool cp_sender_is_free(const struct cp_sender *s)
{
	return s->state == UP && !s->len;
}

char *cp_sender_batch(struct cp_sender *s)
{
	return s->batch;
}

void cp_sender_send(struct cp_sender *s, size_t len)
{
	s->len = len;
	s->sent = 0;
	write_on(s);
}

uint64_t cp_sender_sent(const struct cp_sender *s)
{
	return s->tls ? cp_tls_sent(s->tls) : 0;
}

uint64_t cp_sender_acked(const struct cp_sender *s)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	if (s->state != UP || getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return 0;
	if (!info.tcpi_unacked && !info.tcpi_notsent_bytes)
		return cp_sender_sent(s);
	/* The kernel counts the SYN. */
	return info.tcpi_bytes_acked ? info.tcpi_bytes_acked - 1 : 0;
}

/* ---- life ----------------------------------------------------------------------------------- */

/* A name server that does not answer is our hooks' to say. */
static void be_quiet(int is_warning UNUSED, const char *text UNUSED)
{
}

/* Where the file is missing or names none, the machine itself is asked (resolv.conf(5)). */
static struct evdns_base *find_name_servers(struct event_base *loop)
{
	struct evdns_base *dns = evdns_base_new(loop, EVDNS_BASE_DISABLE_WHEN_INACTIVE);

	evdns_set_log_fn(be_quiet);
	if (dns) {
		evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");
		if (!evdns_base_count_nameservers(dns))
			evdns_base_nameserver_ip_add(dns, "127.0.0.1");
	}
	return dns;
}

int cp_sender_new(struct event_base *loop, const struct cp_syslog *settings,
                  struct cp_tls_client *tls, const struct cp_sender_hooks *hooks,
                  struct cp_sender **out)
{
	struct cp_sender *s = calloc(1, sizeof(*s));
	struct addr literal;

	if (!s)
		return -ENOMEM;
	s->loop = loop;
	s->settings = settings;
	s->client = tls;
	s->hooks = *hooks;
	s->fd = -1;
	s->backoff_s = BACKOFF_FIRST_S;
	s->timer = evtimer_new(loop, on_timer, s);
	if (addr_parse(settings->host, &literal))
		s->dns = find_name_servers(loop);
	if (!s->timer || (!s->dns && addr_parse(settings->host, &literal))) {
		cp_sender_free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

void cp_sender_start(struct cp_sender *s)
{
	look_up(s);
}

void cp_sender_free(struct cp_sender *s)
{
	if (!s)
		return;
	if (s->tls && s->state == UP)
		cp_tls_close(s->tls);
	drop(s);
	if (s->question)
		evdns_getaddrinfo_cancel(s->question);
	if (s->dns)
		evdns_base_free(s->dns, 0);
	if (s->timer)
		event_free(s->timer);
	free(s);
}
