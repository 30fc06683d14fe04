/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ctl_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

json_t *ctl_json_number(uint64_t n)
{
	return json_integer((json_int_t)(n > INT64_MAX ? INT64_MAX : n));
}

json_t *ctl_json_hex(uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, n);
	return json_string(text);
}

json_t *ctl_json_text(const char *s)
{
	json_t *j = json_string(s ? s : "");
	char plain[256];
	size_t i;

	if (j)
		return j;
	for (i = 0; s[i] && i < sizeof(plain) - 1; i++)
		plain[i] = s[i] < 0x20 || s[i] > 0x7e ? '?' : s[i];
	plain[i] = '\0';
	return json_string(plain);
}

json_t *ctl_json_address(const struct addr *a)
{
	char buf[ADDR_TEXT];

	return json_string(addr_is_none(a) ? "" : addr_format(a, buf, sizeof(buf)));
}

json_t *ctl_json_endpoint(const struct endpoint *e)
{
	char buf[ADDR_TEXT + 8];

	return json_string(addr_is_none(&e->addr) ? "" : endpoint_format(e, buf, sizeof(buf)));
}

char *ctl_json_line(json_t *take_root)
{
	char *body = take_root ? json_dumps(take_root, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	char *line = NULL;

	json_decref(take_root);
	if (body && asprintf(&line, "%s\n", body) < 0)
		line = NULL;
	free(body);
	return line;
}
