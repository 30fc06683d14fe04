/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/document.h"

#include "common/base/secret.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse_errno(struct cp_policy_error *e, const char *file, int err)
{
	cp_policy_refuse(e, file, "", strerror(err), "a file that can be read");
	return -err;
}

/* Is this a file we are willing to read? Asked of the open descriptor, so that the answer
 * holds for what is read afterwards. */
static int check_file(const struct stat *st, const char *file, bool private,
                      struct cp_policy_error *e)
{
	char found[64];

	if (!S_ISREG(st->st_mode))
		return cp_policy_refuse(e, file, "", "something that is not a file",
		                        "a regular file");
	if (private && (st->st_mode & 077)) {
		snprintf(found, sizeof(found), "mode %04o", (unsigned)st->st_mode & 07777);
		return cp_policy_refuse(e, file, "", found,
		                        "no rights for group and others: chmod 600 %s", file);
	}
	if (st->st_size > CP_DOCUMENT_MAX) {
		snprintf(found, sizeof(found), "%lld octets", (long long)st->st_size);
		return cp_policy_refuse(e, file, "", found, "at most %d octets",
		                        CP_DOCUMENT_MAX);
	}
	return 0;
}

int cp_document_read(int directory, const char *file, bool private, struct document_text *out,
                     struct cp_policy_error *error)
{
	struct stat st;
	ssize_t n = 0;
	int fd, err;

	/* O_NONBLOCK: a FIFO of that name must not hold us. */
	fd = openat(directory, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return refuse_errno(error, file, errno);
	if (fstat(fd, &st)) {
		err = refuse_errno(error, file, errno);
		goto close_file;
	}
	err = check_file(&st, file, private, error);
	if (err)
		goto close_file;

	out->len = 0;
	out->at = malloc((size_t)st.st_size + 1);
	if (!out->at) {
		err = -ENOMEM;
		goto close_file;
	}
	while (out->len < (size_t)st.st_size) {
		n = read(fd, out->at + out->len, (size_t)st.st_size - out->len);
		if (n <= 0)
			break;
		out->len += (size_t)n;
	}
	out->at[out->len] = 0;
	if (n < 0) {
		err = refuse_errno(error, file, errno);
		cp_document_text_fini(out);
	}
close_file:
	close(fd);
	return err;
}

void cp_document_text_fini(struct document_text *t)
{
	if (t->at)
		wipe(t->at, t->len);
	free(t->at);
	t->at = NULL;
	t->len = 0;
}

/* The line on which nesting passes the limit, or 0. The parser recurses; this does not. */
static size_t too_deep(const char *text, size_t len)
{
	size_t i, line = 1, depth = 0;
	bool quoted = false;

	for (i = 0; i < len; i++) {
		char c = text[i];

		line += c == '\n';
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '[' || c == '{') && ++depth > CP_DOCUMENT_DEPTH)
			return line;
		else if (!quoted && (c == ']' || c == '}') && depth)
			depth--;
	}
	return 0;
}

/* Names and keys come from the document: none of them may reach a terminal as a command. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

/* jansson ends its text with "near '...'": a piece of the document. */
static void parse_found(const struct document *d, const json_error_t *e, char *buf, size_t size)
{
	const char *near = strstr(e->text, " near '");
	int len = (int)(d->secret && near ? (size_t)(near - e->text) : strlen(e->text));

	snprintf(buf, size, "%.*s", len, e->text);
}

int cp_document_parse(struct document *d, const char *text, size_t len)
{
	char found[sizeof(d->error->found)], path[64];
	json_error_t e;
	size_t line;

	d->root = NULL;
	d->defaults = NULL;
	if (len > CP_DOCUMENT_MAX) {
		snprintf(found, sizeof(found), "%zu octets", len);
		return cp_policy_refuse(d->error, d->file, "", found, "at most %d octets",
		                        CP_DOCUMENT_MAX);
	}
	line = too_deep(text, len);
	if (line) {
		snprintf(path, sizeof(path), "line %zu", line);
		return cp_policy_refuse(d->error, d->file, path, "arrays and objects too deep",
		                        "at most %d inside each other", CP_DOCUMENT_DEPTH);
	}
	d->root = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (d->root) {
		d->defaults = json_array();
		return d->defaults ? 0 : -ENOMEM;
	}
	/* Without memory for a value the parser gives up without a word. */
	if (json_error_code(&e) == json_error_out_of_memory || !e.text[0])
		return -ENOMEM;
	parse_found(d, &e, found, sizeof(found));
	snprintf(path, sizeof(path), "line %d, column %d", e.line, e.column);
	wipe(e.text, strlen(e.text));
	if (json_error_code(&e) == json_error_duplicate_key)
		return cp_policy_refuse(d->error, d->file, path, found,
		                        "each key once in an object");
	return cp_policy_refuse(d->error, d->file, path, found, "a JSON document (RFC 8259)");
}

void cp_document_fini(struct document *d)
{
	json_decref(d->root);
	json_decref(d->defaults);
	d->root = d->defaults = NULL;
}

const char *cp_place_format(const struct place *at, char *buf, size_t size)
{
	size_t used;

	if (!at) {
		snprintf(buf, size, "$");
		return buf;
	}
	cp_place_format(at->up, buf, size);
	used = strlen(buf);
	if (!at->key)
		snprintf(buf + used, size - used, "[%zu]", at->index);
	else if (at->key[0] &&
	         !at->key[strspn(at->key, "abcdefghijklmnopqrstuvwxyz_0123456789")])
		snprintf(buf + used, size - used, ".%s", at->key);
	else
		snprintf(buf + used, size - used, "[\"%s\"]", at->key);
	return buf;
}

/* A value's text, cut where the room ends. */
struct cut {
	char *at;
	size_t used, size;
};

static int take_cut(const char *text, size_t len, void *ctx)
{
	struct cut *c = ctx;
	size_t room = c->size - 1 - c->used;

	if (len > room)
		len = room;
	memcpy(c->at + c->used, text, len);
	c->used += len;
	return 0;
}

/* What stands there, short and printable: `"10.99"`, `70000`, `an object`. */
static void describe(const struct document *d, const json_t *v, char *buf, size_t size)
{
	static const char *const types[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string",  [JSON_INTEGER] = "a number",
		[JSON_REAL] = "a number",    [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",      [JSON_NULL] = "null",
	};
	struct cut cut = {buf, 0, size};

	if (json_is_array(v) && json_array_size(v) == 0) {
		snprintf(buf, size, "an empty array");
		return;
	}
	if (d->secret || json_is_object(v) || json_is_array(v)) {
		snprintf(buf, size, "%s", types[json_typeof(v)]);
		return;
	}
	json_dump_callback(v, take_cut, &cut, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	buf[cut.used] = 0;
	if (cut.used == size - 1)
		memcpy(buf + size - 5, "...\"", 5);
}

static void fill(struct cp_policy_error *e, const char *file, const char *path,
                 const char *found, const char *expected, va_list args)
{
	snprintf(e->file, sizeof(e->file), "%s", file);
	snprintf(e->path, sizeof(e->path), "%s", path);
	snprintf(e->found, sizeof(e->found), "%s", found);
	vsnprintf(e->expected, sizeof(e->expected), expected, args);
	make_printable(e->file);
	make_printable(e->path);
	make_printable(e->found);
	make_printable(e->expected); /* a word of a proposal, repeated */
}

int cp_document_refuse(struct document *d, const struct place *at, const json_t *v,
                       const char *expected, ...)
{
	char path[sizeof(d->error->path)], found[sizeof(d->error->found)];
	va_list args;

	describe(d, v, found, sizeof(found));
	va_start(args, expected);
	fill(d->error, d->file, cp_place_format(at, path, sizeof(path)), found, expected, args);
	va_end(args);
	return -EINVAL;
}

int cp_policy_refuse(struct cp_policy_error *e, const char *file, const char *path,
                     const char *found, const char *expected, ...)
{
	va_list args;

	va_start(args, expected);
	fill(e, file, path, found, expected, args);
	va_end(args);
	return -EINVAL;
}

void cp_policy_error_memory(struct cp_policy_error *e, int err)
{
	if (err == -ENOMEM && !e->found[0])
		cp_policy_refuse(e, "documents", "", "too little memory", "room to read them");
}

struct text cp_text(const char *format, ...)
{
	struct text t;
	va_list args;

	va_start(args, format);
	vsnprintf(t.text, sizeof(t.text), format, args);
	va_end(args);
	return t;
}

const char *cp_policy_error_text(const struct cp_policy_error *e, char *buf, size_t size)
{
	snprintf(buf, size, "%s: %s%sfound %s, expected %s", e->file, e->path,
	         e->path[0] ? ": " : "", e->found, e->expected);
	return buf;
}
