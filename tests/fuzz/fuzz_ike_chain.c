/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands inside an Encrypted payload: the first octet is the type of the first payload,
 * the rest the chain. What was read is then asked the questions that the exchanges ask.
 */
#include "controlplane/ike/ike_client.h"
#include "controlplane/ike/ike_parts.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void choose(const struct ike_message *m)
{
	static const struct cp_proposal have[] = {
		{IKE_ENCR_AES_GCM_16, 128, 0, IKE_PRF_HMAC_SHA2_256, IKE_DH_CURVE25519, "a"},
		{IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA2_256_128, IKE_PRF_HMAC_SHA2_256,
	         IKE_DH_ECP_256, "b"},
	};
	struct ike_nearest near;
	struct ike_choice c;
	char text[160];

	cp_ike_select(&m->sa, have, 2, &c);
	cp_ike_select_esp(&m->sa, have, 2, true, m->ke_group, &c);
	cp_ike_offer_text(&m->sa, IKE_PROTOCOL_ESP, text, sizeof(text));
	assert(strlen(text) < sizeof(text));
	if (cp_ike_nearest(&m->sa, IKE_PROTOCOL_IKE, have, 2, &near))
		cp_ike_nearest_text(&m->sa, &near, text, sizeof(text));
	assert(strlen(text) < sizeof(text));
}

static void narrow(const struct ike_message *m)
{
	struct addr lo = addr_from_v4(be32_from(0x0a000000)),
		    hi = addr_from_v4(be32_from(0x0a00ffff));
	struct msg_ts ts[MSG_TS_MAX];
	char text[160];
	unsigned i, n = cp_ike_ts_narrow(&m->tsr, &lo, &hi, ts, 0);

	assert(n <= MSG_TS_MAX);
	for (i = 0; i < n; i++)
		assert(addr_compare(&ts[i].lo, &lo) >= 0 && addr_compare(&ts[i].hi, &hi) <= 0 &&
		       addr_compare(&ts[i].lo, &ts[i].hi) <= 0);
	cp_ike_ts_text(&m->tsr, text, sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ike_message *m = calloc(1, sizeof(*m));
	char text[CP_IDENTITY_MAX];

	if (size && cp_ike_payloads_decode(data[0], cursor_over(data + 1, size - 1), m) == 0) {
		choose(m);
		narrow(m);
		cp_ike_wants_address(m);
		cp_ike_client_of(m);
		cp_ike_id_text(&m->idi, text, sizeof(text));
		assert(strlen(text) < sizeof(text));
		cp_ike_held_free(cp_ike_hold(m));
	}
	free(m);
	return 0;
}
