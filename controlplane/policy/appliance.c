/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/appliance.h"

#include "controlplane/policy/network.h"

#include <errno.h>

struct ike_draft {
	uint32_t half_open_max, half_open_seconds, half_open_per_source, dh_threads;
};

struct accounts_draft {
	const char *session, *keys, *log;
};

struct appliance_draft {
	const char *name, *note, *log_directory;
	struct network_draft network;
	struct ike_draft ike;
	struct accounts_draft accounts;
};

// clang-format off
#define AT(member) offsetof(struct ike_draft, member)
static const struct field ike_fields[] = {
	{"half_open_max",        &cp_kind_number, AT(half_open_max),        1, 1000000, "10000", "handshakes not yet authenticated, at most"},
	{"half_open_seconds",    &cp_kind_number, AT(half_open_seconds),    5, 300,     "30",    "a handshake must be authenticated within"},
	{"half_open_per_source", &cp_kind_number, AT(half_open_per_source), 1, 1000000, "200",   "handshakes not yet authenticated from one address, at most"},
	{"dh_threads",           &cp_kind_number, AT(dh_threads),           1, 16,      "2",     "threads that compute key exchanges"},
};
#undef AT
static const struct field_object ike_object = {
	"ike", "limits of the IKE service", sizeof(struct ike_draft), ike_fields, sizeof(ike_fields) / sizeof(ike_fields[0]),
};

#define AT(member) offsetof(struct accounts_draft, member)
static const struct field accounts_fields[] = {
	{"session", &cp_kind_account, AT(session), 0, 0, "\"sekisho-session\"", "process that talks to clients"},
	{"keys",    &cp_kind_account, AT(keys),    0, 0, "\"sekisho-keys\"",    "process that holds the secrets"},
	{"log",     &cp_kind_account, AT(log),     0, 0, "\"sekisho-log\"",     "process that writes the logs"},
};
#undef AT
static const struct field_object accounts_object = {
	"accounts", "users of this machine the processes run as, names or numbers, each another one", sizeof(struct accounts_draft), accounts_fields, sizeof(accounts_fields) / sizeof(accounts_fields[0]),
};

#define AT(member) offsetof(struct appliance_draft, member)
static const struct field appliance_fields[] = {
	{"name",          &cp_kind_name,   AT(name),               .help = "what logs and people call this gateway"},
	{"note",          &cp_kind_text,   AT(note),               0, 200, FIELD_OPTIONAL, "for people; not used"},
	{"interfaces",    &cp_kind_list,   AT(network.interfaces), 1, CP_VRF_IFACE_MAX, FIELD_REQUIRED, "the internet side", &cp_iface_object, &cp_kind_object},
	{"routes",        &cp_kind_list,   AT(network.routes),     0, CP_ROUTE_MAX, "[]", "routes of the internet side", &cp_route_object, &cp_kind_object},
	{"ike",           &cp_kind_object, AT(ike),                0, 0, "{}", "limits of the IKE service", &ike_object},
	{"accounts",      &cp_kind_object, AT(accounts),           0, 0, "{}", "users of this machine the processes run as", &accounts_object},
	{"log_directory", &cp_kind_path,   AT(log_directory),      0, 0, "\"log\"", "where logs are written; absolute, or below the runtime directory"},
};
#undef AT
// clang-format on

const struct field_object cp_appliance_object = {
	"appliance",
	"the gateway itself",
	sizeof(struct appliance_draft),
	appliance_fields,
	sizeof(appliance_fields) / sizeof(appliance_fields[0]),
};

/* Two processes of one user could read each other's memory. */
static int check_accounts(struct document *d, const struct accounts_draft *a)
{
	const struct {
		const char *key, *text;
	} row[] = {{"session", a->session}, {"keys", a->keys}, {"log", a->log}};
	size_t i, k;

	for (i = 1; i < 3; i++)
		for (k = 0; k < i; k++)
			if (strcmp(row[i].text, row[k].text) == 0)
				return cp_policy_refuse(
					d->error, d->file,
					cp_text("$.accounts.%s", row[i].key).text,
					cp_text("\"%s\"", row[i].text).text,
					"another user than that of \"%s\"", row[k].key);
	return 0;
}

static void take(const struct appliance_draft *draft, struct cp_appliance *a)
{
	snprintf(a->name, sizeof(a->name), "%s", draft->name);
	snprintf(a->log_directory, sizeof(a->log_directory), "%s", draft->log_directory);
	snprintf(a->session_user, sizeof(a->session_user), "%s", draft->accounts.session);
	snprintf(a->keys_user, sizeof(a->keys_user), "%s", draft->accounts.keys);
	snprintf(a->log_user, sizeof(a->log_user), "%s", draft->accounts.log);
	a->dh_threads = draft->ike.dh_threads;
	a->half_open_max = draft->ike.half_open_max;
	a->half_open_s = draft->ike.half_open_seconds;
	a->half_open_per_source = draft->ike.half_open_per_source;
}

int cp_appliance_build(struct document *d, struct cp_policy *p)
{
	struct appliance_draft draft = {0};
	int err;

	err = cp_field_read(d, NULL, &cp_appliance_object, d->root, &draft);
	if (!err)
		err = check_accounts(d, &draft.accounts);
	if (err)
		return err;
	take(&draft, &p->appliance);
	return cp_network_build(d, &draft.network, VRF_OUTER, p, &p->n_route, &p->route);
}
