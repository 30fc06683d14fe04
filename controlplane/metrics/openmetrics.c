/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/metrics/openmetrics.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 << 10 };

/* U+FFFD: stands for what no reader should be given. */
static const char replacement[] = "\xef\xbf\xbd";

static void put(struct cp_openmetrics *w, const char *octets, size_t n)
{
	size_t room = w->room ? w->room : FIRST_ROOM;
	char *more;

	/* One octet stays for the NUL. */
	while (room - w->len <= n && room <= CP_OPENMETRICS_MAX)
		room *= 2;
	if (w->failed || w->len + n >= CP_OPENMETRICS_MAX)
		goto fail;
	if (room != w->room) {
		more = realloc(w->text, room);
		if (!more)
			goto fail;
		w->text = more;
		w->room = room;
	}
	memcpy(w->text + w->len, octets, n);
	w->len += n;
	return;
fail:
	w->failed = true;
}

static void put_text(struct cp_openmetrics *w, const char *text)
{
	put(w, text, strlen(text));
}

/* ---- escapes -------------------------------------------------------------------------------- */

/* Octets of the UTF-8 sequence at @s, which ends with a NUL; 0: it is none. */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t first; /* code point: a shorter form exists for those below */
	} forms[] = {{0x80, 0x00, 0},
	             {0xe0, 0xc0, 0x80},
	             {0xf0, 0xe0, 0x800},
	             {0xf8, 0xf0, 0x10000}};

	for (size_t n = 0; n < sizeof(forms) / sizeof(*forms); n++) {
		uint32_t point = s[0] & (unsigned char)~forms[n].mask;

		if ((s[0] & forms[n].mask) != forms[n].lead)
			continue;
		for (size_t i = 1; i <= n; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (s[i] & 0x3f);
		}
		if (point < forms[n].first || point > 0x10ffff ||
		    (point >= 0xd800 && point < 0xe000))
			return 0;
		return n + 1;
	}
	return 0;
}

/* A C0 or C1 control character, or DEL: no name needs one, and a terminal might obey it. */
static bool is_control(const unsigned char *s, size_t n)
{
	return n == 1 ? *s < 0x20 || *s == 0x7f : n == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

static void put_escaped(struct cp_openmetrics *w, const char *text, bool quotes)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		size_t n = utf8_length(s);

		if (*s == '\n')
			put_text(w, "\\n");
		else if (*s == '\\')
			put_text(w, "\\\\");
		else if (*s == '"' && quotes)
			put_text(w, "\\\"");
		else if (!n || is_control(s, n))
			put_text(w, replacement);
		else
			put(w, (const char *)s, n);
		s += n ? n : 1;
	}
}

/* ---- families and samples --------------------------------------------------------------------- */

/* What a sample of this type adds to its family's name. */
static const char *suffix_of(enum cp_openmetrics_type type)
{
	static const char *const suffix[] = {
		[CP_METRIC_COUNTER] = "_total",
		[CP_METRIC_GAUGE] = "",
		[CP_METRIC_INFO] = "_info",
	};

	return suffix[type];
}

static const char *type_name(enum cp_openmetrics_dialect dialect, enum cp_openmetrics_type type)
{
	static const char *const name[] = {
		[CP_METRIC_COUNTER] = "counter",
		[CP_METRIC_GAUGE] = "gauge",
		[CP_METRIC_INFO] = "info",
	};

	if (dialect == CP_OPENMETRICS_PLAIN && type == CP_METRIC_INFO)
		return name[CP_METRIC_GAUGE];
	return name[type];
}

static void put_name(struct cp_openmetrics *w, bool is_sample)
{
	put_text(w, w->family.name);
	/* The older format has no families: a head names its samples. */
	if (is_sample || w->dialect == CP_OPENMETRICS_PLAIN)
		put_text(w, suffix_of(w->family.type));
}

static void put_head(struct cp_openmetrics *w, const char *word, const char *text)
{
	put_text(w, "# ");
	put_text(w, word);
	put_text(w, " ");
	put_name(w, false);
	put_text(w, " ");
	put_escaped(w, text, w->dialect == CP_OPENMETRICS_1_0);
	put_text(w, "\n");
}

void cp_openmetrics_begin(struct cp_openmetrics *w, enum cp_openmetrics_dialect dialect)
{
	*w = (struct cp_openmetrics){.dialect = dialect};
}

void cp_openmetrics_family(struct cp_openmetrics *w, const struct cp_openmetrics_family *f)
{
	w->family = *f;
	w->has_head = false;
}

static void put_heads(struct cp_openmetrics *w)
{
	put_head(w, "TYPE", type_name(w->dialect, w->family.type));
	if (w->family.unit && w->dialect == CP_OPENMETRICS_1_0)
		put_head(w, "UNIT", w->family.unit);
	put_head(w, "HELP", w->family.help);
	w->has_head = true;
}

static void put_sample(struct cp_openmetrics *w, const struct cp_openmetrics_label *label,
                       size_t n_label, const char *value)
{
	assert(w->family.name && n_label <= CP_OPENMETRICS_LABELS_MAX);
	if (!w->has_head)
		put_heads(w);
	put_name(w, true);
	for (size_t i = 0; i < n_label; i++) {
		put_text(w, i ? "," : "{");
		put_text(w, label[i].name);
		put_text(w, "=\"");
		put_escaped(w, label[i].value, true);
		put_text(w, "\"");
	}
	put_text(w, n_label ? "} " : " ");
	put_text(w, value);
	put_text(w, "\n");
}

void cp_openmetrics_count(struct cp_openmetrics *w, const struct cp_openmetrics_label *label,
                          size_t n_label, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	put_sample(w, label, n_label, text);
}

void cp_openmetrics_real(struct cp_openmetrics *w, const struct cp_openmetrics_label *label,
                         size_t n_label, double value)
{
	char text[40];

	if (isnan(value))
		snprintf(text, sizeof(text), "NaN");
	else if (isinf(value))
		snprintf(text, sizeof(text), "%cInf", value > 0 ? '+' : '-');
	else
		snprintf(text, sizeof(text), "%.17g", value);
	put_sample(w, label, n_label, text);
}

char *cp_openmetrics_end(struct cp_openmetrics *w, size_t *len)
{
	if (w->dialect == CP_OPENMETRICS_1_0)
		put_text(w, "# EOF\n");
	else
		put_text(w, "");
	if (w->failed) {
		free(w->text);
		*w = (struct cp_openmetrics){.failed = true};
		return NULL;
	}
	w->text[w->len] = '\0';
	*len = w->len;
	return w->text;
}

const char *cp_openmetrics_content_type(enum cp_openmetrics_dialect dialect)
{
	return dialect == CP_OPENMETRICS_1_0
	               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
	               : "text/plain; version=0.0.4; charset=utf-8";
}
