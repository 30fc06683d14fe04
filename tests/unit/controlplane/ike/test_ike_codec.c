/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IKEv2 messages: what scapy wrote we read, and we write what scapy wrote; malformed ones
 * are refused with the right error.
 */
#include "controlplane/ike/ike_codec.h"
#include "tests/vector/ike/ike_vectors.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ike_message *decode(const void *octets, size_t len, int want)
{
	static struct ike_message m;
	struct cursor c = cursor_over(octets, len);

	memset(&m, 0, sizeof(m));
	assert_int_equal(cp_ike_header_decode(&c, &m.head), 0);
	assert_int_equal(cp_ike_payloads_decode(m.head.next, c, &m), want);
	return &m;
}

static void reads_scapys_init(void **state UNUSED)
{
	const struct ike_message *m = decode(msg_init_response, sizeof(msg_init_response), 0);

	assert_int_equal(m->head.exchange, IKE_SA_INIT);
	assert_int_equal(m->head.flags, IKE_FLAG_RESPONSE);
	assert_int_equal(m->sa.n_proposal, 1);
	assert_int_equal(m->sa.proposal[0].number, 2);
	assert_int_equal(m->sa.n_transform, 3);
	assert_int_equal(m->sa.transform[0].id, IKE_ENCR_AES_GCM_16);
	assert_int_equal(m->sa.transform[0].key_bits, 256);
	assert_int_equal(m->ke_group, IKE_DH_ECP_384);
	assert_int_equal(m->ke.left, sizeof(msg_ke));
	assert_memory_equal(m->ke.at, msg_ke, sizeof(msg_ke));
	assert_memory_equal(m->nonce.at, msg_nonce, sizeof(msg_nonce));
	assert_int_equal(m->n_notify, 2);
	assert_non_null(cp_ike_notify_find(m, IKE_N_NAT_DETECTION_DESTINATION_IP));
	assert_null(cp_ike_notify_find(m, IKE_N_REKEY_SA));
}

static void reads_scapys_auth(void **state UNUSED)
{
	const struct ike_message *m = decode(msg_auth_response, sizeof(msg_auth_response), 0);
	struct addr a;

	assert_int_equal(m->idr.type, IKE_ID_FQDN);
	assert_int_equal(m->idr.data.left, 12);
	assert_memory_equal(m->idr.data.at, "vpn.lab.test", 12);
	assert_int_equal(m->auth_method, IKE_AUTH_SHARED_KEY);
	assert_int_equal(m->cfg.n, 3);
	assert_int_equal(m->cfg.at[2].type, IKE_CFG_IP4_SUBNET);
	assert_int_equal(m->tsr.n, 2);
	assert_int_equal(addr_parse("10.30.255.255", &a), 0);
	assert_true(addr_equal(&m->tsr.at[1].ts.hi, &a));
	assert_int_equal(m->n_delete, 1);
	assert_int_equal(m->delete[0].protocol, IKE_PROTOCOL_ESP);
}

static uint64_t u64(const uint8_t *octets)
{
	be64 v;

	memcpy(&v, octets, sizeof(v));
	return be64_get(v);
}

static struct ike_header head(uint8_t exchange, uint32_t id)
{
	return (struct ike_header){.spi_i = u64(msg_spi_i),
	                           .spi_r = u64(msg_spi_r),
	                           .version = IKE_VERSION,
	                           .exchange = exchange,
	                           .flags = IKE_FLAG_RESPONSE,
	                           .id = id};
}

static void writes_as_scapy_init(void **state UNUSED)
{
	const struct ike_suite suite = {IKE_ENCR_AES_GCM_16, 256, 0, IKE_PRF_HMAC_SHA2_384,
	                                IKE_DH_ECP_384};
	const struct ike_header h = head(IKE_SA_INIT, 0);
	uint8_t out[1024];
	struct ike_writer w;

	cp_ike_write(&w, out, sizeof(out), &h);
	cp_ike_put_sa(&w, 2, IKE_PROTOCOL_IKE, NULL, 0, &suite, IKE_ESN_UNSAID);
	cp_ike_put_ke(&w, IKE_DH_ECP_384, msg_ke, sizeof(msg_ke));
	cp_ike_put(&w, IKE_PAYLOAD_NONCE, msg_nonce, sizeof(msg_nonce));
	cp_ike_put_notify(&w, IKE_N_NAT_DETECTION_SOURCE_IP, msg_natd, sizeof(msg_natd));
	cp_ike_put_notify(&w, IKE_N_NAT_DETECTION_DESTINATION_IP, msg_natd_2,
	                  sizeof(msg_natd_2));
	assert_int_equal(cp_ike_write_end(&w), 0);
	assert_int_equal(w.s.used, sizeof(msg_init_response));
	assert_memory_equal(out, msg_init_response, w.s.used);
}

static struct msg_ts range(const char *lo, const char *hi)
{
	struct msg_ts ts = {.port_hi = 65535};

	assert_int_equal(addr_parse(lo, &ts.lo), 0);
	assert_int_equal(addr_parse(hi, &ts.hi), 0);
	return ts;
}

static void writes_as_scapy_auth(void **state UNUSED)
{
	const struct ike_suite esp = {IKE_ENCR_AES_GCM_16, 128, 0, 0, 0};
	const struct msg_ts tsi = range("10.99.0.10", "10.99.0.10");
	const struct msg_ts tsr[] = {range("10.20.0.0", "10.20.0.255"),
	                             range("10.30.0.0", "10.30.255.255")};
	static const uint8_t cfg[] = {2,  0, 0,  0,  0, 1,  0,   4,   10,  99, 0,
	                              10, 0, 3,  0,  4, 10, 20,  0,   10,  0,  13,
	                              0,  8, 10, 20, 0, 0,  255, 255, 255, 0};
	const struct ike_header h = head(IKE_AUTH, 5);
	const be32 *spi = (const be32 *)msg_esp_spi;
	const uint32_t gone = be32_get(*spi);
	uint8_t out[1024];
	struct ike_writer w;

	cp_ike_write(&w, out, sizeof(out), &h);
	cp_ike_put_kind(&w, IKE_PAYLOAD_IDR, IKE_ID_FQDN, "vpn.lab.test", 12);
	cp_ike_put_kind(&w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, msg_auth, sizeof(msg_auth));
	cp_ike_put(&w, IKE_PAYLOAD_CP, cfg, sizeof(cfg));
	cp_ike_put_sa(&w, 1, IKE_PROTOCOL_ESP, spi, sizeof(*spi), &esp, IKE_ESN_NO);
	cp_ike_put_ts(&w, IKE_PAYLOAD_TSI, &tsi, 1);
	cp_ike_put_ts(&w, IKE_PAYLOAD_TSR, tsr, 2);
	cp_ike_put_delete_esp(&w, &gone, 1);
	assert_int_equal(cp_ike_write_end(&w), 0);
	assert_int_equal(w.s.used, sizeof(msg_auth_response));
	assert_memory_equal(out, msg_auth_response, w.s.used);
}

/* A writer that runs out of room says so, wherever that happens, and stays in its room. */
static void every_room_too_small(void **state UNUSED)
{
	const struct ike_suite suite = {IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA1_96,
	                                IKE_PRF_HMAC_SHA1, IKE_DH_MODP_2048};
	const struct ike_header h = head(IKE_CREATE_CHILD_SA, 1);
	struct ike_sk_parts parts;
	struct ike_writer w;
	size_t size, whole = 0;
	uint8_t *out;
	int err = -EMSGSIZE;

	for (size = 0; err; size++) {
		out = malloc(size + 1);
		cp_ike_write(&w, out, size, &h);
		cp_ike_sk_open(&w, 16);
		cp_ike_put_sa(&w, 1, IKE_PROTOCOL_IKE, msg_spi_i, 8, &suite, IKE_ESN_UNSAID);
		cp_ike_put_notify_esp(&w, IKE_N_CHILD_SA_NOT_FOUND, 0x12345678);
		cp_ike_put_delete_ike(&w);
		err = cp_ike_sk_close(&w, 16, 16, 12, &parts);
		if (!err)
			assert_int_equal(parts.body_len % 16, 0);
		whole = w.s.used;
		free(out);
	}
	assert_int_equal(whole, size - 1);
}

/* ---- malformed -------------------------------------------------------------------------- */

#define SPIS    "\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\0\0\0\0\0"
#define OCT(s)  (const uint8_t *)(s), sizeof(s) - 1
#define NONCE16 "0123456789abcdef"

// clang-format off
static const struct {
	const char *why;
	const uint8_t *octets;
	size_t len;
	int want;
} headers[] = {
	{"nothing",              OCT(""), -EBADMSG},
	{"one octet short",      OCT(SPIS "\x21\x20\x22\x08\0\0\0\0\0\0\0"), -EBADMSG},
	{"header alone",         OCT(SPIS "\x00\x20\x22\x08\0\0\0\0\0\0\0\x1c"), 0},
	{"length too small",     OCT(SPIS "\x00\x20\x22\x08\0\0\0\0\0\0\0\x1b"), -EBADMSG},
	{"length too large",     OCT(SPIS "\x00\x20\x22\x08\0\0\0\0\0\0\0\x1d"), -EBADMSG},
	{"length of 2^32 - 1",   OCT(SPIS "\x00\x20\x22\x08\0\0\0\0\xff\xff\xff\xff"), -EBADMSG},
	{"octets after the end", OCT(SPIS "\x00\x20\x22\x08\0\0\0\0\0\0\0\x1c" "x"), -EBADMSG},
	{"initiator's SPI zero", OCT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x00\x20\x22\x08\0\0\0\0\0\0\0\x1c"), -EBADMSG},
};

static const struct {
	const char *why;
	uint8_t first;
	const uint8_t *octets;
	size_t len;
	int want;
} chains[] = {
	{"none",                          0, OCT(""), 0},
	{"octets where none are named",   0, OCT("\0\0\0\4"), -EBADMSG},
	{"one named, none there",        40, OCT(""), -EBADMSG},
	{"payload header cut",           40, OCT("\0\0\0"), -EBADMSG},
	{"length 0",                     40, OCT("\0\0\0\0"), -EBADMSG},
	{"length 3",                     40, OCT("\0\0\0\3"), -EBADMSG},
	{"length past the end",          40, OCT("\0\0\0\x15" NONCE16), -EBADMSG},
	{"nonce of 16",                  40, OCT("\0\0\0\x14" NONCE16), 0},
	{"nonce of 15",                  40, OCT("\0\0\0\x13" "0123456789abcde"), -EBADMSG},
	{"two nonces",                   40, OCT("\x28\0\0\x14" NONCE16 "\0\0\0\x14" NONCE16), -EBADMSG},
	{"unknown payload",             200, OCT("\x28\0\0\x05" "x" "\0\0\0\x14" NONCE16), 0},
	{"unknown payload, critical",   200, OCT("\x28\x80\0\x05" "x" "\0\0\0\x14" NONCE16), -EOPNOTSUPP},
	{"critical bit on a known one",  40, OCT("\0\x80\0\x14" NONCE16), 0},
	{"the last names a next one",    40, OCT("\x28\0\0\x14" NONCE16), -EBADMSG},
	{"octets after the last",        40, OCT("\0\0\0\x14" NONCE16 "x"), -EBADMSG},
	{"SK that is not the last",      46, OCT("\x28\0\0\x05" "x" "\0\0\0\x14" NONCE16), -EBADMSG},
	{"SK names what is inside",      46, OCT("\x28\0\0\x05" "x"), 0},
	{"IKEv1's payload 1",             1, OCT("\0\0\0\4"), 0},
	{"KE without its group",         34, OCT("\0\0\0\x07" "\0\x13\0"), -EBADMSG},
	{"KE without a value",           34, OCT("\0\0\0\x08" "\0\x13\0\0"), 0},
	{"ID without its type",          35, OCT("\0\0\0\x04"), -EBADMSG},
	{"AUTH cut",                     39, OCT("\0\0\0\x07" "\2\0\0"), -EBADMSG},
	{"CERT without an encoding",     37, OCT("\0\0\0\x04"), -EBADMSG},
	{"notify cut",                   41, OCT("\0\0\0\x07" "\0\0\x40"), -EBADMSG},
	{"notify with SPI",              41, OCT("\0\0\0\x0c" "\3\4\x40\x09" "abcd"), 0},
	{"notify, SPI past the end",     41, OCT("\0\0\0\x0b" "\3\4\x40\x09" "abc"), -EBADMSG},
	{"delete of the IKE SA",         42, OCT("\0\0\0\x08" "\1\0\0\0"), 0},
	{"delete with SPIs of 3",        42, OCT("\0\0\0\x0b" "\3\3\0\1" "abc"), -EBADMSG},
	{"delete counts too many",       42, OCT("\0\0\0\x0c" "\3\4\0\2" "abcd"), -EBADMSG},
	{"delete counts too few",        42, OCT("\0\0\0\x0c" "\3\4\0\0" "abcd"), -EBADMSG},
	{"delete of 65535 SPIs",         42, OCT("\0\0\0\x08" "\3\4\xff\xff"), -E2BIG},
	{"SA without a proposal",        33, OCT("\0\0\0\x04"), -EBADMSG},
	{"proposal without transforms",  33, OCT("\0\0\0\x0c" "\0\0\0\x08\1\1\0\0"), 0},
	{"proposal cut",                 33, OCT("\0\0\0\x0b" "\0\0\0\x08\1\1\0"), -EBADMSG},
	{"proposal length 7",            33, OCT("\0\0\0\x0c" "\0\0\0\x07\1\1\0\0"), -EBADMSG},
	{"proposal longer than its SA",  33, OCT("\0\0\0\x0c" "\0\0\0\x09\1\1\0\0"), -EBADMSG},
	{"proposal's SPI past its end",  33, OCT("\0\0\0\x0c" "\0\0\0\x08\1\3\4\0"), -EBADMSG},
	{"fewer transforms than said",   33, OCT("\0\0\0\x14" "\0\0\0\x10\1\1\0\2" "\0\0\0\x08\1\0\0\x0c"), -EBADMSG},
	{"more transforms than said",    33, OCT("\0\0\0\x14" "\0\0\0\x10\1\1\0\0" "\0\0\0\x08\1\0\0\x0c"), -EBADMSG},
	{"transform length 0",           33, OCT("\0\0\0\x14" "\0\0\0\x10\1\1\0\1" "\0\0\0\x00\1\0\0\x0c"), -EBADMSG},
	{"transform past its proposal",  33, OCT("\0\0\0\x14" "\0\0\0\x10\1\1\0\1" "\0\0\0\x09\1\0\0\x0c"), -EBADMSG},
	{"attribute cut",                33, OCT("\0\0\0\x16" "\0\0\0\x12\1\1\0\1" "\0\0\0\x0a\1\0\0\x0c" "\x80\x0e"), -EBADMSG},
	{"attribute's value past its end", 33, OCT("\0\0\0\x18" "\0\0\0\x14\1\1\0\1" "\0\0\0\x0c\1\0\0\x0c" "\x00\x63\0\1"), -EBADMSG},
	{"TS counts one too many",       44, OCT("\0\0\0\x18" "\2\0\0\0" "\7\0\0\x10\0\0\xff\xff\0\0\0\0\xff\xff\xff\xff"), -EBADMSG},
	{"TS none",                      44, OCT("\0\0\0\x08" "\0\0\0\0"), -EBADMSG},
	{"TS IPv4 as long as IPv6",      44, OCT("\0\0\0\x18" "\1\0\0\0" "\7\0\0\x0c\0\0\xff\xff\0\0\0\0\xff\xff\xff\xff"), -EBADMSG},
	{"TS of an unknown type",        44, OCT("\0\0\0\x10" "\1\0\0\0" "\x09\0\0\x08\0\0\0\0"), 0},
	{"CP attribute past the end",    47, OCT("\0\0\0\x0d" "\1\0\0\0" "\0\1\0\4" "a"), -EBADMSG},
	{"CP without attributes",        47, OCT("\0\0\0\x08" "\1\0\0\0"), 0},
	{"CP cut",                       47, OCT("\0\0\0\x07" "\1\0\0"), -EBADMSG},
};
// clang-format on

static void header_table(void **state UNUSED)
{
	struct ike_header h;
	struct cursor c;
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		c = cursor_over(headers[i].octets, headers[i].len);
		if (cp_ike_header_decode(&c, &h) != headers[i].want)
			fail_msg("%s", headers[i].why);
	}
}

static int decode_chain(uint8_t first, const uint8_t *octets, size_t len)
{
	/* Exactly as long as it is, so that a sanitizer sees the next octet being read. */
	uint8_t *copy = malloc(len + !len);
	struct ike_message *m = calloc(1, sizeof(*m));
	int got;

	memcpy(copy, octets, len);
	got = cp_ike_payloads_decode(first, cursor_over(copy, len), m);
	free(m);
	free(copy);
	return got;
}

static void chain_table(void **state UNUSED)
{
	size_t i;
	int got;

	for (i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		got = decode_chain(chains[i].first, chains[i].octets, chains[i].len);
		if (got != chains[i].want)
			fail_msg("%s: got %d, want %d", chains[i].why, got, chains[i].want);
	}
}

/* Cut anywhere, a good message is a bad one. */
static void every_prefix(void **state UNUSED)
{
	const size_t h = sizeof(struct wire_ike_header);
	size_t len;

	for (len = h; len < sizeof(msg_auth_response); len++)
		assert_true(decode_chain(msg_auth_response[16], msg_auth_response + h,
		                         len - h) < 0);
}

/* One more of anything than we keep is refused, and never written past. */
static void bounds(void **state UNUSED)
{
	uint8_t chain[8192];
	struct sink s = sink_over(chain, sizeof(chain));
	unsigned i;

	for (i = 0; i <= IKE_PAYLOADS_MAX; i++)
		sink_put(&s, i == IKE_PAYLOADS_MAX ? "\0\0\0\4" : "\x2b\0\0\4", 4);
	assert_int_equal(decode_chain(IKE_PAYLOAD_VENDOR, chain, s.used), -E2BIG);

	s = sink_over(chain, sizeof(chain));
	for (i = 0; i <= IKE_NOTIFIES_MAX; i++)
		sink_put(&s,
		         i == IKE_NOTIFIES_MAX ? "\0\0\0\x08\0\0\x40\0"
		                               : "\x29\0\0\x08\0\0\x40\0",
		         8);
	assert_int_equal(decode_chain(IKE_PAYLOAD_NOTIFY, chain, s.used), -E2BIG);

	s = sink_over(chain, sizeof(chain));
	sink_put(&s, "\0\0", 2);
	sink_u16(&s, 4 + 8 * (IKE_PROPOSALS_MAX + 1));
	for (i = 0; i <= IKE_PROPOSALS_MAX; i++)
		sink_put(&s, "\2\0\0\x08\1\1\0\0", 8);
	assert_int_equal(decode_chain(IKE_PAYLOAD_SA, chain, s.used), -E2BIG);

	s = sink_over(chain, sizeof(chain));
	sink_put(&s, "\0\0", 2);
	sink_u16(&s, 4 + 4 + 16 * (IKE_TS_MAX + 1));
	sink_put(&s, (uint8_t[]){IKE_TS_MAX + 1, 0, 0, 0}, 4);
	for (i = 0; i <= IKE_TS_MAX; i++)
		sink_put(&s, "\7\0\0\x10\0\0\xff\xff\0\0\0\0\xff\xff\xff\xff", 16);
	assert_int_equal(decode_chain(IKE_PAYLOAD_TSI, chain, s.used), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_scapys_init),
		cmocka_unit_test(reads_scapys_auth),
		cmocka_unit_test(writes_as_scapy_init),
		cmocka_unit_test(writes_as_scapy_auth),
		cmocka_unit_test(every_room_too_small),
		cmocka_unit_test(header_table),
		cmocka_unit_test(chain_table),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
