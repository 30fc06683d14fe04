/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/syslog/settled.h"

void cp_settled_begin(struct cp_settled *s)
{
	s->first = s->n = 0;
}

void cp_settled_sent(struct cp_settled *s, uint64_t place, uint64_t sent, uint64_t now_ms)
{
	unsigned at;

	if (s->n < CP_SETTLED_MARKS)
		s->n++;
	at = (s->first + s->n - 1) % CP_SETTLED_MARKS;
	s->mark[at].place = place;
	s->mark[at].sent = sent;
	s->mark[at].at_ms = now_ms;
}

uint64_t cp_settled_take(struct cp_settled *s, uint64_t acked, uint64_t now_ms)
{
	uint64_t place = 0;

	while (s->n && s->mark[s->first].sent <= acked &&
	       now_ms - s->mark[s->first].at_ms >= CP_SETTLED_MS) {
		place = s->mark[s->first].place;
		s->first = (s->first + 1) % CP_SETTLED_MARKS;
		s->n--;
	}
	return place;
}
