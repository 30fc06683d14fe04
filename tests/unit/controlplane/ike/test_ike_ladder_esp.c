/* SPDX-License-Identifier: Apache-2.0 */
/* What of an agreed proposal reaches the data plane: suite, lengths of keys, sequence numbers,
 * window, limits. */
#include "tests/unit/controlplane/ike/ladder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct row {
	const char *why;
	struct ike_suite offered;
	int esn;
	enum cp_esn policy;
	enum msg_suite suite; /* MSG_SUITE_NONE: refused */
	uint8_t key, salt, auth;
	bool long_numbers;
};

#define ENCR(id, bits, integ)                     \
	{                                         \
		IKE_ENCR_##id, bits, integ, 0, 0, \
	}
#define SHA1   IKE_INTEG_HMAC_SHA1_96
#define SHA256 IKE_INTEG_HMAC_SHA2_256_128
#define SHA512 IKE_INTEG_HMAC_SHA2_512_256

// clang-format off
static const struct row rows[] = {
	{"GCM", ENCR(AES_GCM_16, 128, 0), IKE_ESN_NO, CP_ESN_ANY, MSG_SUITE_AES128_GCM16, 16, 4, 0, false},
	{"GCM with ESN", ENCR(AES_GCM_16, 256, 0), IKE_ESN_YES, CP_ESN_ANY, MSG_SUITE_AES256_GCM16, 32, 4, 0, true},
	{"GCM with a short ICV", ENCR(AES_GCM_8, 192, 0), IKE_ESN_NO, CP_ESN_ANY, MSG_SUITE_AES192_GCM8, 24, 4, 0, false},
	{"GCM with one of 12", ENCR(AES_GCM_12, 128, 0), IKE_ESN_UNSAID, CP_ESN_ANY, MSG_SUITE_AES128_GCM12, 16, 4, 0, false},
	{"ChaCha20", ENCR(CHACHA20_POLY1305, 0, 0), IKE_ESN_YES, CP_ESN_YES, MSG_SUITE_CHACHA20_POLY1305, 32, 4, 0, true},
	{"CBC", ENCR(AES_CBC, 128, SHA1), IKE_ESN_NO, CP_ESN_NO, MSG_SUITE_AES128_SHA1, 16, 0, 20, false},
	{"CBC with ESN", ENCR(AES_CBC, 256, SHA512), IKE_ESN_YES, CP_ESN_ANY, MSG_SUITE_AES256_SHA512, 32, 0, 64, true},
	{"3DES", ENCR(3DES, 0, SHA256), IKE_ESN_NO, CP_ESN_ANY, MSG_SUITE_3DES_SHA256, 24, 0, 32, false},
	{"ESN against the policy", ENCR(AES_GCM_16, 128, 0), IKE_ESN_YES, CP_ESN_NO, MSG_SUITE_NONE, 0, 0, 0, false},
	{"no ESN against the policy", ENCR(AES_GCM_16, 128, 0), IKE_ESN_NO, CP_ESN_YES, MSG_SUITE_NONE, 0, 0, 0, false},
};
// clang-format on

static bool is_zero(const uint8_t *octet, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (octet[i])
			return false;
	return true;
}

/* As many octets as the suite takes, and none behind them. */
static bool has_length(const uint8_t *octet, size_t n, size_t room)
{
	return is_zero(octet + n, room - n) && (!n || !is_zero(octet, n));
}

static void check_keys(const char *why, const struct row *r, const struct msg_keys *k)
{
	if (!has_length(k->key, r->key, MSG_KEY_MAX) ||
	    !has_length(k->salt, r->salt, MSG_SALT_MAX) ||
	    !has_length(k->auth, r->auth, MSG_AUTH_MAX))
		fail_msg("%s: %s: keys of another length", r->why, why);
}

static const struct msg_child *connect_with(const struct row *r)
{
	struct cp_proposal *have = &e.world.tenant[0].esp[0];
	const struct world_record *install;

	*have = (struct cp_proposal){.encr = r->offered.encr,
	                             .key_bits = r->offered.key_bits,
	                             .integ = r->offered.integ,
	                             .text = "as the row says",
	                             .esn = r->policy};
	a.esp = r->offered;
	a.esn = r->esn;
	initiator_connect(&a, "roadwarrior");
	install = world_find(&e.world, MSG_SESSION_INSTALL, 0);
	return install ? &install->u.install.child : NULL;
}

/* What is answered is what was offered: one transform of each type, or none. */
static void check_answer(const struct row *r)
{
	const struct ike_offer *o = &a.answer.sa;
	int esn = IKE_ESN_UNSAID;
	unsigned i;

	for (i = 0; i < o->n_transform; i++)
		if (o->transform[i].type == IKE_TRANSFORM_ESN)
			esn = o->transform[i].id;
	if (o->n_proposal != 1 || esn != r->esn)
		fail_msg("%s: answered ESN %d", r->why, esn);
}

static void each_suite(void **state)
{
	const struct msg_child *c;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		ladder_teardown(state);
		ladder_setup(state);
		c = connect_with(r);
		if (!r->suite) {
			if (c)
				fail_msg("%s: accepted", r->why);
			assert_true(refused(CAUSE_ESP_PROPOSAL));
			continue;
		}
		if (!c || c->suite != r->suite)
			fail_msg("%s: suite %d", r->why, c ? c->suite : -1);
		if (!!(c->flags & MSG_CHILD_ESN) != r->long_numbers)
			fail_msg("%s: ESN", r->why);
		check_keys("in", r, &c->in);
		check_keys("out", r, &c->out);
		check_answer(r);
		assert_int_equal(c->replay_window, 256);
		assert_int_equal(c->seq_in | c->seq_out, 0);
	}
}

/* The soft limit lies at 80 to 90 of a hundred, not always at the same. */
static bool is_spread(const struct msg_limit *l, uint64_t hard)
{
	return l->hard == hard && l->soft >= hard / 100 * 80 && l->soft <= hard / 10 * 9;
}

static void limits(void **state)
{
	const struct row *gcm = &rows[0], *esn = &rows[1], *des = &rows[7];
	const struct world_record *other;
	const struct msg_child *c;

	c = connect_with(gcm);
	assert_true(is_spread(&c->packets, UINT32_MAX - (1 << 20)));
	assert_int_equal(c->bytes.hard, 0);
	initiator_connect(&b, "roadwarrior");
	other = world_find(&e.world, MSG_SESSION_INSTALL, 1);
	assert_non_null(other);
	assert_true(other->u.install.child.packets.soft != c->packets.soft);

	ladder_teardown(state);
	ladder_setup(state);
	c = connect_with(esn);
	assert_int_equal(c->packets.hard | c->bytes.hard, 0);

	ladder_teardown(state);
	ladder_setup(state);
	e.world.tenant[0].child_packets = 100000;
	e.world.tenant[0].child_bytes = 10ULL << 30;
	c = connect_with(esn);
	assert_true(is_spread(&c->packets, 100000));
	assert_true(is_spread(&c->bytes, 10ULL << 30));

	/* blocks of 64 bits end sooner, whatever the policy says */
	ladder_teardown(state);
	ladder_setup(state);
	e.world.tenant[0].child_bytes = 10ULL << 30;
	c = connect_with(des);
	assert_true(is_spread(&c->bytes, 4ULL << 30));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, ladder_setup, ladder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_suite),
		TEST(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
