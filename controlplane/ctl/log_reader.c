/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/log_reader.h"

#include "controlplane/ctl/log_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* One log, and its line that stands next in the present direction: the stream has passed
 * it, the reader's caller has not. */
struct source {
	struct log_stream stream;
	struct log_entry next;
	bool has_next;
};

struct log_reader {
	int directory;
	bool is_back;  /* the present direction */
	json_t *given; /* the line the caller has */
	uint64_t left_out;
	unsigned n;
	struct source source[EVENT_LOG_COUNT];
};

typedef int step(struct log_stream *s, const char **line, size_t *len);

static void forget(struct source *s)
{
	if (s->has_next)
		json_decref(s->next.json);
	s->has_next = false;
}

/* The streams have passed a line each that the caller has not: they step back over it. */
static int turn(struct log_reader *r, bool to_back)
{
	step *undo = to_back ? log_stream_older : log_stream_newer;
	const char *line;
	size_t len;

	if (r->is_back == to_back)
		return 0;
	r->is_back = to_back;
	for (unsigned i = 0; i < r->n; i++) {
		struct source *s = &r->source[i];
		int got = s->has_next ? undo(&s->stream, &line, &len) : 1;

		if (got < 0)
			return got;
		forget(s);
		s->stream.left_out = 0;
	}
	r->left_out = 0;
	return 0;
}

/* returns 1, 0, -errno */
static int look_ahead(struct log_reader *r, struct source *s)
{
	step *go = r->is_back ? log_stream_older : log_stream_newer;
	int got;

	while (!s->has_next) {
		got = go(&s->stream, &s->next.line, &s->next.len);
		if (got <= 0)
			return got;
		s->has_next = log_line_read(s->next.line, s->next.len, &s->next.json,
		                            &s->next.time_us) == 0;
		r->left_out += !s->has_next;
	}
	return 1;
}

static bool is_first(const struct log_reader *r, const struct source *a, const struct source *b)
{
	return r->is_back ? a->next.time_us > b->next.time_us
	                  : a->next.time_us < b->next.time_us;
}

static int give(struct log_reader *r, bool to_back, struct log_entry *e)
{
	struct source *first = NULL;
	int got = turn(r, to_back);

	json_decref(r->given);
	r->given = NULL;
	for (unsigned i = 0; i < r->n && got >= 0; i++) {
		struct source *s = &r->source[i];

		got = look_ahead(r, s);
		/* Of lines of one moment the later log's comes first on the way back. */
		if (got == 1 &&
		    (!first || is_first(r, s, first) || (to_back && !is_first(r, first, s))))
			first = s;
	}
	if (got < 0)
		return got;
	if (!first)
		return 0;
	*e = first->next;
	r->given = first->next.json;
	first->has_next = false;
	return 1;
}

int log_reader_older(struct log_reader *r, struct log_entry *e)
{
	return give(r, true, e);
}

int log_reader_newer(struct log_reader *r, struct log_entry *e)
{
	return give(r, false, e);
}

int log_reader_seek(struct log_reader *r, uint64_t time_us)
{
	const uint64_t slack = (uint64_t)LOG_READER_SLACK_S * 1000000;
	uint64_t before = time_us > slack ? time_us - slack : 0;
	struct log_entry e;
	int got;

	do {
		got = log_reader_older(r, &e);
	} while (got == 1 && e.time_us >= before);
	return got < 0 ? got : 0;
}

uint64_t log_reader_left_out(const struct log_reader *r)
{
	uint64_t n = r->left_out;

	for (unsigned i = 0; i < r->n; i++)
		n += r->source[i].stream.left_out;
	return n;
}

int log_reader_open(const char *directory, unsigned logs, struct log_reader **out)
{
	struct log_reader *r = calloc(1, sizeof(*r));
	char name[32];
	int err = 0;

	if (!r)
		return -ENOMEM;
	r->is_back = true;
	r->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->directory < 0)
		err = -errno;
	for (unsigned id = 0; id < EVENT_LOG_COUNT && !err; id++) {
		struct source *s = &r->source[r->n];

		if (!(logs & 1U << id))
			continue;
		s->next.log = id;
		snprintf(name, sizeof(name), "%s.log", event_log_name(id));
		err = log_stream_open(&s->stream, r->directory, name);
		r->n += !err;
	}
	if (err) {
		log_reader_close(r);
		return err;
	}
	*out = r;
	return 0;
}

void log_reader_close(struct log_reader *r)
{
	if (!r)
		return;
	json_decref(r->given);
	for (unsigned i = 0; i < r->n; i++) {
		forget(&r->source[i]);
		log_stream_close(&r->source[i].stream);
	}
	if (r->directory >= 0)
		close(r->directory);
	free(r);
}
