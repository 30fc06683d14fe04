/* SPDX-License-Identifier: Apache-2.0 */
/* Key derivation against vectors made by Python's hmac: tests/vector/ike/make_vectors.py. */
#include "controlplane/ike/ike_parts.h"
#include "tests/vector/ike/ike_vectors.h"

#include <event2/event.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
	PFS_LEN = 72, /* of the stream, in ike_vectors.h */
};

static struct cp_crypto *crypto;

/* SK_d .. SK_pr one after another, as they come out of prf+. */
static void check_stream(const char *why, const struct ike_keys *k, const uint8_t *want,
                         size_t len)
{
	const struct secret *const part[] = {&k->d,  &k->ai, &k->ar, &k->ei,
	                                     &k->er, &k->pi, &k->pr};
	uint8_t got[1024];
	struct sink s = sink_over(got, sizeof(got));
	unsigned i;

	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		sink_put(&s, part[i]->octet, part[i]->len);
	if (s.used != len || memcmp(got, want, len) != 0)
		fail_msg("%s: SK_* differ", why);
}

/* cipher key, salt: what the data plane is given. */
static void check_child(const char *why, const struct msg_keys *k, size_t key,
                        const uint8_t *want)
{
	if (memcmp(k->key, want, key) != 0 || memcmp(k->salt, want + key, MSG_SALT_MAX) != 0)
		fail_msg("%s: keys of the child SA differ", why);
}

/* Whatever the suite, what the data plane is given is the stream from its first octet on:
 * key, salt, integrity key, inbound then outbound (RFC 7296 section 2.17). */
static void check_suite(const struct ike_keymat_vector *v, const struct ike_suite *esp,
                        const struct msg_keys *in, const struct msg_keys *out)
{
	const struct ike_esp *e = cp_ike_esp_find(esp);
	const struct msg_keys *const way[] = {in, out};
	uint8_t got[2 * sizeof(struct msg_keys)];
	struct sink s = sink_over(got, sizeof(got));
	unsigned i;

	for (i = 0; i < 2; i++) {
		sink_put(&s, way[i]->key, e->key_len);
		sink_put(&s, way[i]->salt, e->salt_len);
		sink_put(&s, way[i]->auth, e->auth_len);
	}
	assert_true(s.used >= 40);
	if (memcmp(got, v->pfs, s.used < PFS_LEN ? s.used : PFS_LEN) != 0)
		fail_msg("%s: keys of suite %u", v->why, e->suite);
}

/* Each suite of the data plane is met by one choice of transforms, and by no other. */
static void each_suite(const struct ike_keymat_vector *v, const struct ike_keys *k,
                       const struct secret *shared)
{
	const struct cp_octets ni = {v->ni, v->ni_len}, nr = {v->nr, v->nr_len};
	struct ike_suite esp = {0};
	struct msg_keys in, out;
	uint64_t met = 0;

	for (esp.encr = 0; esp.encr < 32; esp.encr++) {
		for (esp.key_bits = 0; esp.key_bits <= 320; esp.key_bits += 64) {
			for (esp.integ = 0; esp.integ < 16; esp.integ++) {
				const struct ike_esp *e = cp_ike_esp_find(&esp);
				int err =
					cp_ike_derive_child(crypto, v->suite.prf, &k->d, shared,
				                            &ni, &nr, &esp, &in, &out);

				assert_int_equal(err, e ? 0 : -EINVAL);
				if (!e)
					continue;
				assert_false(met >> e->suite & 1);
				met |= 1ULL << e->suite;
				check_suite(v, &esp, &in, &out);
			}
		}
	}
	assert_int_equal(met, (1ULL << MSG_SUITE_COUNT) - 2);
}

static void vectors(void **state UNUSED)
{
	static const struct ike_suite gcm128 = {IKE_ENCR_AES_GCM_16, 128, 0, 0, 0};
	static const struct ike_suite gcm256 = {IKE_ENCR_AES_GCM_16, 256, 0, 0, 0};
	struct msg_keys in, out;
	struct ike_keys k, next;
	struct secret shared;
	size_t i;

	for (i = 0; i < sizeof(ike_keymat_vectors) / sizeof(ike_keymat_vectors[0]); i++) {
		const struct ike_keymat_vector *v = &ike_keymat_vectors[i];
		const struct cp_octets ni = {v->ni, v->ni_len}, nr = {v->nr, v->nr_len};

		secret_set(&shared, v->shared, v->shared_len);
		assert_int_equal(cp_ike_derive(crypto, &v->suite, &shared, &ni, &nr, v->spi_i,
		                               v->spi_r, &k),
		                 0);
		check_stream(v->why, &k, v->first, v->first_len);
		assert_int_equal(cp_ike_derive_rekey(crypto, &v->suite, v->suite.prf, &k.d,
		                                     &shared, &ni, &nr, v->spi_i, v->spi_r,
		                                     &next),
		                 0);
		check_stream(v->why, &next, v->rekey, v->rekey_len);
		assert_int_equal(cp_ike_derive_child(crypto, v->suite.prf, &k.d, NULL, &ni, &nr,
		                                     &gcm128, &in, &out),
		                 0);
		check_child(v->why, &in, 16, v->child);
		check_child(v->why, &out, 16, v->child + 20);
		assert_int_equal(cp_ike_derive_child(crypto, v->suite.prf, &k.d, &shared, &ni,
		                                     &nr, &gcm256, &in, &out),
		                 0);
		check_child(v->why, &in, 32, v->pfs);
		check_child(v->why, &out, 32, v->pfs + 36);
		each_suite(v, &k, &shared);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(vectors)};
	struct event_base *loop = event_base_new();
	int failed;

	assert(cp_crypto_new(loop, 1, &crypto) == 0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	cp_crypto_free(crypto);
	event_base_free(loop);
	return failed;
}
