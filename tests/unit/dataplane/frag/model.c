/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/dataplane/frag/model.h"

#include <string.h>

void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
}

/* Is this, octet for octet, a fragment that is there? */
static bool is_there(const struct model *m, unsigned off, unsigned len, const uint8_t *data)
{
	const uint8_t number = m->from[off];
	unsigned i;

	if (!number)
		return false;
	for (i = off; i < off + len; i++)
		if (m->from[i] != number || m->octet[i] != data[i - off])
			return false;
	/* and neither more nor less of it */
	return (!off || m->from[off - 1] != number) && m->from[off + len] != number;
}

static bool contradicts(const struct model *m, unsigned off, unsigned len, bool more)
{
	unsigned i;

	for (i = off; i < off + len; i++)
		if (m->from[i])
			return true;
	for (i = off + len; i < MODEL_MAX && !more; i++)
		if (m->from[i])
			return true;
	return m->end && (!more || off + len > m->end);
}

enum model_says model_add(struct model *m, unsigned off, unsigned len, bool more,
                          const uint8_t *data)
{
	unsigned i;

	if (m->dead)
		return m->dead;
	if (is_there(m, off, len, data))
		return MODEL_DUPLICATE;
	if (contradicts(m, off, len, more))
		return m->dead = MODEL_OVERLAP;
	if (m->n == MODEL_FRAGMENTS)
		return m->dead = MODEL_MANY;
	m->n++;
	memcpy(m->octet + off, data, len);
	memset(m->from + off, (int)m->n, len);
	if (!more)
		m->end = off + len;
	if (!m->end)
		return MODEL_HELD;
	for (i = 0; i < m->end; i++)
		if (!m->from[i])
			return MODEL_HELD;
	return MODEL_WHOLE;
}
