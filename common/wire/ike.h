/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* lint: table */

/*
 * ike - IKEv2 as it stands on the wire: fixed headers and the numbers of the registry.
 *
 * Transform ids are the names of algorithms throughout the control plane: policy compiles
 * to them, the key exchange negotiates them, controlplane/crypto/ is asked by them.
 *
 * Source   RFC 7296 section 3; RFC 5903, 8031 (groups); RFC 4106, 5282 (GCM); RFC 4868
 *          (SHA-2); RFC 7427 (signatures); RFC 7383, 4555 (numbers only); the IANA registry
 *          "Internet Key Exchange Version 2 (IKEv2) Parameters"
 */

#include "common/base/bytes.h"

#include <assert.h>

enum {
	IKE_VERSION_MAJOR = 2,
	IKE_VERSION = 0x20, /* major 2, minor 0 */
	IKE_PORT = 500,
	IKE_PORT_NATT = 4500,
	IKE_NONCE_MIN = 16, /* RFC 7296 section 2.10, 3.9 */
	IKE_NONCE_MAX = 256,
	IKE_SPI_LEN = 8,
	IKE_ESP_SPI_LEN = 4,
};

/*
 * IKE header, RFC 7296 section 3.1.
 *
 *   offset  size  field
 *        0     8  spi_i     initiator's SPI, never 0
 *        8     8  spi_r     responder's SPI, 0 in the first message
 *       16     1  next      type of the first payload
 *       17     1  version   major:4 | minor:4
 *       18     1  exchange  enum ike_exchange
 *       19     1  flags     enum ike_flag
 *       20     4  id        message id
 *       24     4  length    octets of the whole message
 */
struct wire_ike_header {
	be64 spi_i;
	be64 spi_r;
	uint8_t next;
	uint8_t version;
	uint8_t exchange;
	uint8_t flags;
	be32 id;
	be32 length;
};
static_assert(sizeof(struct wire_ike_header) == 28, "RFC 7296 3.1");

enum ike_flag {
	IKE_FLAG_INITIATOR = 0x08, /* sent by the original initiator of the IKE SA */
	IKE_FLAG_VERSION = 0x10,   /* sender could speak a higher version */
	IKE_FLAG_RESPONSE = 0x20,
};

enum ike_exchange {
	IKE_SA_INIT = 34,
	IKE_AUTH = 35,
	IKE_CREATE_CHILD_SA = 36,
	IKE_INFORMATIONAL = 37,
};

/*
 * Generic payload header, RFC 7296 section 3.2.
 *
 *   offset  size  field
 *        0     1  next      type of the following payload, 0 = none
 *        1     1  critical  0x80 when the receiver must understand it
 *        2     2  length    octets, this header included, so at least 4
 */
struct wire_ike_payload {
	uint8_t next;
	uint8_t critical;
	be16 length;
};
static_assert(sizeof(struct wire_ike_payload) == 4, "RFC 7296 3.2");

enum {
	IKE_CRITICAL = 0x80,
};

enum ike_payload_type {
	IKE_PAYLOAD_NONE = 0,
	IKE_PAYLOAD_SA = 33,
	IKE_PAYLOAD_KE = 34,
	IKE_PAYLOAD_IDI = 35,
	IKE_PAYLOAD_IDR = 36,
	IKE_PAYLOAD_CERT = 37,
	IKE_PAYLOAD_CERTREQ = 38,
	IKE_PAYLOAD_AUTH = 39,
	IKE_PAYLOAD_NONCE = 40,
	IKE_PAYLOAD_NOTIFY = 41,
	IKE_PAYLOAD_DELETE = 42,
	IKE_PAYLOAD_VENDOR = 43,
	IKE_PAYLOAD_TSI = 44,
	IKE_PAYLOAD_TSR = 45,
	IKE_PAYLOAD_SK = 46,
	IKE_PAYLOAD_CP = 47,
	IKE_PAYLOAD_EAP = 48,
	IKE_PAYLOAD_SKF = 53, /* RFC 7383 */
};

/*
 * Proposal, RFC 7296 section 3.3.1; its SPI and transforms follow.
 *
 *   offset  size  field
 *        0     1  last          0 = last proposal, 2 = more
 *        1     1  reserved
 *        2     2  length        octets of the proposal with all that follows
 *        4     1  number        1.., in the answer: the one that was accepted
 *        5     1  protocol      enum ike_protocol
 *        6     1  spi_len       0, 4 or 8
 *        7     1  n_transforms
 */
struct wire_ike_proposal {
	uint8_t last;
	uint8_t reserved;
	be16 length;
	uint8_t number;
	uint8_t protocol;
	uint8_t spi_len;
	uint8_t n_transforms;
};
static_assert(sizeof(struct wire_ike_proposal) == 8, "RFC 7296 3.3.1");

enum ike_protocol {
	IKE_PROTOCOL_NONE = 0, /* in Notify: about the message or the IKE SA itself */
	IKE_PROTOCOL_IKE = 1,
	IKE_PROTOCOL_AH = 2,
	IKE_PROTOCOL_ESP = 3,
};

/*
 * Transform, RFC 7296 section 3.3.2; its attributes follow.
 *
 *   offset  size  field
 *        0     1  last      0 = last transform, 3 = more
 *        1     1  reserved
 *        2     2  length    octets of the transform with its attributes
 *        4     1  type      enum ike_transform_type
 *        5     1  reserved2
 *        6     2  id        enum ike_encr, ike_prf, ike_integ, ike_dh, ike_esn
 */
struct wire_ike_transform {
	uint8_t last;
	uint8_t reserved;
	be16 length;
	uint8_t type;
	uint8_t reserved2;
	be16 id;
};
static_assert(sizeof(struct wire_ike_transform) == 8, "RFC 7296 3.3.2");

enum {
	IKE_MORE_PROPOSALS = 2,
	IKE_MORE_TRANSFORMS = 3,
};

enum ike_transform_type {
	IKE_TRANSFORM_ENCR = 1,
	IKE_TRANSFORM_PRF = 2,
	IKE_TRANSFORM_INTEG = 3,
	IKE_TRANSFORM_DH = 4,
	IKE_TRANSFORM_ESN = 5,
};

enum ike_encr {
	IKE_ENCR_NONE = 0,
	IKE_ENCR_3DES = 3,
	IKE_ENCR_NULL = 11,
	IKE_ENCR_AES_CBC = 12,
	IKE_ENCR_AES_CTR = 13,
	IKE_ENCR_AES_GCM_8 = 18,
	IKE_ENCR_AES_GCM_12 = 19,
	IKE_ENCR_AES_GCM_16 = 20, /* 16-octet tag: the only GCM we speak */
	IKE_ENCR_CHACHA20_POLY1305 = 28,
};

enum ike_prf {
	IKE_PRF_NONE = 0,
	IKE_PRF_HMAC_MD5 = 1,
	IKE_PRF_HMAC_SHA1 = 2,
	IKE_PRF_AES128_XCBC = 4,
	IKE_PRF_HMAC_SHA2_256 = 5,
	IKE_PRF_HMAC_SHA2_384 = 6,
	IKE_PRF_HMAC_SHA2_512 = 7,
	IKE_PRF_AES128_CMAC = 8,
};

enum ike_integ {
	IKE_INTEG_NONE = 0,
	IKE_INTEG_HMAC_MD5_96 = 1,
	IKE_INTEG_HMAC_SHA1_96 = 2,
	IKE_INTEG_AES_XCBC_96 = 5,
	IKE_INTEG_HMAC_SHA2_256_128 = 12,
	IKE_INTEG_HMAC_SHA2_384_192 = 13,
	IKE_INTEG_HMAC_SHA2_512_256 = 14,
};

enum ike_dh {
	IKE_DH_NONE = 0,
	IKE_DH_MODP_1024 = 2,
	IKE_DH_MODP_1536 = 5,
	IKE_DH_MODP_2048 = 14,
	IKE_DH_MODP_3072 = 15,
	IKE_DH_MODP_4096 = 16,
	IKE_DH_ECP_256 = 19,
	IKE_DH_ECP_384 = 20,
	IKE_DH_ECP_521 = 21,
	IKE_DH_CURVE25519 = 31,
	IKE_DH_CURVE448 = 32,
};

enum ike_esn {
	IKE_ESN_NO = 0,
	IKE_ESN_YES = 1,
};

/*
 * Attribute, RFC 7296 section 3.3.5: with the top bit of the type set the second field is
 * the value itself, else it is the length of a value that follows.
 *
 *   offset  size  field
 *        0     2  type    format:1 | type:15
 *        2     2  value   or length
 */
struct wire_ike_attribute {
	be16 type;
	be16 value;
};
static_assert(sizeof(struct wire_ike_attribute) == 4, "RFC 7296 3.3.5");

enum {
	IKE_ATTRIBUTE_SHORT = 0x8000,
	IKE_ATTRIBUTE_KEY_LENGTH = 14,
};

/*
 * Key Exchange, RFC 7296 section 3.4; the public value follows.
 *
 *   offset  size  field
 *        0     2  group     enum ike_dh
 *        2     2  reserved
 */
struct wire_ike_ke {
	be16 group;
	be16 reserved;
};
static_assert(sizeof(struct wire_ike_ke) == 4, "RFC 7296 3.4");

/*
 * Identification, section 3.5; Authentication, section 3.8: a type or method in the first
 * octet, three reserved, then data.
 *
 *   offset  size  field
 *        0     1  kind      enum ike_id_type or enum ike_auth_method
 *        1     3  reserved
 */
struct wire_ike_kind {
	uint8_t kind;
	uint8_t reserved[3];
};
static_assert(sizeof(struct wire_ike_kind) == 4, "RFC 7296 3.5, 3.8");

enum ike_id_type {
	IKE_ID_IPV4_ADDR = 1,
	IKE_ID_FQDN = 2,
	IKE_ID_RFC822_ADDR = 3,
	IKE_ID_IPV6_ADDR = 5,
	IKE_ID_DER_ASN1_DN = 9,
	IKE_ID_DER_ASN1_GN = 10,
	IKE_ID_KEY_ID = 11,
};

enum ike_auth_method {
	IKE_AUTH_RSA = 1,
	IKE_AUTH_SHARED_KEY = 2,
	IKE_AUTH_ECDSA_256 = 9,
	IKE_AUTH_ECDSA_384 = 10,
	IKE_AUTH_ECDSA_521 = 11,
	IKE_AUTH_DIGITAL_SIGNATURE = 14, /* RFC 7427 */
};

/* Hash ids of SIGNATURE_HASH_ALGORITHMS, RFC 7427 section 7. */
enum ike_hash {
	IKE_HASH_SHA1 = 1,
	IKE_HASH_SHA2_256 = 2,
	IKE_HASH_SHA2_384 = 3,
	IKE_HASH_SHA2_512 = 4,
};

/* Certificate encodings, section 3.6: the payload's first octet. */
enum ike_cert_encoding {
	IKE_CERT_X509_SIGNATURE = 4,
	IKE_CERT_HASH_URL = 12,
};

/*
 * Notify, section 3.10; SPI and data follow.
 *
 *   offset  size  field
 *        0     1  protocol  enum ike_protocol
 *        1     1  spi_len   0, 4 or 8
 *        2     2  type      enum ike_notify
 */
struct wire_ike_notify {
	uint8_t protocol;
	uint8_t spi_len;
	be16 type;
};
static_assert(sizeof(struct wire_ike_notify) == 4, "RFC 7296 3.10");

/* X(identifier, number, "name as in the RFC") */
#define IKE_NOTIFIES(X)                                                                \
	X(IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, 1, "UNSUPPORTED_CRITICAL_PAYLOAD")       \
	X(IKE_N_INVALID_IKE_SPI, 4, "INVALID_IKE_SPI")                                 \
	X(IKE_N_INVALID_MAJOR_VERSION, 5, "INVALID_MAJOR_VERSION")                     \
	X(IKE_N_INVALID_SYNTAX, 7, "INVALID_SYNTAX")                                   \
	X(IKE_N_INVALID_MESSAGE_ID, 9, "INVALID_MESSAGE_ID")                           \
	X(IKE_N_INVALID_SPI, 11, "INVALID_SPI")                                        \
	X(IKE_N_NO_PROPOSAL_CHOSEN, 14, "NO_PROPOSAL_CHOSEN")                          \
	X(IKE_N_INVALID_KE_PAYLOAD, 17, "INVALID_KE_PAYLOAD")                          \
	X(IKE_N_AUTHENTICATION_FAILED, 24, "AUTHENTICATION_FAILED")                    \
	X(IKE_N_SINGLE_PAIR_REQUIRED, 34, "SINGLE_PAIR_REQUIRED")                      \
	X(IKE_N_NO_ADDITIONAL_SAS, 35, "NO_ADDITIONAL_SAS")                            \
	X(IKE_N_INTERNAL_ADDRESS_FAILURE, 36, "INTERNAL_ADDRESS_FAILURE")              \
	X(IKE_N_FAILED_CP_REQUIRED, 37, "FAILED_CP_REQUIRED")                          \
	X(IKE_N_TS_UNACCEPTABLE, 38, "TS_UNACCEPTABLE")                                \
	X(IKE_N_INVALID_SELECTORS, 39, "INVALID_SELECTORS")                            \
	X(IKE_N_TEMPORARY_FAILURE, 43, "TEMPORARY_FAILURE")                            \
	X(IKE_N_CHILD_SA_NOT_FOUND, 44, "CHILD_SA_NOT_FOUND")                          \
	X(IKE_N_INITIAL_CONTACT, 16384, "INITIAL_CONTACT")                             \
	X(IKE_N_SET_WINDOW_SIZE, 16385, "SET_WINDOW_SIZE")                             \
	X(IKE_N_ADDITIONAL_TS_POSSIBLE, 16386, "ADDITIONAL_TS_POSSIBLE")               \
	X(IKE_N_IPCOMP_SUPPORTED, 16387, "IPCOMP_SUPPORTED")                           \
	X(IKE_N_NAT_DETECTION_SOURCE_IP, 16388, "NAT_DETECTION_SOURCE_IP")             \
	X(IKE_N_NAT_DETECTION_DESTINATION_IP, 16389, "NAT_DETECTION_DESTINATION_IP")   \
	X(IKE_N_COOKIE, 16390, "COOKIE")                                               \
	X(IKE_N_USE_TRANSPORT_MODE, 16391, "USE_TRANSPORT_MODE")                       \
	X(IKE_N_HTTP_CERT_LOOKUP_SUPPORTED, 16392, "HTTP_CERT_LOOKUP_SUPPORTED")       \
	X(IKE_N_REKEY_SA, 16393, "REKEY_SA")                                           \
	X(IKE_N_ESP_TFC_PADDING_NOT_SUPPORTED, 16394, "ESP_TFC_PADDING_NOT_SUPPORTED") \
	X(IKE_N_NON_FIRST_FRAGMENTS_ALSO, 16395, "NON_FIRST_FRAGMENTS_ALSO")           \
	X(IKE_N_MOBIKE_SUPPORTED, 16396, "MOBIKE_SUPPORTED")                           \
	X(IKE_N_ADDITIONAL_IP4_ADDRESS, 16397, "ADDITIONAL_IP4_ADDRESS")               \
	X(IKE_N_NO_ADDITIONAL_ADDRESSES, 16399, "NO_ADDITIONAL_ADDRESSES")             \
	X(IKE_N_UPDATE_SA_ADDRESSES, 16400, "UPDATE_SA_ADDRESSES")                     \
	X(IKE_N_COOKIE2, 16401, "COOKIE2")                                             \
	X(IKE_N_EAP_ONLY_AUTHENTICATION, 16417, "EAP_ONLY_AUTHENTICATION")             \
	X(IKE_N_FRAGMENTATION_SUPPORTED, 16430, "IKEV2_FRAGMENTATION_SUPPORTED")       \
	X(IKE_N_SIGNATURE_HASH_ALGORITHMS, 16431, "SIGNATURE_HASH_ALGORITHMS")

#define IKE_NOTIFY_ID(id, number, name) id = number,
enum ike_notify { IKE_NOTIFIES(IKE_NOTIFY_ID) };

enum {
	IKE_N_ERROR_MAX = 16383, /* larger types are status, not errors */
};

/*
 * Delete, section 3.11; the SPIs follow.
 *
 *   offset  size  field
 *        0     1  protocol  enum ike_protocol
 *        1     1  spi_len   0 (IKE) or 4 (ESP)
 *        2     2  n_spi
 */
struct wire_ike_delete {
	uint8_t protocol;
	uint8_t spi_len;
	be16 n_spi;
};
static_assert(sizeof(struct wire_ike_delete) == 4, "RFC 7296 3.11");

/*
 * Traffic Selector payload, section 3.13; the selectors follow.
 *
 *   offset  size  field
 *        0     1  n
 *        1     3  reserved
 */
struct wire_ike_ts_head {
	uint8_t n;
	uint8_t reserved[3];
};
static_assert(sizeof(struct wire_ike_ts_head) == 4, "RFC 7296 3.13");

/*
 * Traffic Selector, section 3.13.1; lowest and highest address follow.
 *
 *   offset  size  field
 *        0     1  type       enum ike_ts_type
 *        1     1  proto      0 = any
 *        2     2  length     octets, this header included: 16 (IPv4) or 40 (IPv6)
 *        4     2  port_lo
 *        6     2  port_hi
 */
struct wire_ike_ts {
	uint8_t type;
	uint8_t proto;
	be16 length;
	be16 port_lo;
	be16 port_hi;
};
static_assert(sizeof(struct wire_ike_ts) == 8, "RFC 7296 3.13.1");

enum ike_ts_type {
	IKE_TS_IPV4 = 7,
	IKE_TS_IPV6 = 8,
};

/*
 * Configuration, section 3.15; the attributes follow.
 *
 *   offset  size  field
 *        0     1  type      enum ike_cfg_type
 *        1     3  reserved
 */
struct wire_ike_cfg_head {
	uint8_t type;
	uint8_t reserved[3];
};
static_assert(sizeof(struct wire_ike_cfg_head) == 4, "RFC 7296 3.15");

enum ike_cfg_type {
	IKE_CFG_REQUEST = 1,
	IKE_CFG_REPLY = 2,
	IKE_CFG_SET = 3,
	IKE_CFG_ACK = 4,
};

/*
 * Configuration Attribute, section 3.15.1; the value follows.
 *
 *   offset  size  field
 *        0     2  type    reserved:1 | enum ike_cfg_attribute:15
 *        2     2  length  octets of the value
 */
struct wire_ike_cfg {
	be16 type;
	be16 length;
};
static_assert(sizeof(struct wire_ike_cfg) == 4, "RFC 7296 3.15.1");

enum ike_cfg_attribute {
	IKE_CFG_IP4_ADDRESS = 1,
	IKE_CFG_IP4_NETMASK = 2,
	IKE_CFG_IP4_DNS = 3,
	IKE_CFG_IP4_NBNS = 4,
	IKE_CFG_IP4_DHCP = 6,
	IKE_CFG_APPLICATION_VERSION = 7,
	IKE_CFG_IP6_ADDRESS = 8,
	IKE_CFG_IP6_DNS = 10,
	IKE_CFG_IP4_SUBNET = 13,
	IKE_CFG_SUPPORTED_ATTRIBUTES = 14,
	IKE_CFG_IP6_SUBNET = 15,
	IKE_CFG_DNS_DOMAIN = 25, /* RFC 8598 */
};
