/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/metrics/http.h"

#include <string.h>
#include <strings.h>

/* Octets that are not ours: no NUL at the end, perhaps one inside. */
struct text {
	const char *at;
	size_t len;
};

static bool is_text(struct text t, const char *word)
{
	return t.len == strlen(word) && !memcmp(t.at, word, t.len);
}

/* Up to @stop, which is taken away too. returns false without one */
static bool take_until(struct text *from, char stop, struct text *out)
{
	const char *end = memchr(from->at, stop, from->len);

	if (!end)
		return false;
	*out = (struct text){from->at, (size_t)(end - from->at)};
	from->len -= out->len + 1;
	from->at = end + 1;
	return true;
}

/* A line without its end, which may lack the CR (RFC 9112 section 2.2). */
static bool take_line(struct text *from, struct text *line)
{
	if (!take_until(from, '\n', line))
		return false;
	if (line->len && line->at[line->len - 1] == '\r')
		line->len--;
	return true;
}

static bool has_word(struct text t, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= t.len; i++)
		if (!strncasecmp(t.at + i, word, n))
			return true;
	return false;
}

static void take_header(struct text line, struct cp_http_request *out)
{
	struct text name;

	if (!take_until(&line, ':', &name) || name.len != 6 ||
	    strncasecmp(name.at, "accept", 6))
		return;
	if (has_word(line, "text/plain") && !has_word(line, "application/openmetrics-text"))
		out->dialect = CP_OPENMETRICS_PLAIN;
}

/* The request line, once all lines are there. */
static int judge(struct text line, struct cp_http_request *out)
{
	struct text method, target, path;

	if (!take_until(&line, ' ', &method) || !take_until(&line, ' ', &target) ||
	    line.len != 8 || memcmp(line.at, "HTTP/1.", 7))
		return 400;
	out->is_head = is_text(method, "HEAD");
	if (!out->is_head && !is_text(method, "GET"))
		return 405;
	path = target;
	take_until(&target, '?', &path);
	return is_text(path, "/metrics") ? 200 : 404;
}

int cp_http_read(const char *octets, size_t len, struct cp_http_request *out)
{
	struct text rest = {octets, len < CP_HTTP_REQUEST_MAX ? len : CP_HTTP_REQUEST_MAX};
	struct text request = {NULL, 0}, line;

	*out = (struct cp_http_request){.dialect = CP_OPENMETRICS_1_0};
	while (take_line(&rest, &line)) {
		if (request.at && !line.len)
			return judge(request, out);
		/* An empty line before a request is passed over. */
		if (!request.at && line.len)
			request = line;
		else if (line.len)
			take_header(line, out);
	}
	return len < CP_HTTP_REQUEST_MAX ? 0 : 431;
}

const char *cp_http_reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 431:
		return "Request Header Fields Too Large";
	case 500:
		return "Internal Server Error";
	default:
		return "Bad Request";
	}
}
