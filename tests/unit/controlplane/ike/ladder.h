/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ladder - what the ladders of the IKE engine share: two clients in memory, and the steps
 * every conversation is made of.
 *
 * Cryptography, keys process and data plane are fakes (tests/sim/): what is tested is who
 * answers what, and what is left afterwards.
 *
 * Thread   the test's
 */

#include "tests/sim/fake_crypto.h"
#include "tests/sim/fake_keys.h"
#include "tests/sim/initiator.h"

extern struct engine e;
extern struct initiator a, b;

int ladder_setup(void **state);
/* Whatever happened, nothing is left half done when the engine goes. */
int ladder_teardown(void **state);

/* Let everything settle, then the newest answer must be readable: i->answer. */
void hear(struct initiator *i);
/* The answer has this notification. */
void hear_notify(struct initiator *i, enum ike_notify type);
void says_empty(struct initiator *i, uint8_t exchange);
/* One line of this event so far, and it holds @text. */
bool logged(enum event_id id, const char *text);
/* One line of a refusal so far, for this cause. */
bool refused(enum cp_cause cause);

void half_open(struct initiator *i);
void say_psk(struct initiator *i, const char *identity);
void say_delete_ike(struct initiator *i);

void say_eap(struct initiator *i, const void *packet, size_t len);
/* Up to the challenge for @user. */
void begin_eap(struct initiator *i, const char *user);
/* MS-CHAPv2 response of any content: the fake keys process decides. */
void answer_challenge(struct initiator *i, const char *user);
/* AUTH by the key that EAP made; @spoil is not 0: a wrong one. */
void say_mic(struct initiator *i, uint8_t spoil);
/* Up to EAP-Success. */
void eap_to_success(struct initiator *i, const char *user);
