/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ike/ike_client.h"

// clang-format off
static const struct ike_client clients[] = {
	{"strongSwan", "\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb", 16, true,
	 "MD5(\"strongSwan\"), sent with charon.send_vendor_id"},
	{"Windows", "\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61", 16, false,
	 "[MS-IKEE] 1.7: MD5(\"MS NT5 ISAKMPOAKLEY\") and a version"},
	{"Libreswan", "OE-Libreswan-", 13, false,
	 "Libreswan's own vendor id, text with its version"},
	{"unknown", "", 0, false, "everybody else: Apple, Android, strongSwan as configured by default"},
};
// clang-format on

enum { N_CLIENTS = sizeof(clients) / sizeof(clients[0]) };

static bool is_from(const struct ike_client *c, const struct cursor *vendor)
{
	if (vendor->left < c->vendor_len || (c->whole && vendor->left != c->vendor_len))
		return false;
	return memcmp(vendor->at, c->vendor, c->vendor_len) == 0;
}

const struct ike_client *cp_ike_client_of(const struct ike_message *m)
{
	unsigned row, i;

	for (row = 0; row < N_CLIENTS - 1; row++)
		for (i = 0; i < m->n_vendor; i++)
			if (is_from(&clients[row], &m->vendor[i]))
				return &clients[row];
	return &clients[N_CLIENTS - 1];
}
