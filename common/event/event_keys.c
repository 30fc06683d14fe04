/* SPDX-License-Identifier: Apache-2.0 */

/*
 * event_keys - which keys a record of each event may have: docs/operations/events.md is
 * printed from it, and every end-to-end test holds its logs against that page.
 */

#include "common/event/event.h"

#define K(key) ((uint64_t)1 << EK_##key)

/* Who and what, as far as it is known at that time. */
#define SESSION                                                                              \
	(K(SESSION) | K(TENANT) | K(USER) | K(DEVICE) | K(PROTOCOL) | K(INNER) | K(REMOTE) | \
	 K(NODE) | K(ATTEMPT))
#define FLOW                                                                       \
	(K(SESSION) | K(TENANT) | K(USER) | K(SRC) | K(DST) | K(PROTO) | K(RULE) | \
	 K(RULE_NUMBER))
#define DEVICE                                                                                \
	(K(SESSION) | K(TENANT) | K(USER) | K(PROTOCOL) | K(CLIENT) | K(REMOTE) | K(DEVICE) | \
	 K(DEVICE_KIND))
#define OPERATOR (K(OPERATOR) | K(CLAIMED) | K(COMMAND))

static const uint64_t keys_of[EVENT_COUNT] = {
	[EV_VPN_UP] = SESSION | K(LOCAL) | K(AUTH) | K(CLIENT) | K(IKE_CIPHER) | K(CIPHER) |
                      K(SPI_IN) | K(SPI_OUT) | K(WORKER),
	[EV_VPN_DOWN] = SESSION | K(LOCAL) | K(AUTH) | K(CLIENT) | K(REASON) | K(IKE_CIPHER) |
                        K(CIPHER) | K(SECONDS) | K(BYTES_IN) | K(BYTES_OUT) | K(PACKETS_IN) |
                        K(PACKETS_OUT),
	[EV_VPN_REFUSED] = K(TENANT) | K(USER) | K(PROTOCOL) | K(REMOTE) | K(LOCAL) | K(STAGE) |
                           K(REASON) | K(REMEDY) | K(OFFERED) | K(EXPECTED) | K(AUTH) |
                           K(IKE_CIPHER) | K(CLIENT) | K(COUNT) | K(ATTEMPT) | K(CAUSE) |
                           K(NEAREST),
	[EV_VPN_REKEYED] = SESSION | K(CIPHER) | K(SPI_IN) | K(SPI_OUT),
	[EV_VPN_ORPHAN] = SESSION | K(SPI_IN) | K(WORKER) | K(SECONDS),
	[EV_FLOW_DENIED] = FLOW | K(REASON),
	[EV_FLOW_START] = FLOW,
	[EV_FLOW_END] = FLOW | K(REASON) | K(BYTES_IN) | K(BYTES_OUT),
	[EV_PROC_START] = K(PROCESS) | K(PID) | K(COUNT) | K(REMEDY),
	[EV_PROC_DIED] = K(PROCESS) | K(PID) | K(REASON) | K(SECONDS) | K(COUNT),
	[EV_LINK_UP] = K(COUNT),
	[EV_LINK_DOWN] = K(REASON),
	[EV_POLICY_APPLIED] = K(REVISION),
	[EV_POLICY_REFUSED] =
		K(REVISION) | K(REASON) | K(EXPECTED) | K(FILE) | K(TENANT) | K(RULE_NUMBER),
	[EV_LOG_LOST] = K(COUNT) | K(REASON) | K(PROCESS) | K(FILE),
	[EV_DEVICE_ACCEPTED] = DEVICE,
	[EV_DEVICE_REFUSED] = DEVICE | K(REASON) | K(EXPECTED) | K(REMEDY),
	[EV_DEVICE_UNKNOWN] = DEVICE | K(REASON) | K(REMEDY),
	[EV_DEVICE_PENDING] = DEVICE | K(REASON) | K(REMEDY),
	[EV_OPERATOR_CHANGE] = OPERATOR | K(OBJECT) | K(BEFORE) | K(AFTER) | K(REVISION),
	[EV_OPERATOR_REFUSED] = OPERATOR | K(OBJECT) | K(REASON) | K(EXPECTED) | K(TENANT) |
                                K(USER) | K(REVISION),
	[EV_OPERATOR_SECRET] = OPERATOR | K(OBJECT) | K(TENANT) | K(USER),
	[EV_OPERATOR_KICK] = OPERATOR | K(TENANT) | K(USER) | K(SESSION) | K(INNER) | K(REASON),
	[EV_SYSLOG_UP] = K(SERVER) | K(CIPHER),
	[EV_SYSLOG_DOWN] = K(SERVER) | K(REASON),
};

uint64_t event_keys_of(unsigned id)
{
	return id < EVENT_COUNT ? keys_of[id] : 0;
}
