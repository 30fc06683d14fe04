/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * telemetry_json - what the data plane's telemetry says: octets -> JSON.
 *
 * DPDK's protocol, version 2, on a SOCK_SEQPACKET socket: a greeting with the length of the
 * longest answer, then to each "/command,parameter" one message {"/command": answer}.
 *
 * Thread   any; no state
 */

#include <jansson.h>

#include <stddef.h>

enum {
	CP_TELEMETRY_GREETING_MAX = 1024,
	CP_TELEMETRY_ANSWER_MAX = 16 << 20,
};

/* returns  octets of the longest answer; 0: not version 2, or absurd */
size_t cp_telemetry_greeting(const char *octets, size_t len);

/* @command  as asked, parameters included
 * returns   the answer, an object; NULL: another message, or no answer to that */
json_t *cp_telemetry_answer(const char *octets, size_t len, const char *command);
