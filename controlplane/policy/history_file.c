/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/history_file.h"

#include "controlplane/policy/bundle.h"

#include <jansson.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits: against a torn or rotten file, not against a forger. */
static uint64_t check_of(const char *text, size_t len)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)text[i]) * 0x100000001b3;
	return h;
}

/* ---- read ---------------------------------------------------------------------------------- */

static bool read_text(const json_t *j, const char *key, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(j, key));

	if (!text || strlen(text) >= size)
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

static bool read_hex(const json_t *j, const char *key, uint64_t *out)
{
	const char *text = json_string_value(json_object_get(j, key));
	char *end;

	if (!text || strncmp(text, "0x", 2) || strlen(text) != 18)
		return false;
	errno = 0;
	*out = strtoull(text + 2, &end, 16);
	return !errno && !*end && text[2] != '-' && text[2] != '+' && text[2] != ' ';
}

static bool read_number(const json_t *j, const char *key, int64_t min, uint64_t *out)
{
	const json_t *n = json_object_get(j, key);

	if (!json_is_integer(n) || json_integer_value(n) < min)
		return false;
	*out = (uint64_t)json_integer_value(n);
	return true;
}

static bool read_head(const json_t *j, struct history_head *out)
{
	struct cp_revision *r = &out->revision;
	uint64_t time = 0;
	bool is_whole =
		json_is_object(j) && read_number(j, "sequence", 1, &r->sequence) &&
		read_hex(j, "revision", &r->revision) && read_number(j, "time", 0, &time) &&
		read_text(j, "by", r->by, sizeof(r->by)) &&
		read_text(j, "claimed", r->claimed, sizeof(r->claimed)) &&
		read_text(j, "how", r->how, sizeof(r->how)) &&
		read_text(j, "message", r->message, sizeof(r->message)) &&
		read_number(j, "octets", 2, &out->octets) && read_hex(j, "check", &out->check);

	r->time_s = (int64_t)time;
	return is_whole && out->octets <= CP_BUNDLE_OCTETS_MAX;
}

bool cp_history_head_read(const char *text, size_t len, struct history_head *out)
{
	const char *end = memchr(text, '\n', len < HISTORY_HEAD_MAX ? len : HISTORY_HEAD_MAX);
	json_t *j;
	bool is_head;

	*out = (struct history_head){0};
	if (!end)
		return false;
	out->len = (size_t)(end - text) + 1;
	j = json_loadb(text, out->len, JSON_REJECT_DUPLICATES, NULL);
	is_head = read_head(j, out);
	json_decref(j);
	return is_head;
}

static bool is_kept(const char *name)
{
	return strcmp(name, "appliance.json") == 0 || strcmp(name, CP_NUMBERS_FILE) == 0 ||
	       strncmp(name, "tenants/", 8) == 0;
}

/* The texts belong to @j. */
static int make_bundle(json_t *j, int *fd)
{
	struct cp_bundle_file *file = calloc(json_object_size(j) + 1, sizeof(*file));
	const char *name;
	json_t *text;
	size_t n = 0;
	int err = 0;

	if (!file)
		return -ENOMEM;
	json_object_foreach (j, name, text) {
		if (!is_kept(name) || !json_is_string(text))
			err = -EBADMSG;
		else
			file[n++] = (struct cp_bundle_file){name, json_string_value(text),
			                                    json_string_length(text)};
	}
	if (!err)
		err = cp_bundle_make(file, n, fd);
	free(file);
	return err == -EINVAL ? -EBADMSG : err;
}

int cp_history_body_read(const char *text, uint64_t len, uint64_t check, int *fd)
{
	json_t *j;
	int err;

	if (check_of(text, len) != check)
		return -EBADMSG;
	j = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(j)) {
		json_decref(j);
		return -EBADMSG;
	}
	err = make_bundle(j, fd);
	json_decref(j);
	return err;
}

/* ---- write --------------------------------------------------------------------------------- */

static int body_text(const struct cp_bundle *b, char **out)
{
	json_t *j = json_object();
	int err = j ? 0 : -ENOMEM;

	for (size_t i = 0; i < cp_bundle_count(b) && !err; i++) {
		const struct cp_bundle_file *f = cp_bundle_at(b, i);
		json_t *text;

		if (!is_kept(f->name))
			continue;
		/* jansson says the same of no memory and of what is not UTF-8. */
		text = json_stringn(f->at, f->len);
		if (!text || json_object_set_new(j, f->name, text))
			err = -EILSEQ;
	}
	*out = err ? NULL : json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(j);
	return err ? err : *out ? 0 : -ENOMEM;
}

static json_t *hex(uint64_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%016" PRIx64, n);
	return json_string(text);
}

static char *head_text(const struct cp_revision *r, const char *body, size_t len)
{
	json_t *j = json_pack("{s:I, s:o, s:I, s:s, s:s, s:s, s:s, s:I, s:o}", "sequence",
	                      (json_int_t)r->sequence, "revision", hex(r->revision), "time",
	                      (json_int_t)r->time_s, "by", r->by, "claimed", r->claimed, "how",
	                      r->how, "message", r->message, "octets", (json_int_t)len, "check",
	                      hex(check_of(body, len)));
	char *text = j ? json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

	json_decref(j);
	return text;
}

int cp_history_file_text(const struct cp_revision *r, const struct cp_bundle *b, char **text,
                         size_t *len)
{
	char *body, *head;
	int n = -1, err = body_text(b, &body);

	if (err)
		return err;
	head = head_text(r, body, strlen(body));
	if (head)
		n = asprintf(text, "%s\n%s", head, body);
	free(head);
	free(body);
	if (n < 0)
		return -ENOMEM;
	*len = (size_t)n;
	return 0;
}
