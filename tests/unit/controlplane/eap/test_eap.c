/* SPDX-License-Identifier: Apache-2.0 */

/*
 * eap - ladders: a conversation is a line of text, both peers in memory.
 *
 *   begin  expire         calls of ours
 *   <I:alice  <R:alice    the peer says: identity, MS-CHAPv2 response,
 *   <N <X <s <f <p        nak, expanded nak, success, failure, change-password,
 *   <?0102                a type and data in hex
 *   <-R:alice             the same with another id; <! no EAP at all; <=0201 octets as they are
 *   >I >C >S >F >ok >no   we say: identity, challenge, success-, failure-request, the ends
 *   k=0 k=EACCES k=EPIPE  the keys process answers
 *   full                  from now on it takes no question
 *   asked=alice           it was asked about this user
 *   end=0:alice           the done hook was called
 *
 * The keys process is a fake. The peer is ours: real clients judge in tests/netns/.
 */

#include "controlplane/eap/eap.h"
#include "controlplane/eap/eap_fsm.h"
#include "controlplane/keys/keys.h"
#include "tests/unit/hex.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

struct stage {
	struct cp_eap *eap;
	uint8_t sent[CP_EAP_PACKET_MAX];
	size_t sent_len;
	unsigned n_sent, n_done;
	enum cp_eap_end end;
	char user[CP_EAP_USER_MAX];
	bool msk_right;
	/* the fake keys process */
	void (*answer)(void *, int, const struct cp_keys_mschapv2 *);
	void *answer_ctx;
	bool full;
	char asked[CP_EAP_USER_MAX], tenant[64];
	uint8_t auth_challenge[16], peer_challenge[16], nt_response[24];
	/* what a hook does besides */
	bool free_on_send, free_on_done;
};

static struct stage stage; /* the fake has no other way to it */

int cp_keys_mschapv2(struct cp_keys *k UNUSED, const char *tenant, const char *user,
                     const uint8_t auth_challenge[16], const uint8_t peer_challenge[16],
                     const uint8_t nt_response[24],
                     void (*answer)(void *ctx, int status,
                                    const struct cp_keys_mschapv2 *result),
                     void *ctx)
{
	if (stage.full)
		return -ENOBUFS;
	assert_null(stage.answer); /* one question at a time */
	snprintf(stage.tenant, sizeof(stage.tenant), "%s", tenant);
	snprintf(stage.asked, sizeof(stage.asked), "%s", user);
	memcpy(stage.auth_challenge, auth_challenge, 16);
	memcpy(stage.peer_challenge, peer_challenge, 16);
	memcpy(stage.nt_response, nt_response, 24);
	stage.answer = answer;
	stage.answer_ctx = ctx;
	return 0;
}

void cp_keys_forget(struct cp_keys *k UNUSED, const void *ctx)
{
	if (stage.answer_ctx == ctx)
		stage.answer = NULL;
}

static void on_send(void *ctx, const void *packet, size_t len)
{
	struct stage *s = ctx;

	assert_true(len <= sizeof(s->sent));
	memcpy(s->sent, packet, len);
	s->sent_len = len;
	s->n_sent++;
	if (s->free_on_send) {
		cp_eap_free(s->eap);
		s->eap = NULL;
	}
}

static void on_done(void *ctx, enum cp_eap_end end, const char *user, const struct secret *msk)
{
	struct stage *s = ctx;
	uint8_t want[64];

	s->n_done++;
	s->end = end;
	snprintf(s->user, sizeof(s->user), "%s", user);
	memset(want, 0x4d, sizeof(want));
	assert_true((end == CP_EAP_SUCCESS) == (msk != NULL));
	s->msk_right = msk && msk->len == 64 && memcmp(msk->octet, want, 64) == 0;
	if (s->free_on_done) {
		cp_eap_free(s->eap);
		s->eap = NULL;
	}
}

static void open_stage(void)
{
	const struct cp_eap_hooks hooks = {on_send, on_done, &stage};

	memset(&stage, 0, sizeof(stage));
	assert_int_equal(cp_eap_new(NULL, "lab", "gw.example", &hooks, &stage.eap), 0);
}

static void close_stage(void)
{
	cp_eap_free(stage.eap);
	stage.eap = NULL;
	assert_null(stage.answer); /* nothing may come back to what is gone */
}

/* ---- the peer ---- */

static void say_typed(uint8_t id, const uint8_t *data, size_t len)
{
	uint8_t packet[4096] = {2, id, (uint8_t)((len + 4) >> 8), (uint8_t)(len + 4)};

	memcpy(packet + 4, data, len);
	/* Octets after the length are padding: RFC 3748 section 4. */
	memset(packet + 4 + len, 0xee, 3);
	cp_eap_input(stage.eap, packet, len + 4 + 3);
}

static size_t response(const char *name, uint8_t *out)
{
	size_t n = strlen(name);

	memset(out, 0, 55);
	out[0] = 26;
	out[1] = 2;
	out[2] = stage.sent[1];
	out[4] = (uint8_t)(54 + n);
	out[5] = 49;
	memset(out + 6, 0x70, 16);
	memset(out + 30, 0x72, 24);
	memcpy(out + 55, name, n);
	return 55 + n;
}

static void peer_says(const char *what)
{
	uint8_t data[2048], id = stage.sent[1];
	size_t len = 0;

	if (*what == '-') {
		id--;
		what++;
	}
	switch (*what) {
	case 'I':
		data[0] = 1;
		len = 1 + strlen(what + 2);
		memcpy(data + 1, what + 2, len - 1);
		break;
	case 'R':
		len = response(what + 2, data);
		break;
	case 'N':
		len = hex_read("030d19", data, sizeof(data));
		break;
	case 'X':
		len = hex_read("fe00000000000003fe0000000000000d", data, sizeof(data));
		break;
	case 's':
		len = hex_read("1a03", data, sizeof(data));
		break;
	case 'f':
		len = hex_read("1a04", data, sizeof(data));
		break;
	case 'p':
		len = hex_read("1a07000006", data, sizeof(data));
		break;
	case '?':
		len = hex_read(what + 1, data, sizeof(data));
		break;
	case '=':
		len = hex_read(what + 1, data, sizeof(data));
		cp_eap_input(stage.eap, data, len);
		return;
	case '!':
		cp_eap_input(stage.eap, "\x02\x01\x00", 3);
		return;
	default:
		abort();
	}
	say_typed(id, data, len);
}

/* ---- what we said ---- */

static const char *we_said(void)
{
	const uint8_t *p = stage.sent;

	if (stage.sent_len < 4 || (size_t)(p[2] << 8 | p[3]) != stage.sent_len)
		return "a wrong length";
	if (p[0] == 3 || p[0] == 4)
		return p[0] == 3 ? "ok" : "no";
	if (p[0] != 1 || stage.sent_len < 5)
		return "no request";
	if (p[4] == 1)
		return "I";
	if (p[4] != 26 || stage.sent_len < 9 ||
	    (size_t)(p[7] << 8 | p[8]) != stage.sent_len - 5)
		return "a wrong MS-Length";
	return p[5] == 1 ? "C" : p[5] == 3 ? "S" : p[5] == 4 ? "F" : "an op there is not";
}

static void keys_say(const char *status)
{
	void (*answer)(void *, int, const struct cp_keys_mschapv2 *) = stage.answer;
	struct cp_keys_mschapv2 right = {.msk.len = 64};

	memset(right.authenticator, 0xa5, sizeof(right.authenticator));
	memset(right.msk.octet, 0x4d, 64);
	assert_non_null(answer);
	stage.answer = NULL;
	if (strcmp(status, "0") == 0)
		answer(stage.answer_ctx, 0, &right);
	else
		answer(stage.answer_ctx, strcmp(status, "EACCES") == 0 ? -EACCES : -EPIPE,
		       NULL);
}

static bool run_word(const char *word)
{
	unsigned before = stage.n_sent;

	if (strcmp(word, "begin") == 0)
		cp_eap_begin(stage.eap);
	else if (strcmp(word, "expire") == 0)
		cp_eap_expire(stage.eap);
	else if (strcmp(word, "full") == 0)
		stage.full = true;
	else if (word[0] == '<')
		peer_says(word + 1);
	else if (strncmp(word, "k=", 2) == 0)
		keys_say(word + 2);
	else if (strncmp(word, "asked=", 6) == 0)
		return stage.answer && strcmp(stage.asked, word + 6) == 0;
	else if (strncmp(word, "end=", 4) == 0)
		return stage.n_done == 1 && stage.end == (enum cp_eap_end)(word[4] - '0') &&
		       word[5] == ':' && strcmp(stage.user, word + 6) == 0 &&
		       stage.msk_right == (stage.end == CP_EAP_SUCCESS);
	else
		abort();
	return stage.n_sent <= before + 1;
}

static void run_script(const char *why, const char *script)
{
	char text[2048], *at, *word;
	unsigned seen = 0;

	snprintf(text, sizeof(text), "%s", script);
	for (word = strtok_r(text, " ", &at); word; word = strtok_r(NULL, " ", &at)) {
		if (word[0] == '>') {
			if (stage.n_sent != ++seen || strcmp(we_said(), word + 1) != 0)
				fail_msg("%s: at %s we said %s", why, word, we_said());
			continue;
		}
		if (stage.n_sent != seen)
			fail_msg("%s: before %s we said %s", why, word, we_said());
		if (!run_word(word))
			fail_msg("%s: at %s", why, word);
	}
	if (stage.n_sent != seen)
		fail_msg("%s: at the end we said %s", why, we_said());
	if (!stage.n_done != !strstr(script, "end="))
		fail_msg("%s: done was called %u times", why, stage.n_done);
}

#define N253                                                                                   \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
	"nnnn"                                                                                 \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
	"nnnn"                                                                                 \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

static_assert(sizeof(N253) == 253 + 1, "the longest name there may be");

static const struct {
	const char *why, *script;
} ladders[] = {
	{"right", "begin >I <I:alice >C <R:alice asked=alice k=0 >S <s >ok end=0:alice"},
	{"wrong password", "begin >I <I:bob >C <R:bob k=EACCES >F <f >no end=1:bob"},
	{"wrong, and it hangs up", "begin >I <I:bob >C <R:bob k=EACCES >F expire end=1:bob"},
	{"wrong, and it tries again all the same",
         "begin >I <I:b >C <R:b k=EACCES >F <R:b >no end=1:b"},
	{"wrong, and it says yes", "begin >I <I:b >C <R:b k=EACCES >F <s >no end=1:b"},
	{"wrong, and it says nonsense", "begin >I <I:b >C <R:b k=EACCES >F <?ff >no end=1:b"},
	{"wrong, and it naks", "begin >I <I:b >C <R:b k=EACCES >F <N >no end=1:b"},
	{"nak", "begin >I <I:alice >C <N >no end=2:alice"},
	{"expanded nak", "begin >I <I:alice >C <X >no end=2:alice"},
	{"nak to the identity", "begin >I <N >no end=3:"},
	{"nak after the response", "begin >I <I:a >C <R:a k=0 >S <N >no end=3:a"},
	{"it does not believe us", "begin >I <I:a >C <R:a k=0 >S <f >no end=6:a"},
	{"no keys process", "begin >I <I:a >C <R:a k=EPIPE >no end=5:a"},
	{"keys process takes no more", "full begin >I <I:a >C <R:a >no end=5:a"},
	{"silent from the start", "expire end=7:"},
	{"silent after our first word", "begin >I expire end=7:"},
	{"silent after the challenge", "begin >I <I:a >C expire end=7:a"},
	{"gone while the keys process thinks", "begin >I <I:a >C <R:a expire end=7:a"},
	{"silent at the last step", "begin >I <I:a >C <R:a k=0 >S expire end=7:a"},
	{"speaks first", "<I:a >no end=3:"},
	{"response before the challenge", "begin >I <R:a >no end=3:"},
	{"success before the challenge", "begin >I <s >no end=3:"},
	{"success instead of a response", "begin >I <I:a >C <s >no end=3:a"},
	{"failure instead of a response", "begin >I <I:a >C <f >no end=3:a"},
	{"identity again", "begin >I <I:a >C <I:a >no end=3:a"},
	{"change-password unasked", "begin >I <I:a >C <p >no end=3:a"},
	{"response again as its end", "begin >I <I:a >C <R:a k=0 >S <R:a >no end=3:a"},
	{"other method", "begin >I <I:a >C <?0d20 >no end=3:a"},
	{"vendor's method", "begin >I <I:a >C <?fe0000090000000100 >no end=3:a"},
	{"expanded, cut short", "begin >I <I:a >C <?fe000000 >no end=3:a"},
	{"notification", "begin >I <?02 >no end=3:"},
	{"method without its op", "begin >I <I:a >C <?1a >no end=3:a"},
	{"op without its header", "begin >I <I:a >C <?1a02 >no end=3:a"},
	{"response of another size",
         "begin >I <I:a >C "
         "<?1a02000036300000000000000000000000000000000000000000000000000000000000"
         "00000000000000000000000000000000000000000000 >no end=3:a"},
	{"response cut short", "begin >I <I:a >C <?1a02000036310000000000 >no end=3:a"},
	{"success with octets after it",
         "begin >I <I:a >C <R:a k=0 >S <?1a03000004 >ok end=0:a"},
	{"late copy of the identity", "begin >I <I:a >C <-I:a >C <R:a k=0 >S <s >ok end=0:a"},
	{"late copy of the response", "begin >I <I:a >C <R:a k=0 >S <-R:a >S <s >ok end=0:a"},
	{"copy while the keys process thinks",
         "begin >I <I:a >C <R:a <R:a <-I:a k=0 >S <s >ok end=0:a"},
	{"late copy after failure",
         "begin >I <I:a >C <R:a k=EACCES >F <-R:a >F <f >no end=1:a"},
	{"no EAP at all", "begin >I <! >I <I:a >C <! >C <R:a k=0 >S <s >ok end=0:a"},
	{"not a response",
         "begin >I <=0100000501 >I <=03000004 >I <=04000004 >I <=ff00000501 >I expire end=7:"},
	{"response without a type", "begin >I <=02000004 >I expire end=7:"},
	{"length below its header", "begin >I <=0200000301 >I <=0200000001 >I expire end=7:"},
	{"length beyond the packet", "begin >I <=0200000601 >I <=0200ffff01 >I expire end=7:"},
	{"nothing at all", "begin >I <= >I expire end=7:"},
	{"eight strays are borne",
         "begin >I <! >I <! >I <! >I <! >I <! >I <! >I <! >I <! >I <I:a >C"},
	{"nine are not",
         "begin >I <! >I <! >I <! >I <! >I <! >I <! >I <! >I <! >I <! >no end=4:"},
	{"nine while the keys process thinks",
         "begin >I <I:a >C <R:a <! <! <! <! <! <! <! <! <! >no end=4:a"},
	{"nine after failure",
         "begin >I <I:a >C <R:a k=EACCES >F <! >F <! >F <! >F <! >F <! >F <! >F <! >F "
         "<! >F <! >no end=1:a"},
	{"nothing after the end", "begin >I <N >no end=3: <I:a <N <! expire begin end=3:"},
	{"no name", "begin >I <I: >C <R: asked= k=EACCES >F <f >no end=1:"},
	{"domain",
         "begin >I <I:CORP\\alice >C <R:CORP\\alice asked=alice k=0 >S <s >ok end=0:alice"},
	{"domain and realm",
         "begin >I <I:x >C <R:CORP\\alice@lab asked=alice@lab k=0 >S <s >ok end=0:alice@lab"},
	{"realm",
         "begin >I <I:alice@lab >C <R:alice@lab asked=alice@lab k=0 >S <s >ok end=0:alice@lab"},
	{"nothing but a domain",
         "begin >I <I:CORP\\ >C <R:CORP\\ asked= k=EACCES >F <f >no end=1:"},
	{"two backslashes",
         "begin >I <I:a >C <R:A\\b\\c asked=b\\c k=EACCES >F <f >no end=1:b\\c"},
	{"another name than the identity",
         "begin >I <I:anonymous >C <R:alice asked=alice k=0 >S <s >ok end=0:alice"},
	{"longest name",
         "begin >I <I:" N253 " >C <R:" N253 " asked=" N253 " k=0 >S <s >ok end=0:" N253},
	{"identity too long", "begin >I <I:" N253 "n >no end=3:"},
	{"name too long", "begin >I <I:a >C <R:" N253 "n >no end=3:a"},
	{"identity with a NUL", "begin >I <?01616c696365006d >no end=3:"},
	{"identity of odd octets", "begin >I <?01c3280a22 >C <R:a k=0 >S <s >ok end=0:a"},
};

static void test_ladders(void **state UNUSED)
{
	unsigned i;

	for (i = 0; i < ROWS(ladders); i++) {
		open_stage();
		run_script(ladders[i].why, ladders[i].script);
		close_stage();
	}
}

/* What the keys process is asked is what the peer said to the challenge we made. */
static void test_question(void **state UNUSED)
{
	uint8_t challenge[16], want[24];

	open_stage();
	run_script("question", "begin >I <I:alice >C");
	memcpy(challenge, stage.sent + 10, 16);
	assert_int_equal(stage.sent[9], 16);
	assert_int_equal(stage.sent_len, 26 + strlen("gw.example"));
	assert_memory_equal(stage.sent + 26, "gw.example", strlen("gw.example"));
	peer_says("R:alice");
	assert_string_equal(stage.tenant, "lab");
	assert_memory_equal(stage.auth_challenge, challenge, 16);
	memset(want, 0x70, 16);
	assert_memory_equal(stage.peer_challenge, want, 16);
	memset(want, 0x72, 24);
	assert_memory_equal(stage.nt_response, want, 24);
	close_stage();

	open_stage();
	run_script("another challenge", "begin >I <I:alice >C");
	assert_memory_not_equal(stage.sent + 10, challenge, 16);
	close_stage();
}

static void test_texts(void **state UNUSED)
{
	static const char want_f[] = " V=3 M=Wrong user name or password";
	static const char want_s[] = "S=A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5 M=Welcome";

	open_stage();
	run_script("success", "begin >I <I:a >C <R:a k=0 >S");
	assert_int_equal(stage.sent_len, 9 + strlen(want_s));
	assert_memory_equal(stage.sent + 9, want_s, strlen(want_s));
	close_stage();

	open_stage();
	run_script("failure", "begin >I <I:a >C <R:a k=EACCES >F");
	assert_int_equal(stage.sent_len, 9 + 12 + 32 + strlen(want_f));
	assert_memory_equal(stage.sent + 9, "E=691 R=0 C=", 12);
	assert_memory_equal(stage.sent + 9 + 12 + 32, want_f, strlen(want_f));
	close_stage();
}

/* RFC 3748: a new id for each new request, the response's for the end. */
static void test_ids(void **state UNUSED)
{
	uint8_t id;

	open_stage();
	run_script("ids", "begin >I");
	id = stage.sent[1];
	peer_says("I:a");
	assert_int_equal(stage.sent[1], (uint8_t)(id + 1));
	assert_int_equal(stage.sent[6], stage.sent[1]); /* MS-CHAPv2-ID */
	peer_says("R:a");
	keys_say("0");
	assert_int_equal(stage.sent[1], (uint8_t)(id + 2));
	assert_int_equal(stage.sent[6], (uint8_t)(id + 1));
	peer_says("s");
	assert_int_equal(stage.sent[1], (uint8_t)(id + 2));
	close_stage();
}

/* The carrier may let go of us whenever we call it. */
static void test_free_in_hooks(void **state UNUSED)
{
	open_stage();
	stage.free_on_send = true;
	cp_eap_begin(stage.eap);
	assert_null(stage.eap);

	open_stage();
	stage.free_on_done = true;
	run_script("freed by done", "begin >I <N >no end=3:");
	assert_null(stage.eap);

	open_stage();
	run_script("freed by the last send", "begin >I <I:a >C <R:a");
	stage.free_on_send = true;
	keys_say("EPIPE");
	assert_null(stage.eap);
	assert_int_equal(stage.n_done, 0); /* who frees is not told */

	open_stage();
	run_script("freed while the keys process thinks", "begin >I <I:a >C <R:a");
	close_stage();
}

static void test_new(void **state UNUSED)
{
	static const char long_name[] = N253;
	const struct cp_eap_hooks hooks = {on_send, on_done, &stage};
	struct cp_eap *e;

	memset(&stage, 0, sizeof(stage));
	assert_int_equal(cp_eap_new(NULL, long_name, "gw", &hooks, &e), -EINVAL);
	assert_int_equal(cp_eap_new(NULL, "lab", long_name, &hooks, &e), 0);
	stage.eap = e;
	run_script("long server name", "begin >I <I:a >C");
	assert_int_equal(stage.sent_len, 26 + 63);
	cp_eap_free(e);
	memset(&stage, 0, sizeof(stage));
	assert_int_equal(cp_eap_new(NULL, "lab", "", &hooks, &e), 0);
	stage.eap = e;
	run_script("no server name", "begin >I <I:a >C");
	assert_int_equal(stage.sent_len, 26 + 1); /* strongSwan refuses an empty one */
	cp_eap_free(e);
	cp_eap_free(NULL);
}

/* The table itself: every waiting ends, every state can be come to. */
static void test_table(void **state UNUSED)
{
	bool reached[EAP_STATE_COUNT] = {[EAP_FRESH] = true};
	unsigned round, s, ev;

	for (round = 0; round < EAP_STATE_COUNT; round++) {
		for (s = 0; s < EAP_STATE_COUNT; s++) {
			for (ev = 0; ev < EAP_EVENT_COUNT; ev++) {
				if (reached[s] && eap_edges[s][ev].act)
					reached[eap_edges[s][ev].next] = true;
			}
		}
	}
	for (s = 0; s < EAP_STATE_COUNT; s++) {
		if (!reached[s])
			fail_msg("state %u cannot be reached", s);
		if (s != EAP_OVER && eap_edges[s][EAP_ON_EXPIRE].next != EAP_OVER)
			fail_msg("state %u does not end", s);
	}
	for (ev = 0; ev < EAP_EVENT_COUNT; ev++)
		assert_null(eap_edges[EAP_OVER][ev].act);
}

// clang-format off
static const struct {
	const char *why, *hex, *text;
} wanted[] = {
	{"two",                   "030d19", "EAP-TLS, PEAP"},
	{"none of all",           "0300", "no method at all"},
	{"nothing said",          "03", "no method at all"},
	{"one nobody knows",      "03c8", "EAP type 200"},
	{"more than are kept",    "03151719062a", "EAP-TTLS, EAP-AKA, PEAP, EAP-GTC"},
	{"expanded",              "fe00000000000003fe0000000000000dfe0000000000001a", "EAP-TLS, EAP-MSCHAPv2"},
	{"expanded, a vendor's",  "fe00000000000003fe00000900000011", "no method at all"},
	{"expanded, cut short",   "fe00000000000003fe000000000000", "no method at all"},
	{"expanded, type 256",    "fe00000000000003fe00000000000100", "no method at all"},
};
// clang-format on

/* What a peer would rather do, for the line that says why it failed. */
static void test_wanted(void **state UNUSED)
{
	char text[CP_EAP_WANTED_TEXT];
	uint8_t data[64];
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		open_stage();
		cp_eap_begin(stage.eap);
		say_typed(stage.sent[1], (const uint8_t *)"\1alice", 6);
		say_typed(stage.sent[1], data, hex_read(wanted[i].hex, data, sizeof(data)));
		assert_int_equal(stage.end, CP_EAP_NO_METHOD);
		cp_eap_wanted_text(stage.eap, text, sizeof(text));
		if (strcmp(text, wanted[i].text) != 0)
			fail_msg("%s: %s", wanted[i].why, text);
		close_stage();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ladders),       cmocka_unit_test(test_question),
		cmocka_unit_test(test_texts),         cmocka_unit_test(test_ids),
		cmocka_unit_test(test_free_in_hooks), cmocka_unit_test(test_new),
		cmocka_unit_test(test_table),         cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
