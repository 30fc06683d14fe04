/* SPDX-License-Identifier: Apache-2.0 */

/*
 * manual - the table of docs/operations/metrics.md, from the rows that make the metrics.
 *
 * Walk     catalogue.c -> [metrics/manual]
 * Thread   any
 */

#include "controlplane/metrics/catalogue.h"
#include "controlplane/metrics/metrics.h"

#include <string.h>

/* Labels of all rows of the family; a label's fixed values with it. */
static void put_labels(FILE *out, size_t first)
{
	const struct cp_metrics_row *row = &cp_metrics_catalogue[first];

	for (size_t k = 0; k < CP_METRICS_LABELS_MAX && row->label[k].name; k++) {
		const char *from = row->label[k].from;
		size_t i = first;

		fprintf(out, "%s`%s`", k ? ", " : "", row->label[k].name);
		if (!from || *from != '=')
			continue;
		for (; i < cp_metrics_catalogue_n &&
		       !strcmp(cp_metrics_catalogue[i].family.name, row->family.name);
		     i++)
			fprintf(out, "%s %s", i == first ? ":" : ",",
			        cp_metrics_catalogue[i].label[k].from + 1);
	}
}

static void put_family(FILE *out, size_t first)
{
	static const char *const type[] = {"counter", "gauge", "info"};
	static const char *const suffix[] = {"_total", "", "_info"};
	const struct cp_metrics_row *row = &cp_metrics_catalogue[first];
	const char *source = cp_metrics_source_name(row->source);

	fprintf(out, "| `%s%s` | %s | ", row->family.name, suffix[row->family.type],
	        type[row->family.type]);
	put_labels(out, first);
	fprintf(out, " | %s | ", row->family.help);
	if (*source)
		fprintf(out, "`%s` |\n", source);
	else
		fputs("the gathering |\n", out);
}

void cp_metrics_manual(FILE *out)
{
	const char *former = "";

	fputs("| metric | type | labels | meaning | source |\n"
	      "| --- | --- | --- | --- | --- |\n",
	      out);
	for (size_t i = 0; i < cp_metrics_catalogue_n; i++) {
		const char *name = cp_metrics_catalogue[i].family.name;

		if (strcmp(name, former))
			put_family(out, i);
		former = name;
	}
}
