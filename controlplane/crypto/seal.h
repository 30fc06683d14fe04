/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * seal - a secret as text that only the seal key of this machine opens.
 *
 * "sekisho1:", then Base64 (RFC 4648 section 4) of
 *
 *   offset  size
 *        0     8  which key: the first octets of its SHA-256
 *        8    32  salt, random
 *       40     n  sealed: a length octet, the value, zeros up to a multiple of 32 octets
 *     40+n    16  tag
 *
 * AES-256-GCM. Its key and nonce (32 + 12 octets) are HKDF-SHA256 of the seal key, the salt
 * and the word "sekisho seal 1", so no nonce meets a key twice. What a value is for (tenant,
 * kind, name) is vouched for and not written: moved to another place, it does not open.
 *
 * Two keys may be there: the present one, which seals, and a former one, which only opens.
 *
 * Source   RFC 5869; NIST SP 800-38D
 * Thread   the loop's
 * Memory   keys stand in a page of their own that is left out of cores; wiped at the end
 */

#include "common/base/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cp_seal;

enum {
	CP_SEAL_KEY_LEN = 32,
	CP_SEAL_VALUE_MAX = 159, /* octets: five times 32 with the length octet */
	CP_SEAL_TEXT_MAX = 304,  /* NUL included */
	CP_SEAL_ID_MAX = 17,     /* a key's id in hexadecimal, NUL included */
	CP_SEAL_WHY_MAX = 128,
};

enum cp_seal_kind {
	CP_SEAL_PASSWORD, /* the NT hash of a user's password */
	CP_SEAL_PSK,      /* of a client's identity */
};

/* What a value is for. */
struct cp_seal_of {
	const char *tenant;
	enum cp_seal_kind kind;
	const char *name;
};

/* Without a key yet. returns 0, -ENOMEM, -ENOTSUP (OpenSSL lacks an algorithm) */
int cp_seal_new(struct cp_seal **out);
void cp_seal_free(struct cp_seal *s);

/* Use these keys from now on; NULL: there is none. Copied.
 * returns 0, -EIO */
int cp_seal_use(struct cp_seal *s, const uint8_t *present, const uint8_t *former);
/* The former key opens nothing any more. */
void cp_seal_forget_former(struct cp_seal *s);
/* The present key's id. returns false, and "none", when there is no key */
bool cp_seal_id(const struct cp_seal *s, char id[CP_SEAL_ID_MAX]);

/* Does it look like a sealed value? Asks for no key. */
bool cp_seal_is_text(const char *text);

/* returns 0, -EMSGSIZE (nothing, or more than CP_SEAL_VALUE_MAX), -ENOKEY, -EIO */
int cp_seal_make(struct cp_seal *s, const struct cp_seal_of *of, const void *value, size_t len,
                 char text[CP_SEAL_TEXT_MAX]);

/*
 * @by_former  the former key opened it; may be NULL
 * returns     0, -EBADMSG (not a sealed value), -ENOKEY (we have no key), -EKEYREJECTED
 *             (sealed under a key we do not have), -EACCES (for something else, or changed
 *             since), -EIO
 */
int cp_seal_open(struct cp_seal *s, const struct cp_seal_of *of, const char *text,
                 struct secret *out, bool *by_former);

/* Why cp_seal_open() said @err: "a value sealed under another key (id 1f..)". */
const char *cp_seal_why(int err, const char *text, char why[CP_SEAL_WHY_MAX]);
