/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/numbers.h"

#include "controlplane/policy/zone.h"

#include <errno.h>
#include <stdlib.h>

void cp_numbers_init(struct cp_numbers *n)
{
	*n = (struct cp_numbers){.next_tenant = 1};
}

void cp_numbers_fini(struct cp_numbers *n)
{
	free(n->tenant);
	free(n->iface);
	cp_zone_free(n->zone);
	cp_numbers_init(n);
}

/* ---- finding --------------------------------------------------------------------------- */

static int tenant_order(const void *a, const void *b)
{
	const struct cp_numbers_tenant *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int iface_order(const void *a, const void *b)
{
	const struct cp_numbers_iface *x = a, *y = b;
	int order = strcmp(x->owner, y->owner);

	return order ? order : strcmp(x->name, y->name);
}

int cp_numbers_tenant(const struct cp_numbers *n, const char *name)
{
	struct cp_numbers_tenant key = {0}, *found;

	if (!n->n_tenant) /* an empty array may be none, which bsearch() must not be given */
		return -1;
	snprintf(key.name, sizeof(key.name), "%s", name);
	found = bsearch(&key, n->tenant, n->n_tenant, sizeof(key), tenant_order);
	return found ? found->id : -1;
}

int cp_numbers_iface(const struct cp_numbers *n, const char *owner, const char *name)
{
	struct cp_numbers_iface key = {0}, *found;

	if (!n->n_iface)
		return -1;
	snprintf(key.owner, sizeof(key.owner), "%s", owner);
	snprintf(key.name, sizeof(key.name), "%s", name);
	found = bsearch(&key, n->iface, n->n_iface, sizeof(key), iface_order);
	return found ? found->index : -1;
}

/* ---- giving out ------------------------------------------------------------------------ */

/* Numbers of one kind: which are taken, and where the search goes on. */
struct book {
	bool *taken; /* [first + n] */
	unsigned first, n;
	unsigned next;
};

static int open_book(struct book *b, unsigned first, unsigned n, unsigned next)
{
	*b = (struct book){calloc(first + n, sizeof(bool)), first, n, next};
	return b->taken ? 0 : -ENOMEM;
}

/* There is a free one: no more names than numbers. */
static uint16_t take_next(struct book *b)
{
	unsigned number = b->next;

	while (b->taken[number])
		number = number + 1 == b->first + b->n ? b->first : number + 1;
	b->taken[number] = true;
	b->next = number + 1 == b->first + b->n ? b->first : number + 1;
	return (uint16_t)number;
}

/* The order of the documents, so that the numbers of a first start count up with them, not
 * with the names; @n is sorted afterwards. */
int cp_numbers_tenants(struct cp_numbers *n, const struct cp_numbers *former)
{
	struct book b;
	uint32_t i;
	int had, err = open_book(&b, 1, TENANT_MAX, former ? former->next_tenant : 1);

	for (i = 0; !err && former && i < n->n_tenant; i++) {
		had = cp_numbers_tenant(former, n->tenant[i].name);
		n->tenant[i].id = had > 0 ? (uint16_t)had : 0;
		if (had > 0)
			b.taken[had] = true;
	}
	for (i = 0; !err && i < n->n_tenant; i++)
		if (!former || !n->tenant[i].id)
			n->tenant[i].id = take_next(&b);
	if (!err)
		qsort(n->tenant, n->n_tenant, sizeof(*n->tenant), tenant_order);
	n->next_tenant = (uint16_t)b.next;
	free(b.taken);
	return err;
}

int cp_numbers_ifaces(struct cp_numbers *n, const struct cp_numbers *former)
{
	struct book b;
	uint32_t i;
	int had, err = open_book(&b, 0, MSG_IFACES_MAX, former ? former->next_iface : 0);

	for (i = 0; !err && former && i < n->n_iface; i++) {
		had = cp_numbers_iface(former, n->iface[i].owner, n->iface[i].name);
		if (had >= 0)
			b.taken[had] = true;
	}
	for (i = 0; !err && i < n->n_iface; i++) {
		had = former ? cp_numbers_iface(former, n->iface[i].owner, n->iface[i].name)
		             : -1;
		n->iface[i].index = had >= 0 ? (uint16_t)had : take_next(&b);
	}
	if (!err)
		qsort(n->iface, n->n_iface, sizeof(*n->iface), iface_order);
	n->next_iface = (uint16_t)b.next;
	free(b.taken);
	return err;
}
