/* SPDX-License-Identifier: Apache-2.0 */

/* legacy - MD4, DES and the NT hash against published vectors. */

#include "controlplane/crypto/legacy.h"
#include "tests/unit/hex.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

static const struct {
	const char *text, *want;
} md4_rows[] = {
	/* RFC 1320 section A.5 */
	{"", "31d6cfe0d16ae931b73c59d7e0c089c0"},
	{"a", "bde52cb31de33e46245e05fbdbd6fb24"},
	{"abc", "a448017aaf21d8525fc10ae87aa6729d"},
	{"message digest", "d9130a8164549fe818874806e1c7014b"},
	{"abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"},
	{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "043f8582f241db351ce627e153e7f0e4"},
	{"1234567890123456789012345678901234567890"
         "1234567890123456789012345678901234567890",
         "e33b4ddc9c38f2199c3e7b164fcc0536"},
};

static void test_md4(void **state UNUSED)
{
	uint8_t got[16], want[16];
	unsigned i;

	for (i = 0; i < ROWS(md4_rows); i++) {
		cp_crypto_md4(md4_rows[i].text, strlen(md4_rows[i].text), got);
		hex_read(md4_rows[i].want, want, sizeof(want));
		if (memcmp(got, want, sizeof(want)) != 0)
			fail_msg("\"%s\"", md4_rows[i].text);
	}
}

/* Keys with their parity bits, as they are published. */
static const struct {
	const char *why, *key, *clear, *want;
} des_rows[] = {
	/* NIST SP 800-17, tables of appendix A and B, some of each */
	{"variable plaintext, first", "0101010101010101", "8000000000000000",
         "95f8a5e5dd31d900"},
	{"variable plaintext, last", "0101010101010101", "0000000000000001",
         "166b40b44aba4bd6"},
	{"variable key, first", "8001010101010101", "0000000000000000", "95a8d72813daa94d"},
	{"variable key, last", "0101010101010102", "0000000000000000", "869efd7f9f265a09"},
	{"permutation, first", "1046913489980131", "0000000000000000", "88d55e54f54c97b4"},
	{"substitution 0", "7ca110454a1a6e57", "01a1d6d039776742", "690f5b0d9a26939b"},
	{"substitution 1", "0131d9619dc1376e", "5cd54ca83def57da", "7a389d10354bd271"},
	{"substitution 2", "07a1133e4a0b2686", "0248d43806f67172", "868ebb51cab4599a"},
	{"substitution 3", "3849674c2602319e", "51454b582ddf440a", "7178876e01f19b2a"},
	{"substitution 4", "04b915ba43feb5b6", "42fd443059577fa2", "af37fb421f8c4095"},
	{"substitution 5", "0113b970fd34f2ce", "059b5e0851cf143a", "86a560f10ec6d85b"},
	{"substitution 6", "0170f175468fb5e6", "0756d8e0774761d2", "0cd3da020021dc09"},
	{"substitution 7", "43297fad38e373fe", "762514b829bf486a", "ea676b2cb7db2b7a"},
	{"substitution 8", "07a7137045da2a16", "3bdd119049372802", "dfd64a815caf1a0f"},
	{"substitution 9", "04689104c2fd3b2f", "26955f6835af609a", "5c513c9c4886c088"},
	{"substitution 10", "37d06bb516cb7546", "164d5e404f275232", "0a2aeeae3ff4ab77"},
	{"substitution 11", "1f08260d1ac2465e", "6b056e18759f5cca", "ef1bf03e5dfa575a"},
	{"substitution 12", "584023641aba6176", "004bd6ef09176062", "88bf0db6d70dee56"},
	{"substitution 13", "025816164629b007", "480d39006ee762f2", "a1f9915541020b56"},
	{"substitution 14", "49793ebc79b3258f", "437540c8698f3cfa", "6fbf1cafcffd0556"},
	{"substitution 15", "4fb05e1515ab73a7", "072d43a077075292", "2f22e49bab7ca1ac"},
	{"substitution 16", "49e95d6d4ca229bf", "02fe55778117f12a", "5a6b612cc26cce4a"},
	{"substitution 17", "018310dc409b26d6", "1d9d5c5018f728c2", "5f4c038ed12b2e41"},
	{"substitution 18", "1c587f1c13924fef", "305532286d6f295a", "63fac0d034d9f793"},
};

static void without_parity(const uint8_t key[8], uint8_t out[7])
{
	uint64_t k = 0;
	int i;

	for (i = 0; i < 8; i++)
		k = k << 7 | key[i] >> 1;
	for (i = 6; i >= 0; i--, k >>= 8)
		out[i] = (uint8_t)k;
}

static void test_des(void **state UNUSED)
{
	uint8_t key[8], short_key[7], clear[8], want[8], got[8];
	unsigned i;

	for (i = 0; i < ROWS(des_rows); i++) {
		hex_read(des_rows[i].key, key, sizeof(key));
		hex_read(des_rows[i].clear, clear, sizeof(clear));
		hex_read(des_rows[i].want, want, sizeof(want));
		without_parity(key, short_key);
		cp_crypto_des(short_key, clear, got);
		if (memcmp(got, want, sizeof(want)) != 0)
			fail_msg("%s", des_rows[i].why);
	}
}

#define X16  "xxxxxxxxxxxxxxxx"
#define X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16

static const struct {
	const char *why, *password;
	int status;
	const char *want;
} nt_rows[] = {
	{"RFC 2759 section 9.2", "clientPass", 0, "44ebba8d5312b8d611474411f56989ae"},
	{"empty", "", 0, "31d6cfe0d16ae931b73c59d7e0c089c0"},
	{"two and three octets a letter", "p\xc3\xa4ssw\xc3\xb6rd\xe9\x96\xa2", 0,
         "ff12d8c2f7a9b23ac242b042f30efd33"},
	{"surrogate pair", "\xf0\x9f\x94\x91", 0, "5f7b3ff474e4237afd6a078f3c4d8632"},
	{"longest there may be", X256, 0, "6c5a26717895edf2e532f7d0048acc65"},
	{"too long", X256 "x", -EMSGSIZE, NULL},
	{"too long by half a surrogate pair",
         X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16
         "xxxxxxxxxxxxxxx\xf0\x9f\x94\x91",
         -EMSGSIZE, NULL},
	{"latin-1", "p\xe4ss", -EILSEQ, NULL},
	{"cut short", "abc\xe9\x96", -EILSEQ, NULL},
	{"continuation without a start", "\x80", -EILSEQ, NULL},
	{"two octets for one", "\xc0\xaf", -EILSEQ, NULL},
	{"three octets for two", "\xe0\x82\xaf", -EILSEQ, NULL},
	{"four octets for three", "\xf0\x82\x82\xac", -EILSEQ, NULL},
	{"surrogate written as utf-8", "\xed\xa0\x80", -EILSEQ, NULL},
	{"beyond unicode", "\xf4\x90\x80\x80", -EILSEQ, NULL},
	{"five octets", "\xf8\x88\x80\x80\x80", -EILSEQ, NULL},
};

static void test_nt_hash(void **state UNUSED)
{
	uint8_t got[16], want[16];
	unsigned i;

	for (i = 0; i < ROWS(nt_rows); i++) {
		int status = cp_crypto_nt_hash(nt_rows[i].password, strlen(nt_rows[i].password),
		                               got);

		if (status != nt_rows[i].status)
			fail_msg("%s: status %d", nt_rows[i].why, status);
		if (!nt_rows[i].want)
			continue;
		hex_read(nt_rows[i].want, want, sizeof(want));
		if (memcmp(got, want, sizeof(want)) != 0)
			fail_msg("%s: wrong hash", nt_rows[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_md4),
		cmocka_unit_test(test_des),
		cmocka_unit_test(test_nt_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
