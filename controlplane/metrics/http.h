/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * http - the head of a scraper's request: octets -> struct.
 *
 * As little of HTTP/1.1 as a scraper behind a local bridge needs: GET or HEAD of /metrics,
 * no body, one request a connection.
 *
 * Source   RFC 9112 sections 2 to 5; RFC 9110 section 12.5.1 (Accept)
 * Thread   any; no state
 */

#include "controlplane/metrics/openmetrics.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	CP_HTTP_REQUEST_MAX = 4096, /* octets of a head, its empty line included */
};

struct cp_http_request {
	bool is_head;
	enum cp_openmetrics_dialect dialect; /* the older one only for who asks for no other */
};

/*
 * returns  0: the head is not complete yet; else the status of the answer: 200, 400 (no
 *          HTTP/1.x), 404, 405, 431 (longer than CP_HTTP_REQUEST_MAX)
 */
int cp_http_read(const char *octets, size_t len, struct cp_http_request *out);

/* "OK", "Not Found" ... */
const char *cp_http_reason(int status);
