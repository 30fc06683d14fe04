/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/cursor.h"
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/explain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ID_DIGITS = 16 };

/* "8c1b46a70ea5d203-17" */
static bool is_line_id(const char *word)
{
	size_t n = strspn(word, "0123456789abcdef"), m;

	if (n != ID_DIGITS || word[n] != '-')
		return false;
	m = strspn(word + n + 1, "0123456789");
	return m && !word[n + 1 + m];
}

/* All digits of an id, with or without what is around them. */
static bool read_id(const char *word, uint64_t *id)
{
	bool is_marked = !strncmp(word, "0x", 2) || !strncmp(word, "0X", 2);
	const char *at = is_marked ? word + 2 : word;
	size_t n = 0;

	*id = 0;
	for (; isxdigit((unsigned char)at[n]) && n <= ID_DIGITS; n++)
		*id = *id << 4 | (uint64_t)(isdigit((unsigned char)at[n])
		                                    ? at[n] - '0'
		                                    : tolower((unsigned char)at[n]) - 'a' + 10);
	if (!n || n > ID_DIGITS || (!is_marked && n != ID_DIGITS))
		return false;
	return !at[n] || !strcmp(at + n, "_i") || !strcmp(at + n, "_r");
}

struct explain_ask explain_read(const char *word)
{
	struct explain_ask ask = {.as = EXPLAIN_USER, .word = word};

	if (addr_parse(word, &ask.addr) == 0) {
		ask.as = EXPLAIN_ADDRESS;
		return ask;
	}
	ask.is_line = is_line_id(word);
	if (ask.is_line || read_id(word, &ask.id))
		ask.as = EXPLAIN_ID;
	return ask;
}

const char *explain_as_text(enum explain_as as)
{
	static const char *const text[] = {"user", "address", "id"};

	return text[as];
}

static bool is_text(const json_t *object, const char *key, const char *text)
{
	const json_t *value = json_object_get(object, key);
	size_t len = strlen(text);

	return json_is_string(value) && json_string_length(value) == len &&
	       memcmp(json_string_value(value), text, len) == 0;
}

bool explain_address(const char *text, struct addr *out)
{
	char host[ADDR_TEXT];
	const char *end;
	size_t len;

	if (*text == '[')
		end = strchr(++text, ']');
	else if ((end = strchr(text, ':')) && strchr(end + 1, ':'))
		end = NULL;
	len = end ? (size_t)(end - text) : strlen(text);
	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = 0;
	return addr_parse(host, out) == 0;
}

static bool is_at(const json_t *object, const char *key, const struct addr *want)
{
	const char *text = json_string_value(json_object_get(object, key));
	struct addr a;

	return text && explain_address(text, &a) && addr_equal(&a, want);
}

static bool is_id(const json_t *object, const char *key, uint64_t want)
{
	const char *text = json_string_value(json_object_get(object, key));
	uint64_t id;

	return text && read_id(text, &id) && id == want;
}

bool explain_concerns(const struct explain_ask *ask, const json_t *object)
{
	static const char *const places[] = {"remote", "inner", "src"};
	static const char *const ids[] = {"attempt", "session", "id"};
	size_t i;

	if (ask->tenant && json_object_get(object, "tenant") &&
	    !is_text(object, "tenant", ask->tenant))
		return false;
	if (ask->is_line)
		return is_text(object, "id", ask->word);
	if (ask->as == EXPLAIN_USER)
		return is_text(object, "user", ask->word);
	if (ask->as == EXPLAIN_ADDRESS) {
		for (i = 0; i < sizeof(places) / sizeof(*places); i++)
			if (is_at(object, places[i], &ask->addr))
				return true;
		return false;
	}
	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (is_id(object, ids[i], ask->id))
			return true;
	return false;
}

/* @a and @b, once the first letter in which they differ is taken from either or both? */
static bool is_one_letter(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (*a && !strcmp(a + 1, b)) || (*b && !strcmp(a, b + 1)) ||
	       (*a && *b && !strcmp(a + 1, b + 1)) ||
	       (*a && a[0] == b[1] && a[1] == b[0] && !strcmp(a + 2, b + 2));
}

bool explain_is_similar(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	if (n < 3 || m < 3)
		return false;
	if (strncasecmp(a, b, n < m ? n : m) == 0)
		return strcmp(a, b) != 0;
	return is_one_letter(a, b);
}
