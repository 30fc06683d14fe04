/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ask.h"

#include "common/base/secret.h"
#include "common/msg/attach.h"
#include "controlplane/ctl/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	GREETING_MAX = 1024,
};

struct telemetry {
	int fd;
	size_t size; /* of the longest answer */
	char *buffer;
};

static void because(char why[ASK_WHY_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void because(char why[ASK_WHY_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, ASK_WHY_MAX, format, args);
	va_end(args);
}

/* Who is asked: for messages. */
static const char data_plane[] = "the data plane";

static int dial(const char *runtime, const char *name, int type, const char *whom,
                unsigned patience_s, char why[ASK_WHY_MAX])
{
	const struct timeval patience = {.tv_sec = (time_t)patience_s};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	if (snprintf(to.sun_path, sizeof(to.sun_path), "%s/%s", runtime, name) >=
	    (int)sizeof(to.sun_path)) {
		because(why, "%s: the path of the runtime directory is too long", runtime);
		return -1;
	}
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (errno == ENOENT || errno == ECONNREFUSED)
		because(why, "%s does not run in %s", whom, runtime);
	else if (errno == EACCES || errno == EPERM)
		because(why, "%s may not be asked by this user: try as root", whom);
	else
		because(why, "%s: %s: %s", whom, to.sun_path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static void no_answer(const char *whom, unsigned patience_s, ssize_t n, char why[ASK_WHY_MAX])
{
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		because(why, "%s did not answer within %u s", whom, patience_s);
	else if (n < 0)
		because(why, "%s: %s", whom, strerror(errno));
	else
		because(why, "%s closed the connection without an answer", whom);
}

/* ---- control plane ------------------------------------------------------------------------ */

static char *read_to_end(int fd, const struct ask_door *door, size_t *len,
                         char why[ASK_WHY_MAX])
{
	size_t size = 64 << 10, used = 0;
	char *text = malloc(size), *more;
	ssize_t n = 0;

	while (text && used < ASK_ANSWER_MAX) {
		n = recv(fd, text + used, size - used, 0);
		if (n <= 0)
			break;
		used += (size_t)n;
		if (used < size)
			continue;
		more = realloc(text, size * 2);
		if (!more)
			break;
		text = more;
		size *= 2;
	}
	*len = used;
	if (text && used && n == 0)
		return text;
	no_answer(door->whom, door->patience_s, n, why);
	free(text);
	return NULL;
}

static json_t *take_answer(const struct ask_door *door, const char *text, size_t len,
                           char why[ASK_WHY_MAX])
{
	json_t *answer = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	const char *error = json_string_value(json_object_get(answer, "error"));

	if (json_is_object(answer) && !error)
		return answer;
	because(why, "%s answers: %s", door->whom, error ? error : "something that is no JSON");
	json_decref(answer);
	return NULL;
}

static bool send_all(int fd, const char *octets, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(fd, octets, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		octets += n;
		len -= (size_t)n;
	}
	return true;
}

/* The request with its newline, in memory that the caller wipes; NULL without it. */
static char *line_of(const json_t *request, size_t *len)
{
	size_t n = json_dumpb(request, NULL, 0, JSON_COMPACT);
	char *line = n ? malloc(n + 1) : NULL;

	if (!line)
		return NULL;
	json_dumpb(request, line, n, JSON_COMPACT);
	line[n] = '\n';
	*len = n + 1;
	return line;
}

json_t *ask_at(const char *runtime, const struct ask_door *door, json_t *take_request,
               char why[ASK_WHY_MAX])
{
	size_t line_len = 0, len = 0;
	char *line = line_of(take_request, &line_len), *text = NULL;
	int fd = dial(runtime, door->socket, SOCK_STREAM, door->whom, door->patience_s, why);
	json_t *answer = NULL;

	json_decref(take_request);
	if (fd < 0)
		goto done;
	if (!line)
		because(why, "out of memory");
	else if (!send_all(fd, line, line_len))
		no_answer(door->whom, door->patience_s, -1, why);
	else
		text = read_to_end(fd, door, &len, why);
	if (text)
		answer = take_answer(door, text, len, why);
	close(fd);
done:
	if (line)
		wipe(line, line_len);
	free(text);
	free(line);
	return answer;
}

json_t *ask_control(const char *runtime, json_t *take_request, char why[ASK_WHY_MAX])
{
	static const struct ask_door door = {CTL_SOCKET, "the control plane", ASK_PATIENCE_S};

	return ask_at(runtime, &door, take_request, why);
}

/* ---- data plane --------------------------------------------------------------------------- */

/* {"version": "DPDK 22.11.11", "pid": 1, "max_output_len": 16384} */
static size_t longest_answer(const char *greeting, size_t len)
{
	json_t *j = json_loadb(greeting, len, 0, NULL);
	json_int_t n = json_integer_value(json_object_get(j, "max_output_len"));

	json_decref(j);
	return n > 0 && n <= ASK_ANSWER_MAX ? (size_t)n : 0;
}

struct telemetry *telemetry_open(const char *runtime, char why[ASK_WHY_MAX])
{
	struct telemetry *t = calloc(1, sizeof(*t));
	char greeting[GREETING_MAX];
	ssize_t n;

	if (!t) {
		because(why, "out of memory");
		return NULL;
	}
	t->fd = dial(runtime, TELEMETRY_SOCKET, SOCK_SEQPACKET, data_plane, ASK_PATIENCE_S,
	             why);
	if (t->fd < 0)
		goto fail;
	n = recv(t->fd, greeting, sizeof(greeting), 0);
	if (n <= 0) {
		no_answer(data_plane, ASK_PATIENCE_S, n, why);
		goto fail;
	}
	t->size = longest_answer(greeting, (size_t)n);
	t->buffer = t->size ? malloc(t->size + 1) : NULL;
	if (!t->buffer) {
		because(why, "%s: no telemetry of version 2", data_plane);
		goto fail;
	}
	return t;

fail:
	telemetry_close(t);
	return NULL;
}

void telemetry_close(struct telemetry *t)
{
	if (!t)
		return;
	if (t->fd >= 0)
		close(t->fd);
	free(t->buffer);
	free(t);
}

/* Counters and hashes use all 64 bits, which jansson has no integer for. */
static json_t *load_answer(const char *text, size_t len)
{
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	if (root)
		return root;
	return json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
}

json_t *telemetry_ask(struct telemetry *t, const char *command, char why[ASK_WHY_MAX])
{
	size_t len = strlen(command);
	json_t *root, *value;
	char name[64];
	ssize_t n = send(t->fd, command, len, MSG_NOSIGNAL);

	if (n > 0)
		n = recv(t->fd, t->buffer, t->size + 1, 0);
	if (n <= 0) {
		no_answer(data_plane, ASK_PATIENCE_S, n, why);
		return NULL;
	}
	root = load_answer(t->buffer, (size_t)n);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(command, ","), command);
	value = json_incref(json_object_get(root, name));
	json_decref(root);
	if (json_is_object(value))
		return value;
	json_decref(value);
	because(why, "%s has no answer to %s", data_plane, name);
	return NULL;
}
