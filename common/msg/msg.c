/* SPDX-License-Identifier: Apache-2.0 */
#include "common/msg/msg.h"

#include <errno.h>

struct row {
	uint32_t size;
	uint32_t octets;
	const char *name;
};

#define ROW(id, body, more) [id] = {sizeof(struct body), (more) ? MSG_PAYLOAD_MAX : 0, #id},

static const struct row rows[MSG_TYPE_COUNT] = {MSG_TYPES_DOWN(ROW) MSG_TYPES_UP(ROW)};

int msg_bounds(uint16_t type, uint32_t *min, uint32_t *max)
{
	if (type >= MSG_TYPE_COUNT || !rows[type].size)
		return -EPROTO;
	*min = rows[type].size;
	*max = rows[type].size + rows[type].octets;
	return 0;
}

const char *msg_name(uint16_t type)
{
	return type < MSG_TYPE_COUNT && rows[type].name ? rows[type].name : "?";
}
