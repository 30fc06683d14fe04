/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_pki - the certificate chains that the tenants of a policy prove themselves with.
 *
 * Walk     proc/session_main.c -> [ike/ike_pki] -> crypto/certificate.c
 * Thread   any
 */

#include "controlplane/ike/ike_parts.h"
#include "controlplane/policy/bundle.h"

#include <errno.h>

static int read_one(const struct cp_bundle *b, const char *config_dir, const char *file,
                    struct cp_certificate *out)
{
	const struct cp_bundle_file *f;
	char path[1024];

	if (b) {
		f = cp_bundle_find(b, file);
		return f ? cp_certificate_parse(f->at, f->len, out) : -ENOENT;
	}
	snprintf(path, sizeof(path), "%s/%s", config_dir, file);
	return cp_certificate_load(path, out);
}

static int refuse(struct cp_policy_error *e, const struct cp_tenant *t, const char *file,
                  int err)
{
	if (err == -ENOMEM)
		return err;
	snprintf(e->file, sizeof(e->file), "tenants/%s.json", t->name);
	snprintf(e->path, sizeof(e->path), "$.gateway.certificate");
	snprintf(e->found, sizeof(e->found), "%.79s: %.40s", file,
	         err == -EINVAL ? "no usable certificate in it" : strerror(-err));
	snprintf(e->expected, sizeof(e->expected),
	         "PEM: the server's certificate (RSA or ECDSA), then at most %d intermediates",
	         CP_CERTIFICATES_MAX - 1);
	return -EINVAL;
}

int cp_ike_pki_load(const struct cp_policy *p, const struct cp_bundle *b,
                    const char *config_dir, struct cp_ike_pki **out,
                    struct cp_policy_error *error)
{
	struct cp_ike_pki *pki = calloc(1, sizeof(*pki) + p->n_tenant * sizeof(pki->at[0]));
	int err = pki ? 0 : -ENOMEM;
	char file[CP_NAME_MAX + 16];
	uint32_t i;

	memset(error, 0, sizeof(*error));
	for (i = 0; !err && i < p->n_tenant; i++) {
		const struct cp_tenant *t = &p->tenant[i];

		pki->n++;
		if (!t->certificate[0])
			continue;
		snprintf(file, sizeof(file), "pki/%s.crt", t->certificate);
		err = read_one(b, config_dir, file, &pki->at[i]);
		if (err)
			err = refuse(error, t, file, err);
	}
	if (err) {
		cp_ike_pki_free(pki);
		return err;
	}
	*out = pki;
	return 0;
}

void cp_ike_pki_free(struct cp_ike_pki *pki)
{
	uint32_t i;

	for (i = 0; pki && i < pki->n; i++)
		cp_certificate_free(&pki->at[i]);
	free(pki);
}

const struct cp_certificate *cp_ike_certificate(const struct ike_sa *sa)
{
	return &sa->ike->pki->at[sa->tenant - sa->ike->deps.policy->tenant];
}
