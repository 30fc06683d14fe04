/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Ranges into prefixes, services from text, proposals from text, and the caps.
 */

#include "common/wire/ike.h"
#include "controlplane/policy/access.h"
#include "controlplane/policy/proposal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *why, *first, *last, *want;
} spans[] = {
	// clang-format off
	{"one address", "10.0.0.1", "10.0.0.1", "10.0.0.1/32"},
	{"a whole prefix", "10.0.0.0", "10.0.0.255", "10.0.0.0/24"},
	{"everything", "0.0.0.0", "255.255.255.255", "0.0.0.0/0"},
	{"the highest address", "255.255.255.255", "255.255.255.255", "255.255.255.255/32"},
	{"the lower half", "0.0.0.0", "127.255.255.255", "0.0.0.0/1"},
	{"two across a boundary", "10.0.0.255", "10.0.1.0", "10.0.0.255/32 10.0.1.0/32"},
	{"odd at both ends", "10.0.0.1", "10.0.0.6", "10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32"},
	{"all but the first", "10.0.0.1", "10.0.0.7", "10.0.0.1/32 10.0.0.2/31 10.0.0.4/30"},
	{"all but the last", "10.0.0.0", "10.0.0.6", "10.0.0.0/30 10.0.0.4/31 10.0.0.6/32"},
	// clang-format on
};

static void makes_the_fewest_prefixes(void **state UNUSED)
{
	size_t i, k, n;

	for (i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		struct prefix p[64];
		char text[512] = "", one[ADDR_TEXT];
		struct host_span span;

		assert_int_equal(addr_parse(spans[i].first, &span.first), 0);
		assert_int_equal(addr_parse(spans[i].last, &span.last), 0);
		n = cp_span_prefixes(&span, p);
		assert_int_equal(n, cp_span_prefixes(&span, NULL));
		for (k = 0; k < n; k++) {
			size_t used = strlen(text);

			snprintf(text + used, sizeof(text) - used, "%s%s", k ? " " : "",
			         prefix_format(&p[k], one, sizeof(one)));
		}
		if (strcmp(text, spans[i].want) != 0)
			fail_msg("%s: %s, want %s", spans[i].why, text, spans[i].want);
	}
}

/* Against counting: every address is in exactly one prefix when it is in the span. */
static void covers_the_span_and_nothing_else(void **state UNUSED)
{
	uint32_t lo, hi, a;
	size_t k, n, in;

	for (lo = 0; lo < 40; lo++)
		for (hi = lo; hi < 40; hi++) {
			const struct host_span span = {addr_from_v4(be32_from(lo)),
			                               addr_from_v4(be32_from(hi))};
			struct prefix p[64];

			n = cp_span_prefixes(&span, p);
			for (a = 0; a < 64; a++) {
				const struct addr at = addr_from_v4(be32_from(a));

				for (k = 0, in = 0; k < n; k++)
					in += prefix_holds(&p[k], &at);
				assert_int_equal(in, a >= lo && a <= hi);
			}
		}
}

/* The worst range there is: 62 prefixes, for which resolve() has room. */
static void bounds_the_prefixes_of_a_range(void **state UNUSED)
{
	const struct host_span span = {addr_from_v4(be32_from(1)),
	                               addr_from_v4(be32_from(0xfffffffe))};

	assert_int_equal(cp_span_prefixes(&span, NULL), 62);
}

static const struct {
	const char *text;
	int err;
	struct service want;
} services[] = {
	// clang-format off
	{"tcp/80", 0, {6, 80, 80}},
	{"udp/5000-5100", 0, {17, 5000, 5100}},
	{"tcp", 0, {6, 0, 65535}},
	{"tcp/1-65535", 0, {6, 1, 65535}},
	{"icmp", 0, {1, 0, 65535}},
	{"icmp/8", 0, {1, 8, 8}},
	{"icmp/0", 0, {1, 0, 0}},
	{"protocol/47", 0, {47, 0, 65535}},
	{"any", 0, {0, 0, 65535}},
	{"", -EINVAL, {0}},
	{"/", -EINVAL, {0}},
	{"tcp/", -EINVAL, {0}},
	{"tcp/ 80", -EINVAL, {0}},
	{"tcp/+80", -EINVAL, {0}},
	{"tcp/-80", -EINVAL, {0}},
	{"tcp/80-", -EINVAL, {0}},
	{"tcp/80-90-100", -EINVAL, {0}},
	{"tcp/80/90", -EINVAL, {0}},
	{"tcp/18446744073709551696", -EINVAL, {0}}, /* 80 + 2^64 */
	{"TCP/80", -EINVAL, {0}},
	{"tcpx/80", -EINVAL, {0}},
	{"protocol", -EINVAL, {0}},
	{"protocol/0", -EINVAL, {0}},
	{"protocol/1-2", -EINVAL, {0}},
	{"any/1", -EINVAL, {0}},
	// clang-format on
};

static void reads_services(void **state UNUSED)
{
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		struct service s = {0};
		int err = cp_service_parse(services[i].text, &s);

		if (err != services[i].err || s.proto != services[i].want.proto ||
		    s.lo != services[i].want.lo || s.hi != services[i].want.hi)
			fail_msg("\"%s\": %d, %u %u-%u", services[i].text, err, s.proto, s.lo,
			         s.hi);
	}
}

static const struct {
	const char *text;
	struct cp_proposal want;
} proposals[] = {
	// clang-format off
	{"aes128gcm16-prfsha256-ecp256", {IKE_ENCR_AES_GCM_16, 128, IKE_INTEG_NONE, IKE_PRF_HMAC_SHA2_256, IKE_DH_ECP_256}},
	{"aes256gcm16-prfsha384-ecp384", {IKE_ENCR_AES_GCM_16, 256, IKE_INTEG_NONE, IKE_PRF_HMAC_SHA2_384, IKE_DH_ECP_384}},
	{"aes256-sha256-modp2048", {IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA2_256_128, IKE_PRF_HMAC_SHA2_256, IKE_DH_MODP_2048}},
	{"aes128-sha1-curve25519", {IKE_ENCR_AES_CBC, 128, IKE_INTEG_HMAC_SHA1_96, IKE_PRF_HMAC_SHA1, IKE_DH_CURVE25519}},
	{"aes256gcm16-prfsha512-x25519", {IKE_ENCR_AES_GCM_16, 256, IKE_INTEG_NONE, IKE_PRF_HMAC_SHA2_512, IKE_DH_CURVE25519}},
	{"aes192-sha384-prfsha512-ecp384", {IKE_ENCR_AES_CBC, 192, IKE_INTEG_HMAC_SHA2_384_192, IKE_PRF_HMAC_SHA2_512, IKE_DH_ECP_384}},
	{"ecp256-prfsha1-sha512-aes256", {IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA2_512_256, IKE_PRF_HMAC_SHA1, IKE_DH_ECP_256}},
	// clang-format on
};

static const struct {
	const char *text;
	struct cp_proposal want;
	bool bad;
} esp_proposals[] = {
	// clang-format off
	{"aes128gcm16", {IKE_ENCR_AES_GCM_16, 128}},
	{"aes192gcm16", {IKE_ENCR_AES_GCM_16, 192}},
	{"aes256gcm16-esn", {IKE_ENCR_AES_GCM_16, 256, .esn = CP_ESN_YES}},
	{"aes128gcm8", {IKE_ENCR_AES_GCM_8, 128}},
	{"aes256gcm12", {IKE_ENCR_AES_GCM_12, 256}},
	{"chacha20poly1305", {IKE_ENCR_CHACHA20_POLY1305, 0}},
	{"aes128-sha1", {IKE_ENCR_AES_CBC, 128, IKE_INTEG_HMAC_SHA1_96}},
	{"noesn-sha256-aes256", {IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA2_256_128, .esn = CP_ESN_NO}},
	{"aes192-sha384", {IKE_ENCR_AES_CBC, 192, IKE_INTEG_HMAC_SHA2_384_192}},
	{"3des-sha512", {IKE_ENCR_3DES, 0, IKE_INTEG_HMAC_SHA2_512_256}},
	{"aes128", .bad = true},
	{"3des", .bad = true},
	{"sha1", .bad = true},
	{"esn", .bad = true},
	{"aes128gcm16-sha1", .bad = true},
	{"chacha20poly1305-sha256", .bad = true},
	{"aes128gcm16-esn-noesn", .bad = true},
	{"aes128-sha1-prfsha1", .bad = true},
	{"aes128gcm16-ecp256", .bad = true},
	// clang-format on
};

static void reads_esp_proposals(void **state UNUSED)
{
	struct cp_proposal p;
	char why[512];
	size_t i;

	for (i = 0; i < sizeof(esp_proposals) / sizeof(esp_proposals[0]); i++) {
		const struct cp_proposal *want = &esp_proposals[i].want;
		const int err =
			cp_proposal_parse_esp(esp_proposals[i].text, &p, why, sizeof(why));

		if (err != (esp_proposals[i].bad ? -EINVAL : 0))
			fail_msg("%s: %s", esp_proposals[i].text, why);
		if (err)
			continue;
		if (p.encr != want->encr || p.key_bits != want->key_bits ||
		    p.integ != want->integ || p.prf || p.dh || p.esn != want->esn)
			fail_msg("%s: %u %u %u %u %u %u", p.text, p.encr, p.key_bits, p.integ,
			         p.prf, p.dh, p.esn);
	}
	/* these are for ESP alone */
	assert_int_equal(cp_proposal_parse_ike("3des-sha1-modp2048", &p, why, sizeof(why)),
	                 -EINVAL);
	assert_int_equal(
		cp_proposal_parse_ike("aes128gcm8-prfsha256-ecp256", &p, why, sizeof(why)),
		-EINVAL);
	assert_int_equal(
		cp_proposal_parse_ike("aes128-sha256-ecp256-esn", &p, why, sizeof(why)),
		-EINVAL);
}

static void reads_proposals(void **state UNUSED)
{
	struct cp_proposal p;
	char why[512];
	size_t i;

	for (i = 0; i < sizeof(proposals) / sizeof(proposals[0]); i++) {
		const struct cp_proposal *want = &proposals[i].want;

		if (cp_proposal_parse_ike(proposals[i].text, &p, why, sizeof(why)))
			fail_msg("%s: %s", proposals[i].text, why);
		assert_string_equal(p.text, proposals[i].text);
		if (p.encr != want->encr || p.key_bits != want->key_bits ||
		    p.integ != want->integ || p.prf != want->prf || p.dh != want->dh)
			fail_msg("%s: %u %u %u %u %u", p.text, p.encr, p.key_bits, p.integ,
			         p.prf, p.dh);
	}
	assert_int_equal(cp_proposal_parse_esp("aes256gcm16", &p, why, sizeof(why)), 0);
	assert_int_equal(p.encr, IKE_ENCR_AES_GCM_16);
	assert_int_equal(p.key_bits, 256);
	assert_int_equal(p.integ | p.prf | p.dh, 0);
}

/* A tenant whose one rule has @hosts x @services elements, ranges of 62 prefixes each. */
static int parse_big(unsigned hosts, unsigned services_n, struct cp_policy_error *error)
{
	static const char appliance[] =
		"{\"name\": \"gw\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\","
		" \"address\": \"198.51.100.1/24\"}]}";
	const struct cp_policy_text a = {"", appliance, strlen(appliance)};
	struct cp_policy_text t = {"t", NULL, 0};
	size_t size = 4096 + hosts * 32 + services_n * 16;
	char *text = malloc(size);
	struct cp_policy *p = NULL;
	size_t n = 0;
	unsigned i;
	int err;

	assert_non_null(text);
#define ADD(...) n += (size_t)snprintf(text + n, size - n, __VA_ARGS__)
	ADD("{\"label\": \"T\", \"gateway\": {\"addresses\": [\"198.51.100.1\"], \"identity\": "
	    "\"v.test\", \"authentication\": [\"psk\"]}, \"interfaces\": [{\"name\": \"lan\", "
	    "\"port\": \"lan0\", \"address\": \"10.20.0.1/24\"}], \"pools\": [{\"name\": "
	    "\"p\", "
	    "\"first\": \"10.99.0.1\", \"last\": \"10.99.0.9\"}], \"subnets\": "
	    "[\"0.0.0.0/0\"], "
	    "\"host_groups\": [{\"name\": \"h\", \"hosts\": [");
	for (i = 0; i < hosts; i++)
		ADD("%s\"0.0.0.1-255.255.255.254\"", i ? "," : "");
	ADD("]}], \"service_groups\": [{\"name\": \"s\", \"services\": [");
	for (i = 0; i < services_n; i++)
		ADD("%s\"tcp/%u\"", i ? "," : "", i + 1);
	ADD("]}], \"rules\": [{\"name\": \"r\", \"users\": [\"any\"], \"hosts\": [\"h\"], "
	    "\"services\": [\"s\"], \"action\": \"allow\"}]}");
#undef ADD
	assert_true(n < size);
	t.at = text;
	t.len = n;
	err = cp_policy_parse(&(struct cp_policy_texts){a, &t, 1}, NULL, &p, error);
	if (!err) {
		assert_int_equal(p->tenant[0].n_compiled, hosts * 62 * services_n);
		cp_policy_free(p);
	}
	free(text);
	return err;
}

static void caps_the_expansion(void **state UNUSED)
{
	struct cp_policy_error error;
	char text[1024];

	/* 4 x 62 x 256 = 63488 fit; 5 x 62 x 256 = 79360 do not. */
	assert_int_equal(parse_big(4, 256, &error), 0);
	assert_int_equal(parse_big(5, 256, &error), -EINVAL);
	assert_string_equal(cp_policy_error_text(&error, text, sizeof(text)),
	                    "tenants/t.json: $.rules[0]: found 79360 rules after expansion, "
	                    "79360 of this one, expected at most 65536 of a tenant: write "
	                    "prefixes instead of ranges, or \"any\"");
	assert_int_equal(parse_big(2000, 1, &error), -EINVAL);
	assert_string_equal(cp_policy_error_text(&error, text, sizeof(text)),
	                    "tenants/t.json: $.host_groups[0].hosts: found 124000 prefixes in "
	                    "the groups up to here, expected at most 65536 of a tenant: write "
	                    "prefixes instead of ranges");
	assert_int_equal(parse_big(1, 257, &error), -EINVAL);
	assert_string_equal(cp_policy_error_text(&error, text, sizeof(text)),
	                    "tenants/t.json: $.service_groups[0].services: found 257 elements, "
	                    "expected 0 to 256");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_the_fewest_prefixes),
		cmocka_unit_test(covers_the_span_and_nothing_else),
		cmocka_unit_test(bounds_the_prefixes_of_a_range),
		cmocka_unit_test(reads_services),
		cmocka_unit_test(reads_proposals),
		cmocka_unit_test(reads_esp_proposals),
		cmocka_unit_test(caps_the_expansion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
