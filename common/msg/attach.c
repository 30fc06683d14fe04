/* SPDX-License-Identifier: Apache-2.0 */
#include "common/msg/attach.h"

#include "common/ring/ring.h"

static uint64_t pages_of(uint32_t ring_size)
{
	return (ring_footprint(ring_size) + ATTACH_PAGE - 1) & ~(uint64_t)(ATTACH_PAGE - 1);
}

uint64_t attach_up_at(uint32_t down_size, uint32_t up_size, uint32_t i)
{
	return pages_of(down_size) + i * pages_of(up_size);
}

uint64_t attach_size(uint32_t down_size, uint32_t up_size, uint32_t n_workers)
{
	return attach_up_at(down_size, up_size, n_workers + 1);
}
