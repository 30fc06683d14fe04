/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/initiator.h"

#include "tests/sim/fake_crypto.h"
#include "tests/sim/fake_keys.h"

#include <assert.h>

/* ---- the engine --------------------------------------------------------------------------- */

void engine_new(struct engine *e, const char *config)
{
	struct cp_policy_error error;
	struct cp_ike_deps deps;

	fake_crypto_reset();
	fake_keys_reset();
	world_new(&e->world);
	snprintf(e->world.tenant[0].certificate, CP_NAME_MAX, "test");
	deps = (struct cp_ike_deps){.loop = e->world.loop,
	                            .policy = &e->world.policy,
	                            .sessions = e->world.sessions,
	                            .dpctl = &e->world.dpctl,
	                            .log = &e->world.log};
	assert(cp_ike_pki_load(&e->world.policy, NULL, config, &deps.take_pki, &error) == 0);
	assert(cp_ike_new(&deps, &e->ike) == 0);
}

void engine_free(struct engine *e)
{
	cp_ike_free(e->ike);
	world_free(&e->world);
}

void engine_settle(struct engine *e)
{
	unsigned i;

	for (i = 0; i < 16; i++) {
		fake_crypto_answer(0);
		fake_keys_answer(0);
		event_base_loop(e->world.loop, EVLOOP_NONBLOCK);
		world_obey(&e->world);
	}
}

struct wanted {
	const char *name;
	uint64_t n;
};

static void match(void *ctx, const char *name, uint64_t n)
{
	struct wanted *want = ctx;

	if (strcmp(name, want->name) == 0)
		want->n = n;
}

uint64_t engine_counter(const struct engine *e, const char *name)
{
	struct wanted want = {name, UINT64_MAX};

	cp_ike_counters(e->ike, match, &want);
	assert(want.n != UINT64_MAX);
	return want.n;
}

/* ---- the client --------------------------------------------------------------------------- */

void initiator_new(struct initiator *i, struct engine *e, unsigned n)
{
	char text[ADDR_TEXT];

	memset(i, 0, sizeof(*i));
	i->e = e;
	i->esp = (struct ike_suite){IKE_ENCR_AES_GCM_16, 128, 0, 0, 0};
	i->esn = IKE_ESN_NO;
	i->spi_i = 0x1111111111111100u + n;
	i->spi = 0x1000 * (n + 1);
	i->path.kind = MSG_PUNT_IKE_NATT;
	i->path.worker = 1;
	i->path.tenant = 1;
	i->path.local.addr = e->world.tenant[0].local[0];
	i->path.local.port = IKE_PORT_NATT;
	snprintf(text, sizeof(text), "192.0.2.%u", n);
	assert(addr_parse(text, &i->path.remote.addr) == 0);
	i->path.remote.port = IKE_PORT_NATT;
}

void initiator_repeat(struct initiator *i)
{
	cp_ike_punt(i->e->ike, &i->path, i->sent, i->sent_len);
}

static const uint8_t nonce[32] = "a nonce, each time the same one";

void initiator_say_init(struct initiator *i, uint16_t dh, uint16_t group)
{
	const struct ike_header h = {.spi_i = i->spi_i,
	                             .version = IKE_VERSION,
	                             .exchange = IKE_SA_INIT,
	                             .flags = IKE_FLAG_INITIATOR};
	uint8_t value[64] = {1};
	struct ike_writer w;

	i->suite = (struct ike_suite){IKE_ENCR_AES_GCM_16, 128, 0, IKE_PRF_HMAC_SHA2_256, dh};
	cp_ike_write(&w, i->sent, sizeof(i->sent), &h);
	cp_ike_put_sa(&w, 1, IKE_PROTOCOL_IKE, NULL, 0, &i->suite, IKE_ESN_UNSAID);
	cp_ike_put_ke(&w, group, value, cp_crypto_dh_public_len(group));
	cp_ike_put(&w, IKE_PAYLOAD_NONCE, nonce, sizeof(nonce));
	cp_ike_put_notify(&w, IKE_N_NAT_DETECTION_SOURCE_IP, "01234567890123456789", 20);
	cp_ike_put_notify(&w, IKE_N_NAT_DETECTION_DESTINATION_IP, "01234567890123456789", 20);
	assert(cp_ike_write_end(&w) == 0);
	i->sent_len = w.s.used;
	i->next = 1;
	initiator_repeat(i);
}

/* The chain is written as a message of its own, of which only the payloads are taken. */
struct ike_writer *initiator_begin(struct initiator *i)
{
	static const struct ike_header h;

	cp_ike_write(&i->w, i->chain, sizeof(i->chain), &h);
	return &i->w;
}

static struct cp_crypto_sk key_of(const struct initiator *i, bool ours)
{
	return (struct cp_crypto_sk){.encr = i->suite.encr,
	                             .key_bits = i->suite.key_bits,
	                             .sk_e = ours ? &i->keys.ei : &i->keys.er,
	                             .sk_a = ours ? &i->keys.ai : &i->keys.ar};
}

static void seal(struct initiator *i, uint8_t exchange, uint8_t flags, uint32_t id,
                 uint8_t first, const void *chain, size_t len)
{
	const struct ike_header h = {.spi_i = i->spi_i,
	                             .spi_r = i->spi_r,
	                             .version = IKE_VERSION,
	                             .exchange = exchange,
	                             .flags = flags,
	                             .id = id};
	struct cp_crypto_sk key = key_of(i, true);
	struct ike_sk_parts p;
	struct ike_writer w;

	cp_ike_write(&w, i->sent, sizeof(i->sent), &h);
	cp_ike_sk_open(&w, 8);
	sink_put(&w.s, chain, len);
	i->sent_len = 0;
	if (cp_ike_sk_close(&w, 8, 1, 16, &p))
		return;
	i->sent[w.sk] = first;
	cp_crypto_sk_seal(NULL, &key, i->sent, p.aad_len, p.iv, p.body, p.body_len, p.icv);
	i->sent_len = w.s.used;
}

void initiator_seal(struct initiator *i, uint8_t exchange)
{
	const size_t head = sizeof(struct wire_ike_header);

	seal(i, exchange, IKE_FLAG_INITIATOR, i->next++,
	     i->chain[offsetof(struct wire_ike_header, next)], i->chain + head,
	     i->w.s.used - head);
}

void initiator_say(struct initiator *i, uint8_t exchange)
{
	initiator_seal(i, exchange);
	initiator_repeat(i);
}

void initiator_say_raw(struct initiator *i, uint8_t exchange, uint8_t flags, uint32_t id,
                       uint8_t first, const void *chain, size_t len)
{
	seal(i, exchange, flags, id, first, chain, len);
	initiator_repeat(i);
}

/* ---- answers ------------------------------------------------------------------------------ */

static void take_init(struct initiator *i)
{
	const struct cp_octets ni = {nonce, sizeof(nonce)};
	const struct cp_octets nr = {i->answer.nonce.at, i->answer.nonce.left};
	struct secret shared = {.len = 32, .octet = "shared"};

	if (!cp_ike_has(&i->answer, IKE_PAYLOAD_KE))
		return;
	i->spi_r = i->answer.head.spi_r;
	cp_ike_derive(NULL, &i->suite, &shared, &ni, &nr, i->spi_i, i->spi_r, &i->keys);
}

static bool open_answer(struct initiator *i)
{
	struct cp_crypto_sk key = key_of(i, false);
	size_t at = (size_t)(i->answer.sk.at - i->got), len = i->answer.sk.left - 8 - 16;
	struct ike_header h = i->answer.head;
	uint8_t first = i->answer.sk_first, *body = i->got + at + 8;

	if (cp_crypto_sk_open(NULL, &key, i->got, at, i->got + at, body, len, body + len))
		return false;
	memset(&i->answer, 0, sizeof(i->answer));
	i->answer.head = h;
	return cp_ike_payloads_decode(first, cursor_over(body, len - 1), &i->answer) == 0;
}

bool initiator_hear(struct initiator *i)
{
	const struct world *w = &i->e->world;
	unsigned n = world_count(w, MSG_INJECT);
	const struct world_record *r = n ? world_find(w, MSG_INJECT, n - 1) : NULL;
	struct cursor c;

	if (!r)
		return false;
	memcpy(i->got, r->octets, r->len);
	c = cursor_over(i->got, r->len);
	memset(&i->answer, 0, sizeof(i->answer));
	if (cp_ike_header_decode(&c, &i->answer.head) ||
	    cp_ike_payloads_decode(i->answer.head.next, c, &i->answer))
		return false;
	if (i->answer.head.exchange != IKE_SA_INIT && cp_ike_has(&i->answer, IKE_PAYLOAD_SK))
		return open_answer(i);
	take_init(i);
	return true;
}

/* ---- whole conversations ------------------------------------------------------------------- */

void initiator_put_wishes(struct initiator *i, struct ike_writer *w, const char *identity)
{
	static const uint8_t cfg[] = {IKE_CFG_REQUEST, 0, 0, 0, 0, IKE_CFG_IP4_ADDRESS, 0, 0};
	const be32 spi = be32_from(i->spi);
	struct msg_ts all = {.port_hi = 65535};

	all.lo = addr_from_v4(be32_from(0));
	all.hi = addr_from_v4(be32_from(~(uint32_t)0));
	cp_ike_put_kind(w, IKE_PAYLOAD_IDI, IKE_ID_KEY_ID, identity, strlen(identity));
	cp_ike_put(w, IKE_PAYLOAD_CP, cfg, sizeof(cfg));
	cp_ike_put_sa(w, 1, IKE_PROTOCOL_ESP, &spi, sizeof(spi), &i->esp, i->esn);
	cp_ike_put_ts(w, IKE_PAYLOAD_TSI, &all, 1);
	cp_ike_put_ts(w, IKE_PAYLOAD_TSR, &all, 1);
}

void initiator_connect(struct initiator *i, const char *identity)
{
	struct ike_writer *w;

	initiator_say_init(i, IKE_DH_CURVE25519, IKE_DH_CURVE25519);
	engine_settle(i->e);
	initiator_hear(i);
	w = initiator_begin(i);
	initiator_put_wishes(i, w, identity);
	cp_ike_put_kind(w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, nonce, sizeof(nonce));
	initiator_say(i, IKE_AUTH);
	engine_settle(i->e);
	initiator_hear(i);
}
