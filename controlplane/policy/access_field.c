/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/access.h"
#include "controlplane/policy/nest.h"

#include <errno.h>
#include <netinet/in.h>

static const char *const actions[] = {[MSG_DENY] = "deny", [MSG_ALLOW] = "allow", NULL};

/* ---- what an element of a group may be ---- */

size_t cp_span_prefixes(const struct host_span *span, struct prefix *out)
{
	struct addr at = span->first, last;
	size_t n = 0;

	for (;;) {
		struct prefix p = {at, 128};

		/* Grow while the block still begins here and ends within the span. */
		while (p.bits > ADDR_V4_SHIFT) {
			struct prefix wider = {at, (uint8_t)(p.bits - 1)};
			unsigned bit = wider.bits;

			if (at.octet[bit / 8] & (0x80 >> bit % 8))
				break;
			last = prefix_last(&wider);
			if (addr_compare(&last, &span->last) > 0)
				break;
			p = wider;
		}
		if (out)
			out[n] = p;
		n++;
		last = prefix_last(&p);
		if (addr_compare(&last, &span->last) >= 0)
			return n;
		at = addr_next(&last);
	}
}

static int parse_span(const char *text, struct host_span *out)
{
	const char *dash = strchr(text, '-');
	char first[ADDR_TEXT];
	struct prefix p;
	int err;

	if (!dash) {
		err = prefix_parse(text, &p);
		if (err)
			return err;
		out->first = p.addr;
		out->last = prefix_last(&p);
		return 0;
	}
	if ((size_t)(dash - text) >= sizeof(first))
		return -EINVAL;
	snprintf(first, sizeof(first), "%.*s", (int)(dash - text), text);
	if (addr_parse(first, &out->first) || addr_parse(dash + 1, &out->last))
		return -EINVAL;
	return 0;
}

static int read_hosts(struct document *d, const struct place *at, const struct field *f,
                      const json_t *v, void *out)
{
	const char *text = json_string_value(v);
	struct host_span span;
	int err = text ? parse_span(text, &span) : -EINVAL;

	if (err == -EDOM)
		return cp_document_refuse(d, at, v, "a prefix without host bits");
	if (err)
		return cp_document_refuse(d, at, v, "%s", f->kind->text);
	if (strchr(text, ':'))
		return cp_document_refuse(d, at, v, "%s: IPv6 is not supported in this version",
		                          f->kind->text);
	if (addr_compare(&span.first, &span.last) > 0)
		return cp_document_refuse(d, at, v, "a range whose first address is the lower");
	memcpy(out, &span, sizeof(span));
	return 0;
}

/* "80" or "8000-8080", up to @max. */
static int parse_numbers(const char *text, unsigned long max, uint16_t *lo, uint16_t *hi)
{
	unsigned long n[2];
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	n[0] = n[1] = strtoul(text, &end, 10);
	if (*end == '-' && end[1] >= '0' && end[1] <= '9')
		n[1] = strtoul(end + 1, &end, 10);
	if (*end || n[1] > max || n[0] > n[1])
		return -EINVAL;
	*lo = (uint16_t)n[0];
	*hi = (uint16_t)n[1];
	return 0;
}

static const struct {
	const char *word;
	uint8_t proto;
	uint16_t lowest, highest; /* of what follows "/"; highest 0: nothing may follow */
} protocols[] = {
	{"tcp", IPPROTO_TCP, 1, 65535},
	{"udp", IPPROTO_UDP, 1, 65535},
	{"icmp", IPPROTO_ICMP, 0, 255},
	{"any", 0, 0, 0},
};

int cp_service_parse(const char *text, struct service *out)
{
	size_t len = strcspn(text, "/"), i;
	const char *rest = text[len] ? text + len + 1 : NULL;
	struct service s = {0, 0, UINT16_MAX};

	if (len == strlen("protocol") && strncmp(text, "protocol", len) == 0) {
		if (!rest || parse_numbers(rest, 255, &s.lo, &s.hi) || s.lo != s.hi || !s.lo)
			return -EINVAL;
		*out = (struct service){(uint8_t)s.lo, 0, UINT16_MAX};
		return 0;
	}
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (strlen(protocols[i].word) != len ||
		    strncmp(protocols[i].word, text, len) != 0)
			continue;
		s.proto = protocols[i].proto;
		if (rest && (!protocols[i].highest ||
		             parse_numbers(rest, protocols[i].highest, &s.lo, &s.hi) ||
		             s.lo < protocols[i].lowest))
			return -EINVAL;
		*out = s;
		return 0;
	}
	return -EINVAL;
}

static int read_service(struct document *d, const struct place *at, const struct field *f,
                        const json_t *v, void *out)
{
	const char *text = json_string_value(v);
	struct service s;

	if (!text || cp_service_parse(text, &s))
		return cp_document_refuse(d, at, v, "%s", f->kind->text);
	memcpy(out, &s, sizeof(s));
	return 0;
}

/* Patterns of 1 to 65535 and of 0 to 255. */
#define PORT                                                                       \
	"0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2]" \
	"[0-9]|6553[0-5])"
#define OCTET "0*" FIELD_V4_OCTET

static const struct field_kind kind_hosts = {
	"an IPv4 address, prefix or range such as \"10.0.0.1-10.0.0.9\"",
	sizeof(struct host_span),
	read_hosts,
	NULL,
	"^" FIELD_V4 "((" FIELD_V4_LENGTH ")?|-" FIELD_V4 ")$",
};
static const struct field_kind kind_service = {
	"a service such as \"tcp/80\", \"udp/5000-5100\", \"icmp\", \"icmp/8\", "
	"\"protocol/47\" or \"any\"",
	sizeof(struct service),
	read_service,
	NULL,
	"^(any|(tcp|udp)(/" PORT "(-" PORT ")?)?|icmp(/" OCTET "(-" OCTET ")?)?|"
	"protocol/" OCTET "(-" OCTET ")?)$",
};

// clang-format off
#define AT(member) offsetof(struct host_group_draft, member)
static const struct field host_group_fields[] = {
	{"name",  &cp_kind_group, AT(name),  .help = "what rules call it"},
	{"hosts", &cp_kind_list, AT(hosts), 0, CP_HOSTS_MAX, "[]", "addresses, prefixes and ranges", NULL, &kind_hosts},
	{"groups", &cp_kind_list, AT(groups), 0, CP_NESTED_MAX, "[]", "other host groups that it includes", NULL, &cp_kind_name},
	{"note",  &cp_kind_text, AT(note),  0, 200, FIELD_OPTIONAL, "for people; not used"},
};
#undef AT
#define AT(member) offsetof(struct service_group_draft, member)
static const struct field service_group_fields[] = {
	{"name",     &cp_kind_group, AT(name),     .help = "what rules call it"},
	{"services", &cp_kind_list, AT(services), 0, CP_SERVICES_MAX, "[]", "protocols with destination ports or ICMP types", NULL, &kind_service},
	{"groups",   &cp_kind_list, AT(groups),   0, CP_NESTED_MAX, "[]", "other service groups that it includes", NULL, &cp_kind_name},
	{"note",     &cp_kind_text, AT(note),     0, 200, FIELD_OPTIONAL, "for people; not used"},
};
#undef AT
#define AT(member) offsetof(struct rule_draft, member)
static const struct field rule_fields[] = {
	{"name",     &cp_kind_text,   AT(name),     1, CP_NAME_MAX - 1, FIELD_REQUIRED, "what logs call it"},
	{"users",    &cp_kind_list,   AT(users),    1, CP_RULE_REFERENCES_MAX, FIELD_REQUIRED, "user groups, or \"any\" alone", NULL, &cp_kind_name},
	{"hosts",    &cp_kind_list,   AT(hosts),    1, CP_RULE_REFERENCES_MAX, FIELD_REQUIRED, "host groups, or \"any\" alone", NULL, &cp_kind_name},
	{"services", &cp_kind_list,   AT(services), 1, CP_RULE_REFERENCES_MAX, FIELD_REQUIRED, "service groups, or \"any\" alone", NULL, &cp_kind_name},
	{"action",   &cp_kind_choice, AT(action),   0, 0, FIELD_REQUIRED, "what becomes of a flow", .words = actions},
	{"log",      &cp_kind_bool,   AT(log),      0, 0, "false", "log allowed flows too; denied ones are always logged"},
	{"enabled",  &cp_kind_bool,   AT(enabled),  0, 0, "true", "false: keeps its number and matches nothing"},
	{"note",     &cp_kind_text,   AT(note),     0, 200, FIELD_OPTIONAL, "for people; not used"},
};
#undef AT
// clang-format on

const struct field_object cp_host_group_object = {
	"host group",
	"hosts that rules treat alike",
	sizeof(struct host_group_draft),
	host_group_fields,
	sizeof(host_group_fields) / sizeof(host_group_fields[0]),
};
const struct field_object cp_service_group_object = {
	"service group",
	"services that rules treat alike",
	sizeof(struct service_group_draft),
	service_group_fields,
	sizeof(service_group_fields) / sizeof(service_group_fields[0]),
};
const struct field_object cp_rule_object = {
	"rule",
	"an access rule: the first one that matches decides; without one, deny",
	sizeof(struct rule_draft),
	rule_fields,
	sizeof(rule_fields) / sizeof(rule_fields[0]),
};
