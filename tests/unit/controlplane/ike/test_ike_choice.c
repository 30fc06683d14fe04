/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken of what is offered: proposals, groups of a rekey, traffic selectors. */
#include "controlplane/ike/ike_parts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROW_TRANSFORMS = 12 };

#define E(id, bits)                                 \
	{                                           \
		IKE_TRANSFORM_ENCR, false, id, bits \
	}
#define P(id)                                   \
	{                                       \
		IKE_TRANSFORM_PRF, false, id, 0 \
	}
#define I(id)                                     \
	{                                         \
		IKE_TRANSFORM_INTEG, false, id, 0 \
	}
#define D(id)                                  \
	{                                      \
		IKE_TRANSFORM_DH, false, id, 0 \
	}
#define N(id)                                   \
	{                                       \
		IKE_TRANSFORM_ESN, false, id, 0 \
	}
#define GCM16  IKE_ENCR_AES_GCM_16
#define CBC    IKE_ENCR_AES_CBC
#define GCM8   IKE_ENCR_AES_GCM_8
#define CHACHA IKE_ENCR_CHACHA20_POLY1305

/* A proposal ends where its transforms end; `protocol` 0 ends the list. */
struct offered {
	uint8_t number, protocol;
	struct ike_transform t[ROW_TRANSFORMS];
};

static void make_offer(const struct offered *o, unsigned n, struct ike_offer *out)
{
	unsigned i, j;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < n && o[i].protocol; i++) {
		struct ike_proposal *p = &out->proposal[out->n_proposal++];

		*p = (struct ike_proposal){.number = o[i].number,
		                           .protocol = o[i].protocol,
		                           .first = out->n_transform};
		for (j = 0; j < ROW_TRANSFORMS && o[i].t[j].type; j++)
			out->transform[out->n_transform++] = o[i].t[j];
		p->n = (uint16_t)(out->n_transform - p->first);
	}
}

// clang-format off
static const struct cp_proposal have_ike[] = {
	{GCM16, 256, 0, IKE_PRF_HMAC_SHA2_384, IKE_DH_ECP_384, "aes256gcm16-prfsha384-ecp384"},
	{GCM16, 128, 0, IKE_PRF_HMAC_SHA2_256, IKE_DH_ECP_256, "aes128gcm16-prfsha256-ecp256"},
	{CBC, 128, IKE_INTEG_HMAC_SHA2_256_128, IKE_PRF_HMAC_SHA2_256, IKE_DH_MODP_2048, "aes128-sha256-modp2048"},
};

static const struct {
	const char *why;
	struct offered o[3];
	int want; /* index into have_ike, or -1 */
	uint8_t number;
} ike_rows[] = {
	{"the one we like best",
	 {{1, 1, {E(GCM16, 256), P(6), D(20)}}}, 0, 1},
	{"our order wins over the client's",
	 {{1, 1, {E(GCM16, 128), P(5), D(19)}}, {2, 1, {E(GCM16, 256), P(6), D(20)}}}, 0, 2},
	{"all in one proposal",
	 {{1, 1, {E(GCM16, 128), E(GCM16, 256), P(5), P(6), D(31), D(19), D(20)}}}, 0, 1},
	{"CBC with integrity",
	 {{1, 1, {E(CBC, 128), I(12), P(5), D(14)}}}, 2, 1},
	{"CBC without integrity",
	 {{1, 1, {E(CBC, 128), P(5), D(14)}}}, -1, 0},
	{"GCM with integrity only",
	 {{1, 1, {E(GCM16, 128), I(12), P(5), D(19)}}}, -1, 0},
	{"GCM with integrity or none",
	 {{1, 1, {E(GCM16, 128), I(12), I(0), P(5), D(19)}}}, 1, 1},
	{"key length left out",
	 {{1, 1, {E(CBC, 0), I(12), P(5), D(14)}}}, -1, 0},
	{"right pieces in different proposals",
	 {{1, 1, {E(GCM16, 256), P(5), D(20)}}, {2, 1, {E(GCM16, 128), P(6), D(19)}}}, -1, 0},
	{"no group",
	 {{1, 1, {E(GCM16, 256), P(6)}}}, -1, 0},
	{"an unknown attribute spoils its transform",
	 {{1, 1, {{IKE_TRANSFORM_ENCR, true, GCM16, 256}, P(6), D(20)}}}, -1, 0},
	{"a transform type nobody knows",
	 {{1, 1, {E(GCM16, 256), P(6), D(20), {6, false, 35, 0}}}}, 0, 1},
	{"ESP where IKE is asked",
	 {{1, 3, {E(GCM16, 256), P(6), D(20)}}}, -1, 0},
};

static const struct cp_proposal have_esp[] = {
	{GCM16, 128, 0, 0, 0, "aes128gcm16"},
	{GCM16, 256, 0, 0, 0, "aes256gcm16"},
	{CBC, 256, IKE_INTEG_HMAC_SHA2_256_128, 0, 0, "aes256-sha256-noesn", CP_ESN_NO},
	{CHACHA, 0, 0, 0, 0, "chacha20poly1305-esn", CP_ESN_YES},
	{GCM8, 128, 0, 0, 0, "aes128gcm8"},
	{IKE_ENCR_3DES, 0, IKE_INTEG_HMAC_SHA1_96, 0, 0, "3des-sha1"},
};

enum { NO = IKE_ESN_NO, YES = IKE_ESN_YES, UNSAID = IKE_ESN_UNSAID };

static const struct {
	const char *why;
	struct offered o[3];
	bool rekey;
	uint16_t ke_group;
	int want; /* index into have_esp, or -1 */
	uint16_t dh;
	int esn;
} esp_rows[] = {
	{"first child",               {{1, 3, {E(GCM16, 128), N(0)}}}, false, 0, 0, 0, NO},
	{"either ESN: the longer",    {{1, 3, {E(GCM16, 128), N(1), N(0)}}}, false, 0, 0, 0, YES},
	{"either ESN, other order",   {{1, 3, {E(GCM16, 128), N(0), N(1)}}}, false, 0, 0, 0, YES},
	{"ESN only",                  {{1, 3, {E(GCM16, 128), N(1)}}}, false, 0, 0, 0, YES},
	{"ESN not mentioned",         {{1, 3, {E(GCM16, 256)}}}, false, 0, 1, 0, UNSAID},
	{"ESN of another kind only",  {{1, 3, {E(GCM16, 128), N(7)}}}, false, 0, -1, 0, 0},
	{"no ESN by policy",          {{1, 3, {E(CBC, 256), I(12), N(1), N(0)}}}, false, 0, 2, 0, NO},
	{"no ESN by policy, unsaid",  {{1, 3, {E(CBC, 256), I(12)}}}, false, 0, 2, 0, UNSAID},
	{"no ESN by policy, ESN only", {{1, 3, {E(CBC, 256), I(12), N(1)}}}, false, 0, -1, 0, 0},
	{"ESN by policy",             {{1, 3, {E(CHACHA, 0), N(0), N(1)}}}, false, 0, 3, 0, YES},
	{"ESN by policy, not offered", {{1, 3, {E(CHACHA, 0), N(0)}}}, false, 0, -1, 0, 0},
	{"ESN by policy, unsaid",     {{1, 3, {E(CHACHA, 0)}}}, false, 0, -1, 0, 0},
	{"ICV of 8",                  {{1, 3, {E(GCM8, 128), N(0)}}}, false, 0, 4, 0, NO},
	{"ICV of 12 is another",      {{1, 3, {E(IKE_ENCR_AES_GCM_12, 128), N(0)}}}, false, 0, -1, 0, 0},
	{"3DES",                      {{1, 3, {E(3, 0), I(2), N(0)}}}, false, 0, 5, 0, NO},
	{"3DES, key length said",     {{1, 3, {E(3, 192), I(2), N(0)}}}, false, 0, -1, 0, 0},
	{"3DES without integrity",    {{1, 3, {E(3, 0), N(0)}}}, false, 0, -1, 0, 0},
	{"the order is ours",         {{1, 3, {E(3, 0), I(2), N(0)}}, {2, 3, {E(GCM16, 256), N(0)}}}, false, 0, 1, 0, NO},
	{"groups in IKE_AUTH",        {{1, 3, {E(GCM16, 128), D(19), N(0)}}}, false, 0, 0, 0, NO},
	{"CBC",                       {{1, 3, {E(CBC, 128), I(12), N(0)}}}, false, 0, -1, 0, 0},
	{"AH",                        {{1, 2, {I(12), N(0)}}}, false, 0, -1, 0, 0},
	{"rekey without PFS",         {{1, 3, {E(GCM16, 128), N(0)}}}, true, 0, 0, 0, NO},
	{"rekey with its group",      {{1, 3, {E(GCM16, 128), D(19), D(20), N(0)}}}, true, 20, 0, 20, NO},
	{"rekey with a group not offered", {{1, 3, {E(GCM16, 128), D(19), N(0)}}}, true, 20, 0, 19, NO},
	{"rekey, KE left out",        {{1, 3, {E(GCM16, 128), D(19), N(0)}}}, true, 0, 0, 19, NO},
	{"rekey, PFS if you like",    {{1, 3, {E(GCM16, 128), D(19), D(0), N(0)}}}, true, 0, 0, 0, NO},
	{"rekey, PFS if you like, KE there", {{1, 3, {E(GCM16, 128), D(19), D(0), N(0)}}}, true, 19, 0, 19, NO},
	{"rekey, unknown group only", {{1, 3, {E(GCM16, 128), D(2), N(0)}}}, true, 2, -1, 0, 0},
	{"rekey, unknown group or none", {{1, 3, {E(GCM16, 128), D(2), D(0), N(0)}}}, true, 2, 0, 0, NO},
};
// clang-format on

static void ike_proposals(void **state UNUSED)
{
	static struct ike_offer offer;
	struct ike_choice c;
	size_t i;

	for (i = 0; i < sizeof(ike_rows) / sizeof(ike_rows[0]); i++) {
		int err, want = ike_rows[i].want;

		make_offer(ike_rows[i].o, 3, &offer);
		err = cp_ike_select(&offer, have_ike, 3, &c);
		if (err != (want < 0 ? -ENOENT : 0))
			fail_msg("%s: %d", ike_rows[i].why, err);
		if (!err && (c.text != have_ike[want].text || c.number != ike_rows[i].number))
			fail_msg("%s: took %s of %u", ike_rows[i].why, c.text, c.number);
	}
}

static void esp_proposals(void **state UNUSED)
{
	static struct ike_offer offer;
	struct ike_choice c;
	size_t i;

	for (i = 0; i < sizeof(esp_rows) / sizeof(esp_rows[0]); i++) {
		int err, want = esp_rows[i].want;

		make_offer(esp_rows[i].o, 3, &offer);
		err = cp_ike_select_esp(&offer, have_esp, 6, esp_rows[i].rekey,
		                        esp_rows[i].ke_group, &c);
		if (err != (want < 0 ? -ENOENT : 0))
			fail_msg("%s: %d", esp_rows[i].why, err);
		if (!err && (c.text != have_esp[want].text || c.suite.dh != esp_rows[i].dh ||
		             c.esn != esp_rows[i].esn))
			fail_msg("%s: took %s, group %u", esp_rows[i].why, c.text, c.suite.dh);
	}
}

// clang-format off
static const struct {
	const char *why;
	struct offered o[3];
	const char *offer, *nearest;
} word_rows[] = {
	{"one of each",
	 {{1, 1, {E(CBC, 128), I(2), P(2), D(2)}}},
	 "aes128-sha1-prfsha1-modp1024",
	 "aes128-sha256-modp2048 but for integrity (sha256, the client: sha1), PRF (prfsha256, the client: prfsha1), "
	 "Diffie-Hellman group (modp2048, the client: modp1024)"},
	{"several of a kind, in any order",
	 {{1, 1, {E(CBC, 256), D(2), E(CBC, 128), I(12), P(5), D(5), I(14)}}},
	 "aes256|aes128-sha256|sha512-prfsha256-modp1024|modp1536",
	 "aes128-sha256-modp2048 but for Diffie-Hellman group (modp2048, the client: modp1024|modp1536)"},
	{"the nearer of two, and what is not there",
	 {{1, 1, {E(3, 0), I(2), P(2)}}, {2, 1, {E(GCM16, 128), P(5)}}},
	 "3des-sha1-prfsha1, aes128gcm16-prfsha256",
	 "aes128gcm16-prfsha256-ecp256 but for Diffie-Hellman group (ecp256, the client: none)"},
	{"what nobody knows",
	 {{1, 1, {E(GCM16, 256), P(6), D(999)}}},
	 "aes256gcm16-prfsha384-4:999",
	 "aes256gcm16-prfsha384-ecp384 but for Diffie-Hellman group (ecp384, the client: 4:999)"},
	{"nothing for IKE", {{1, 3, {E(GCM16, 256)}}}, "", ""},
};
// clang-format on

static void offer_in_words(void **state UNUSED)
{
	static struct ike_offer offer;
	char text[IKE_OFFER_TEXT];
	struct ike_nearest near;
	size_t i;

	for (i = 0; i < sizeof(word_rows) / sizeof(word_rows[0]); i++) {
		make_offer(word_rows[i].o, 3, &offer);
		cp_ike_offer_text(&offer, IKE_PROTOCOL_IKE, text, sizeof(text));
		if (strcmp(text, word_rows[i].offer) != 0)
			fail_msg("%s: offer: %s", word_rows[i].why, text);
		cp_ike_nearest(&offer, IKE_PROTOCOL_IKE, have_ike, 3, &near);
		cp_ike_nearest_text(&offer, &near, text, sizeof(text));
		if (strcmp(text, word_rows[i].nearest) != 0)
			fail_msg("%s: nearest: %s", word_rows[i].why, text);
	}
	make_offer((struct offered[3]){{1, 3, {E(CBC, 256), I(12), N(1)}}}, 3, &offer);
	assert_true(cp_ike_nearest(&offer, IKE_PROTOCOL_ESP, have_esp, 6, &near));
	assert_string_equal(cp_ike_nearest_text(&offer, &near, text, sizeof(text)),
	                    "aes256-sha256-noesn but for ESN (noesn, the client: esn)");
	make_offer((struct offered[3]){{1, 3, {E(CHACHA, 0), N(0)}}}, 3, &offer);
	assert_true(cp_ike_nearest(&offer, IKE_PROTOCOL_ESP, have_esp + 3, 1, &near));
	assert_string_equal(cp_ike_nearest_text(&offer, &near, text, sizeof(text)),
	                    "chacha20poly1305-esn but for ESN (esn, the client: noesn)");
}

/* What is said of an offer fits its buffer, whatever the offer: whole proposals, then how
 * many there are besides. */
static void long_offers(void **state UNUSED)
{
	static struct ike_offer offer;
	char text[64];
	unsigned i;

	offer.n_proposal = 20;
	for (i = 0; i < 20; i++) {
		offer.proposal[i] = (struct ike_proposal){.protocol = 1, .first = 0, .n = 3};
		offer.transform[i] = (struct ike_transform)E(GCM16, 128);
	}
	offer.transform[1] = (struct ike_transform)P(5);
	offer.transform[2] = (struct ike_transform)D(19);
	assert_string_equal(cp_ike_offer_text(&offer, 1, text, sizeof(text)),
	                    "aes128gcm16-prfsha256-ecp256 and 19 more");
	for (i = 0; i < IKE_TRANSFORMS_MAX; i++)
		offer.transform[i] = (struct ike_transform){4, false, 65535, 65535};
	offer.proposal[0].n = IKE_TRANSFORMS_MAX;
	assert_string_equal(cp_ike_offer_text(&offer, 1, text, sizeof(text)),
	                    "20, too long to print");
	assert_string_equal(cp_ike_have_text(have_ike, 3, text, sizeof(text)),
	                    "aes256gcm16-prfsha384-ecp384 and 2 more");
}

/* ---- traffic selectors ------------------------------------------------------------------ */

// clang-format off
static const struct {
	const char *why;
	const char *offered[4]; /* lo, hi, lo, hi */
	uint8_t type;
	const char *within[2];
	unsigned want;
	const char *got[2]; /* of the first */
} ts_rows[] = {
	{"everything",            {"0.0.0.0", "255.255.255.255"}, 7, {"10.20.0.0", "10.20.0.255"}, 1, {"10.20.0.0", "10.20.0.255"}},
	{"exactly that",          {"10.20.0.0", "10.20.0.255"}, 7, {"10.20.0.0", "10.20.0.255"}, 1, {"10.20.0.0", "10.20.0.255"}},
	{"part of it",            {"10.20.0.7", "10.20.0.9"}, 7, {"10.20.0.0", "10.20.0.255"}, 1, {"10.20.0.7", "10.20.0.9"}},
	{"overlapping its end",   {"10.20.0.200", "10.20.9.9"}, 7, {"10.20.0.0", "10.20.0.255"}, 1, {"10.20.0.200", "10.20.0.255"}},
	{"one address in common", {"10.20.0.255", "10.20.9.9"}, 7, {"10.20.0.0", "10.20.0.255"}, 1, {"10.20.0.255", "10.20.0.255"}},
	{"next to it",            {"10.20.1.0", "10.20.1.255"}, 7, {"10.20.0.0", "10.20.0.255"}, 0, {0}},
	{"elsewhere",             {"192.168.0.0", "192.168.255.255"}, 7, {"10.20.0.0", "10.20.0.255"}, 0, {0}},
	{"backwards",             {"10.20.0.255", "10.20.0.0"}, 7, {"10.20.0.0", "10.20.0.255"}, 0, {0}},
	{"two apart",             {"10.20.0.1", "10.20.0.1", "10.20.0.9", "10.20.0.9"}, 7, {"10.20.0.0", "10.20.0.255"}, 2, {"10.20.0.1", "10.20.0.1"}},
	{"the same twice",        {"10.20.0.1", "10.20.0.1", "10.20.0.1", "10.20.0.1"}, 7, {"10.20.0.0", "10.20.0.255"}, 1, {"10.20.0.1", "10.20.0.1"}},
	{"all of IPv6 is no IPv4", {"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}, 8, {"10.20.0.0", "10.20.0.255"}, 0, {0}},
	{"the client's address",  {"0.0.0.0", "255.255.255.255"}, 7, {"10.99.0.10", "10.99.0.10"}, 1, {"10.99.0.10", "10.99.0.10"}},
};
// clang-format on

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static void narrowing(void **state UNUSED)
{
	size_t i;

	for (i = 0; i < sizeof(ts_rows) / sizeof(ts_rows[0]); i++) {
		struct addr lo = addr_of(ts_rows[i].within[0]),
			    hi = addr_of(ts_rows[i].within[1]);
		struct ike_ts_list list = {0};
		struct msg_ts out[MSG_TS_MAX];
		unsigned j, n;

		for (j = 0; j < 4 && ts_rows[i].offered[j]; j += 2) {
			list.at[list.n].type = ts_rows[i].type;
			list.at[list.n++].ts =
				(struct msg_ts){.lo = addr_of(ts_rows[i].offered[j]),
			                        .hi = addr_of(ts_rows[i].offered[j + 1]),
			                        .port_hi = 65535};
		}
		n = cp_ike_ts_narrow(&list, &lo, &hi, out, 0);
		if (n != ts_rows[i].want)
			fail_msg("%s: %u selectors", ts_rows[i].why, n);
		if (!n)
			continue;
		lo = addr_of(ts_rows[i].got[0]);
		hi = addr_of(ts_rows[i].got[1]);
		if (!addr_equal(&out[0].lo, &lo) || !addr_equal(&out[0].hi, &hi))
			fail_msg("%s: not what was wanted", ts_rows[i].why);
	}
}

/* Ports and protocol of an offer survive; more than fit are left out. */
static void narrowing_keeps(void **state UNUSED)
{
	struct addr lo = addr_of("10.0.0.0"), hi = addr_of("10.255.255.255");
	struct ike_ts_list list = {.n = IKE_TS_MAX};
	struct msg_ts out[MSG_TS_MAX];
	unsigned i;

	for (i = 0; i < IKE_TS_MAX; i++) {
		list.at[i].type = IKE_TS_IPV4;
		list.at[i].ts = (struct msg_ts){.lo = lo,
		                                .hi = hi,
		                                .proto = 17,
		                                .port_lo = (uint16_t)(53 + i),
		                                .port_hi = 500};
	}
	assert_int_equal(cp_ike_ts_narrow(&list, &lo, &hi, out, 0), MSG_TS_MAX);
	assert_int_equal(out[0].proto, 17);
	assert_int_equal(out[0].port_lo, 53);
	assert_int_equal(out[0].port_hi, 500);
}

/* ---- identities ------------------------------------------------------------------------- */

// clang-format off
static const struct {
	uint8_t type;
	const char *data;
	size_t len;
	const char *want;
} ids[] = {
	{IKE_ID_FQDN, "client.lab", 10, "client.lab"},
	{IKE_ID_RFC822_ADDR, "a@b.c", 5, "a@b.c"},
	{IKE_ID_KEY_ID, "k3y", 3, "k3y"},
	{IKE_ID_IPV4_ADDR, "\xc0\xa8\1\2", 4, "192.168.1.2"},
	{IKE_ID_IPV4_ADDR, "\xc0\xa8\1", 3, "0xc0a801"},
	{IKE_ID_FQDN, "", 0, "0x"},
	{IKE_ID_FQDN, "a\nb", 3, "0x610a62"},
	{IKE_ID_FQDN, "a b", 3, "0x612062"},
	{IKE_ID_DER_ASN1_DN, "\x30\x00", 2, "0x3000"},
};
// clang-format on

static void identities(void **state UNUSED)
{
	char text[CP_IDENTITY_MAX];
	uint8_t big[1000];
	struct ike_id id;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		id = (struct ike_id){.type = ids[i].type,
		                     .data = cursor_over(ids[i].data, ids[i].len)};
		assert_string_equal(cp_ike_id_text(&id, text, sizeof(text)), ids[i].want);
	}
	memset(big, 'x', sizeof(big));
	id = (struct ike_id){.type = IKE_ID_FQDN, .data = cursor_over(big, sizeof(big))};
	assert_true(strlen(cp_ike_id_text(&id, text, sizeof(text))) < sizeof(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ike_proposals),  cmocka_unit_test(esp_proposals),
		cmocka_unit_test(offer_in_words), cmocka_unit_test(long_offers),
		cmocka_unit_test(narrowing),      cmocka_unit_test(narrowing_keeps),
		cmocka_unit_test(identities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
