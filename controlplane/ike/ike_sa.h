/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ike_sa - the IKE SA and the engine: what the files of this folder share.
 *
 * Thread   the loop's
 * Memory   an SA is one allocation with a handshake part that is freed when it is up;
 *          it is freed in one place, at the end of cp_ike_event()
 */

#include "common/base/secret.h"
#include "controlplane/crypto/certificate.h"
#include "controlplane/crypto/crypto.h"
#include "controlplane/dpctl/dpctl.h"
#include "controlplane/eap/eap.h"
#include "controlplane/ike/ike.h"
#include "controlplane/ike/ike_codec.h"
#include "controlplane/ike/ike_count.h"
#include "controlplane/ike/ike_fsm.h"
#include "controlplane/keys/keys.h"
#include "controlplane/log/cause.h"
#include "controlplane/log/log.h"
#include "controlplane/session/session.h"

#include <event2/event.h>
#include <event2/event_struct.h>

#include <sys/queue.h>

enum {
	IKE_NONCE_OURS = 32,
	IKE_DIGEST = 32,      /* SHA-256 of a request */
	IKE_CHILDREN_MAX = 4, /* a child, its successor, and what is not yet deleted */
	IKE_QUEUE = 6,        /* events that happened during a transition */
	IKE_REFUSE_SOURCES = 1024,
};

/* SK_* of section 2.14; integrity keys are empty with an AEAD cipher. */
struct ike_keys {
	struct secret d, ai, ar, ei, er, pi, pr;
};

/* A decrypted request that is needed after the call that brought it. */
struct ike_held {
	struct ike_message m; /* points into octets */
	uint8_t octets[];
};

/* What only the handshake needs. */
struct ike_handshake {
	uint8_t *request, *response; /* IKE_SA_INIT as sent, for AUTH: section 2.15 */
	size_t request_len, response_len;
	uint16_t hashes;       /* bit (id) for each of the peer's SIGNATURE_HASH_ALGORITHMS */
	bool natd;             /* the peer sent NAT detection */
	uint8_t proposal;      /* number of the one that was taken */
	struct ike_held *auth; /* the first IKE_AUTH request */
	struct cp_keys_signature signature;
	uint8_t auth_method;
	struct cp_octets
		algorithm; /* AlgorithmIdentifier of RFC 7427, none for older methods */
	bool introduced;   /* IDr, CERT and the signature have been sent */
	bool other_name;   /* IDr of the client is not who we are */
	int psk_status;    /* of ON_PSK_BAD: what the keys process said */
	uint8_t our_auth[CP_CRYPTO_DIGEST_MAX]; /* shared-key AUTH: from the PSK or the MSK */
	size_t our_auth_len;
	uint8_t id_ours[CP_IDENTITY_MAX + 4]; /* IDr body */
	size_t id_ours_len;

	struct event later; /* EAP's calls are handled after it has returned */
	struct cp_eap *eap;
	uint8_t eap_packet[CP_EAP_PACKET_MAX];
	size_t eap_len;
	bool eap_heard; /* the client answered an EAP request */
	bool eap_ended;
	enum cp_eap_end eap_end;
	char eap_user[CP_EAP_USER_MAX];
	struct secret msk;
};

struct ike_child {
	uint32_t spi_in, spi_out;
	uint64_t since_ms;
};

/* The request being answered, or the last that was. */
struct ike_request {
	uint8_t exchange;
	uint32_t id;
	bool open; /* no reply sent yet */
	struct msg_punt path;
	uint8_t digest[IKE_DIGEST];
	uint8_t *reply; /* sent again, octet for octet, when the request comes again */
	size_t reply_len;
};

/* Our own request; one at a time (window of 1, section 2.3). */
struct ike_ask {
	bool open, is_delete;
	bool delete_next; /* DELETE as soon as the open one is answered */
	uint8_t tries;
	uint32_t id;
	uint8_t *octets;
	size_t len;
	struct event timer;
};

struct ike_client; /* ike_client.h: manners of a family of clients */

struct ike_sa {
	struct cp_ike *ike;
	enum ike_state state;
	bool running, logged, half_open, in_peers;
	bool stale;   /* the policy that came does not fit */
	bool garbled; /* a message for it could not be decrypted */
	uint8_t n_queued;
	enum ike_event queued[IKE_QUEUE];

	struct ike_sa *next_spi, *next_source, *next_peer;
	TAILQ_ENTRY(ike_sa) in_half_open;

	uint64_t spi_i, spi_r;
	struct msg_punt path; /* where the peer was last heard, authenticated */
	struct addr source;   /* what a half-open SA is filed under */
	uint32_t recv_next, send_next;
	struct ike_request request;
	struct ike_ask ask;
	int bad; /* of ON_BAD_MESSAGE: -errno of the decoder */
	uint8_t bad_payload;

	struct ike_suite suite;
	char suite_text[48];
	struct ike_keys keys;
	uint8_t nonce_i[IKE_NONCE_MAX], nonce_r[IKE_NONCE_OURS];
	size_t nonce_i_len;
	bool nat; /* somewhere between us: ESP goes in UDP */

	struct ike_handshake *hs;
	struct ike_held *held;                /* CREATE_CHILD_SA waiting for the pool */
	const struct cp_crypto_dh_result *dh; /* during ON_DH */
	bool dh_failed;                       /* during ON_DH_BAD: the pool has answered */

	const struct cp_tenant *tenant;
	const struct cp_user *user;
	const struct ike_client *client;
	const char *auth;
	uint8_t id_type;
	char identity[CP_IDENTITY_MAX]; /* the peer's, as text */
	char who[CP_IDENTITY_MAX];      /* user for the log: EAP identity, else identity */

	struct cp_session *session;
	struct ike_child child[IKE_CHILDREN_MAX];
	unsigned n_child;
	enum cp_end end; /* of ON_SESSION_ENDED */

	struct event timer;
	uint64_t since_ms, heard_ms;
};

TAILQ_HEAD(ike_sa_list, ike_sa);

struct ike_refuse_source {
	struct addr addr;
	uint64_t at_ms;
	uint32_t spent, held_back;
	uint64_t attempt;     /* of the last line without an SA */
	enum cp_cause cause;  /* of the same */
	uint64_t asked_again; /* the attempt that was asked for another group */
	uint32_t times;       /* how often */
};

/* Chains of each tenant, in the order of policy->tenant; n = 0 where there is none. */
struct cp_ike_pki {
	uint32_t n;
	struct cp_certificate at[];
};

struct cp_ike {
	struct cp_ike_deps deps;
	struct ike_sa **by_spi;    /* all, by our SPI */
	struct ike_sa **by_source; /* half-open ones, by the peer's address */
	struct ike_sa **by_peer;   /* established ones, by tenant and identity */
	uint32_t spi_mask, source_mask;
	uint64_t hash_key;
	struct ike_sa_list half_open; /* oldest first */
	uint32_t n_half_open, n_sa;
	struct cp_ike_pki *pki;
	uint64_t count[IKE_COUNTER_COUNT];
	uint64_t failed[CAUSE_COUNT]; /* handshakes, logged or not */
	struct ike_refuse_source source[IKE_REFUSE_SOURCES], all_sources;

	/* One message at a time passes through these. */
	struct ike_message outer, inner;
	struct ike_writer w;
	uint8_t in[IKE_MESSAGE_MAX], out[IKE_MESSAGE_MAX];
	uint8_t ours[CP_KEYS_OCTETS_MAX], theirs[CP_KEYS_OCTETS_MAX]; /* signed octets */
};
