/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iface - interfaces and local addresses of one policy, found by port and VLAN, and by
 * address.
 *
 * Thread   builds: the builder thread; finds: any, under RCU
 */
#include "dataplane/iface/iface.h"

#include "common/wire/ip6.h"
#include "dataplane/conf/conf.h"
#include "dataplane/port/port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	VLANS = 4096,
	NONE = 0xffff,
};

struct dp_ifaces {
	uint16_t serial;
	uint32_t n_iface, n_local, n_local6;
	uint32_t end;               /* the first index above all */
	struct dp_iface *iface;     /* by index */
	struct dp_local *local;     /* sorted by VRF, then address */
	struct dp_local6 *local6;   /* likewise */
	uint16_t (*by_vlan)[VLANS]; /* [port][vlan] -> interface or NONE */
	uint32_t n_ports;
};

static uint32_t v4_load(const struct addr *a)
{
	be32 v4 = addr_v4(a);
	uint32_t n;

	memcpy(&n, &v4, sizeof(n));
	return n;
}

static int local_compare(const void *a, const void *b)
{
	const struct dp_local *x = a, *y = b;

	if (x->vrf != y->vrf)
		return x->vrf < y->vrf ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static int local6_compare(const void *a, const void *b)
{
	const struct dp_local6 *x = a, *y = b;

	if (x->is.vrf != y->is.vrf)
		return x->is.vrf < y->is.vrf ? -1 : 1;
	return addr_compare(&x->addr, &y->addr);
}

/* A unicast address that is more than one link's. */
static bool is_global(const struct addr *a)
{
	return !addr_is_v4(a) && !addr_is_none(a) && !wire_ipv6_is_multicast(a) &&
	       !wire_ipv6_is_link_local(a);
}

/* Modified EUI-64: RFC 4291 appendix A. */
static struct addr link_local(const struct wire_mac *mac)
{
	struct addr a = {{0xfe, 0x80}};

	memcpy(a.octet + 8, mac->octet, 3);
	a.octet[8] ^= 2;
	a.octet[11] = 0xff;
	a.octet[12] = 0xfe;
	memcpy(a.octet + 13, mac->octet + 3, 3);
	return a;
}

/* NULL: nothing is wrong with it. */
static const char *iface_fault(const struct dp_ifaces *f, const struct msg_iface *msg,
                               const struct dp_port_set *ports, int port)
{
	if (msg->iface >= DP_IFACES_MAX)
		return "index out of range";
	if (f->iface[msg->iface].used)
		return "another interface has this index";
	if (port < 0)
		return "no such port";
	if (msg->vlan >= VLANS - 1)
		return "no such VLAN";
	if (f->by_vlan[port][msg->vlan] != NONE)
		return "another interface has this port and VLAN";
	if (msg->vrf > TENANT_MAX)
		return "no such tenant number";
	if (msg->mtu < 576)
		return "MTU below 576";
	if (msg->mtu > ports->port[port].mtu)
		return "MTU above the port's";
	if (!addr_is_none(&msg->addr) &&
	    (!addr_is_v4(&msg->addr) || msg->bits < ADDR_V4_SHIFT || msg->bits > 128))
		return "address is no IPv4 address with its prefix";
	if (addr_is_none(&msg->addr6))
		return NULL;
	if (!is_global(&msg->addr6) || msg->bits6 > 128)
		return "address is no IPv6 address with its prefix";
	if (msg->mtu < WIRE_IPV6_MTU_MIN)
		return "MTU below 1280, which IPv6 needs";
	return NULL;
}

static int add_iface(struct dp_ifaces *f, const struct msg_iface *msg,
                     const struct dp_port_set *ports, struct dp_why *why)
{
	const int port = dp_port_find(ports, msg->port);
	const char *fault = iface_fault(f, msg, ports, port);
	struct dp_iface *i;

	if (fault)
		return dp_why(why, -EINVAL, "interface %u (port %.*s, VLAN %u): %s", msg->iface,
		              MSG_NAME_MAX - 1, msg->port, msg->vlan, fault);
	i = &f->iface[msg->iface];
	i->used = true;
	i->index = msg->iface;
	i->port = (uint16_t)port;
	i->vlan = msg->vlan;
	i->vrf = msg->vrf;
	i->mtu = msg->mtu;
	i->mac = ports->port[port].mac;
	if (!addr_is_none(&msg->addr)) {
		i->addr = v4_load(&msg->addr);
		i->bits = (uint8_t)(msg->bits - ADDR_V4_SHIFT);
	}
	if (!addr_is_none(&msg->addr6)) {
		i->addr6 = msg->addr6;
		i->bits6 = msg->bits6;
		i->link_local = link_local(&i->mac);
	}
	f->by_vlan[port][msg->vlan] = msg->iface;
	f->n_iface++;
	if (msg->iface >= f->end)
		f->end = msg->iface + 1u;
	return 0;
}

/* @l but for its address */
static void add_local(struct dp_ifaces *f, const struct addr *addr, struct dp_local l)
{
	if (addr_is_v4(addr)) {
		l.addr = v4_load(addr);
		f->local[f->n_local++] = l;
	} else {
		f->local6[f->n_local6++] = (struct dp_local6){*addr, l};
	}
}

/* Is it one of the first @n, which are not sorted yet? */
static bool has_local(const struct dp_ifaces *f, uint32_t n, const struct dp_iface *on)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (f->local[i].addr == on->addr && f->local[i].vrf == on->vrf)
			return true;
	return false;
}

static bool has_local6(const struct dp_ifaces *f, uint32_t n, const struct dp_iface *on)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (f->local6[i].is.vrf == on->vrf &&
		    addr_equal(&f->local6[i].addr, &on->addr6))
			return true;
	return false;
}

static const char *local_fault(const struct dp_iface *on, const struct msg_local *msg)
{
	if (!on)
		return "no such interface";
	if (on->vrf != VRF_OUTER)
		return "its interface is a tenant's";
	if (!addr_is_v4(&msg->addr) && !is_global(&msg->addr))
		return "no address of one host";
	return msg->tenant > TENANT_MAX ? "no such tenant number" : NULL;
}

static int add_services(struct dp_ifaces *f, const struct msg_local *msg, uint32_t n,
                        struct dp_why *why)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct dp_iface *on = dp_iface_at(f, msg[i].iface);
		const char *fault = local_fault(on, &msg[i]);
		char text[ADDR_TEXT];

		if (fault)
			return dp_why(why, -EINVAL, "local address %s on interface %u: %s",
			              addr_format(&msg[i].addr, text, sizeof(text)),
			              msg[i].iface, fault);
		add_local(f, &msg[i].addr,
		          (struct dp_local){.vrf = on->vrf,
		                            .iface = on->index,
		                            .tenant = msg[i].tenant,
		                            .service = true});
	}
	return 0;
}

static int blame_twice(struct dp_why *why, uint16_t a, uint16_t b)
{
	return dp_why(why, -EINVAL, "interfaces %u and %u: the same address twice", a, b);
}

static int sort_locals(struct dp_ifaces *f, struct dp_why *why)
{
	uint32_t i;

	qsort(f->local, f->n_local, sizeof(*f->local), local_compare);
	for (i = 1; i < f->n_local; i++)
		if (!local_compare(&f->local[i - 1], &f->local[i]))
			return blame_twice(why, f->local[i - 1].iface, f->local[i].iface);
	qsort(f->local6, f->n_local6, sizeof(*f->local6), local6_compare);
	for (i = 1; i < f->n_local6; i++)
		if (!local6_compare(&f->local6[i - 1], &f->local6[i]))
			return blame_twice(why, f->local6[i - 1].is.iface,
			                   f->local6[i].is.iface);
	return 0;
}

/* An interface's own address may also be one at which clients arrive: one entry then. */
static int add_locals(struct dp_ifaces *f, const struct msg_local *msg, uint32_t n,
                      struct dp_why *why)
{
	int err = add_services(f, msg, n, why);
	const uint32_t n4 = f->n_local, n6 = f->n_local6;
	uint32_t i;

	for (i = 0; !err && i < f->end; i++) {
		const struct dp_iface *on = &f->iface[i];
		const struct dp_local l = {
			.vrf = on->vrf, .iface = on->index, .tenant = on->vrf};
		struct addr a;
		be32 v4;

		memcpy(&v4, &on->addr, sizeof(v4));
		a = addr_from_v4(v4);
		if (on->addr && !has_local(f, n4, on))
			add_local(f, &a, l);
		if (!addr_is_none(&on->addr6) && !has_local6(f, n6, on))
			add_local(f, &on->addr6, l);
	}
	return err ? err : sort_locals(f, why);
}

static int fill(struct dp_ifaces *f, const struct msg_iface *iface, uint32_t n_iface,
                const struct msg_local *local, uint32_t n_local,
                const struct dp_port_set *ports, struct dp_why *why)
{
	uint32_t i;
	int err;

	for (i = 0; i < n_iface; i++) {
		err = add_iface(f, &iface[i], ports, why);
		if (err)
			return err;
	}
	return add_locals(f, local, n_local, why);
}

static uint32_t end_of(const struct msg_iface *iface, uint32_t n)
{
	uint32_t end = 0, i;

	for (i = 0; i < n; i++)
		if (iface[i].iface >= end && iface[i].iface < DP_IFACES_MAX)
			end = iface[i].iface + 1u;
	return end;
}

int dp_ifaces_build(const struct msg_iface *iface, uint32_t n_iface,
                    const struct msg_local *local, uint32_t n_local,
                    const struct dp_port_set *ports, const struct dp_ifaces *former,
                    struct dp_ifaces **out, struct dp_why *why)
{
	const size_t vlans = (ports->n + 1u) * sizeof(*(*out)->by_vlan);
	struct dp_ifaces *f;
	int err;

	if (n_iface > DP_IFACES_MAX || n_local > MSG_LOCALS_MAX)
		return dp_why(why, -E2BIG, "more interfaces or addresses than there can be");
	f = calloc(1, sizeof(*f));
	if (!f)
		return dp_why(why, -ENOMEM, "interfaces: out of memory");
	f->serial = (uint16_t)(former ? former->serial + 1 : 0);
	f->n_ports = ports->n;
	f->iface = calloc(end_of(iface, n_iface) + 1, sizeof(*f->iface));
	f->local = calloc(n_iface + n_local + 1, sizeof(*f->local));
	f->local6 = calloc(n_iface + n_local + 1, sizeof(*f->local6));
	f->by_vlan = malloc(vlans);
	if (!f->iface || !f->local || !f->local6 || !f->by_vlan) {
		err = dp_why(why, -ENOMEM, "interfaces: out of memory");
		goto free_all;
	}
	memset(f->by_vlan, 0xff, vlans);
	err = fill(f, iface, n_iface, local, n_local, ports, why);
	if (err)
		goto free_all;
	*out = f;
	return 0;

free_all:
	dp_ifaces_free(f);
	return err;
}

void dp_ifaces_free(struct dp_ifaces *f)
{
	if (!f)
		return;
	free(f->by_vlan);
	free(f->local6);
	free(f->local);
	free(f->iface);
	free(f);
}

uint32_t dp_ifaces_count(const struct dp_ifaces *f)
{
	return f->n_iface;
}

uint32_t dp_ifaces_end(const struct dp_ifaces *f)
{
	return f->end;
}

uint16_t dp_ifaces_serial(const struct dp_ifaces *f)
{
	return f->serial;
}

const struct dp_iface *dp_iface_at(const struct dp_ifaces *f, uint32_t index)
{
	return index < f->end && f->iface[index].used ? &f->iface[index] : NULL;
}

const struct dp_iface *dp_iface_out(const struct dp_ifaces *f, const struct dp_pkt *p,
                                    enum dp_verdict *v)
{
	const struct dp_iface *out = dp_iface_at(f, p->iface_out);

	if (out && out->vrf == p->vrf)
		return out;
	*v = p->picture == f->serial ? DP_DROP_TENANT : DP_DROP_IFACE_GONE;
	return NULL;
}

const struct dp_iface *dp_iface_of(const struct dp_ifaces *f, uint16_t port, uint16_t vlan)
{
	if (port >= f->n_ports || vlan >= VLANS)
		return NULL;
	return dp_iface_at(f, f->by_vlan[port][vlan]);
}

const struct dp_local *dp_local_find(const struct dp_ifaces *f, uint16_t vrf, uint32_t addr)
{
	struct dp_local key = {.addr = addr, .vrf = vrf};

	return bsearch(&key, f->local, f->n_local, sizeof(*f->local), local_compare);
}

const struct dp_local6 *dp_local6_find(const struct dp_ifaces *f, uint16_t vrf,
                                       const struct addr *addr)
{
	struct dp_local6 key = {.addr = *addr, .is.vrf = vrf};

	if (!f->n_local6)
		return NULL;
	return bsearch(&key, f->local6, f->n_local6, sizeof(*f->local6), local6_compare);
}

static int vrf_compare(const void *key, const void *local)
{
	const uint16_t *vrf = key;
	const struct dp_local *l = local;

	return (*vrf > l->vrf) - (*vrf < l->vrf);
}

static int vrf_compare6(const void *key, const void *local)
{
	return vrf_compare(key, &((const struct dp_local6 *)local)->is);
}

const struct dp_local *dp_local_any(const struct dp_ifaces *f, uint16_t vrf)
{
	return bsearch(&vrf, f->local, f->n_local, sizeof(*f->local), vrf_compare);
}

const struct dp_local6 *dp_local6_any(const struct dp_ifaces *f, uint16_t vrf)
{
	return bsearch(&vrf, f->local6, f->n_local6, sizeof(*f->local6), vrf_compare6);
}

static const struct dp_local *local_of(const struct dp_ifaces *f, const struct addr *addr)
{
	const struct dp_local6 *l;

	if (addr_is_v4(addr))
		return dp_local_find(f, VRF_OUTER, v4_load(addr));
	l = dp_local6_find(f, VRF_OUTER, addr);
	return l ? &l->is : NULL;
}

bool dp_local_serves(const struct dp_ifaces *f, const struct addr *addr, uint16_t tenant)
{
	const struct dp_local *l = local_of(f, addr);

	return l && l->service && (l->tenant == TENANT_NONE || l->tenant == tenant);
}

const struct dp_local *dp_locals(const struct dp_ifaces *f, uint32_t *n)
{
	*n = f->n_local;
	return f->local;
}

const struct dp_local6 *dp_locals6(const struct dp_ifaces *f, uint32_t *n)
{
	*n = f->n_local6;
	return f->local6;
}
