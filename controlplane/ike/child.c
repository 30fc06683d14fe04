/* SPDX-License-Identifier: Apache-2.0 */

/*
 * child - a child SA: what is agreed, its keys, and its way into the data plane.
 *
 * Walk     exchange/ -> [ike/child] -> session/
 * Source   RFC 7296 section 1.3, 2.9, 2.17, 2.23
 * Thread   the loop's
 * Memory   keys pass through the stack and are wiped
 */

#include "controlplane/ike/ike_parts.h"

#include <errno.h>

enum {
	SOFT_PERCENT = 90, /* told at the latest when so much of a limit is used */
	JITTER_PERCENT = 10,
};

/* With blocks of 64 bits, two of 2^32 are likely the same, which tells what the difference
 * of their plaintexts is (RFC 7296 says nothing of it; "Sweet32", CVE-2016-2183). */
#define SHORT_BLOCK_BYTES (4ULL << 30)

int cp_ike_child_choose(struct ike_sa *sa, const struct ike_message *m, bool rekey,
                        struct ike_child_plan *plan)
{
	const struct cp_tenant *t = sa->tenant;
	uint16_t ke_group = cp_ike_has(m, IKE_PAYLOAD_KE) ? m->ke_group : 0;
	struct cursor spi;

	if (!cp_ike_has(m, IKE_PAYLOAD_SA) || !cp_ike_has(m, IKE_PAYLOAD_TSI) ||
	    !cp_ike_has(m, IKE_PAYLOAD_TSR))
		return IKE_N_INVALID_SYNTAX;
	if (cp_ike_select_esp(&m->sa, t->esp, t->n_esp, rekey, ke_group, &plan->choice) ||
	    !cp_ike_esp_find(&plan->choice.suite))
		return IKE_N_NO_PROPOSAL_CHOSEN;
	spi = plan->choice.spi;
	if (spi.left != IKE_ESP_SPI_LEN)
		return IKE_N_INVALID_SYNTAX;
	plan->spi_out = cursor_u32(&spi);
	/* RFC 4303 section 2.1: up to 255 is reserved. */
	return plan->spi_out > 255 ? 0 : IKE_N_NO_PROPOSAL_CHOSEN;
}

int cp_ike_child_narrow(struct ike_sa *sa, const struct ike_message *m,
                        const struct addr *inner, struct ike_child_plan *plan)
{
	/* As it was told when it connected: a rekey is not a new connection. */
	const struct cp_network *net = cp_session_network(sa->session);
	struct addr last;
	uint32_t i;

	plan->n_tsi = cp_ike_ts_narrow(&m->tsi, inner, inner, plan->tsi, 0);
	plan->n_tsr = 0;
	for (i = 0; i < net->n_route; i++) {
		last = prefix_last(&net->route[i]);
		plan->n_tsr = cp_ike_ts_narrow(&m->tsr, &net->route[i].addr, &last, plan->tsr,
		                               plan->n_tsr);
	}
	return plan->n_tsi && plan->n_tsr ? 0 : IKE_N_TS_UNACCEPTABLE;
}

/* Not all of those that came at once shall renew their keys at once. */
static struct msg_limit limit(uint64_t hard)
{
	uint16_t dice;
	uint64_t percent;

	cp_crypto_random(&dice, sizeof(dice));
	percent = SOFT_PERCENT - dice % (JITTER_PERCENT + 1u);
	return (struct msg_limit){.soft = hard / 100 * percent + hard % 100 * percent / 100,
	                          .hard = hard};
}

static void put_limits(const struct ike_sa *sa, const struct ike_esp *esp,
                       struct msg_child *out)
{
	const struct cp_tenant *t = sa->tenant;
	uint64_t bytes = t->child_bytes;

	if (esp->block == 8 && (!bytes || bytes > SHORT_BLOCK_BYTES))
		bytes = SHORT_BLOCK_BYTES;
	if (t->child_packets)
		out->packets = limit(t->child_packets);
	else if (!(out->flags & MSG_CHILD_ESN))
		out->packets = limit(UINT32_MAX - (1u << 20));
	if (bytes)
		out->bytes = limit(bytes);
}

static int make_child(struct ike_sa *sa, const struct ike_child_plan *plan,
                      const struct secret *shared, const struct cp_octets *ni,
                      const struct cp_octets *nr, uint32_t spi_in, struct msg_child *out)
{
	const struct ike_esp *esp = cp_ike_esp_find(&plan->choice.suite);

	memset(out, 0, sizeof(*out));
	out->spi_in = spi_in;
	out->spi_out = plan->spi_out;
	out->suite = (uint8_t)esp->suite;
	out->flags = sa->nat ? MSG_CHILD_UDP : 0;
	if (plan->choice.esn == IKE_ESN_YES)
		out->flags |= MSG_CHILD_ESN;
	out->replay_window = sa->tenant->replay_window;
	put_limits(sa, esp, out);
	out->local = sa->path.local;
	out->remote = sa->path.remote;
	out->n_ts = plan->n_tsr;
	memcpy(out->ts_local, plan->tsr, plan->n_tsr * sizeof(plan->tsr[0]));
	return cp_ike_derive_child(sa->ike->deps.crypto, sa->suite.prf, &sa->keys.d, shared, ni,
	                           nr, &plan->choice.suite, &out->in, &out->out);
}

int cp_ike_child_install(struct ike_sa *sa, const struct ike_child_plan *plan,
                         const struct secret *shared, const struct cp_octets *ni,
                         const struct cp_octets *nr, bool first, uint32_t *spi_in)
{
	struct msg_child child;
	int err;

	if (sa->n_child == IKE_CHILDREN_MAX)
		return -ENOSPC;
	err = cp_session_spi_lease(sa->session, spi_in);
	if (err)
		return err;
	err = make_child(sa, plan, shared, ni, nr, *spi_in, &child);
	if (!err && first)
		err = cp_session_install(sa->session, &child);
	else if (!err)
		err = cp_session_child_add(sa->session, &child);
	wipe(&child, sizeof(child));
	if (err) {
		cp_session_spi_return(sa->session, *spi_in);
		return err;
	}
	sa->child[sa->n_child++] = (struct ike_child){*spi_in, plan->spi_out, cp_ike_now_ms()};
	return 0;
}

struct ike_child *cp_ike_child_by_spi_out(struct ike_sa *sa, uint32_t spi_out)
{
	unsigned i;

	for (i = 0; i < sa->n_child; i++)
		if (sa->child[i].spi_out == spi_out)
			return &sa->child[i];
	return NULL;
}

void cp_ike_child_forget(struct ike_sa *sa, struct ike_child *c)
{
	*c = sa->child[--sa->n_child];
}

void cp_ike_put_child(struct ike_writer *w, const struct ike_child_plan *plan, uint32_t spi_in)
{
	const be32 spi = be32_from(spi_in);

	cp_ike_put_sa(w, plan->choice.number, IKE_PROTOCOL_ESP, &spi, sizeof(spi),
	              &plan->choice.suite, plan->choice.esn);
}

void cp_ike_session_ended(void *ctx, struct cp_session *s, enum cp_end why)
{
	struct ike_sa *sa = ctx;

	if (why == CP_END_DATAPLANE && !cp_session_was_up(s))
		cp_ike_refuse_for(sa, CAUSE_DATAPLANE_REFUSED);
	cp_ike_follow(sa, &sa->path);
	sa->session = NULL;
	sa->end = why;
	cp_ike_event(sa, ON_SESSION_ENDED, NULL);
}
