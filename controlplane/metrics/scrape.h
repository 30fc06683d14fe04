/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * scrape - answers scrapers on a local socket.
 *
 *   GET /metrics HTTP/1.1        200 and the text; the connection ends
 *
 * Who may connect is the file's mode to say: it belongs to the scraper's account. A text
 * serves everybody who asks within CP_SCRAPE_FRESH_MS, so nobody can make the gateway gather
 * more often than that.
 *
 * Walk     RUNTIME/metrics.sock -> [metrics/scrape] -> http.c, asker.c
 * Thread   the loop's
 * Memory   CP_SCRAPE_GUESTS_MAX connections of CP_HTTP_REQUEST_MAX octets in and one text out
 */

#include <stdint.h>

struct cp_ipc;
struct cp_scrape;
struct event_base;

enum {
	CP_SCRAPE_GUESTS_MAX = 8,
	CP_SCRAPE_TIME_S = 15, /* a connection at most, from its first octet to its last */
	CP_SCRAPE_FRESH_MS = 200,
};

struct cp_scrape_deps {
	struct event_base *loop;
	int take_listen;        /* a listening UNIX stream socket */
	const char *telemetry;  /* path of the data plane's socket */
	struct cp_ipc *session; /* borrowed; its hooks are ours */
};

/* returns 0, -ENOMEM */
int cp_scrape_new(const struct cp_scrape_deps *deps, struct cp_scrape **out);
void cp_scrape_free(struct cp_scrape *s);
