/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys_store - the secrets, and one answer to one question about them.
 *
 * No sockets, no clock: octets of a question in, an answer out. Fuzzed.
 *
 * Thread   the loop's
 * Memory   borrows the struct cp_secrets; owns the decoded private keys
 */

#include "controlplane/keys/keys_msg.h"
#include "controlplane/policy/secrets.h"

struct cp_crypto;
struct keys_store;

/*
 * Decode every private key there is.
 *
 * @secrets  borrowed until keys_store_free(); the PEM texts are not looked at again
 * @fault    the tenant whose key cannot be used, when that is what failed
 * returns   0, -ENOMEM, -ENOTSUP, -EBADMSG or -EIO as keys_private_new()
 */
int keys_store_new(struct cp_crypto *crypto, const struct cp_secrets *secrets,
                   struct keys_store **out, const char **fault);
void keys_store_free(struct keys_store *s);

/*
 * Answer one question.
 *
 * @type     enum keys_msg
 * @body     @len octets, at any alignment
 * @out      to be wiped by the caller
 * returns   octets of the answer; 0 for a question that is not one
 */
size_t keys_store_answer(struct keys_store *s, uint32_t type, const void *body, size_t len,
                         union keys_answer *out);
