/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/tenant_parts.h"
#include "controlplane/policy/warn.h"

#include <errno.h>

#define TEXT(...) cp_text(__VA_ARGS__).text

static const char *text_of(const struct addr *a, char *buf)
{
	return addr_format(a, buf, ADDR_TEXT);
}

/* ---- gateway ---- */

/* The outer interface whose network @a is in: outer interfaces are the first. */
static const struct cp_iface *outer_iface(const struct cp_policy *p, const struct addr *a)
{
	uint32_t i;

	for (i = 0; i < p->n_iface && p->iface[i].vrf == VRF_OUTER; i++)
		if (cp_iface_holds(&p->iface[i], a))
			return &p->iface[i];
	return NULL;
}

static int check_local(struct document *d, const struct cp_policy *p,
                       const struct gateway_draft *g, size_t i)
{
	const struct addr *a = &g->addresses.at[i];
	const struct cp_iface *iface = outer_iface(p, a);
	const char *expected = NULL;
	char buf[ADDR_TEXT];
	struct addr last;
	size_t k;

	if (!iface) {
		expected = "an address in the network of an outer interface (appliance.json)";
	} else if (!addr_is_v4(a)) {
		if (iface->net6.bits < 127 && addr_equal(a, &iface->net6.addr))
			expected = "an address of a host, not the first of its network";
	} else if (iface->net.bits < 127) {
		last = prefix_last(&iface->net);
		if (addr_equal(a, &iface->net.addr) || addr_equal(a, &last))
			expected = "an address of a host, not the first or last of its network";
	}
	for (k = 0; k < p->n_route && !expected; k++)
		if (addr_equal(a, &p->route[k].gateway))
			expected = "an address of this gateway, not of the router of a route";
	for (k = 0; k < i && !expected; k++)
		if (addr_equal(a, &g->addresses.at[k]))
			expected = "each address once";
	if (!expected)
		return 0;
	return cp_policy_refuse(d->error, d->file, TEXT("$.gateway.addresses[%zu]", i),
	                        text_of(a, buf), "%s", expected);
}

static int build_gateway(struct document *d, const struct cp_policy *p,
                         const struct gateway_draft *g, struct cp_tenant *t)
{
	size_t i;
	int err;

	for (i = 0; i < g->addresses.n; i++) {
		err = check_local(d, p, g, i);
		if (err)
			return err;
		t->local[t->n_local++] = g->addresses.at[i];
	}
	for (i = 0; i < g->authentication.n; i++) {
		if (t->auth[g->authentication.at[i]])
			return cp_policy_refuse(d->error, d->file,
			                        TEXT("$.gateway.authentication[%zu]", i),
			                        "a method twice", "each method once");
		t->auth[g->authentication.at[i]] = true;
	}
	/* RFC 7296 section 2.16: with EAP the gateway proves itself by a certificate. */
	if (t->auth[CP_AUTH_EAP_MSCHAPV2] && !g->certificate)
		return cp_policy_refuse(d->error, d->file, "$.gateway.certificate", "nothing",
		                        "the name of a certificate below pki/, which "
		                        "\"eap-mschapv2\" needs");
	snprintf(t->identity, sizeof(t->identity), "%s", g->identity);
	snprintf(t->certificate, sizeof(t->certificate), "%s",
	         g->certificate ? g->certificate : "");
	return 0;
}

/* ---- the whole ---- */

static int take_crypto(struct document *d, const struct crypto_draft *c, struct cp_tenant *t)
{
	size_t i;

	if (c->replay_window & (c->replay_window - 1))
		return cp_policy_refuse(d->error, d->file, "$.crypto.replay_window",
		                        TEXT("%u", c->replay_window),
		                        "a power of two from 64 to 4096");
	t->replay_window = (uint16_t)c->replay_window;

	for (i = 0; i < c->ike.n; i++)
		t->ike[t->n_ike++] = c->ike.at[i];
	for (i = 0; i < c->esp.n; i++)
		t->esp[t->n_esp++] = c->esp.at[i];
	return 0;
}

static void take_numbers(const struct tenant_draft *draft, struct cp_tenant *t)
{
	snprintf(t->label, sizeof(t->label), "%s", draft->label);
	snprintf(t->service_code, sizeof(t->service_code), "%s",
	         draft->service_code ? draft->service_code : "");
	cp_tenant_limits(&draft->limits, t);
	t->idle_s = draft->timers.idle_seconds;
	t->session_s = draft->timers.session_seconds;
	t->dpd_s = draft->timers.dpd_seconds;
	t->orphan_s = draft->timers.orphan_seconds;
	t->ike_lifetime_s = draft->timers.ike_seconds;
	t->child_lifetime_s = draft->timers.child_seconds;
	t->child_packets = draft->timers.child_packets;
	t->child_bytes = (uint64_t)draft->timers.child_megabytes << 20;
	t->inner_mtu = (uint16_t)draft->inner_mtu;
}

int cp_tenant_build(struct document *d, struct cp_policy *p, struct cp_tenant *t)
{
	struct tenant_draft draft = {0};
	struct names groups;
	struct nest nest;
	int err;

	err = cp_field_read(d, NULL, &cp_tenant_object, d->root, &draft);
	if (err)
		return err;
	take_numbers(&draft, t);
	err = take_crypto(d, &draft.crypto, t);
	if (!err)
		err = build_gateway(d, p, &draft.gateway, t);
	if (!err)
		err = cp_network_build(d, &draft.network, t->id, p, &t->n_route, &t->route);
	if (!err)
		err = cp_tenant_servers(d, "$.dns", draft.dns.n, draft.dns.at, &t->n_dns,
		                        t->dns);
	if (!err)
		err = cp_tenant_prefixes(d, "$.subnets", draft.subnets.n, draft.subnets.at,
		                         &t->n_subnet, &t->subnet);
	if (!err)
		err = cp_tenant_pools(d, p, &draft, t);
	if (!err)
		err = cp_tenant_user_groups(d, &draft, &groups, &nest, t);
	if (!err)
		err = cp_tenant_users(d, p, &draft, &groups, &nest, t);
	if (!err)
		err = cp_tenant_sets(t);
	if (!err)
		err = cp_access_build(d, &draft.access, &groups, t);
	return err ? err : cp_tenant_warn(p, t, d->file, &nest);
}
