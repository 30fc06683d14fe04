/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * initiator - a client of the IKE engine in memory: says what it is told, right or wrong.
 *
 * Runs on fake_crypto, so that it derives keys by the engine's own code; it is there to
 * lead the engine through its states, not to judge its cryptography.
 *
 * Thread   the test's
 */

#include "controlplane/ike/ike_parts.h"
#include "tests/sim/world.h"

struct engine {
	struct world world;
	struct cp_ike *ike;
};

/* @config  where pki/ is */
void engine_new(struct engine *e, const char *config);
void engine_free(struct engine *e);
/* Answer every open question with success, let timers of 0 ms run, obey the records. */
void engine_settle(struct engine *e);
uint64_t engine_counter(const struct engine *e, const char *name);

struct initiator {
	struct engine *e;
	struct msg_punt path;
	uint64_t spi_i, spi_r;
	struct ike_suite suite;
	struct ike_keys keys;
	uint32_t next;                 /* message id of the next request */
	uint32_t spi;                  /* ESP SPI offered last */
	struct ike_suite esp;          /* what is offered for ESP */
	int esn;                       /* and of sequence numbers: cp_ike_put_sa() */
	uint8_t sent[IKE_MESSAGE_MAX]; /* the last datagram */
	size_t sent_len;
	uint8_t chain[IKE_MESSAGE_MAX]; /* payloads of the request that is being written */
	struct ike_writer w;
	uint8_t got[IKE_MESSAGE_MAX];
	struct ike_message answer; /* opened by initiator_hear() */
};

/* A client at 192.0.2.@n, port 4500. */
void initiator_new(struct initiator *i, struct engine *e, unsigned n);

/* IKE_SA_INIT with @group in its KE payload and @dh as the only group of its proposal. */
void initiator_say_init(struct initiator *i, uint16_t dh, uint16_t group);
/* Write payloads into initiator_begin()'s writer, then say them protected. */
struct ike_writer *initiator_begin(struct initiator *i);
void initiator_say(struct initiator *i, uint8_t exchange);
/* The same, but only into i->sent. */
void initiator_seal(struct initiator *i, uint8_t exchange);
/* A protected message with any flags, id and inner chain. */
void initiator_say_raw(struct initiator *i, uint8_t exchange, uint8_t flags, uint32_t id,
                       uint8_t first, const void *chain, size_t len);
/* The last datagram again. */
void initiator_repeat(struct initiator *i);

/*
 * Take the newest frame injected since the last world_forget(), for whoever it was.
 *
 * returns  true when there was one and it could be read: i->answer
 */
bool initiator_hear(struct initiator *i);

/* Payloads of a whole IKE_AUTH request but for AUTH or EAP. */
void initiator_put_wishes(struct initiator *i, struct ike_writer *w, const char *identity);
/* From nothing to a tunnel by PSK; the engine is settled. */
void initiator_connect(struct initiator *i, const char *identity);
