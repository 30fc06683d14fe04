/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/tenant.h"

#include "controlplane/policy/nest.h"
#include "controlplane/policy/proposal.h"

#define ROWS(fields) fields, sizeof(fields) / sizeof(fields[0])

static const char *const auth_words[] = {
	[CP_AUTH_EAP_MSCHAPV2] = "eap-mschapv2",
	[CP_AUTH_PSK] = "psk",
	NULL,
};

static const char *const full_words[] = {
	[CP_FULL_DENY_NEW] = "deny-new",
	[CP_FULL_REPLACE_OLD] = "replace-old",
	NULL,
};

/* The strongest first; AES-CBC and modp2048 at the end are for clients that know no better.
 * RFC 8247 section 2 for what must and should be offered. */
#define IKE_DEFAULT                              \
	"[\"aes256gcm16-prfsha384-ecp384\", "    \
	"\"aes128gcm16-prfsha256-ecp256\", "     \
	"\"aes256gcm16-prfsha256-curve25519\", " \
	"\"aes128gcm16-prfsha256-curve25519\", " \
	"\"aes256-sha384-ecp384\", "             \
	"\"aes256-sha256-ecp256\", "             \
	"\"aes128-sha256-curve25519\", "         \
	"\"aes128-sha256-ecp256\", "             \
	"\"aes256-sha256-modp2048\", "           \
	"\"aes128-sha256-modp2048\"]"

/* HMAC-SHA1 is what stock Windows offers for ESP; as a MAC it is unbroken. 3DES and short ICVs
 * only where somebody asks for them (RFC 8221 section 5, 6). */
#define ESP_DEFAULT                           \
	"[\"aes128gcm16\", \"aes256gcm16\", " \
	"\"chacha20poly1305\", "              \
	"\"aes256-sha256\", "                 \
	"\"aes128-sha256\", "                 \
	"\"aes256-sha1\", \"aes128-sha1\"]"

// clang-format off
#define AT(member) offsetof(struct gateway_draft, member)
static const struct field gateway_fields[] = {
	{"addresses",      &cp_kind_list,   AT(addresses),      1, CP_LOCAL_MAX, FIELD_REQUIRED, "where its clients connect to: addresses in networks of outer interfaces", NULL, &cp_kind_either},
	{"identity",       &cp_kind_domain, AT(identity),       .help = "the name the gateway proves to clients; it stands in the certificate"},
	{"certificate",    &cp_kind_name,   AT(certificate),    0, 0, FIELD_OPTIONAL, "NAME of pki/NAME.crt and pki/NAME.key; not needed with \"psk\" alone"},
	{"authentication", &cp_kind_list,   AT(authentication), 1, CP_AUTH_COUNT, "[\"eap-mschapv2\"]", "how clients prove who they are", NULL, &cp_kind_choice, auth_words},
};
#undef AT
static const struct field_object gateway_object = {
	"gateway", "where and as whom its clients find it", sizeof(struct gateway_draft), ROWS(gateway_fields),
};

#define AT(member) offsetof(struct pool_draft, member)
static const struct field pool_fields[] = {
	{"name",  &cp_kind_name,    AT(name),  .help = "what logs call it"},
	{"first", &cp_kind_address, AT(first), .help = "lowest address given to clients"},
	{"last",  &cp_kind_address, AT(last),  .help = "highest address given to clients"},
	{"note",  &cp_kind_text,    AT(note),  0, 200, FIELD_OPTIONAL, "for people; not used"},
};
#undef AT
static const struct field_object pool_object = {
	"pool", "a range of addresses given to clients", sizeof(struct pool_draft), ROWS(pool_fields),
};

#define AT(member) offsetof(struct rate_draft, member)
static const struct field rate_fields[] = {
	{"up_kbps",   &cp_kind_number_off, AT(up_kbps),   8, 1000000000, "0",   "kilobits a second from the client, octets of IP packets inside the tunnel"},
	{"down_kbps", &cp_kind_number_off, AT(down_kbps), 8, 1000000000, "0",   "kilobits a second to the client"},
	{"burst_ms",  &cp_kind_number,     AT(burst_ms),  1, 10000,      "100", "so much time's worth of it may come at once (16 KB at least)"},
};
#undef AT
static const struct field_object rate_object = {
	"rate", "how fast, each way; 0 says nothing about a way", sizeof(struct rate_draft), ROWS(rate_fields),
};

#define AT(member) offsetof(struct user_group_draft, member)
static const struct field user_group_fields[] = {
	{"name",   &cp_kind_group, AT(name),   .help = "what users and rules call it"},
	{"groups", &cp_kind_list,  AT(groups), 0, CP_NESTED_MAX, "[]", "other user groups that it includes: their members are its members, too", NULL, &cp_kind_name},
	{"routes", &cp_kind_list,  AT(routes), 0, MSG_TS_MAX, "[]", "networks offered to its members in place of the tenant's \"subnets\"; without any, it says nothing about them", NULL, &cp_kind_prefix},
	{"dns",    &cp_kind_list,  AT(dns),    0, CP_DNS_MAX, "[]", "name servers told to its members in place of the tenant's \"dns\"; without any, it says nothing about them", NULL, &cp_kind_address},
	{"rate",   &cp_kind_object, AT(rate),  0, 0, "{}", "how fast each tunnel of its members is, in place of the tenant's \"user_rate\"; of several groups the first that says it counts", &rate_object},
	{"note",   &cp_kind_text,  AT(note),   0, 200, FIELD_OPTIONAL, "for people; not used"},
};
#undef AT
static const struct field_object user_group_object = {
	"user group", "users that rules treat alike", sizeof(struct user_group_draft), ROWS(user_group_fields),
};

/* A list's element has no range of its own: it is the kind's. */
static int read_device(struct document *d, const struct place *at, const struct field *f UNUSED,
                       const json_t *v, void *out)
{
	const struct field one = {.kind = &cp_kind_text, .max = CP_IDENTITY_MAX - 1};

	return cp_kind_text.read(d, at, &one, v, out);
}

static const struct field_kind kind_device = {
	"printable text of 1 to 255 octets", sizeof(char *), read_device, NULL, "^" FIELD_PRINTABLE "{1,255}$",
};

#define AT(member) offsetof(struct user_draft, member)
static const struct field user_fields[] = {
	{"name",    &cp_kind_user,    AT(name),    .help = "as the client sends it; case counts"},
	{"groups",  &cp_kind_list,    AT(groups),  0, MSG_GROUPS_MAX, "[]", "user groups it is in", NULL, &cp_kind_name},
	{"enabled", &cp_kind_bool,    AT(enabled), 0, 0, "true", "false: may not connect"},
	{"expires", &cp_kind_moment,  AT(expires), 0, 0, FIELD_OPTIONAL, "may connect to the end of this day in the appliance's time zone, or up to this moment; ends his tunnels then"},
	{"address", &cp_kind_address, AT(address), 0, 0, FIELD_OPTIONAL, "always given this address, which lies in a pool"},
	{"devices", &cp_kind_list,    AT(devices), 0, CP_DEVICES_MAX, "[]", "IKE identities (IDi) of the clients he may connect from with \"eap-mschapv2\": certificate subjects, names, addresses; without any, from every client", NULL, &kind_device},
	{"rate",    &cp_kind_object,  AT(rate),    0, 0, "{}", "how fast each of his tunnels is, in place of what his groups say", &rate_object},
	{"note",    &cp_kind_text,    AT(note),    0, 200, FIELD_OPTIONAL, "for people; not used"},
};
#undef AT
static const struct field_object user_object = {
	"user", "a person or device that may connect", sizeof(struct user_draft), ROWS(user_fields),
};

#define AT(member) offsetof(struct crypto_draft, member)
static const struct field crypto_fields[] = {
	{"ike", &cp_kind_list, AT(ike), 1, CP_PROPOSALS_MAX, IKE_DEFAULT, "proposals for IKE, the preferred first", NULL, &cp_kind_ike_proposal},
	{"esp", &cp_kind_list, AT(esp), 1, CP_PROPOSALS_MAX, ESP_DEFAULT, "proposals for ESP, the preferred first", NULL, &cp_kind_esp_proposal},
	{"replay_window", &cp_kind_number, AT(replay_window), 64, 4096, "1024", "an ESP packet may come later than so many others; a power of two"},
};
#undef AT
static const struct field_object crypto_object = {
	"crypto", "algorithms its clients may use", sizeof(struct crypto_draft), ROWS(crypto_fields),
};

#define AT(member) offsetof(struct limits_draft, member)
static const struct field limits_fields[] = {
	{"sessions",          &cp_kind_number, AT(sessions),          1, 1000000, "10000", "tunnels of this tenant at once, at most"},
	{"sessions_per_user", &cp_kind_number, AT(sessions_per_user), 1, 1000,    "5",     "tunnels of one user at once, at most"},
	{"when_full",         &cp_kind_choice, AT(when_full),         0, 0, "\"deny-new\"", "what becomes of one tunnel more: it is refused, or the oldest is ended for it", .words = full_words},
	{"flows",             &cp_kind_number_off, AT(flows),         64, 100000000, "100000", "flows at once, each worker may have its part of them; 0: no limit of its own"},
	{"buffers",           &cp_kind_number_off, AT(buffers),       64, 1000000,   "1024",   "packets that wait in one place (for a worker, for a next hop); 0: no limit of its own"},
	{"reassembly",        &cp_kind_number_off, AT(reassembly),    8, 1000000,    "1024",   "packets of which fragments are missing, at once; 0: no limit of its own"},
	{"punts",             &cp_kind_number_off, AT(punts),         1, 1000000,    "0",      "IKE messages a second to its own gateway addresses; 0: as \"punt_local\" of the data plane's document says"},
	{"rate",              &cp_kind_object, AT(rate),              0, 0, "{}", "how fast all its tunnels together are", &rate_object},
	{"user_rate",         &cp_kind_object, AT(user_rate),         0, 0, "{}", "how fast each tunnel is, where neither user nor group says it", &rate_object},
};
#undef AT
static const struct field_object limits_object = {
	"limits", "how much it may use", sizeof(struct limits_draft), ROWS(limits_fields),
};

#define AT(member) offsetof(struct timers_draft, member)
static const struct field timers_fields[] = {
	{"dpd_seconds",    &cp_kind_number, AT(dpd_seconds),    10, 86400,   "30",    "a silent client is asked whether it is there after"},
	{"orphan_seconds", &cp_kind_number, AT(orphan_seconds), 10, 604800,  "3600",  "tunnels forward without a control plane for"},
	{"ike_seconds",    &cp_kind_number, AT(ike_seconds),    600, 604800, "86400", "an IKE SA ends after, when its client has not renewed it"},
	{"child_seconds",  &cp_kind_number, AT(child_seconds),  300, 604800, "28800", "an ESP SA ends after, when its client has not renewed it"},
	{"child_packets",   &cp_kind_number_off, AT(child_packets),   1000, UINT32_MAX, "0", "an ESP SA carries so many packets each way, then the tunnel ends unless its client has renewed the keys; 0: as many as its numbers allow"},
	{"child_megabytes", &cp_kind_number_off, AT(child_megabytes), 1, UINT32_MAX, "0", "the same in MiB; 0: no limit, but with 3DES 4096"},
	{"idle_seconds",    &cp_kind_number_off, AT(idle_seconds),    30, 604800,  "0", "a tunnel without data is ended after; 0: never"},
	{"session_seconds", &cp_kind_number_off, AT(session_seconds), 60, 2592000, "0", "a tunnel is ended after, whatever it does; 0: never"},
};
#undef AT
static const struct field_object timers_object = {
	"timers", "how long things last", sizeof(struct timers_draft), ROWS(timers_fields),
};

#define AT(member) offsetof(struct tenant_draft, member)
static const struct field tenant_fields[] = {
	{"label",          &cp_kind_text,   AT(label),                 0, CP_NAME_MAX - 1, FIELD_REQUIRED, "what people call this tenant"},
	{"service_code",   &cp_kind_name,   AT(service_code),          0, 0, FIELD_OPTIONAL, "what the operator's other systems call it"},
	{"note",           &cp_kind_text,   AT(note),                  0, 200, FIELD_OPTIONAL, "for people; not used"},
	{"gateway",        &cp_kind_object, AT(gateway),               0, 0, FIELD_REQUIRED, "where and as whom its clients find it", &gateway_object},
	{"interfaces",     &cp_kind_list,   AT(network.interfaces),    1, CP_VRF_IFACE_MAX, FIELD_REQUIRED, "the way to its inside", &cp_iface_object, &cp_kind_object},
	{"routes",         &cp_kind_list,   AT(network.routes),        0, CP_ROUTE_MAX, "[]", "routes of its inside", &cp_route_object, &cp_kind_object},
	{"pools",          &cp_kind_list,   AT(pools),                 1, CP_POOLS_MAX, FIELD_REQUIRED, "addresses for clients, used in this order", &pool_object, &cp_kind_object},
	{"dns",            &cp_kind_list,   AT(dns),                   0, CP_DNS_MAX, "[]", "name servers told to clients", NULL, &cp_kind_address},
	{"subnets",        &cp_kind_list,   AT(subnets),               1, MSG_TS_MAX, FIELD_REQUIRED, "networks offered to clients; \"0.0.0.0/0\" sends all their traffic here", NULL, &cp_kind_prefix},
	{"user_groups",    &cp_kind_list,   AT(user_groups),           0, CP_TENANT_GROUPS_MAX, "[]", "user groups", &user_group_object, &cp_kind_object},
	{"users",          &cp_kind_list,   AT(users),                 0, CP_TENANT_USERS_MAX, "[]", "users; their passwords stand in secrets/NAME.json", &user_object, &cp_kind_object},
	{"host_groups",    &cp_kind_list,   AT(access.host_groups),    0, CP_GROUPS_OF_HOSTS_MAX, "[]", "host groups", &cp_host_group_object, &cp_kind_object},
	{"service_groups", &cp_kind_list,   AT(access.service_groups), 0, CP_GROUPS_OF_HOSTS_MAX, "[]", "service groups", &cp_service_group_object, &cp_kind_object},
	{"rules",          &cp_kind_list,   AT(access.rules),          0, CP_RULES_MAX, "[]", "access rules; the first that matches decides, without one nothing passes", &cp_rule_object, &cp_kind_object},
	{"crypto",         &cp_kind_object, AT(crypto),                0, 0, "{}", "algorithms its clients may use", &crypto_object},
	{"limits",         &cp_kind_object, AT(limits),                0, 0, "{}", "how much it may use", &limits_object},
	{"timers",         &cp_kind_object, AT(timers),                0, 0, "{}", "how long things last", &timers_object},
	{"inner_mtu",      &cp_kind_number, AT(inner_mtu),             576, 9000, "1400", "octets of an IP packet inside the tunnel; TCP is clamped to it"},
};
#undef AT
// clang-format on

const struct field_object cp_tenant_object = {
	"tenant",
	"a customer of this gateway",
	sizeof(struct tenant_draft),
	ROWS(tenant_fields),
};
