/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ike_codec - IKEv2 messages between octets and structs.
 *
 * Decoding is bounded in every direction: payloads of a message, proposals, transforms,
 * selectors, attributes. What is longer than a bound is refused whole. Octets inside a
 * decoded message are borrowed from the buffer that was decoded.
 *
 * Walk     ike_main.c -> [ike/ike_codec] -> ike_fsm.c
 * Source   RFC 7296 section 3
 * Thread   any; pure
 * Memory   the caller's; allocates nothing
 */

#include "common/base/addr.h"
#include "common/base/cursor.h"
#include "common/msg/msg.h"
#include "common/wire/ike.h"

enum {
	IKE_MESSAGE_MAX = MSG_PAYLOAD_MAX,
	IKE_PAYLOADS_MAX = 96,
	IKE_PROPOSALS_MAX = 64,
	IKE_TRANSFORMS_MAX = 512, /* of all proposals of a message */
	IKE_NOTIFIES_MAX = 48,
	IKE_VENDORS_MAX = 32,
	IKE_TS_MAX = 32, /* of one side */
	IKE_CFG_MAX = 48,
	IKE_DELETES_MAX = 64, /* SPIs of all Delete payloads of a message */
};

struct ike_header {
	uint64_t spi_i, spi_r;
	uint8_t next, version, exchange, flags;
	uint32_t id, length;
};

struct ike_transform {
	uint8_t type;
	bool odd; /* carries an attribute we do not know: cannot be chosen (section 3.3.6) */
	uint16_t id, key_bits;
};

struct ike_proposal {
	uint8_t number, protocol;
	struct cursor spi;
	uint16_t first, n; /* transforms: ike_offer.transform[first .. first + n) */
};

struct ike_offer {
	uint16_t n_proposal, n_transform;
	struct ike_proposal proposal[IKE_PROPOSALS_MAX];
	struct ike_transform transform[IKE_TRANSFORMS_MAX];
};

/* One algorithm of each kind: what was chosen. Zero where the kind does not apply. */
struct ike_suite {
	uint16_t encr, key_bits, integ, prf, dh;
};

struct ike_id {
	uint8_t type;
	struct cursor data;
	struct cursor body; /* type and reserved octets too: what AUTH covers, section 2.15 */
};

struct ike_notify_payload {
	uint8_t protocol;
	uint16_t type;
	struct cursor spi, data;
};

struct ike_ts_list {
	uint16_t n;
	uint16_t other; /* selectors of types we do not know */
	struct {
		uint8_t type; /* enum ike_ts_type: IPv6 and IPv4 share one shape in ts */
		struct msg_ts ts;
	} at[IKE_TS_MAX];
};

struct ike_cfg_list {
	uint8_t type; /* enum ike_cfg_type */
	uint16_t n;
	struct {
		uint16_t type;
		struct cursor value;
	} at[IKE_CFG_MAX];
};

struct ike_message {
	struct ike_header head;
	uint32_t seen; /* bit (type - IKE_PAYLOAD_SA) for each payload type that was there */
	uint8_t unsupported; /* critical payload type we do not know */
	uint8_t first;       /* what was decoded: type of the first payload, and the octets */
	struct cursor chain;

	struct ike_offer sa;
	uint16_t ke_group;
	struct cursor ke, nonce, eap;
	struct ike_id idi, idr;
	uint8_t auth_method;
	struct cursor auth;
	uint16_t n_cert, n_certreq, n_notify, n_vendor, n_delete;
	struct ike_notify_payload notify[IKE_NOTIFIES_MAX];
	struct cursor vendor[IKE_VENDORS_MAX];
	struct {
		uint8_t protocol;
		uint32_t spi; /* 0 for the IKE SA */
	} delete[IKE_DELETES_MAX];
	struct ike_ts_list tsi, tsr;
	struct ike_cfg_list cfg;

	/* The Encrypted payload, always the last: its body, and what is inside. */
	uint8_t sk_first;
	struct cursor sk;
};

bool cp_ike_has(const struct ike_message *m, enum ike_payload_type type);
/* The first notification of this type, or NULL. */
const struct ike_notify_payload *cp_ike_notify_find(const struct ike_message *m,
                                                    enum ike_notify type);

/*
 * Read the fixed header. The length in it must be the datagram's (section 3.1).
 *
 * returns  0, or -EBADMSG
 */
int cp_ike_header_decode(struct cursor *c, struct ike_header *h);

/*
 * Read a chain of payloads into @m, whose head the caller has filled. Ends at the last
 * payload, or at an Encrypted payload, which must be the last.
 *
 * @first   type of the first payload
 * returns  0, -EBADMSG (INVALID_SYNTAX), -E2BIG (a bound), -EOPNOTSUPP (a critical payload
 *          we do not know: m->unsupported)
 */
int cp_ike_payloads_decode(uint8_t first, struct cursor c, struct ike_message *m);

/* The body of one payload each; used by cp_ike_payloads_decode(). 0, -EBADMSG, -E2BIG */
int cp_ike_sa_decode(struct cursor c, struct ike_offer *offer);
int cp_ike_ts_decode(struct cursor c, struct ike_ts_list *list);
int cp_ike_cfg_decode(struct cursor c, struct ike_cfg_list *list);

/* ---- writing ------------------------------------------------------------------------ */

/* Payloads are written in order; each names its type in the one before it. Errors stay in
 * the sink: test `w->s.full` at the end. */
struct ike_writer {
	struct sink s;
	size_t next;    /* offset of the octet that names the following payload */
	size_t payload; /* offset of the payload being written */
	size_t sk;      /* offset of the Encrypted payload, 0 without one */
};

void cp_ike_write(struct ike_writer *w, void *octets, size_t size, const struct ike_header *h);
void cp_ike_payload_open(struct ike_writer *w, enum ike_payload_type type);
void cp_ike_payload_close(struct ike_writer *w);
/* From here on payloads are inside an Encrypted payload; @iv_len octets are left free. */
void cp_ike_sk_open(struct ike_writer *w, size_t iv_len);

/* Where the parts of an Encrypted payload stand, for sealing. */
struct ike_sk_parts {
	uint8_t *iv, *body, *icv;
	size_t aad_len, body_len;
};
/* Pad to @block (section 3.14), leave @icv_len octets free, set all lengths.
 * returns 0, -EMSGSIZE */
int cp_ike_sk_close(struct ike_writer *w, size_t iv_len, size_t block, size_t icv_len,
                    struct ike_sk_parts *parts);
/* Set the length of a message without an Encrypted payload. 0, -EMSGSIZE */
int cp_ike_write_end(struct ike_writer *w);

void cp_ike_put(struct ike_writer *w, enum ike_payload_type type, const void *octets,
                size_t len);
enum {
	IKE_ESN_UNSAID = -1, /* no such transform in the proposal */
};
/* One proposal with the transforms of @suite. @esn: enum ike_esn, or IKE_ESN_UNSAID. */
void cp_ike_put_sa(struct ike_writer *w, uint8_t number, uint8_t protocol, const void *spi,
                   size_t spi_len, const struct ike_suite *suite, int esn);
void cp_ike_put_ke(struct ike_writer *w, uint16_t group, const void *value, size_t len);
/* ID, AUTH and CERT: a leading octet, for ID and AUTH three reserved ones, then data. */
void cp_ike_put_kind(struct ike_writer *w, enum ike_payload_type type, uint8_t kind,
                     const void *data, size_t len);
void cp_ike_put_notify(struct ike_writer *w, enum ike_notify type, const void *data,
                       size_t len);
void cp_ike_put_notify_esp(struct ike_writer *w, enum ike_notify type, uint32_t spi);
void cp_ike_put_delete_ike(struct ike_writer *w);
void cp_ike_put_delete_esp(struct ike_writer *w, const uint32_t *spi, unsigned n);
void cp_ike_put_ts(struct ike_writer *w, enum ike_payload_type type, const struct msg_ts *ts,
                   unsigned n);
