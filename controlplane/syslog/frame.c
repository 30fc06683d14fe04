/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/syslog/frame.h"

#include "common/base/cursor.h"
#include "common/event/event.h"

#include <errno.h>
#include <stdio.h>

enum {
	LOCAL0 = 16, /* facility, RFC 5424 table 1 */
	WORD_MAX = 64,
};

/* RFC 5424 table 2 */
static const unsigned severities[EVENT_LEVEL_COUNT] = {
	[EVENT_ERROR] = 3, [EVENT_WARNING] = 4, [EVENT_NOTICE] = 5,
	[EVENT_INFO] = 6,  [EVENT_DEBUG] = 7,
};

static bool take_text(struct cursor *c, const char *text)
{
	size_t len = strlen(text);
	const void *at = cursor_take(c, len);

	return at && memcmp(at, text, len) == 0;
}

/* The signs that our times, ids and names are made of: printable, no blank, no quote. */
static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       memchr(".:+-_", c, 5);
}

/* ,"KEY":"WORD" with its WORD. */
static bool take_word(struct cursor *c, const char *key, char word[WORD_MAX])
{
	size_t n = 0;

	if (!take_text(c, ",\"") || !take_text(c, key) || !take_text(c, "\":\""))
		return false;
	while (c->left && n < WORD_MAX - 1 && is_plain((char)*c->at))
		word[n++] = (char)cursor_u8(c);
	word[n] = '\0';
	return n && take_text(c, "\"");
}

static bool take_schema(struct cursor *c)
{
	if (!take_text(c, "{\"schema\":"))
		return false;
	while (c->left && *c->at >= '0' && *c->at <= '9')
		cursor_u8(c);
	return !c->bad;
}

static int severity_of(const char *level)
{
	for (unsigned i = 0; i < EVENT_LEVEL_COUNT; i++)
		if (!strcmp(level, event_level_name(i)))
			return (int)severities[i];
	return -EBADMSG;
}

int cp_syslog_frame(const char *line, size_t len, const char *host, char *out, size_t size)
{
	char time[WORD_MAX], id[WORD_MAX], event[WORD_MAX], level[WORD_MAX];
	char header[CP_SYSLOG_HEADER_MAX], count[24];
	struct cursor c = cursor_over(line, len);
	struct sink s = sink_over(out, size);
	int severity, n;

	if (!take_schema(&c) || !take_word(&c, "time", time) || !take_word(&c, "id", id) ||
	    !take_word(&c, "event", event) || !take_word(&c, "level", level) ||
	    memchr(line, '\n', len))
		return -EBADMSG;
	severity = severity_of(level);
	if (severity < 0)
		return severity;
	/* MSGID has room for 32 octets; APP-NAME, PROCID and STRUCTURED-DATA are short. */
	n = snprintf(header, sizeof(header), "<%d>1 %s %.63s sekisho - %.32s - ",
	             LOCAL0 * 8 + severity, time, host, event);
	snprintf(count, sizeof(count), "%zu ", (size_t)n + len);
	sink_put(&s, count, strlen(count));
	sink_put(&s, header, (size_t)n);
	sink_put(&s, line, len);
	return s.full ? -ENOSPC : (int)s.used;
}
