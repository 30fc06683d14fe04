/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/telemetry/table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static struct rte_tel_data *next_column(struct dp_table_view *t, const char *name,
                                        enum rte_tel_value_type type)
{
	if (t->at == t->n) {
		t->column[t->n] = rte_tel_data_alloc();
		t->name[t->n] = name;
		if (!t->column[t->n] || rte_tel_data_start_array(t->column[t->n], type)) {
			t->failed = true;
			return NULL;
		}
		t->n++;
	}
	return t->column[t->at++];
}

void dp_cell_number(struct dp_table_view *t, const char *name, uint64_t n)
{
	struct rte_tel_data *c = t->failed ? NULL : next_column(t, name, RTE_TEL_U64_VAL);

	if (c)
		rte_tel_data_add_array_u64(c, n);
}

void dp_cell_text(struct dp_table_view *t, const char *name, const char *text)
{
	struct rte_tel_data *c = t->failed ? NULL : next_column(t, name, RTE_TEL_STRING_VAL);

	if (c)
		rte_tel_data_add_array_string(c, text);
}

void dp_cell_hex(struct dp_table_view *t, const char *name, uint64_t n, int digits)
{
	char text[19];

	snprintf(text, sizeof(text), "0x%0*" PRIx64, digits, n);
	dp_cell_text(t, name, text);
}

void dp_row_end(struct dp_table_view *t)
{
	t->at = 0;
}

int dp_table_end(struct dp_table_view *t, struct rte_tel_data *d)
{
	unsigned i;

	for (i = 0; i < t->n; i++)
		rte_tel_data_add_dict_container(d, t->name[i], t->column[i], 0);
	return t->failed ? -ENOMEM : 0;
}
