/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * exchange - the actions of the table in ike_fsm.c, by the file they are in, and what these
 * files share.
 *
 * Walk     ike_fsm.c -> [ike/exchange/exchange] -> establish.c, child.c
 * Source   RFC 7296
 * Thread   the loop's
 */

#include "controlplane/ike/ike_parts.h"

/* IKE_SA_INIT request: refuse it without state, or make an SA. Returns what became of it. */
enum ike_counter cp_ike_init_request(struct cp_ike *ike, const struct msg_punt *path,
                                     const void *octets, size_t len,
                                     const struct ike_message *m,
                                     const uint8_t digest[IKE_DIGEST]);

/* Ask the pool for the group and value of @m's KE payload; ON_DH or ON_DH_BAD follows.
 * 0, -errno of cp_crypto_dh() */
int cp_ike_ask_dh(struct ike_sa *sa, const struct ike_message *m);

/* Choose the tenant and note the identity from the first IKE_AUTH request; keeps the
 * request. 0, -EACCES (answered and logged), -ENOMEM */
int cp_ike_auth_begin(struct ike_sa *sa, const struct ike_message *m);
/* Answer AUTHENTICATION_FAILED, write the line; returns -EACCES. */
int cp_ike_auth_fail(struct ike_sa *sa, enum cp_cause cause);
int cp_ike_auth_fail_as(struct ike_sa *sa, const struct ike_refusal *r);
/* The client left or was silent: had EAP decided against it already? Then that is the
 * reason, it is written, and the answer is true. */
bool cp_ike_eap_decided(struct ike_sa *sa);
/* May the user come with this device? Writes the line of the device log. The same. */
int cp_ike_auth_device(struct ike_sa *sa);
/* May this user log in? 0, -EACCES (answered and logged) */
int cp_ike_auth_user(struct ike_sa *sa, const char *name, bool must_exist);
/* Would who was let in be let in by @t, with this device? Writes and answers nothing. */
bool cp_ike_auth_holds(const struct ike_sa *sa, const struct cp_tenant *t);

/* Actions of the table in ike_fsm.c, by the file they are in. */
/* ike_sa_init.c */
cp_ike_action cp_ike_init_begin, cp_ike_init_answer, cp_ike_init_bad_ke;
/* ike_auth.c */
cp_ike_action cp_ike_auth_other;
/* admit.c */
cp_ike_action cp_ike_auth_policy, cp_ike_auth_stale;
/* break_off.c */
cp_ike_action cp_ike_auth_peer_refuses, cp_ike_auth_deadline, cp_ike_auth_evict,
	cp_ike_auth_bad_message;
/* auth_eap.c */
cp_ike_action cp_ike_eap_begin, cp_ike_eap_start, cp_ike_eap_no_signature, cp_ike_eap_input,
	cp_ike_eap_send, cp_ike_eap_ok, cp_ike_eap_failed, cp_ike_eap_stuck, cp_ike_eap_finish;
/* auth_psk.c */
cp_ike_action cp_ike_psk_begin, cp_ike_psk_ok, cp_ike_psk_bad;
/* establish.c */
cp_ike_action cp_ike_establish;
/* create_child_sa.c */
cp_ike_action cp_ike_child_rekey, cp_ike_child_rekey_dh, cp_ike_child_rekey_bad,
	cp_ike_child_more, cp_ike_create_later;
/* rekey_ike.c */
cp_ike_action cp_ike_rekey, cp_ike_rekey_dh, cp_ike_rekey_bad;
/* informational.c */
cp_ike_action cp_ike_info, cp_ike_info_delete, cp_ike_info_rejected, cp_ike_bad_message,
	cp_ike_look_after, cp_ike_dead, cp_ike_say_delete, cp_ike_give_up;
