/* SPDX-License-Identifier: Apache-2.0 */

/*
 * from_bundle - a policy from the octets of its documents, as they came from the supervisor.
 *
 * Walk     proc/live.c -> a bundle -> [policy/from_bundle] -> policy.c
 * Thread   the loader's
 */

#include "controlplane/policy/appliance.h"
#include "controlplane/policy/bundle.h"
#include "controlplane/policy/directory.h"
#include "controlplane/policy/numbers.h"
#include "controlplane/policy/policy.h"
#include "controlplane/policy/ports.h"

#include <errno.h>
#include <stdlib.h>

static const char folder[] = "tenants/";

/* The documents of a bundle; names of tenants are copies, texts are borrowed. */
struct documents {
	struct cp_policy_text appliance;
	size_t n;
	struct cp_policy_text *tenant;
	char (*name)[CP_NAME_MAX];
};

static int take_tenant(struct documents *d, const struct cp_bundle_file *file,
                       struct cp_policy_error *error)
{
	char *name = d->name[d->n];
	int err = cp_directory_tenant(file->name + strlen(folder), name, error);

	if (err)
		return err == -ENOENT ? 0 : err;
	if (d->n == TENANT_MAX)
		return cp_policy_refuse(error, "tenants", "", "more documents than tenants",
		                        "at most %d", TENANT_MAX);
	d->tenant[d->n++] = (struct cp_policy_text){name, file->at, file->len};
	return 0;
}

static int take_documents(const struct cp_bundle *b, struct documents *d,
                          struct cp_policy_error *error)
{
	const struct cp_bundle_file *file = cp_bundle_find(b, CP_APPLIANCE_FILE);
	size_t i;
	int err = 0;

	if (!file)
		return cp_policy_refuse(error, CP_APPLIANCE_FILE, "", "no such file",
		                        "a file that can be read");
	d->appliance = (struct cp_policy_text){"", file->at, file->len};
	d->tenant = calloc(TENANT_MAX + 1, sizeof(*d->tenant));
	d->name = calloc(TENANT_MAX + 1, sizeof(*d->name));
	if (!d->tenant || !d->name)
		return -ENOMEM;
	for (i = 0; !err && i < cp_bundle_count(b); i++) {
		file = cp_bundle_at(b, i);
		if (strncmp(file->name, folder, strlen(folder)) == 0)
			err = take_tenant(d, file, error);
	}
	return err;
}

/* ---- what stands beside them --------------------------------------------------------------- */

/* @name  "": none is asked for */
static int check_certificate(const struct cp_bundle *b, const char *document, const char *path,
                             const char *name, struct cp_policy_error *error)
{
	const struct text file = cp_text("pki/%s.crt", name);

	if (!name[0] || cp_bundle_find(b, file.text))
		return 0;
	return cp_policy_refuse(error, document, path,
	                        cp_text("\"%s\" (%s is not there)", name, file.text).text,
	                        "a certificate that can be read: put it there as PEM");
}

static int check_certificates(const struct cp_bundle *b, const struct cp_policy *p,
                              struct cp_policy_error *error)
{
	const struct cp_syslog *s = &p->appliance.syslog;
	uint32_t i;
	int err;

	err = check_certificate(b, CP_APPLIANCE_FILE, "$.syslog.ca", s->ca, error);
	if (!err)
		err = check_certificate(b, CP_APPLIANCE_FILE, "$.syslog.certificate",
		                        s->certificate, error);
	for (i = 0; !err && i < p->n_tenant; i++)
		err = check_certificate(b, cp_text("tenants/%s.json", p->tenant[i].name).text,
		                        "$.gateway.certificate", p->tenant[i].certificate,
		                        error);
	return err;
}

static int check_ports(const struct cp_bundle *b, const struct cp_policy *p,
                       struct cp_policy_error *error)
{
	const struct cp_bundle_file *file = cp_bundle_find(b, CP_DATAPLANE_FILE);

	return file ? cp_ports_check_text(file->at, file->len, p, error) : 0;
}

/* Numbers of the policy before; nobody has one when they are not there. */
static int read_numbers(const struct cp_bundle *b, struct cp_numbers *out,
                        struct cp_policy_error *error)
{
	const struct cp_bundle_file *file = cp_bundle_find(b, CP_NUMBERS_FILE);

	cp_numbers_init(out);
	return file ? cp_numbers_read(file->at, file->len, out, error) : 0;
}

static int parse(const struct cp_bundle *b, const struct documents *d, struct cp_policy **out,
                 struct cp_policy_error *error)
{
	const struct cp_policy_texts texts = {d->appliance, d->tenant, d->n};
	struct cp_numbers former;
	struct cp_policy *p = NULL;
	int err = read_numbers(b, &former, error);

	if (!err)
		err = cp_policy_parse(&texts, &former, &p, error);
	cp_numbers_fini(&former);
	if (!err)
		err = check_certificates(b, p, error);
	if (!err)
		err = check_ports(b, p, error);
	if (err)
		cp_policy_free(p);
	else
		*out = p;
	return err;
}

int cp_policy_from_bundle(const struct cp_bundle *b, struct cp_policy **out,
                          struct cp_policy_error *error)
{
	struct documents d = {0};
	int err;

	memset(error, 0, sizeof(*error));
	err = take_documents(b, &d, error);
	if (!err)
		err = parse(b, &d, out, error);
	cp_policy_error_memory(error, err);
	free(d.tenant);
	free(d.name);
	return err;
}
