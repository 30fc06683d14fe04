/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/policy.h"
#include "controlplane/policy/secrets.h"

#include <errno.h>

static int complain(FILE *err, const struct cp_policy_error *error)
{
	char text[sizeof(*error) + 32];

	fprintf(err, "%s\n", cp_policy_error_text(error, text, sizeof(text)));
	return 1;
}

static void count(const struct cp_policy *p, FILE *out)
{
	uint32_t users = 0, rules = 0, records = 0, i;

	for (i = 0; i < p->n_tenant; i++) {
		users += p->tenant[i].n_user;
		rules += p->tenant[i].n_rule;
		records += p->tenant[i].n_compiled;
	}
	fprintf(out,
	        "policy ok: %u tenants, %u users, %u rules (%u after expansion), %u interfaces",
	        p->n_tenant, users, rules, records, p->n_iface);
}

int cp_policy_check(const char *directory, FILE *out, FILE *err)
{
	struct cp_secrets *secrets = NULL;
	struct cp_policy_error error;
	struct cp_policy *p;
	int status;

	if (cp_policy_load(directory, &p, &error))
		return complain(err, &error);
	status = cp_secrets_load(directory, p, &secrets, &error);
	if (status == 0 || status == -EACCES) {
		count(p, out);
		if (status)
			fprintf(out, "; secrets not checked: %s may not be read", error.file);
		fprintf(out, "\n");
		status = 0;
	} else {
		status = complain(err, &error);
	}
	cp_secrets_free(secrets);
	cp_policy_free(p);
	return status;
}
