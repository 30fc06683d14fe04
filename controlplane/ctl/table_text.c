/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/table_text.h"

#include "common/base/cursor.h"
#include "common/event/event.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	CELL_OCTETS = 200 /* of text as it came; longer is cut */
};

static void keep(struct table *t, char *take_cell)
{
	if (t->n_cell == t->room) {
		size_t room = t->room ? t->room * 2 : 64;
		char **more = reallocarray(t->cell, room, sizeof(*more));

		if (!more)
			abort();
		t->cell = more;
		t->room = room;
	}
	t->cell[t->n_cell++] = take_cell;
}

void table_cell(struct table *t, const char *text)
{
	char escaped[CELL_OCTETS * 6 + 4];
	struct sink s = sink_over(escaped, sizeof(escaped));
	char *cell;

	/* As in the logs, without its quotes. */
	event_json_string(&s, text, strnlen(text, CELL_OCTETS));
	assert(!s.full && s.used >= 2);
	cell = strndup(escaped + 1, s.used - 2);
	if (!cell)
		abort();
	keep(t, cell);
}

void table_begin(struct table *t, const char *const *headings)
{
	*t = (struct table){0};
	for (; headings[t->n_column]; t->n_column++) {
		const char *h = headings[t->n_column];

		assert(t->n_column < TABLE_COLUMNS_MAX);
		t->right[t->n_column] = *h == '>';
		table_cell(t, *h == '>' ? h + 1 : h);
	}
}

void table_number(struct table *t, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	table_cell(t, text);
}

void table_bytes(struct table *t, uint64_t n)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double value = (double)n;
	unsigned unit = 0;
	char text[32];

	while (value >= 999.5 && unit < sizeof(units) / sizeof(*units) - 1) {
		value /= 1000;
		unit++;
	}
	snprintf(text, sizeof(text), unit && value < 99.5 ? "%.1f %s" : "%.0f %s", value,
	         units[unit]);
	table_cell(t, text);
}

void table_seconds(struct table *t, uint64_t n)
{
	char text[48];

	if (n < 60)
		snprintf(text, sizeof(text), "%" PRIu64 " s", n);
	else if (n < 3600)
		snprintf(text, sizeof(text), "%" PRIu64 " m %02" PRIu64 " s", n / 60, n % 60);
	else if (n < 86400)
		snprintf(text, sizeof(text), "%" PRIu64 " h %02" PRIu64 " m", n / 3600,
		         n / 60 % 60);
	else
		snprintf(text, sizeof(text), "%" PRIu64 " d %02" PRIu64 " h", n / 86400,
		         n / 3600 % 24);
	table_cell(t, text);
}

/* Code points: continuation octets of UTF-8 take no place of their own. */
static size_t width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void pad(FILE *out, size_t n)
{
	while (n--)
		fputc(' ', out);
}

static void print_row(const struct table *t, size_t row, const size_t *widths, FILE *out,
                      unsigned indent)
{
	unsigned n = t->n_column;

	/* No blanks at the end of a line. */
	while (n > 1 && !*t->cell[row * t->n_column + n - 1])
		n--;
	pad(out, indent);
	for (unsigned c = 0; c < n; c++) {
		const char *cell = t->cell[row * t->n_column + c];
		size_t blank = widths[c] - width(cell);

		if (t->right[c])
			pad(out, blank);
		fputs(cell, out);
		if (c + 1 == n)
			break;
		pad(out, t->right[c] ? 2 : blank + 2);
	}
	fputc('\n', out);
}

void table_end(struct table *t, FILE *out, unsigned indent)
{
	size_t widths[TABLE_COLUMNS_MAX] = {0}, i;

	assert(t->n_cell % t->n_column == 0);
	for (i = 0; i < t->n_cell; i++) {
		size_t w = width(t->cell[i]);

		if (w > widths[i % t->n_column])
			widths[i % t->n_column] = w;
	}
	for (i = 0; i < t->n_cell / t->n_column; i++)
		print_row(t, i, widths, out, indent);
	for (i = 0; i < t->n_cell; i++)
		free(t->cell[i]);
	free(t->cell);
	*t = (struct table){0};
}
