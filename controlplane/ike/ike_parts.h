/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ike_parts - what each file of this folder does for the others.
 *
 * Source   RFC 7296; sections without another number are its
 * Thread   the loop's
 */

#include "controlplane/ike/ike_sa.h"
#include "controlplane/ike/ike_words.h"

uint64_t cp_ike_now_ms(void);

/* ---- ike_table.c: finding, making and ending SAs -------------------------------------- */

struct ike_sa *cp_ike_find(const struct cp_ike *ike, uint64_t spi_r);
/* The half-open SA of this very IKE_SA_INIT request, if it is a retransmission. */
struct ike_sa *cp_ike_find_init(const struct cp_ike *ike, const struct msg_punt *path,
                                uint64_t spi_i, const uint8_t digest[IKE_DIGEST]);
/* Make an SA with a fresh SPI of ours. NULL: no memory. */
struct ike_sa *cp_ike_sa_new(struct cp_ike *ike, const struct msg_punt *path, uint64_t spi_i);
/* Count it as half-open; makes room first (appliance.half_open_max, half_open_per_source). */
void cp_ike_sa_enlist(struct ike_sa *sa);
void cp_ike_sa_delist(struct ike_sa *sa); /* harmless when it is not half-open */
/* Enter and leave the index of established peers. */
void cp_ike_peer_enter(struct ike_sa *sa);
void cp_ike_peer_leave(struct ike_sa *sa);
/* The next established SA of the same tenant, user and identity; @after NULL: the first. */
struct ike_sa *cp_ike_peer_same(const struct ike_sa *sa, const struct ike_sa *after);
void cp_ike_sa_free(struct ike_sa *sa);
void cp_ike_handshake_free(struct ike_sa *sa);
/* Keep a copy of @m. NULL: no memory. */
struct ike_held *cp_ike_hold(const struct ike_message *m);
void cp_ike_held_free(struct ike_held *held);

/* ---- ike_pki.c: the chain of the SA's tenant; n = 0 where there is none --------------- */

const struct cp_certificate *cp_ike_certificate(const struct ike_sa *sa);

/* ---- ike_protect.c: the Encrypted payload --------------------------------------------- */

/* Open the SK payload of the message in @octets (decrypted in place) and decode what is
 * inside into @inner. 0, -EACCES (integrity), else the decoder's error: the message is
 * authentic then. */
int cp_ike_open(struct ike_sa *sa, uint8_t *octets, const struct ike_message *outer,
                struct ike_message *inner);
void cp_ike_protect_begin(struct ike_sa *sa, struct ike_writer *w);
int cp_ike_protect_end(struct ike_sa *sa, struct ike_writer *w);

/* ---- ike_reply.c: what goes out ------------------------------------------------------- */

void cp_ike_inject(struct cp_ike *ike, const struct msg_punt *path, const void *octets,
                   size_t len);
/* Begin the answer to sa->request; put payloads into the writer; send. It is cached. */
struct ike_writer *cp_ike_reply_begin(struct ike_sa *sa);
int cp_ike_reply_send(struct ike_sa *sa);
/* An answer of one notification. */
int cp_ike_reply_notify(struct ike_sa *sa, enum ike_notify type, const void *data, size_t len);
/* An unprotected answer of one notification to a message without an SA. */
void cp_ike_reply_stateless(struct cp_ike *ike, const struct msg_punt *path,
                            const struct ike_header *h, enum ike_notify type, const void *data,
                            size_t len);
/* A NAT may have moved the client since its last IKE message: ESP shows where it is now. */
void cp_ike_follow(const struct ike_sa *sa, struct msg_punt *path);
/* Our own INFORMATIONAL: empty (a probe), or DELETE of the IKE SA. Sent again until it is
 * answered or given up (ON_ASK_DEAD). */
void cp_ike_probe(struct ike_sa *sa);
void cp_ike_ask_delete(struct ike_sa *sa);
void cp_ike_ask_answered(struct ike_sa *sa);
void cp_ike_ask_stop(struct ike_sa *sa);

/* ---- ike_refuse.c: one line for each handshake that failed ---------------------------- */

/* What the line says beside its cause. NULL where there is nothing to say. */
struct ike_refusal {
	enum cp_cause cause;
	const char *offered, *expected; /* what each side has, where they differ */
	const char *nearest;            /* how little is missing */
};
/* The SA's attempt has failed. Of each SA the first line counts. */
void cp_ike_refuse(struct ike_sa *sa, const struct ike_refusal *r);
/* The short way. */
void cp_ike_refuse_for(struct ike_sa *sa, enum cp_cause cause);
/*
 * A message was refused and there is no SA; a copy of it gets no line of its own.
 *
 * @stage  where it stood: "IKE_SA_INIT", ...
 * @m      its head and, as far as they were read, its payloads
 */
void cp_ike_refuse_message(struct cp_ike *ike, const struct msg_punt *path,
                           const struct ike_message *m, const char *stage,
                           const struct ike_refusal *r);
/* The client asked with a group it had been asked to change: is it time to say so? */
bool cp_ike_refuse_group(struct cp_ike *ike, const struct msg_punt *path, uint64_t attempt);

/* ---- ike_keymat.c: keys (sections 2.14, 2.17, 2.18) ----------------------------------- */

int cp_ike_derive(struct cp_crypto *c, const struct ike_suite *suite,
                  const struct secret *shared, const struct cp_octets *ni,
                  const struct cp_octets *nr, uint64_t spi_i, uint64_t spi_r,
                  struct ike_keys *out);
/* @old_prf, @old_d  of the IKE SA that is replaced */
int cp_ike_derive_rekey(struct cp_crypto *c, const struct ike_suite *suite, uint16_t old_prf,
                        const struct secret *old_d, const struct secret *shared,
                        const struct cp_octets *ni, const struct cp_octets *nr, uint64_t spi_i,
                        uint64_t spi_r, struct ike_keys *out);
/* @shared  NULL without PFS. @in from the initiator, @out to it. */
int cp_ike_derive_child(struct cp_crypto *c, uint16_t prf, const struct secret *d,
                        const struct secret *shared, const struct cp_octets *ni,
                        const struct cp_octets *nr, const struct ike_suite *esp,
                        struct msg_keys *in, struct msg_keys *out);
/* What AUTH covers (section 2.15). @ours: the responder's octets with @id as IDr body;
 * else the initiator's. returns octets, 0 when they do not fit */
size_t cp_ike_signed_octets(struct ike_sa *sa, bool ours, const struct cursor *id, uint8_t *buf,
                            size_t size);

/* ---- ike_select.c: proposals (section 3.3.6) ------------------------------------------ */

struct ike_choice {
	struct ike_suite suite;
	uint8_t number;
	int esn; /* what is answered: enum ike_esn, or IKE_ESN_UNSAID */
	struct cursor spi;
	const char *text; /* the policy's name for it */
};
/* What @p lacks of @have: bit (transform type) for each. Groups count for IKE only. */
unsigned cp_ike_lacks(const struct ike_offer *o, const struct ike_proposal *p,
                      const struct cp_proposal *have);
/* 0, -ENOENT (none fits) */
int cp_ike_select(const struct ike_offer *offer, const struct cp_proposal *have, unsigned n,
                  struct ike_choice *out);
/* @rekey     Diffie-Hellman groups count (CREATE_CHILD_SA); else they are passed over
 * @ke_group  of the KE payload, 0 without one: taken when it is among the acceptable */
int cp_ike_select_esp(const struct ike_offer *offer, const struct cp_proposal *have, unsigned n,
                      bool rekey, uint16_t ke_group, struct ike_choice *out);

/* ---- ike_esp.c: what the data plane makes of agreed transforms ------------------------- */

struct ike_esp {
	uint16_t encr, key_bits, integ;
	enum msg_suite suite;
	uint8_t key_len, salt_len, auth_len, block;
};
/* NULL: no suite of the data plane. */
const struct ike_esp *cp_ike_esp_find(const struct ike_suite *esp);

/* ---- ike_ts.c, ike_cfg.c, ike_id.c, ike_natd.c ----------------------------------------- */

/* The part of @list that is within @lo..@hi, appended to @out; at most MSG_TS_MAX. */
unsigned cp_ike_ts_narrow(const struct ike_ts_list *list, const struct addr *lo,
                          const struct addr *hi, struct msg_ts *out, unsigned n);
const char *cp_ike_ts_text(const struct ike_ts_list *list, char *buf, size_t size);

bool cp_ike_wants_address(const struct ike_message *m);
/* @u  NULL: a client that is no user's */
void cp_ike_put_cfg(struct ike_writer *w, const struct cp_network *net,
                    const struct addr *inner);

const char *cp_ike_id_text(const struct ike_id *id, char *buf, size_t size);
/* Our identity as an ID payload's body: the tenant's, or @local without one. Returns its
 * length, 0 when it does not fit. */
size_t cp_ike_id_ours(const struct cp_tenant *t, const struct addr *local, uint8_t *buf,
                      size_t size);

void cp_ike_natd_put(struct ike_sa *sa, struct ike_writer *w);
/* Does what the peer says differ from what we see? */
bool cp_ike_natd_is_nat(struct cp_ike *ike, const struct ike_message *m,
                        const struct msg_punt *path);

/* ---- child.c: a child SA from an agreed choice ---------------------------------------- */

struct ike_child_plan {
	struct ike_choice choice;
	uint32_t spi_out;
	unsigned n_tsi, n_tsr;
	struct msg_ts tsi[MSG_TS_MAX], tsr[MSG_TS_MAX];
};
/* Choose the proposal; narrow the selectors to @inner and the tenant's subnets. Both return
 * 0, or the notification that refuses it (a positive number). */
int cp_ike_child_choose(struct ike_sa *sa, const struct ike_message *m, bool rekey,
                        struct ike_child_plan *plan);
int cp_ike_child_narrow(struct ike_sa *sa, const struct ike_message *m,
                        const struct addr *inner, struct ike_child_plan *plan);
/* Keys, SPI, and into the data plane. 0, -ENOSPC, -ENOTCONN, -EIO */
int cp_ike_child_install(struct ike_sa *sa, const struct ike_child_plan *plan,
                         const struct secret *shared, const struct cp_octets *ni,
                         const struct cp_octets *nr, bool first, uint32_t *spi_in);
struct ike_child *cp_ike_child_by_spi_out(struct ike_sa *sa, uint32_t spi_out);
void cp_ike_child_forget(struct ike_sa *sa, struct ike_child *c);
void cp_ike_session_ended(void *ctx, struct cp_session *s, enum cp_end why);
void cp_ike_put_child(struct ike_writer *w, const struct ike_child_plan *plan, uint32_t spi_in);
