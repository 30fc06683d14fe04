/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_natd - is there a NAT between us?
 *
 * Walk     exchange/ike_sa_init.c -> [ike/ike_natd]
 * Source   RFC 7296 section 2.23
 * Thread   the loop's
 */

#include "controlplane/ike/ike_parts.h"

enum { SHA1_LEN = 20 };

/* SHA-1(SPIi | SPIr | address | port) */
static size_t digest(struct cp_ike *ike, uint64_t spi_i, uint64_t spi_r,
                     const struct msg_endpoint *e, uint8_t out[CP_CRYPTO_DIGEST_MAX])
{
	const be64 i = be64_from(spi_i), r = be64_from(spi_r);
	const be16 port = be16_from(e->port);
	size_t len = addr_is_v4(&e->addr) ? sizeof(be32) : sizeof(struct addr);
	const struct cp_octets part[] = {
		{&i, sizeof(i)},
		{&r, sizeof(r)},
		{e->addr.octet + sizeof(e->addr) - len, len},
		{&port, sizeof(port)},
	};

	return cp_crypto_hash(ike->deps.crypto, IKE_HASH_SHA1, part, 4, out);
}

void cp_ike_natd_put(struct ike_sa *sa, struct ike_writer *w)
{
	const struct msg_punt *path = &sa->request.path;
	uint8_t out[CP_CRYPTO_DIGEST_MAX];
	size_t len;

	len = digest(sa->ike, sa->spi_i, sa->spi_r, &path->local, out);
	cp_ike_put_notify(w, IKE_N_NAT_DETECTION_SOURCE_IP, out, len);
	len = digest(sa->ike, sa->spi_i, sa->spi_r, &path->remote, out);
	cp_ike_put_notify(w, IKE_N_NAT_DETECTION_DESTINATION_IP, out, len);
}

/* A peer with several addresses sends several sources: one that matches is enough. */
static bool some_match(struct cp_ike *ike, const struct ike_message *m, enum ike_notify type,
                       const struct msg_endpoint *seen)
{
	uint8_t want[CP_CRYPTO_DIGEST_MAX];
	size_t len = digest(ike, m->head.spi_i, m->head.spi_r, seen, want);
	unsigned i;

	for (i = 0; i < m->n_notify; i++)
		if (m->notify[i].type == type && m->notify[i].data.left == len &&
		    memcmp(m->notify[i].data.at, want, len) == 0)
			return true;
	return false;
}

bool cp_ike_natd_is_nat(struct cp_ike *ike, const struct ike_message *m,
                        const struct msg_punt *path)
{
	if (!cp_ike_notify_find(m, IKE_N_NAT_DETECTION_SOURCE_IP))
		return false;
	return !some_match(ike, m, IKE_N_NAT_DETECTION_SOURCE_IP, &path->remote) ||
	       !some_match(ike, m, IKE_N_NAT_DETECTION_DESTINATION_IP, &path->local);
}
