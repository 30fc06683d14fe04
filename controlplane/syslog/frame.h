/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * frame - a line of a log as a syslog message in its frame.
 *
 * The message is the line, one JSON object; its header repeats what syslog has places for:
 * severity, time, gateway, event. Nothing in the header can come from outside, and the frame
 * says its length, so no text can end or begin a message.
 *
 *     213 <133>1 2026-11-23T16:12:34.114990+09:00 lab sekisho - vpn.refused - {"schema":2,...}
 *
 * Source   RFC 5424 section 6, RFC 5425 section 4.3 (octet counting)
 * Thread   any
 */

#include <stddef.h>

enum {
	CP_SYSLOG_HEADER_MAX = 256, /* octets before the line */
};

/*
 * @line  as common/event/event_json.c writes it, without its end of line
 * @host  the gateway's name: letters, digits, hyphens
 * returns  octets, -EBADMSG (none of our lines), -ENOSPC
 */
int cp_syslog_frame(const char *line, size_t len, const char *host, char *out, size_t size);
