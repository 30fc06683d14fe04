/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/keys_take.h"

#include "controlplane/keys/keys_vault.h"
#include "controlplane/policy/bundle.h"
#include "controlplane/policy/secrets.h"
#include "controlplane/proc/credentials.h"

#include <errno.h>
#include <string.h>

static int explain(const struct cp_policy_error *error, int err, char why[CP_WHY_MAX])
{
	if (error->file[0])
		cp_policy_error_text(error, why, CP_WHY_MAX);
	else
		snprintf(why, CP_WHY_MAX, "%s", strerror(-err));
	return err;
}

static int read_documents(const struct cp_keys_take *with, const struct cp_bundle *b,
                          struct cp_keys_set *out, char why[CP_WHY_MAX])
{
	struct cp_policy_error error = {0};
	int err = 0;

	if (!out->policy) {
		err = cp_policy_from_bundle(b, &out->own, &error);
		out->policy = out->own;
	}
	if (!err)
		err = cp_secrets_from_bundle(b, out->policy, with->seal, &out->secrets, &error);
	if (err)
		return explain(&error, err, why);
	return cp_credentials_fit(b, out->policy, out->secrets, why);
}

int cp_keys_set_read(const struct cp_keys_take *with, int bundle,
                     const struct cp_policy *policy, struct cp_keys_set *out,
                     char why[CP_WHY_MAX])
{
	struct cp_bundle *b;
	int err = cp_bundle_open(bundle, &b);

	*out = (struct cp_keys_set){.policy = policy};
	if (err) {
		snprintf(why, CP_WHY_MAX, "the documents did not arrive whole: %s",
		         strerror(-err));
		return err;
	}
	err = read_documents(with, b, out, why);
	cp_bundle_close(b);
	return err;
}

int cp_keys_set_merge(const struct cp_keys_take *with, struct cp_keys_set *set,
                      char why[CP_WHY_MAX])
{
	struct cp_policy_error error = {0};
	int err = keys_vault_merge(with->vault, set->secrets, with->say, with->ctx, &error);

	return err ? explain(&error, err, why) : 0;
}

void cp_keys_set_fini(struct cp_keys_set *set)
{
	cp_secrets_free(set->secrets);
	cp_policy_free(set->own);
	*set = (struct cp_keys_set){0};
}
