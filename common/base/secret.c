/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/secret.h"

#include <string.h>

void wipe(void *octets, size_t len)
{
	explicit_bzero(octets, len);
}

void secret_wipe(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
}

bool secret_set(struct secret *s, const void *octets, size_t len)
{
	secret_wipe(s);
	if (len > sizeof(s->octet))
		return false;
	memcpy(s->octet, octets, len);
	s->len = (uint16_t)len;
	return true;
}

bool ct_equal(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t differ = 0;
	size_t i;

	for (i = 0; i < len; i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}
