/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * proposal - cryptographic proposals as people write them.
 *
 * "aes128gcm16-prfsha256-ecp256": words joined by "-", strongSwan's names. An IKE proposal
 * has a cipher, with AES-CBC an integrity word, a PRF (by default the integrity word's
 * hash) and a group. An ESP proposal is a cipher, with CBC an integrity word, and perhaps
 * which sequence numbers: "aes256-sha256-esn".
 *
 * Source   RFC 7296 section 3.3; RFC 8247, RFC 8221 for what is worth offering
 * Thread   any
 */

#include "controlplane/policy/field.h"

extern const struct field_kind cp_kind_ike_proposal; /* struct cp_proposal */
extern const struct field_kind cp_kind_esp_proposal; /* struct cp_proposal */

/*
 * @why  a sentence's end when refused: "one of the words ...", @size octets
 * returns  0, -EINVAL
 */
int cp_proposal_parse_ike(const char *text, struct cp_proposal *out, char *why, size_t size);
int cp_proposal_parse_esp(const char *text, struct cp_proposal *out, char *why, size_t size);

/* The words as a Markdown table. */
void cp_proposal_manual(FILE *out);
