/* SPDX-License-Identifier: Apache-2.0 */

/*
 * auth_eap - we prove a certificate, the client a password by EAP, both then the key that
 * EAP made.
 *
 * Walk     ike_fsm.c -> [ike/exchange/auth_eap] -> keys/, eap/ -> establish.c
 * Source   RFC 7296 section 2.16; RFC 7427; RFC 4754
 * Thread   the loop's
 * Memory   the MSK lives in the handshake and is wiped with it
 */

#include "controlplane/ike/exchange/exchange.h"

#include <errno.h>

/* ---- our signature -------------------------------------------------------------------- */

/* AlgorithmIdentifier of RFC 7427 appendix A.1.2 to A.3.4, DER. */
#define RSA_PKCS1(n)   "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" n "\x05\x00", 15
#define ECDSA_WITH(n)  "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" n, 12
#define IF_PEER_HAS(h) (1 << (h))

/*
 * How to sign, in order of preference: the first row for our key whose hash the peer has
 * announced. A peer that announced none gets the older methods (hash 0).
 */
static const struct {
	enum cp_certificate_key key;
	uint16_t hash;
	uint8_t method;
	enum cp_keys_scheme scheme;
	const char *algorithm;
	uint8_t algorithm_len;
} schemes[] = {
	{CP_CERTIFICATE_RSA, IKE_HASH_SHA2_256, IKE_AUTH_DIGITAL_SIGNATURE,
         CP_KEYS_RSA_PKCS1_SHA256, RSA_PKCS1("\x0b")},
	{CP_CERTIFICATE_RSA, IKE_HASH_SHA2_384, IKE_AUTH_DIGITAL_SIGNATURE,
         CP_KEYS_RSA_PKCS1_SHA384, RSA_PKCS1("\x0c")},
	{CP_CERTIFICATE_RSA, IKE_HASH_SHA2_512, IKE_AUTH_DIGITAL_SIGNATURE,
         CP_KEYS_RSA_PKCS1_SHA512, RSA_PKCS1("\x0d")},
	{CP_CERTIFICATE_P256, IKE_HASH_SHA2_256, IKE_AUTH_DIGITAL_SIGNATURE,
         CP_KEYS_ECDSA_SHA256, ECDSA_WITH("\x02")},
	{CP_CERTIFICATE_P256, IKE_HASH_SHA2_384, IKE_AUTH_DIGITAL_SIGNATURE,
         CP_KEYS_ECDSA_SHA384, ECDSA_WITH("\x03")},
	{CP_CERTIFICATE_P256, IKE_HASH_SHA2_512, IKE_AUTH_DIGITAL_SIGNATURE,
         CP_KEYS_ECDSA_SHA512, ECDSA_WITH("\x04")},
	{CP_CERTIFICATE_P384, IKE_HASH_SHA2_384, IKE_AUTH_DIGITAL_SIGNATURE,
         CP_KEYS_ECDSA_SHA384, ECDSA_WITH("\x03")},
	{CP_CERTIFICATE_P384, IKE_HASH_SHA2_512, IKE_AUTH_DIGITAL_SIGNATURE,
         CP_KEYS_ECDSA_SHA512, ECDSA_WITH("\x04")},
	{CP_CERTIFICATE_P384, IKE_HASH_SHA2_256, IKE_AUTH_DIGITAL_SIGNATURE,
         CP_KEYS_ECDSA_SHA256, ECDSA_WITH("\x02")},
	{CP_CERTIFICATE_P521, IKE_HASH_SHA2_512, IKE_AUTH_DIGITAL_SIGNATURE,
         CP_KEYS_ECDSA_SHA512, ECDSA_WITH("\x04")},
	{CP_CERTIFICATE_P521, IKE_HASH_SHA2_256, IKE_AUTH_DIGITAL_SIGNATURE,
         CP_KEYS_ECDSA_SHA256, ECDSA_WITH("\x02")},
	/* RFC 7296 section 3.8: SHA-1 is what every implementation of method 1 accepts. */
	{CP_CERTIFICATE_RSA, 0, IKE_AUTH_RSA, CP_KEYS_RSA_PKCS1_SHA1, "", 0},
	{CP_CERTIFICATE_P256, 0, IKE_AUTH_ECDSA_256, CP_KEYS_ECDSA_RAW_SHA256, "", 0},
	{CP_CERTIFICATE_P384, 0, IKE_AUTH_ECDSA_384, CP_KEYS_ECDSA_RAW_SHA384, "", 0},
	{CP_CERTIFICATE_P521, 0, IKE_AUTH_ECDSA_521, CP_KEYS_ECDSA_RAW_SHA512, "", 0},
};

enum { N_SCHEMES = sizeof(schemes) / sizeof(schemes[0]) };

static unsigned choose_scheme(const struct ike_sa *sa)
{
	const struct cp_certificate *c = cp_ike_certificate(sa);
	unsigned i;

	for (i = 0; i < N_SCHEMES; i++)
		if (schemes[i].key == c->key &&
		    (!schemes[i].hash || sa->hs->hashes & IF_PEER_HAS(schemes[i].hash)))
			break;
	return i;
}

static void on_signed(void *ctx, int status, const struct cp_keys_signature *result)
{
	struct ike_sa *sa = ctx;

	if (!status)
		sa->hs->signature = *result;
	cp_ike_event(sa, status ? ON_SIGN_BAD : ON_SIGNED, NULL);
}

int cp_ike_eap_begin(struct ike_sa *sa, const struct ike_message *m)
{
	static const struct ike_refusal not_allowed = {CAUSE_EAP_NOT_ALLOWED, "EAP",
	                                               "a pre-shared key", NULL};
	struct cp_ike *ike = sa->ike;
	struct ike_handshake *hs = sa->hs;
	struct cursor id;
	unsigned row;
	size_t len;
	int err;

	sa->auth = "eap";
	err = cp_ike_auth_begin(sa, m);
	if (err)
		return err;
	if (!sa->tenant->auth[CP_AUTH_EAP_MSCHAPV2])
		return cp_ike_auth_fail_as(sa, &not_allowed);
	if (!cp_ike_certificate(sa)->n)
		return cp_ike_auth_fail(sa, CAUSE_NO_CERTIFICATE);
	row = choose_scheme(sa);
	hs->auth_method = schemes[row].method;
	hs->algorithm = (struct cp_octets){schemes[row].algorithm, schemes[row].algorithm_len};
	id = cursor_over(hs->id_ours, hs->id_ours_len);
	len = cp_ike_signed_octets(sa, true, &id, ike->ours, sizeof(ike->ours));
	if (!len)
		return -EMSGSIZE;
	return cp_keys_sign(ike->deps.keys, sa->tenant->name, sa->tenant->certificate,
	                    schemes[row].scheme, ike->ours, len, on_signed, sa);
}

int cp_ike_eap_no_signature(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	cp_ike_auth_fail(sa, CAUSE_NO_PRIVATE_KEY);
	return 0;
}

/* ---- the conversation ----------------------------------------------------------------- */

/* EAP calls from inside its own functions: only note what it says, handle it later. */
static void later(struct ike_sa *sa, enum ike_event ev)
{
	cp_ike_post(sa, ev);
	if (!sa->running)
		event_active(&sa->hs->later, EV_TIMEOUT, 0);
}

static void on_eap_packet(void *ctx, const void *packet, size_t len)
{
	struct ike_sa *sa = ctx;

	if (len > sizeof(sa->hs->eap_packet))
		return;
	memcpy(sa->hs->eap_packet, packet, len);
	sa->hs->eap_len = len;
	later(sa, ON_EAP_SEND);
}

static void on_eap_done(void *ctx, enum cp_eap_end end, const char *user,
                        const struct secret *msk)
{
	struct ike_sa *sa = ctx;

	sa->hs->eap_end = end;
	sa->hs->eap_ended = true;
	if (user && user[0])
		snprintf(sa->who, sizeof(sa->who), "%s", user);
	if (msk)
		sa->hs->msk = *msk;
	later(sa, end == CP_EAP_SUCCESS ? ON_EAP_OK : ON_EAP_BAD);
}

int cp_ike_eap_start(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	const struct cp_eap_hooks hooks = {
		.send = on_eap_packet, .done = on_eap_done, .ctx = sa};
	int err = cp_eap_new(sa->ike->deps.keys, sa->tenant->name, sa->tenant->identity, &hooks,
	                     &sa->hs->eap);

	if (err)
		return err;
	cp_eap_begin(sa->hs->eap);
	return 0;
}

int cp_ike_eap_input(struct ike_sa *sa, const struct ike_message *m)
{
	sa->hs->eap_heard = true;
	cp_eap_input(sa->hs->eap, m->eap.at, m->eap.left);
	return 0;
}

/* IDr, CERT and AUTH, once, with the first EAP packet. */
static void introduce(struct ike_sa *sa, struct ike_writer *w)
{
	const struct cp_certificate *c = cp_ike_certificate(sa);
	const struct ike_handshake *hs = sa->hs;
	unsigned i;

	cp_ike_put(w, IKE_PAYLOAD_IDR, hs->id_ours, hs->id_ours_len);
	for (i = 0; i < c->n; i++)
		cp_ike_put_kind(w, IKE_PAYLOAD_CERT, IKE_CERT_X509_SIGNATURE, c->at[i].der,
		                c->at[i].len);
	cp_ike_payload_open(w, IKE_PAYLOAD_AUTH);
	sink_u32(&w->s, (uint32_t)hs->auth_method << 24);
	if (hs->algorithm.len) {
		/* RFC 7427 section 3: length of the AlgorithmIdentifier, itself, signature. */
		sink_u8(&w->s, (uint8_t)hs->algorithm.len);
		sink_put(&w->s, hs->algorithm.at, hs->algorithm.len);
	}
	sink_put(&w->s, hs->signature.octet, hs->signature.len);
	cp_ike_payload_close(w);
}

int cp_ike_eap_send(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	struct ike_handshake *hs = sa->hs;
	struct ike_writer *w = cp_ike_reply_begin(sa);

	if (!hs->introduced)
		introduce(sa, w);
	hs->introduced = true;
	cp_ike_put(w, IKE_PAYLOAD_EAP, hs->eap_packet, hs->eap_len);
	return cp_ike_reply_send(sa);
}

int cp_ike_eap_ok(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	sa->auth = "eap-mschapv2";
	return 0;
}

static const enum cp_cause eap_causes[CP_EAP_END_COUNT] = {
	[CP_EAP_SUCCESS] = CAUSE_INTERNAL, /* never a failure */
	[CP_EAP_WRONG_PASSWORD] = CAUSE_WRONG_PASSWORD,
	[CP_EAP_NO_METHOD] = CAUSE_EAP_METHOD,
	[CP_EAP_MALFORMED] = CAUSE_EAP_MALFORMED,
	[CP_EAP_TOO_LONG] = CAUSE_EAP_STRAYS,
	[CP_EAP_INTERNAL] = CAUSE_NO_KEYS,
	[CP_EAP_DISTRUSTED] = CAUSE_EAP_PROOF,
	[CP_EAP_SILENT] = CAUSE_SILENT_EAP,
};

/* @wanted  room for what the client would rather do */
static struct ike_refusal eap_refusal(const struct ike_sa *sa, char *wanted, size_t size)
{
	enum cp_eap_end end = sa->hs->eap_end;
	struct ike_refusal why = {.cause = eap_causes[end]};

	/* The client cannot tell the two apart; the operator should. */
	if (end == CP_EAP_WRONG_PASSWORD && !cp_tenant_user(sa->tenant, sa->who))
		why.cause = CAUSE_UNKNOWN_USER;
	if (end == CP_EAP_NO_METHOD) {
		why.offered = cp_eap_wanted_text(sa->hs->eap, wanted, size);
		why.expected = "EAP-MSCHAPv2";
	}
	return why;
}

/* EAP-Failure has been sent: that is the answer (section 2.16). */
int cp_ike_eap_failed(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	char wanted[CP_EAP_WANTED_TEXT];
	const struct ike_refusal why = eap_refusal(sa, wanted, sizeof(wanted));

	cp_ike_refuse(sa, &why);
	return 0;
}

/* EAP ended without a word to the client. */
int cp_ike_eap_stuck(struct ike_sa *sa, const struct ike_message *none UNUSED)
{
	char wanted[CP_EAP_WANTED_TEXT];
	const struct ike_refusal why = eap_refusal(sa, wanted, sizeof(wanted));

	cp_ike_auth_fail_as(sa, &why);
	return 0;
}

bool cp_ike_eap_decided(struct ike_sa *sa)
{
	struct ike_handshake *hs = sa->hs;
	char wanted[CP_EAP_WANTED_TEXT];
	struct ike_refusal why;

	if (!hs || !hs->eap)
		return false;
	if (!hs->eap_ended)
		cp_eap_expire(hs->eap);
	if (!hs->eap_ended || hs->eap_end == CP_EAP_SILENT || hs->eap_end == CP_EAP_SUCCESS)
		return false;
	why = eap_refusal(sa, wanted, sizeof(wanted));
	cp_ike_refuse(sa, &why);
	return true;
}

/* ---- the key that EAP made ------------------------------------------------------------ */

/* AUTH = prf(prf(MSK, "Key Pad for IKEv2"), octets); returns its length, 0 on failure. */
static size_t shared_auth(struct ike_sa *sa, const uint8_t *signed_octets, size_t len,
                          uint8_t out[CP_CRYPTO_DIGEST_MAX])
{
	static const char pad[] = "Key Pad for IKEv2";
	const struct cp_octets pad_part = {pad, sizeof(pad) - 1}, part = {signed_octets, len};
	const struct secret *msk = &sa->hs->msk;
	struct cp_crypto *c = sa->ike->deps.crypto;
	size_t mac = cp_crypto_prf_len(sa->suite.prf);
	SECRET key = {.len = (uint16_t)mac};

	if (!len ||
	    cp_crypto_prf(c, sa->suite.prf, msk->octet, msk->len, &pad_part, 1, key.octet) ||
	    cp_crypto_prf(c, sa->suite.prf, key.octet, key.len, &part, 1, out))
		return 0;
	return mac;
}

int cp_ike_eap_finish(struct ike_sa *sa, const struct ike_message *m)
{
	struct cp_ike *ike = sa->ike;
	struct ike_handshake *hs = sa->hs;
	const struct cursor id = cursor_over(hs->id_ours, hs->id_ours_len);
	uint8_t want[CP_CRYPTO_DIGEST_MAX];
	size_t len, mac;
	int err;

	len = cp_ike_signed_octets(sa, false, &hs->auth->m.idi.body, ike->theirs,
	                           sizeof(ike->theirs));
	mac = shared_auth(sa, ike->theirs, len, want);
	if (!mac || m->auth.left != mac || !ct_equal(m->auth.at, want, mac))
		return cp_ike_auth_fail(sa, CAUSE_EAP_KEY);
	err = cp_ike_auth_user(sa, sa->who, true);
	if (!err)
		err = cp_ike_auth_device(sa);
	if (err)
		return err;
	len = cp_ike_signed_octets(sa, true, &id, ike->ours, sizeof(ike->ours));
	hs->our_auth_len = shared_auth(sa, ike->ours, len, hs->our_auth);
	if (!hs->our_auth_len)
		return -EIO;
	cp_ike_post(sa, ON_ADMIT);
	return 0;
}
