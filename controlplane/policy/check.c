/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/policy.h"

int cp_policy_check(const char *directory, FILE *out, FILE *err)
{
	struct cp_policy_error error;
	struct cp_policy *p;
	char text[sizeof(error) + 32];
	uint32_t users = 0, rules = 0, records = 0, i;
	int status = cp_policy_load(directory, &p, &error);

	if (status) {
		if (error.found[0])
			cp_policy_error_text(&error, text, sizeof(text));
		else
			snprintf(text, sizeof(text), "%s: %s", directory, strerror(-status));
		fprintf(err, "%s\n", text);
		return 1;
	}
	for (i = 0; i < p->n_tenant; i++) {
		users += p->tenant[i].n_user;
		rules += p->tenant[i].n_rule;
		records += p->tenant[i].n_compiled;
	}
	fprintf(out,
	        "policy ok: %u tenants, %u users, %u rules (%u after expansion), %u "
	        "interfaces\n",
	        p->n_tenant, users, rules, records, p->n_iface);
	cp_policy_free(p);
	return 0;
}
