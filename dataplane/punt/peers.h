/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * peers - addresses from which an authenticated client was heard: a hint by which IKE
 * messages of clients are told from those of strangers, before they are looked at.
 *
 * A set of tags of a secret hash; who was named longest ago gives way. A wrong hint lets a
 * stranger share the clients' budget, or a client that of handshakes: nothing more follows
 * from it.
 *
 * Walk     maincore.c -> [punt/peers] -> punt/punt.c
 * Thread   dp_peers_add(): the main core; dp_peers_has(): any
 * Memory   16 octets a session, made at start
 */

#include "common/base/addr.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_peers;

/* @n  clients to remember, about. returns 0, -ENOMEM, or why there was no randomness */
int dp_peers_new(uint32_t n, int socket, struct dp_peers **out);
void dp_peers_free(struct dp_peers *p);

/* @minute  of the gateway's own clock */
void dp_peers_add(struct dp_peers *p, const struct addr *a, uint16_t minute);
bool dp_peers_has(const struct dp_peers *p, const struct addr *a);
