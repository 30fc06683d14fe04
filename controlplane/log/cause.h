/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cause - every reason for which a connection does not come about, as one list.
 *
 * A row has a stable id, what happened, what to do about it, and what the user sees at the
 * client where we know it. Whoever refuses names the row; the line in the VPN log, the
 * answer of `sekishoctl explain` and docs/operations/explain.md are made of it.
 *
 * An id is never given another meaning: programs look for it.
 *
 * Source   the client's words: logs of strongSwan 5.9; Microsoft's error codes
 * Thread   any; const
 */

#include <stdio.h>

/* X(identifier, "stable.id", "what happened", "what to do", "what the client shows") */
#define CAUSES(X)                                                                              \
	/* ---- the first message ---- */                                                      \
	X(CAUSE_IKEV1, "ike.version-1", "the client speaks IKEv1, which is not spoken here",   \
	  "set the client to IKEv2", "")                                                       \
	X(CAUSE_VERSION, "ike.version-unknown",                                                \
	  "the client speaks a newer version than IKEv2", "set the client to IKEv2", "")       \
	X(CAUSE_MALFORMED, "ike.malformed", "the client's first message is malformed",         \
	  "capture it (UDP 500 and 4500): something on the way damages it, or it is no IKEv2 " \
	  "client",                                                                            \
	  "")                                                                                  \
	X(CAUSE_CRITICAL, "ike.critical-payload",                                              \
	  "the client's message has a critical payload that is not known here",                \
	  "turn off the extension of the client that needs it",                                \
	  "strongSwan: received UNSUPPORTED_CRITICAL_PAYLOAD notify error")                    \
	X(CAUSE_NO_TENANT, "gateway.no-tenant",                                                \
	  "no tenant takes clients at the address that the client dials",                      \
	  "let the client dial an address of a tenant: gateway.addresses", WINDOWS_809)        \
	X(CAUSE_IKE_PROPOSAL, "ike.no-common-proposal", "no common IKE proposal",              \
	  "add one of the client's algorithms to the tenant's ike proposals, or the other "    \
	  "way round",                                                                         \
	  SHOWS_NO_PROPOSAL)                                                                   \
	X(CAUSE_IKE_GROUP, "ike.no-common-group",                                              \
	  "no common Diffie-Hellman group; the other algorithms fit",                          \
	  "add one of the client's groups to the tenant's ike proposals, or the other way "    \
	  "round",                                                                             \
	  SHOWS_NO_PROPOSAL)                                                                   \
	X(CAUSE_GROUP_LOOP, "ike.group-not-taken-up",                                          \
	  "the client keeps to a Diffie-Hellman group after it was asked for another one of "  \
	  "its own",                                                                           \
	  "put the client's preferred group into the tenant's ike proposals, or first in the " \
	  "client's",                                                                          \
	  "")                                                                                  \
	X(CAUSE_BAD_KE, "ike.bad-key-exchange",                                                \
	  "the client's Diffie-Hellman value is not acceptable",                               \
	  "update the client: it computes its key exchange wrongly", "")                       \
	X(CAUSE_OTHER_PROPOSAL, "ike.proposal-of-another-tenant",                              \
	  "the IKE proposal is taken at this address, but not by the tenant the client names", \
	  "give tenants that share an address the same ike proposals", SHOWS_AUTH_FAILED)      \
	/* ---- nothing, or nothing readable, came after it ---- */                            \
	X(CAUSE_SILENT_INIT, "client.silent-after-init",                                       \
	  "the client did not go on after IKE_SA_INIT",                                        \
	  "let UDP 4500 and IP fragments pass in both directions between client and gateway",  \
	  WINDOWS_809)                                                                         \
	X(CAUSE_INTEGRITY, "ike.integrity",                                                    \
	  "what the client sent after IKE_SA_INIT cannot be decrypted",                        \
	  "see whether something between client and gateway changes packets; restart the "     \
	  "client",                                                                            \
	  "")                                                                                  \
	X(CAUSE_UNKNOWN_SA, "ike.unknown-sa",                                                  \
	  "the client goes on with a handshake that is not known here (any more)",             \
	  "connect again; if it comes back: messages arrive late, or at another gateway than " \
	  "the first",                                                                         \
	  "")                                                                                  \
	/* ---- who is it? ---- */                                                             \
	X(CAUSE_INCOMPLETE, "auth.incomplete",                                                 \
	  "IKE_AUTH lacks an identity, a proposal or traffic selectors",                       \
	  "let the client ask for a tunnel together with its authentication",                  \
	  SHOWS_AUTH_FAILED)                                                                   \
	X(CAUSE_UNKNOWN_SERVER, "auth.unknown-server-name",                                    \
	  "no tenant of the name the client asks for is at this address",                      \
	  "set the client's remote id to the tenant's identity", SHOWS_AUTH_FAILED)            \
	X(CAUSE_NO_SERVER, "auth.no-server-name",                                              \
	  "several tenants share this address and the client names none of them",              \
	  "set the client's remote id to the tenant's identity", SHOWS_AUTH_FAILED)            \
	X(CAUSE_METHOD, "auth.method-not-offered",                                             \
	  "the client authenticates in a way that is not offered here",                        \
	  "set the client to EAP (user name and password) or to a pre-shared key",             \
	  SHOWS_AUTH_FAILED)                                                                   \
	X(CAUSE_EAP_NOT_ALLOWED, "auth.eap-not-allowed", "EAP is not allowed for this tenant", \
	  "allow eap-mschapv2 in the tenant's gateway.authentication, or set the client to a " \
	  "pre-shared key",                                                                    \
	  SHOWS_AUTH_FAILED)                                                                   \
	X(CAUSE_PSK_NOT_ALLOWED, "auth.psk-not-allowed",                                       \
	  "pre-shared keys are not allowed for this tenant",                                   \
	  "allow psk in the tenant's gateway.authentication, or set the client to EAP",        \
	  SHOWS_AUTH_FAILED)                                                                   \
	/* ---- we prove ourselves ---- */                                                     \
	X(CAUSE_NO_CERTIFICATE, "gateway.no-certificate",                                      \
	  "the tenant has no certificate to prove itself with",                                \
	  "give the tenant a certificate: gateway.certificate, and pki/NAME.crt and NAME.key", \
	  SHOWS_AUTH_FAILED)                                                                   \
	X(CAUSE_NO_PRIVATE_KEY, "gateway.no-private-key",                                      \
	  "we cannot sign: the keys process has no private key for the tenant's certificate, " \
	  "or "                                                                                \
	  "does not run",                                                                      \
	  "put the private key beside the certificate: pki/NAME.key; see `sekishoctl status`", \
	  SHOWS_AUTH_FAILED)                                                                   \
	X(CAUSE_CERTIFICATE_EXPIRED, "gateway.certificate-expired",                            \
	  "the client did not go on: the tenant's certificate, or one of its chain, is out "   \
	  "of date",                                                                           \
	  "renew the certificate in pki/, or set the clock right; then restart the control "   \
	  "plane",                                                                             \
	  SHOWS_DISTRUST)                                                                      \
	X(CAUSE_OTHER_SERVER, "auth.other-server-name",                                        \
	  "the client did not go on: it asked for another server name than the tenant's",      \
	  "set the client's remote id to the tenant's identity, or the tenant's identity to "  \
	  "the "                                                                               \
	  "client's",                                                                          \
	  SHOWS_DISTRUST)                                                                      \
	X(CAUSE_DISTRUST, "auth.certificate-rejected",                                         \
	  "the client broke off: it does not accept our certificate",                          \
	  "let the client trust the CA of the tenant's certificate; the certificate must "     \
	  "name the "                                                                          \
	  "server as the client does",                                                         \
	  SHOWS_DISTRUST)                                                                      \
	X(CAUSE_SILENT_CERTIFICATE, "client.silent-after-certificate",                         \
	  "the client did not go on after our certificate",                                    \
	  "let the client trust the CA of the certificate, and IP fragments pass: our answer " \
	  "is "                                                                                \
	  "longer than a packet",                                                              \
	  WINDOWS_13801)                                                                       \
	X(CAUSE_DISTRUST_PSK, "auth.gateway-rejected",                                         \
	  "the gateway accepted the client, the client not the gateway: mostly for another "   \
	  "server name",                                                                       \
	  "set the client's remote id to the tenant's identity",                               \
	  "strongSwan: constraint check failed: identity '...' required")                      \
	/* ---- it proves itself ---- */                                                       \
	X(CAUSE_PSK_WRONG, "auth.psk-wrong", "wrong pre-shared key",                           \
	  "compare the key on both sides", SHOWS_AUTH_FAILED)                                  \
	X(CAUSE_PSK_UNKNOWN, "auth.psk-unknown-identity",                                      \
	  "there is no pre-shared key for this identity",                                      \
	  "add a key for the identity to the tenant's secrets, or set the client's local id "  \
	  "to one "                                                                            \
	  "that has a key",                                                                    \
	  SHOWS_AUTH_FAILED)                                                                   \
	X(CAUSE_UNKNOWN_USER, "auth.unknown-user", "unknown user",                             \
	  "add the user to the tenant's users, or correct the user name", SHOWS_691)           \
	X(CAUSE_WRONG_PASSWORD, "auth.wrong-password", "wrong password",                       \
	  "type the password again, or set it anew", SHOWS_691)                                \
	X(CAUSE_USER_DISABLED, "auth.user-disabled", "the user is disabled",                   \
	  "enable the user in the tenant's users", SHOWS_AUTH_FAILED)                          \
	X(CAUSE_USER_EXPIRED, "auth.user-expired", "the user's account has expired",           \
	  "give the user a later expiry in the tenant's users", SHOWS_AUTH_FAILED)             \
	X(CAUSE_DEVICE, "auth.device-not-bound",                                               \
	  "the user may connect from other devices only",                                      \
	  "use a device of the user's, or add this one to the user's devices",                 \
	  SHOWS_AUTH_FAILED)                                                                   \
	X(CAUSE_EAP_METHOD, "auth.eap-method-refused", "the client does not do EAP-MSCHAPv2",  \
	  "set the client to EAP-MSCHAPv2 (user name and password)",                           \
	  "strongSwan: received EAP_FAILURE, EAP authentication failed")                       \
	X(CAUSE_EAP_MALFORMED, "auth.eap-malformed",                                           \
	  "the client sent a malformed or unexpected EAP packet",                              \
	  "set the client to EAP-MSCHAPv2 without options (no change of password)",            \
	  "strongSwan: received EAP_FAILURE, EAP authentication failed")                       \
	X(CAUSE_EAP_STRAYS, "auth.eap-too-long",                                               \
	  "the client sent too many EAP packets that answer nothing",                          \
	  "update the client: it repeats answers to what was asked before", "")                \
	X(CAUSE_EAP_PROOF, "auth.client-distrusts-proof",                                      \
	  "the client did not believe that the gateway knows its password",                    \
	  "type the password again: the client has another one than the gateway", "")          \
	X(CAUSE_EAP_KEY, "auth.eap-key-mismatch",                                              \
	  "the client's AUTH does not fit the key that EAP made",                              \
	  "update the client: it derives the key of EAP-MSCHAPv2 wrongly", SHOWS_AUTH_FAILED)  \
	X(CAUSE_NO_KEYS, "gateway.no-keys-process",                                            \
	  "the password could not be checked: the keys process does not answer",               \
	  "see whether the keys process runs: `sekishoctl status`", "")                        \
	X(CAUSE_SILENT_EAP, "client.silent-in-eap",                                            \
	  "the client stopped answering while it was asked for name and password",             \
	  "was the dialog left open or cancelled? else: see whether the way to the client is " \
	  "lossy",                                                                             \
	  "")                                                                                  \
	X(CAUSE_SILENT_PROVEN, "client.silent-after-eap",                                      \
	  "the client stopped answering after its password was accepted",                      \
	  "see whether the way to the client is lossy; connect again", "")                     \
	X(CAUSE_BROKE_OFF, "client.broke-off", "the client broke off the handshake",           \
	  "the client's own log says why; was it cancelled by hand?", "")                      \
	/* ---- the tunnel ---- */                                                             \
	X(CAUSE_NO_ADDRESS_ASKED, "child.no-address-asked",                                    \
	  "the client asks for no inner address",                                              \
	  "let the client request a virtual IP address (strongSwan: vips = 0.0.0.0)",          \
	  "strongSwan: received FAILED_CP_REQUIRED notify, no CHILD_SA built")                 \
	X(CAUSE_ESP_PROPOSAL, "child.no-common-proposal", "no common ESP proposal",            \
	  "add one of the client's algorithms to the tenant's esp proposals, or the other "    \
	  "way round",                                                                         \
	  "strongSwan: received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built; " WINDOWS_13868) \
	X(CAUSE_SELECTORS, "child.no-common-selectors",                                        \
	  "the client asks for destinations none of which this tenant has",                    \
	  "let the client ask for 0.0.0.0/0; the gateway narrows it to the tenant's subnets",  \
	  "strongSwan: received TS_UNACCEPTABLE notify, no CHILD_SA built")                    \
	X(CAUSE_CHILD_MALFORMED, "child.malformed",                                            \
	  "the client's request for a child SA is not sound",                                  \
	  "update the client: its proposal for ESP names an SPI that cannot be used", "")      \
	X(CAUSE_POOL_EMPTY, "lease.pool-empty", "no address is left in the tenant's pools",    \
	  "enlarge the tenant's pools, or end sessions nobody uses", SHOWS_NO_ADDRESS)         \
	X(CAUSE_ADDRESS_ENDING, "lease.address-ending",                                        \
	  "the user's address is still in use by a session that is ending",                    \
	  "try again in a moment", SHOWS_NO_ADDRESS)                                           \
	X(CAUSE_ADDRESS_IN_USE, "lease.address-in-use",                                        \
	  "the user's fixed address is in use by another session",                             \
	  "end the other session, or give the user no fixed address", SHOWS_NO_ADDRESS)        \
	X(CAUSE_TENANT_LIMIT, "limit.tenant-sessions",                                         \
	  "the tenant has as many sessions as it may", "raise the tenant's limits.sessions",   \
	  SHOWS_NO_ADDRESS)                                                                    \
	X(CAUSE_USER_LIMIT, "limit.user-sessions", "the user has as many sessions as one may", \
	  "end another session of the user, or raise its limits.sessions_per_user",            \
	  SHOWS_NO_ADDRESS)                                                                    \
	X(CAUSE_NO_DATAPLANE, "gateway.no-data-plane", "the data plane is not ready",          \
	  "see `sekishoctl status`; after a restart of the data plane try again in a moment",  \
	  SHOWS_NO_ADDRESS)                                                                    \
	X(CAUSE_DATAPLANE_REFUSED, "gateway.data-plane-refused",                               \
	  "the data plane did not take the session",                                           \
	  "see whether it is full (max_sessions in dataplane.json): `sekishoctl status`", "")  \
	/* ---- the gateway, at any time ---- */                                               \
	X(CAUSE_POLICY, "gateway.policy-changed", "the policy changed during the handshake",   \
	  "connect again; what fails then fails under the policy in force", SHOWS_AUTH_FAILED) \
	X(CAUSE_EVICTED, "limit.half-open", "gave way to newer handshakes",                    \
	  "raise ike.half_open_max or ike.half_open_per_source if these are real clients",     \
	  WINDOWS_809)                                                                         \
	X(CAUSE_BUSY, "gateway.too-slow",                                                      \
	  "the gateway had not answered when the handshake's time was over",                   \
	  "see the load of cores 0 and following, and `sekishoctl counters`", WINDOWS_809)     \
	X(CAUSE_UNEXPECTED, "client.unexpected-message",                                       \
	  "the client sent a message that does not belong here",                               \
	  "update the client, or set it to plain EAP-MSCHAPv2 or a pre-shared key", "")        \
	X(CAUSE_NOT_UNDERSTOOD, "client.malformed-message",                                    \
	  "an authentic message of the client cannot be understood",                           \
	  "update the client: what it sends is not IKEv2 as RFC 7296 has it", "")              \
	X(CAUSE_INTERNAL, "gateway.internal", "internal: no memory or no room in a queue",     \
	  "see `sekishoctl counters` and the system log", "")

/* What several rows share. */
#define WINDOWS_809       "Windows: error 809"
#define WINDOWS_13801     "Windows: error 13801 (IKE authentication credentials are unacceptable)"
#define WINDOWS_13868     "Windows: error 13868 (policy match error)"
#define SHOWS_NO_PROPOSAL "strongSwan: received NO_PROPOSAL_CHOSEN notify error; " WINDOWS_13868
#define SHOWS_AUTH_FAILED \
	"strongSwan: received AUTHENTICATION_FAILED notify error; " WINDOWS_13801
#define SHOWS_DISTRUST                                                      \
	"strongSwan: no trusted ... public key found, or constraint check " \
	"failed; " WINDOWS_13801
#define SHOWS_691                                                                    \
	"strongSwan: EAP-MS-CHAPv2 failed with error ERROR_AUTHENTICATION_FAILURE; " \
	"Windows: error 691"
#define SHOWS_NO_ADDRESS \
	"strongSwan: received INTERNAL_ADDRESS_FAILURE notify, no CHILD_SA built"

#define CAUSE_ID(id, name, text, remedy, shows) id,
enum cp_cause { CAUSES(CAUSE_ID) CAUSE_COUNT };

/* "?", or "" where there is nothing to say, out of range. */
const char *cp_cause_name(unsigned cause);
const char *cp_cause_text(unsigned cause);   /* what happened */
const char *cp_cause_remedy(unsigned cause); /* what to do */
const char *cp_cause_shows(unsigned cause);  /* what the client shows; "": not known */
/* By its stable id; CAUSE_COUNT when there is none. */
unsigned cp_cause_find(const char *name);

/*
 * How far a handshake got, from the stage in its line: 0 for what is no stage of ours, else
 * 1 and up in the order of cp_stage_text().
 */
enum { CP_STAGES = 4 };
unsigned cp_stage_of(const char *stage);
const char *cp_stage_text(unsigned stage); /* "the first messages", ...; "?" */

/* docs/operations/explain.md */
void cp_cause_manual(FILE *out);
