/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * event - every loggable fact of both programs, as one list.
 *
 * A row says which log the fact belongs to, how grave it is and which fields a record
 * carries. The record itself is a struct event_record: the row's id, a time, and key-value
 * pairs; the log process turns it into one JSON line. Text from outside is data, never
 * format. (libevent has a `struct event`; ours is called a record to keep them apart.)
 *
 * Source   RFC 3339 for the time in a line
 * Memory   fixed size; allocates nothing
 */

#include "common/base/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_log {
	EVENT_LOG_VPN,      /* VPN connections */
	EVENT_LOG_ACCESS,   /* access control */
	EVENT_LOG_DEVICE,   /* device authentication */
	EVENT_LOG_SYSTEM,   /* the gateway itself */
	EVENT_LOG_OPERATOR, /* what operators did */
	EVENT_LOG_COUNT
};

enum event_level {
	EVENT_ERROR,
	EVENT_WARNING,
	EVENT_NOTICE,
	EVENT_INFO,
	EVENT_DEBUG,
	EVENT_LEVEL_COUNT
};

/* X(identifier, "name", log, level, "what it means") */
#define EVENTS(X)                                                                            \
	X(EV_VPN_UP, "vpn.up", EVENT_LOG_VPN, EVENT_INFO, "a user's tunnel is up")           \
	X(EV_VPN_DOWN, "vpn.down", EVENT_LOG_VPN, EVENT_INFO, "a tunnel ended; says why")    \
	X(EV_VPN_REFUSED, "vpn.refused", EVENT_LOG_VPN, EVENT_NOTICE,                        \
	  "a handshake failed; says why")                                                    \
	X(EV_VPN_REKEYED, "vpn.rekeyed", EVENT_LOG_VPN, EVENT_INFO, "new keys for a tunnel") \
	X(EV_VPN_ORPHAN, "vpn.orphan", EVENT_LOG_VPN, EVENT_NOTICE,                          \
	  "a tunnel outlived the former control plane")                                      \
	X(EV_FLOW_DENIED, "flow.denied", EVENT_LOG_ACCESS, EVENT_NOTICE,                     \
	  "a rule or default deny refused a flow")                                           \
	X(EV_FLOW_START, "flow.start", EVENT_LOG_ACCESS, EVENT_INFO, "a logged flow began")  \
	X(EV_FLOW_END, "flow.end", EVENT_LOG_ACCESS, EVENT_INFO, "a logged flow ended")      \
	X(EV_PROC_START, "proc.start", EVENT_LOG_SYSTEM, EVENT_INFO,                         \
	  "a process of the control plane runs")                                             \
	X(EV_PROC_DIED, "proc.died", EVENT_LOG_SYSTEM, EVENT_ERROR,                          \
	  "a process died and is restarted")                                                 \
	X(EV_LINK_UP, "link.up", EVENT_LOG_SYSTEM, EVENT_INFO, "attached to the data plane") \
	X(EV_LINK_DOWN, "link.down", EVENT_LOG_SYSTEM, EVENT_WARNING,                        \
	  "the data plane is not reachable")                                                 \
	X(EV_POLICY_APPLIED, "policy.applied", EVENT_LOG_SYSTEM, EVENT_NOTICE,               \
	  "a policy is in force")                                                            \
	X(EV_POLICY_REFUSED, "policy.refused", EVENT_LOG_SYSTEM, EVENT_ERROR,                \
	  "a policy was refused; the former stays")                                          \
	X(EV_LOG_LOST, "log.lost", EVENT_LOG_SYSTEM, EVENT_ERROR,                            \
	  "records could not be written; how many")                                          \
	X(EV_DEVICE_ACCEPTED, "device.accepted", EVENT_LOG_DEVICE, EVENT_INFO,               \
	  "a user came with a device that is his")                                           \
	X(EV_DEVICE_REFUSED, "device.refused", EVENT_LOG_DEVICE, EVENT_NOTICE,               \
	  "a user came with a device that is not his")                                       \
	X(EV_DEVICE_UNKNOWN, "device.unknown", EVENT_LOG_DEVICE, EVENT_NOTICE,               \
	  "a device that nobody registered, or a client that named none")                    \
	X(EV_DEVICE_PENDING, "device.pending", EVENT_LOG_DEVICE, EVENT_NOTICE,               \
	  "a device waits for an operator's consent")                                        \
	X(EV_OPERATOR_CHANGE, "operator.change", EVENT_LOG_OPERATOR, EVENT_NOTICE,           \
	  "an operator changed the policy; one line for each value")                         \
	X(EV_OPERATOR_REFUSED, "operator.refused", EVENT_LOG_OPERATOR, EVENT_WARNING,        \
	  "an operator's command was refused; says why")                                     \
	X(EV_OPERATOR_SECRET, "operator.secret", EVENT_LOG_OPERATOR, EVENT_NOTICE,           \
	  "an operator set or removed a secret; never the secret itself")                    \
	X(EV_OPERATOR_KICK, "operator.kick", EVENT_LOG_OPERATOR, EVENT_NOTICE,               \
	  "an operator ended a session")                                                     \
	X(EV_SYSLOG_UP, "syslog.up", EVENT_LOG_SYSTEM, EVENT_INFO,                           \
	  "connected to the syslog receiver")                                                \
	X(EV_SYSLOG_DOWN, "syslog.down", EVENT_LOG_SYSTEM, EVENT_WARNING,                    \
	  "the syslog receiver is away; lines wait in the spool")

#define EVENT_ID(id, name, log, level, text) id,
enum event_id { EVENTS(EVENT_ID) EVENT_COUNT };

/* X(identifier, "key in the JSON line", kind) */
#define EVENT_KEYS(X)                                  \
	X(EK_TENANT, "tenant", EVENT_TEXT)             \
	X(EK_USER, "user", EVENT_TEXT)                 \
	X(EK_SESSION, "session", EVENT_HEX)            \
	X(EK_PROTOCOL, "protocol", EVENT_TEXT)         \
	X(EK_CIPHER, "cipher", EVENT_TEXT)             \
	X(EK_IKE_CIPHER, "ike_cipher", EVENT_TEXT)     \
	X(EK_AUTH, "auth", EVENT_TEXT)                 \
	X(EK_CLIENT, "client", EVENT_TEXT)             \
	X(EK_REMOTE, "remote", EVENT_ENDPOINT)         \
	X(EK_LOCAL, "local", EVENT_ENDPOINT)           \
	X(EK_INNER, "inner", EVENT_ADDR)               \
	X(EK_SRC, "src", EVENT_ENDPOINT)               \
	X(EK_DST, "dst", EVENT_ENDPOINT)               \
	X(EK_PROTO, "proto", EVENT_NUMBER)             \
	X(EK_RULE, "rule", EVENT_TEXT)                 \
	X(EK_RULE_NUMBER, "rule_number", EVENT_NUMBER) \
	X(EK_ATTEMPT, "attempt", EVENT_HEX)            \
	X(EK_STAGE, "stage", EVENT_TEXT)               \
	X(EK_CAUSE, "cause", EVENT_TEXT)               \
	X(EK_REASON, "reason", EVENT_TEXT)             \
	X(EK_REMEDY, "remedy", EVENT_TEXT)             \
	X(EK_OFFERED, "offered", EVENT_LONG)           \
	X(EK_EXPECTED, "expected", EVENT_LONG)         \
	X(EK_NEAREST, "nearest", EVENT_LONG)           \
	X(EK_BYTES_IN, "bytes_in", EVENT_NUMBER)       \
	X(EK_BYTES_OUT, "bytes_out", EVENT_NUMBER)     \
	X(EK_PACKETS_IN, "packets_in", EVENT_NUMBER)   \
	X(EK_PACKETS_OUT, "packets_out", EVENT_NUMBER) \
	X(EK_SECONDS, "seconds", EVENT_NUMBER)         \
	X(EK_SPI_IN, "spi_in", EVENT_HEX)              \
	X(EK_SPI_OUT, "spi_out", EVENT_HEX)            \
	X(EK_WORKER, "worker", EVENT_NUMBER)           \
	X(EK_PROCESS, "process", EVENT_TEXT)           \
	X(EK_PID, "pid", EVENT_NUMBER)                 \
	X(EK_STATUS, "status", EVENT_NUMBER)           \
	X(EK_COUNT, "count", EVENT_NUMBER)             \
	X(EK_REVISION, "revision", EVENT_HEX)          \
	X(EK_FILE, "file", EVENT_TEXT)                 \
	X(EK_NODE, "node", EVENT_TEXT)                 \
	X(EK_DEVICE, "device", EVENT_TEXT)             \
	X(EK_DEVICE_KIND, "device_kind", EVENT_TEXT)   \
	X(EK_OPERATOR, "operator", EVENT_TEXT)         \
	X(EK_CLAIMED, "claimed", EVENT_TEXT)           \
	X(EK_COMMAND, "command", EVENT_TEXT)           \
	X(EK_OBJECT, "object", EVENT_LONG)             \
	X(EK_BEFORE, "before", EVENT_LONG)             \
	X(EK_AFTER, "after", EVENT_LONG)               \
	X(EK_SERVER, "server", EVENT_TEXT)

enum event_kind {
	EVENT_TEXT,     /* octets, escaped when written */
	EVENT_LONG,     /* the same, with more room */
	EVENT_NUMBER,   /* uint64_t */
	EVENT_HEX,      /* uint64_t, written as "0x..." text */
	EVENT_ADDR,     /* struct addr */
	EVENT_ENDPOINT, /* struct endpoint */
};

#define EVENT_KEY_ID(id, name, kind) id,
enum event_key { EVENT_KEYS(EVENT_KEY_ID) EVENT_KEY_COUNT };

enum {
	EVENT_FIELDS_MAX = 24,
	EVENT_TEXT_MAX = 160, /* octets of one text field; longer is cut and marked */
	EVENT_LONG_MAX = 512, /* the same of a long one */
	EVENT_ROOM = 2048,    /* octets of all fields of a record */
	EVENT_SCHEMA = 2,     /* version written into each line */
	EVENT_LINE_MAX = 6 * EVENT_ROOM + 1024, /* room for any record as JSON */
};

/* One occurrence, in the form in which it travels between processes. Fill with the
 * event_* calls; the octets are {key, length, value} one after another. */
struct event_record {
	uint16_t id;      /* enum event_id */
	uint16_t n;       /* fields */
	uint16_t used;    /* octets of room in use */
	uint16_t cut;     /* fields that did not fit and were left out */
	uint64_t time_ns; /* CLOCK_REALTIME */
	/* Its id, by the sender: */
	uint64_t origin; /* whose record */
	uint64_t serial; /* which of his, from 0 on */
	uint8_t room[EVENT_ROOM];
};

/*
 * Who makes records. Drawn at random at each start of a process, so that an id, origin and
 * serial, is unique over processes, restarts and machines; what a sender has lost is a gap.
 */
struct event_origin {
	uint64_t random;
	uint64_t made;
};

/* In front of each value. */
struct event_field {
	uint16_t key; /* enum event_key */
	uint16_t
		len; /* octets of the value: of text at most event_text_max(), else its type's */
};

/* Each key once: of a second value, and of what finds no room, only the number is kept
 * (cut). NULL for a text leaves the field out; a text too long ends in "...". */
void event_begin(struct event_record *r, enum event_id id, uint64_t time_ns);
/* Give it the next id. */
void event_number_record(struct event_record *r, struct event_origin *o);
void event_text(struct event_record *r, enum event_key key, const char *text);
void event_octets(struct event_record *r, enum event_key key, const void *octets, size_t len);
void event_number(struct event_record *r, enum event_key key, uint64_t n);
void event_addr(struct event_record *r, enum event_key key, const struct addr *a);
void event_endpoint(struct event_record *r, enum event_key key, const struct endpoint *e);

/* Octets of the record that need to travel. */
size_t event_size(const struct event_record *r);

/*
 * Walk the fields of a sound record: start with @at = 0.
 *
 * returns  false after the last one; else @at stands behind the value
 */
bool event_next(const struct event_record *r, size_t *at, struct event_field *f);
/* The value of the field event_next() gave, at any alignment. */
const uint8_t *event_value(const struct event_record *r, size_t at,
                           const struct event_field *f);

/* Is this a well-formed record of @len octets? For whoever received it. */
bool event_is_sound(const void *record, size_t len);

/*
 * Write the record as one JSON object with a newline: RFC 8259 escapes, octets that are
 * not UTF-8 as \u00XX, control and reading-direction characters as \uXXXX, so nothing from
 * outside can end a line or a string, or steer the terminal that shows it. The time is
 * written in the zone of the process (tzset), with its offset.
 *
 * returns  octets written without the NUL, or -ENOSPC, -EBADMSG
 */
int event_json(const struct event_record *r, char *out, size_t size);

/* The same for one string, with its quotes: for other JSON made of text from outside. */
struct sink;
void event_json_string(struct sink *s, const void *octets, size_t len);

/* Names for numbers; "?" out of range. */
const char *event_name(unsigned id);
const char *event_meaning(unsigned id);
enum event_log event_log_of(unsigned id);
enum event_level event_level_of(unsigned id);
const char *event_log_name(unsigned log);     /* "vpn", "access" .. "operator" */
const char *event_level_name(unsigned level); /* "error" .. "debug" */
const char *event_key_name(unsigned key);
enum event_kind event_key_kind(unsigned key);
/* Octets of the text a key takes; longer is cut. 0: its kind is no text. */
size_t event_text_max(unsigned key);
/* The keys a record of @id may have: bits 1 << enum event_key. event_keys.c has them. */
uint64_t event_keys_of(unsigned id);
