/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/appliance.h"

#include "controlplane/policy/network.h"

#include <errno.h>

struct ike_draft {
	uint32_t half_open_max, half_open_seconds, half_open_per_source, dh_threads;
};

struct accounts_draft {
	const char *session, *keys, *log, *policy, *metrics, *syslog, *operator, * scraper;
};

struct log_draft {
	uint32_t file_mb, files;
};

struct syslog_draft {
	const char *host, *ca, *name, *certificate; /* without a host: left out */
	uint32_t port, spool_mb;
};

struct appliance_draft {
	const char *name, *note, *time_zone, *log_directory;
	struct network_draft network;
	struct ike_draft ike;
	struct accounts_draft accounts;
	struct log_draft log;
	struct syslog_draft syslog;
	bool metrics;
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
	{"policy",  &cp_kind_account, AT(policy),  0, 0, "\"sekisho-policy\"",  "process that reads these documents while the others run"},
	{"metrics", &cp_kind_account, AT(metrics), 0, 0, "\"sekisho-metrics\"", "process that answers scrapers; \"metrics_user\" of dataplane.json, too"},
	{"syslog",  &cp_kind_account, AT(syslog),  0, 0, "\"sekisho-syslog\"",  "process that sends the logs to a receiver; needed only with one"},
	{"operator", &cp_kind_account, AT(operator), 0, 0, FIELD_OPTIONAL, "may ask on the local sockets; without it, root alone may"},
	{"scraper", &cp_kind_account, AT(scraper), 0, 0, FIELD_OPTIONAL, "may read the metrics; without it, root alone may"},
};
#undef AT
static const struct field_object accounts_object = {
	"accounts", "users of this machine the processes run as, and who may ask them; names or numbers, each another one", sizeof(struct accounts_draft), accounts_fields, sizeof(accounts_fields) / sizeof(accounts_fields[0]),
};

#define AT(member) offsetof(struct log_draft, member)
static const struct field log_fields[] = {
	{"file_mb", &cp_kind_number, AT(file_mb), 1, 4096, "64", "a log file is ended and the next begun at so many MiB"},
	{"files",   &cp_kind_number, AT(files),   1, 64,   "8",  "so many files of each log are kept"},
};
#undef AT
static const struct field_object log_object = {
	"log", "the log files", sizeof(struct log_draft), log_fields, sizeof(log_fields) / sizeof(log_fields[0]),
};

#define AT(member) offsetof(struct syslog_draft, member)
static const struct field syslog_fields[] = {
	{"host",        &cp_kind_host,   AT(host),        .help = "where the receiver is: its address or name"},
	{"port",        &cp_kind_number, AT(port),        1, 65535, "6514", "its TCP port"},
	{"ca",          &cp_kind_name,   AT(ca),          .help = "NAME of pki/NAME.crt: who has signed the receiver's certificate"},
	{"name",        &cp_kind_host,   AT(name),        0, 0, FIELD_OPTIONAL, "the name in the receiver's certificate; without it, that of \"host\""},
	{"certificate", &cp_kind_name,   AT(certificate), 0, 0, FIELD_OPTIONAL, "NAME of pki/NAME.crt and pki/NAME.key: the gateway's own, when the receiver asks for one"},
	{"spool_mb",    &cp_kind_number, AT(spool_mb),    1, 65536, "256", "so many MiB are kept on disk while the receiver is away"},
};
#undef AT
static const struct field_object syslog_object = {
	"syslog", "a receiver of the logs: RFC 5424 over TLS (RFC 5425)", sizeof(struct syslog_draft), syslog_fields, sizeof(syslog_fields) / sizeof(syslog_fields[0]),
};

#define AT(member) offsetof(struct appliance_draft, member)
static const struct field appliance_fields[] = {
	{"name",          &cp_kind_name,   AT(name),               .help = "what logs and people call this gateway"},
	{"note",          &cp_kind_text,   AT(note),               0, 200, FIELD_OPTIONAL, "for people; not used"},
	{"time_zone",     &cp_kind_zone,   AT(time_zone),          0, 0, "\"UTC\"", "where its days begin and end: a name of this machine's time zone database"},
	{"interfaces",    &cp_kind_list,   AT(network.interfaces), 1, CP_VRF_IFACE_MAX, FIELD_REQUIRED, "the internet side", &cp_iface_object, &cp_kind_object},
	{"routes",        &cp_kind_list,   AT(network.routes),     0, CP_ROUTE_MAX, "[]", "routes of the internet side", &cp_route_object, &cp_kind_object},
	{"ike",           &cp_kind_object, AT(ike),                0, 0, "{}", "limits of the IKE service", &ike_object},
	{"accounts",      &cp_kind_object, AT(accounts),           0, 0, "{}", "users of this machine the processes run as", &accounts_object},
	{"log_directory", &cp_kind_path,   AT(log_directory),      0, 0, "\"log\"", "where logs are written; absolute, or below the runtime directory"},
	{"log",           &cp_kind_object, AT(log),                0, 0, "{}", "the log files", &log_object},
	{"syslog",        &cp_kind_object, AT(syslog),             0, 0, FIELD_OPTIONAL, "a receiver of the logs", &syslog_object},
	{"metrics",       &cp_kind_bool,   AT(metrics),            0, 0, "true", "true: OpenMetrics are served on the local socket"},
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
	} row[] = {{"session", a->session}, {"keys", a->keys}, {"log", a->log},
	           {"policy", a->policy}, {"metrics", a->metrics}, {"syslog", a->syslog},
	           {"operator", a->operator} };
	size_t i, k;

	for (i = 1; i < sizeof(row) / sizeof(row[0]); i++)
		for (k = 0; k < i; k++)
			if (row[i].text && strcmp(row[i].text, row[k].text) == 0)
				return cp_policy_refuse(
					d->error, d->file,
					cp_text("$.accounts.%s", row[i].key).text,
					cp_text("\"%s\"", row[i].text).text,
					"another user than that of \"%s\"", row[k].key);
	return 0;
}

/* Left out: all of it stays zero. */
static void take_syslog(const struct syslog_draft *draft, struct cp_syslog *s)
{
	if (!draft->host)
		return;
	s->on = true;
	s->port = (uint16_t)draft->port;
	s->spool_mb = draft->spool_mb;
	snprintf(s->host, sizeof(s->host), "%s", draft->host);
	snprintf(s->ca, sizeof(s->ca), "%s", draft->ca);
	snprintf(s->name, sizeof(s->name), "%s", draft->name ? draft->name : draft->host);
	snprintf(s->certificate, sizeof(s->certificate), "%s",
	         draft->certificate ? draft->certificate : "");
}

static void take(const struct appliance_draft *draft, struct cp_appliance *a)
{
	snprintf(a->name, sizeof(a->name), "%s", draft->name);
	snprintf(a->log_directory, sizeof(a->log_directory), "%s", draft->log_directory);
	snprintf(a->session_user, sizeof(a->session_user), "%s", draft->accounts.session);
	snprintf(a->keys_user, sizeof(a->keys_user), "%s", draft->accounts.keys);
	snprintf(a->log_user, sizeof(a->log_user), "%s", draft->accounts.log);
	snprintf(a->syslog_user, sizeof(a->syslog_user), "%s", draft->accounts.syslog);
	snprintf(a->policy_user, sizeof(a->policy_user), "%s", draft->accounts.policy);
	snprintf(a->metrics_user, sizeof(a->metrics_user), "%s", draft->accounts.metrics);
	snprintf(a->scraper_user, sizeof(a->scraper_user), "%s",
	         draft->accounts.scraper ? draft->accounts.scraper : "");
	snprintf(a->operator_user, sizeof(a->operator_user), "%s",
	         draft->accounts.operator ? draft->accounts.operator : "");
	snprintf(a->time_zone, sizeof(a->time_zone), "%s", draft->time_zone);
	a->log_file_mb = draft->log.file_mb;
	a->log_files = draft->log.files;
	a->metrics = draft->metrics;
	take_syslog(&draft->syslog, &a->syslog);
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
