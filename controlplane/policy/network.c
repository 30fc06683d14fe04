/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/network.h"

#include "controlplane/policy/names.h"

#include <errno.h>

enum {
	IPV6_MTU_MIN = 1280,
};

#define AT(member) offsetof(struct iface_draft, member)
// clang-format off
static const struct field iface_fields[] = {
	{"name",    &cp_kind_name,    AT(name),    .help = "what routes and logs call it"},
	{"port",    &cp_kind_port,    AT(port),    .help = "port of the data plane's document"},
	{"vlan",    &cp_kind_number,  AT(vlan),    0, 4094, "0", "802.1Q tag; 0: untagged"},
	{"address", &cp_kind_on_link, AT(address), .help = "the gateway's address and its network"},
	{"address6", &cp_kind_on_link6, AT(address6), 0, 0, FIELD_OPTIONAL, "the same of IPv6; without it, none is spoken there"},
	{"mtu",     &cp_kind_number,  AT(mtu),     576, 9000, "1500", "octets of an IP packet"},
	{"note",    &cp_kind_text,    AT(note),    0, 200, FIELD_OPTIONAL, "for people; not used"},
};
#undef AT
#define AT(member) offsetof(struct route_draft, member)
static const struct field route_fields[] = {
	{"prefix",    &cp_kind_either_prefix,  AT(prefix),    .help = "where to; \"0.0.0.0/0\" and \"::/0\" are the default routes"},
	{"gateway",   &cp_kind_router, AT(gateway),   0, 0, FIELD_OPTIONAL, "next router, in the network of an interface; without it, or with one of fe80::/10, \"interface\" is needed"},
	{"interface", &cp_kind_name,    AT(interface), 0, 0, FIELD_OPTIONAL, "on whose wire the destinations are; not needed with \"gateway\""},
	{"note",      &cp_kind_text,    AT(note),      0, 200, FIELD_OPTIONAL, "for people; not used"},
};
#undef AT
// clang-format on

const struct field_object cp_iface_object = {
	"interface",
	"a port of the gateway, or one VLAN of it",
	sizeof(struct iface_draft),
	iface_fields,
	sizeof(iface_fields) / sizeof(iface_fields[0]),
};
const struct field_object cp_route_object = {
	"route",
	"a static route",
	sizeof(struct route_draft),
	route_fields,
	sizeof(route_fields) / sizeof(route_fields[0]),
};

#define PATH(...)  cp_text(__VA_ARGS__).text
#define FOUND(...) cp_text(__VA_ARGS__).text

static const char *text_of(const struct prefix *p, char *buf)
{
	return prefix_format(p, buf, ADDR_TEXT);
}

/* One wire, one interface: two of them would both answer for what arrives there. */
static int check_wire(struct document *d, size_t i, const struct cp_iface *new,
                      const struct cp_policy *p)
{
	uint32_t k;

	for (k = 0; k < p->n_iface; k++) {
		const struct cp_iface *old = &p->iface[k];

		if (old->vlan == new->vlan && strcmp(old->port, new->port) == 0)
			return cp_policy_refuse(
				d->error, d->file, PATH("$.interfaces[%zu].port", i),
				FOUND("port \"%s\" VLAN %u", new->port, new->vlan),
				"a port and VLAN that no other interface has: \"%s\" of %s has "
				"it",
				old->name, old->vrf ? "a tenant" : "the appliance");
	}
	return 0;
}

static int check_overlap(struct document *d, size_t i, const struct cp_iface *new,
                         const struct cp_policy *p)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];
	uint32_t k;

	for (k = 0; k < p->n_iface; k++) {
		const struct cp_iface *old = &p->iface[k];

		if (old->vrf == new->vrf && prefix_overlaps(&old->net, &new->net))
			return cp_policy_refuse(d->error, d->file,
			                        PATH("$.interfaces[%zu].address", i),
			                        text_of(&new->net, a),
			                        "a network apart from %s of interface \"%s\"",
			                        text_of(&old->net, b), old->name);
		if (old->vrf == new->vrf && !addr_is_none(&old->addr6) &&
		    !addr_is_none(&new->addr6) && prefix_overlaps(&old->net6, &new->net6))
			return cp_policy_refuse(d->error, d->file,
			                        PATH("$.interfaces[%zu].address6", i),
			                        text_of(&new->net6, a),
			                        "a network apart from %s of interface \"%s\"",
			                        text_of(&old->net6, b), old->name);
	}
	return 0;
}

/* RFC 8200 section 5. */
static int check_mtu(struct document *d, size_t i, const struct cp_iface *new)
{
	if (addr_is_none(&new->addr6) || new->mtu >= IPV6_MTU_MIN)
		return 0;
	return cp_policy_refuse(d->error, d->file, PATH("$.interfaces[%zu].mtu", i),
	                        FOUND("%u", new->mtu), "at least %d, which \"address6\" needs",
	                        IPV6_MTU_MIN);
}

static int add_iface(struct document *d, size_t i, const struct iface_draft *draft,
                     uint16_t vrf, struct cp_policy *p)
{
	struct cp_iface *new = &p->iface[p->n_iface];
	int err;

	if (p->n_iface == MSG_IFACES_MAX)
		return cp_policy_refuse(
			d->error, d->file, PATH("$.interfaces[%zu]", i),
			FOUND("interface %d of the appliance", MSG_IFACES_MAX + 1),
			"at most %d, tenants' included", MSG_IFACES_MAX);
	*new = (struct cp_iface){
		.vlan = (uint16_t)draft->vlan,
		.mtu = (uint16_t)draft->mtu,
		.vrf = vrf,
		.addr = draft->address.addr,
		.net = draft->address.net,
		.addr6 = draft->address6.addr,
		.net6 = draft->address6.net,
	};
	snprintf(new->name, sizeof(new->name), "%s", draft->name);
	snprintf(new->port, sizeof(new->port), "%s", draft->port);
	err = check_wire(d, i, new, p);
	if (!err)
		err = check_mtu(d, i, new);
	if (!err)
		err = check_overlap(d, i, new, p);
	if (!err)
		p->n_iface++;
	return err;
}

bool cp_iface_holds(const struct cp_iface *i, const struct addr *a)
{
	if (addr_is_v4(a))
		return prefix_holds(&i->net, a);
	return !addr_is_none(&i->addr6) && prefix_holds(&i->net6, a);
}

/* The interface of this routing domain whose network holds @a, or NULL. */
static const struct cp_iface *iface_of(const struct cp_policy *p, uint32_t first,
                                       const struct addr *a)
{
	uint32_t i;

	for (i = first; i < p->n_iface; i++)
		if (cp_iface_holds(&p->iface[i], a))
			return &p->iface[i];
	return NULL;
}

static const struct cp_iface *iface_named(const struct cp_policy *p, uint32_t first,
                                          const char *name)
{
	uint32_t i;

	for (i = first; i < p->n_iface; i++)
		if (strcmp(p->iface[i].name, name) == 0)
			return &p->iface[i];
	return NULL;
}

/* Through which interface, and may the route go there? */
static int route_iface(struct document *d, size_t i, const struct route_draft *r,
                       const struct cp_policy *p, uint32_t first, uint16_t *out)
{
	const struct cp_iface *by_gateway = NULL, *by_name = NULL;
	char a[ADDR_TEXT];

	if (addr_is_none(&r->gateway) && !r->interface)
		return cp_policy_refuse(d->error, d->file, PATH("$.routes[%zu]", i),
		                        "neither \"gateway\" nor \"interface\"",
		                        "one of the two");
	if (r->interface) {
		by_name = iface_named(p, first, r->interface);
		if (!by_name)
			return cp_policy_refuse(d->error, d->file,
			                        PATH("$.routes[%zu].interface", i),
			                        FOUND("\"%s\"", r->interface),
			                        "the name of an interface of this document");
	}
	if (!addr_is_none(&r->gateway) &&
	    addr_is_v4(&r->gateway) != addr_is_v4(&r->prefix.addr))
		return cp_policy_refuse(d->error, d->file, PATH("$.routes[%zu].gateway", i),
		                        addr_format(&r->gateway, a, sizeof(a)),
		                        "a router of the family of \"prefix\"");
	if (by_name && addr_is_none(&by_name->addr6) && !addr_is_v4(&r->prefix.addr))
		return cp_policy_refuse(d->error, d->file, PATH("$.routes[%zu].interface", i),
		                        FOUND("\"%s\"", r->interface),
		                        "an interface with \"address6\"");
	if (cp_addr_is_link_local(&r->gateway)) {
		if (!by_name)
			return cp_policy_refuse(
				d->error, d->file, PATH("$.routes[%zu].gateway", i),
				addr_format(&r->gateway, a, sizeof(a)),
				"with it the \"interface\" on whose link it is");
	} else if (!addr_is_none(&r->gateway)) {
		by_gateway = iface_of(p, first, &r->gateway);
		if (!by_gateway || (by_name && by_name != by_gateway))
			return cp_policy_refuse(
				d->error, d->file, PATH("$.routes[%zu].gateway", i),
				addr_format(&r->gateway, a, sizeof(a)),
				by_name ? "an address in the network of interface "
					  "\"%s\""
					: "an address in the network of an "
					  "interface of this document%s",
				by_name ? by_name->name : "");
		if (addr_equal(&r->gateway, &by_gateway->addr) ||
		    addr_equal(&r->gateway, &by_gateway->addr6))
			return cp_policy_refuse(
				d->error, d->file, PATH("$.routes[%zu].gateway", i),
				addr_format(&r->gateway, a, sizeof(a)),
				"another router: this is the address of interface "
				"\"%s\" itself",
				by_gateway->name);
	}
	*out = (uint16_t)((by_gateway ? by_gateway : by_name) - p->iface);
	return 0;
}

/* A route to a prefix that is there already: as a route or as a connected network. */
static int check_prefix(struct document *d, size_t i, const struct prefix *prefix,
                        const struct network_draft *draft, const struct cp_policy *p,
                        uint32_t first)
{
	const char *other = NULL;
	char a[ADDR_TEXT];
	uint32_t k;

	for (k = 0; k < i && !other; k++)
		if (draft->routes.at[k].prefix.bits == prefix->bits &&
		    addr_equal(&draft->routes.at[k].prefix.addr, &prefix->addr))
			other = "another route";
	for (k = first; k < p->n_iface && !other; k++)
		if (prefix->bits >= (addr_is_v4(&prefix->addr) ? p->iface[k].net.bits
		                                               : p->iface[k].net6.bits) &&
		    cp_iface_holds(&p->iface[k], &prefix->addr))
			other = "the network of an interface";
	if (!other)
		return 0;
	return cp_policy_refuse(d->error, d->file, PATH("$.routes[%zu].prefix", i),
	                        text_of(prefix, a), "a prefix that %s does not have", other);
}

static int add_route(struct document *d, size_t i, const struct network_draft *draft,
                     const struct cp_policy *p, uint32_t first, struct cp_route *out)
{
	const struct route_draft *r = &draft->routes.at[i];
	int err = check_prefix(d, i, &r->prefix, draft, p, first);

	out->prefix = r->prefix;
	out->gateway = r->gateway;
	return err ? err : route_iface(d, i, r, p, first, &out->iface);
}

int cp_network_build(struct document *d, const struct network_draft *draft, uint16_t vrf,
                     struct cp_policy *p, uint32_t *n_routes, struct cp_route **routes)
{
	uint32_t first = p->n_iface;
	struct names names;
	size_t i;
	int err;

	err = cp_names_build(d, &names, "$.interfaces", "name", draft->interfaces.at,
	                     draft->interfaces.n, sizeof(struct iface_draft));
	for (i = 0; !err && i < draft->interfaces.n; i++)
		err = add_iface(d, i, &draft->interfaces.at[i], vrf, p);
	if (err)
		return err;
	*routes = calloc(draft->routes.n + 1, sizeof(**routes));
	if (!*routes)
		return -ENOMEM;
	for (i = 0; !err && i < draft->routes.n; i++)
		err = add_route(d, i, draft, p, first, &(*routes)[i]);
	*n_routes = (uint32_t)draft->routes.n;
	return err;
}
