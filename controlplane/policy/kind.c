/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/field.h"
#include "controlplane/policy/zone.h"

#include <arpa/inet.h>
#include <errno.h>

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* The value is not what its row expects. */
static int refuse(struct document *d, const struct place *at, const struct field *f,
                  const json_t *v)
{
	char expected[160];

	return cp_document_refuse(d, at, v, "%s",
	                          cp_field_expects(f, expected, sizeof(expected)));
}

static int read_bool(struct document *d, const struct place *at, const struct field *f,
                     const json_t *v, void *out)
{
	bool on = json_is_true(v);

	if (!json_is_boolean(v))
		return refuse(d, at, f, v);
	memcpy(out, &on, sizeof(on));
	return 0;
}

static int read_number(struct document *d, const struct place *at, const struct field *f,
                       const json_t *v, void *out)
{
	json_int_t n = json_integer_value(v);
	uint32_t number = (uint32_t)n;

	bool is_off = f->kind == &cp_kind_number_off && n == 0;

	if (!json_is_integer(v) || (!is_off && (n < f->min || n > f->max)))
		return refuse(d, at, f, v);
	memcpy(out, &number, sizeof(number));
	return 0;
}

static int read_choice(struct document *d, const struct place *at, const struct field *f,
                       const json_t *v, void *out)
{
	const char *text = json_string_value(v);
	uint32_t i;

	for (i = 0; text && f->words[i]; i++)
		if (strcmp(f->words[i], text) == 0) {
			memcpy(out, &i, sizeof(i));
			return 0;
		}
	return refuse(d, at, f, v);
}

/* Only octets of @set, the first not of @not_first, 1..@max of them. */
static bool is_made_of(const char *text, const char *set, const char *not_first, size_t max)
{
	size_t len = strlen(text);

	return len >= 1 && len <= max && strspn(text, set) == len &&
	       !strchr(not_first, text[0]);
}

/* UTF-8 is valid already: jansson checks it. C0, DEL and C1 controls are refused. */
static bool is_printable(const char *text, size_t max)
{
	const unsigned char *c = (const unsigned char *)text;

	if (!*c || strlen(text) > max)
		return false;
	for (; *c; c++)
		if (*c < 0x20 || *c == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0))
			return false;
	return true;
}

static int put_string(const char *text, void *out)
{
	memcpy(out, &text, sizeof(text));
	return 0;
}

/* Kinds that are one word: the kind's own function says whether a text is one. */
static int read_word(struct document *d, const struct place *at, const struct field *f,
                     const json_t *v, void *out)
{
	const char *text = json_string_value(v);

	if (!text || !f->kind->is(text))
		return refuse(d, at, f, v);
	return put_string(text, out);
}

static bool is_name(const char *text)
{
	return is_made_of(text, LOWER UPPER DIGITS "._-", "._-", CP_NAME_MAX - 1);
}

static bool is_group(const char *text)
{
	return is_name(text) && strcmp(text, "any") != 0;
}

static bool is_user(const char *text)
{
	return is_printable(text, CP_USER_MAX - 1) && text[0] != ' ' &&
	       text[strlen(text) - 1] != ' ';
}

/* RFC 1123 section 2.1: labels of 1..63 letters, digits and inner hyphens. */
static bool is_domain(const char *text)
{
	const char *label = text;
	size_t len;

	if (!is_made_of(text, LOWER UPPER DIGITS ".-", ".-", 253))
		return false;
	for (;;) {
		len = strcspn(label, ".");
		if (len < 1 || len > 63 || label[0] == '-' || label[len - 1] == '-')
			return false;
		if (!label[len])
			return true;
		label += len + 1;
	}
}

static bool is_host(const char *text)
{
	struct addr a;

	/* What looks like an address has to be one. */
	if (text[strspn(text, DIGITS ".")] == 0 || strchr(text, ':'))
		return addr_parse(text, &a) == 0 && (!addr_is_v4(&a) || cp_addr_is_host(&a));
	return is_domain(text);
}

static bool is_port(const char *text)
{
	return is_made_of(text, LOWER UPPER DIGITS "._-:", "._-:", MSG_NAME_MAX - 1);
}

static int read_text(struct document *d, const struct place *at, const struct field *f,
                     const json_t *v, void *out)
{
	const char *text = json_string_value(v);

	if (!text || !is_printable(text, f->max))
		return refuse(d, at, f, v);
	return put_string(text, out);
}

/* Nothing that climbs: a document must not send the log elsewhere by "..". */
static bool is_path(const char *text)
{
	return is_made_of(text, LOWER UPPER DIGITS "._-/", "-", 200) && !strstr(text, "..");
}

/* Root would undo the separation the processes exist for. */
static bool is_account(const char *text)
{
	return is_made_of(text, LOWER DIGITS "_-", "-", 31) && strcmp(text, "root") != 0 &&
	       strspn(text, "0") != strlen(text);
}

bool cp_addr_is_host(const struct addr *a)
{
	uint8_t first = addr_v4(a).b[0];

	return addr_is_v4(a) && first != 0 && first != 127 && first < 224;
}

/* As written: "::ffff:10.0.0.1" is an IPv6 address that stands for another. */
static bool is_v4(const char *text)
{
	return !strchr(text, ':');
}

static int refuse_v6(struct document *d, const struct place *at, const struct field *f,
                     const json_t *v)
{
	return cp_document_refuse(d, at, v, "%s: IPv6 is not supported in this version",
	                          f->kind->text);
}

static int read_address(struct document *d, const struct place *at, const struct field *f,
                        const json_t *v, void *out)
{
	const char *text = json_string_value(v);
	struct addr a;

	if (!text || addr_parse(text, &a))
		return refuse(d, at, f, v);
	if (!is_v4(text))
		return refuse_v6(d, at, f, v);
	if (!cp_addr_is_host(&a))
		return cp_document_refuse(d, at, v, "an address a host can have");
	memcpy(out, &a, sizeof(a));
	return 0;
}

/* An IPv6 address that one host has, and not only on its link: RFC 4291. */
static bool is_host6(const struct addr *a)
{
	static const struct addr zero;

	return !addr_is_v4(a) && memcmp(a, &zero, 12) != 0 && a->octet[0] != 0xff &&
	       !cp_addr_is_link_local(a);
}

bool cp_addr_is_link_local(const struct addr *a)
{
	return a->octet[0] == 0xfe && (a->octet[1] & 0xc0) == 0x80;
}

static int read_either(struct document *d, const struct place *at, const struct field *f,
                       const json_t *v, void *out)
{
	const bool is_router = f->kind == &cp_kind_router;
	const char *text = json_string_value(v);
	struct addr a;

	if (!text || addr_parse(text, &a))
		return refuse(d, at, f, v);
	if (is_v4(text) ? !cp_addr_is_host(&a)
	                : !is_host6(&a) && !(is_router && cp_addr_is_link_local(&a)))
		return cp_document_refuse(d, at, v, "an address a host can have");
	memcpy(out, &a, sizeof(a));
	return 0;
}

static int read_prefix(struct document *d, const struct place *at, const struct field *f,
                       const json_t *v, void *out)
{
	const char *text = json_string_value(v);
	struct prefix p;
	int err = text ? prefix_parse(text, &p) : -EINVAL;

	if (err == -EDOM)
		return cp_document_refuse(d, at, v,
		                          "a prefix without host bits, %s for this one",
		                          prefix_format(&p, (char[ADDR_TEXT]){0}, ADDR_TEXT));
	if (err)
		return refuse(d, at, f, v);
	if (!is_v4(text) && f->kind != &cp_kind_either_prefix)
		return refuse_v6(d, at, f, v);
	if (!is_v4(text) && addr_is_v4(&p.addr))
		return cp_document_refuse(d, at, v, "the IPv4 prefix as such");
	memcpy(out, &p, sizeof(p));
	return 0;
}

static int read_on_link(struct document *d, const struct place *at, const struct field *f,
                        const json_t *v, void *out)
{
	const char *text = json_string_value(v);
	struct on_link l;
	struct addr last;

	if (!text || addr_on_link_parse(text, &l.addr, &l.net))
		return refuse(d, at, f, v);
	if (!is_v4(text))
		return refuse_v6(d, at, f, v);
	if (!cp_addr_is_host(&l.addr) || l.net.bits < ADDR_V4_SHIFT + 8)
		return cp_document_refuse(
			d, at, v, "an address a host can have, with a prefix length from 8");
	last = prefix_last(&l.net);
	/* RFC 3021: a /31 has two hosts and no broadcast address. */
	if (l.net.bits < 127 &&
	    (addr_equal(&l.addr, &l.net.addr) || addr_equal(&l.addr, &last)))
		return cp_document_refuse(
			d, at, v, "an address of a host, not the first or last of its network");
	memcpy(out, &l, sizeof(l));
	return 0;
}

static int read_on_link6(struct document *d, const struct place *at, const struct field *f,
                         const json_t *v, void *out)
{
	const char *text = json_string_value(v);
	struct on_link l;

	if (!text || is_v4(text) || addr_on_link_parse(text, &l.addr, &l.net))
		return refuse(d, at, f, v);
	if (!is_host6(&l.addr) || l.net.bits < 16)
		return cp_document_refuse(
			d, at, v, "an address a host can have, with a prefix length from 16");
	/* RFC 4291 section 2.6.1: that one is every router's; RFC 6164: but not of a /127. */
	if (l.net.bits < 127 && addr_equal(&l.addr, &l.net.addr))
		return cp_document_refuse(d, at, v,
		                          "an address of a host, not the first of its network");
	memcpy(out, &l, sizeof(l));
	return 0;
}

// clang-format off
const struct field_kind cp_kind_bool    = {"true or false", sizeof(bool), read_bool};
const struct field_kind cp_kind_number  = {"a number", sizeof(uint32_t), read_number};
const struct field_kind cp_kind_number_off = {"0, or a number", sizeof(uint32_t), read_number};
const struct field_kind cp_kind_choice  = {"a word", sizeof(uint32_t), read_choice};
const struct field_kind cp_kind_name    = {"a name of 1 to 63 letters, digits, \".\", \"_\", \"-\", beginning with a letter or digit", sizeof(char *), read_word, is_name, "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"};
const struct field_kind cp_kind_group   = {"a name of 1 to 63 letters, digits, \".\", \"_\", \"-\", beginning with a letter or digit, other than \"any\"", sizeof(char *), read_word, is_group, "^(?!any$)[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"};
const struct field_kind cp_kind_user    = {"a user name of 1 to 127 octets without control characters and outer spaces", sizeof(char *), read_word, is_user, "^(?! )" FIELD_PRINTABLE "{0,126}[^ \\x00-\\x1f\\x7f-\\x9f]$"};
const struct field_kind cp_kind_text    = {"printable text", sizeof(char *), read_text, NULL, "^" FIELD_PRINTABLE "+$"};
const struct field_kind cp_kind_domain  = {"a domain name such as \"vpn.example.com\"", sizeof(char *), read_word, is_domain, "^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$"};
const struct field_kind cp_kind_host    = {"an IP address or a domain name such as \"log.example.com\"", sizeof(char *), read_word, is_host, "^[A-Za-z0-9:]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9:])?$"};
const struct field_kind cp_kind_port    = {"a port name of 1 to 31 letters, digits, \".\", \"_\", \"-\", \":\"", sizeof(char *), read_word, is_port, "^[A-Za-z0-9][A-Za-z0-9._:-]{0,30}$"};
const struct field_kind cp_kind_path    = {"a path of letters, digits, \".\", \"_\", \"-\", \"/\" without \"..\"", sizeof(char *), read_word, is_path, "^(?!-)(?!.*\\.\\.)[A-Za-z0-9._/-]{1,200}$"};
const struct field_kind cp_kind_account = {"a user name or number of this machine that is not root", sizeof(char *), read_word, is_account, "^(?!-)(?!root$)(?!0+$)[a-z0-9_-]{1,31}$"};
const struct field_kind cp_kind_zone    = {"a time zone's name such as \"Asia/Tokyo\" or \"UTC\"", sizeof(char *), read_word, cp_zone_is_name, "^(?!/)(?!.*//)[A-Za-z0-9_+/-]{0,62}[A-Za-z0-9_+-]$"};
const struct field_kind cp_kind_address = {"an IPv4 address such as \"10.0.0.1\"", sizeof(struct addr), read_address, NULL, "^" FIELD_V4 "$"};
const struct field_kind cp_kind_prefix  = {"an IPv4 prefix such as \"10.0.0.0/8\"", sizeof(struct prefix), read_prefix, NULL, "^" FIELD_V4 "(" FIELD_V4_LENGTH ")?$"};
const struct field_kind cp_kind_on_link = {"an IPv4 address with its prefix length such as \"10.0.0.1/24\"", sizeof(struct on_link), read_on_link, NULL, "^" FIELD_V4 FIELD_V4_LENGTH_8 "$"};
const struct field_kind cp_kind_either = {"an IPv4 or IPv6 address such as \"10.0.0.1\" or \"2001:db8::1\"", sizeof(struct addr), read_either, NULL, "^(" FIELD_V4 "|" FIELD_V6 ")$"};
const struct field_kind cp_kind_router = {"an IPv4 or IPv6 address such as \"10.0.0.1\" or \"fe80::1\"", sizeof(struct addr), read_either, NULL, "^(" FIELD_V4 "|" FIELD_V6 ")$"};
const struct field_kind cp_kind_either_prefix = {"an IPv4 or IPv6 prefix such as \"10.0.0.0/8\" or \"2001:db8::/32\"", sizeof(struct prefix), read_prefix, NULL, "^(" FIELD_V4 "(" FIELD_V4_LENGTH ")?|" FIELD_V6 "(" FIELD_V6_LENGTH ")?)$"};
const struct field_kind cp_kind_on_link6 = {"an IPv6 address with its prefix length such as \"2001:db8::1/64\"", sizeof(struct on_link), read_on_link6, NULL, "^" FIELD_V6 FIELD_V6_LENGTH "$"};
// clang-format on
