/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/pcap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ETHERNET = 1,
	SNAP = 65535,
};

#define MAGIC    0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du

struct pcap_head {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, digits, snap, link;
};

struct pcap_record {
	uint32_t seconds, fraction, kept, len;
};

struct pcap {
	FILE *file;
	bool swapped, ok;
	uint32_t skipped, n;
};

static uint32_t number(const struct pcap *p, uint32_t n)
{
	return p->swapped ? __builtin_bswap32(n) : n;
}

struct pcap *pcap_create(const char *file)
{
	const struct pcap_head head = {MAGIC, 2, 4, 0, 0, SNAP, ETHERNET};
	struct pcap *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->file = fopen(file, "we");
	if (!p->file) {
		free(p);
		return NULL;
	}
	p->ok = fwrite(&head, sizeof(head), 1, p->file) == 1;
	return p;
}

struct pcap *pcap_open(const char *file, const char **why)
{
	struct pcap *p = calloc(1, sizeof(*p));
	struct pcap_head head;

	*why = "out of memory";
	if (!p)
		return NULL;
	p->file = fopen(file, "re");
	*why = strerror(errno);
	if (!p->file)
		goto fail;
	*why = "no capture file of the classic format";
	if (fread(&head, sizeof(head), 1, p->file) != 1)
		goto fail;
	p->swapped = head.magic == __builtin_bswap32(MAGIC) ||
	             head.magic == __builtin_bswap32(MAGIC_NS);
	if (!p->swapped && head.magic != MAGIC && head.magic != MAGIC_NS)
		goto fail;
	*why = "not of Ethernet frames";
	if (number(p, head.link) != ETHERNET)
		goto fail;
	p->ok = true;
	return p;

fail:
	pcap_close(p);
	return NULL;
}

bool pcap_put(struct pcap *p, const uint8_t *frame, uint16_t len)
{
	/* Microseconds apart, so that nothing sorts them another way. */
	const struct pcap_record r = {p->n / 1000000, p->n % 1000000, len, len};

	p->n++;
	p->ok = p->ok && fwrite(&r, sizeof(r), 1, p->file) == 1 &&
	        fwrite(frame, len, 1, p->file) == 1;
	return p->ok;
}

uint16_t pcap_next(struct pcap *p, uint8_t frame[PCAP_FRAME_MAX])
{
	struct pcap_record r;
	uint32_t len;

	while (p->n++ < PCAP_FRAMES_MAX && fread(&r, sizeof(r), 1, p->file) == 1) {
		len = number(p, r.kept);
		if (len && len <= PCAP_FRAME_MAX && len == number(p, r.len))
			return fread(frame, len, 1, p->file) == 1 ? (uint16_t)len : 0;
		p->skipped++;
		if (len > SNAP || fseek(p->file, (long)len, SEEK_CUR))
			return 0;
	}
	return 0;
}

uint32_t pcap_skipped(const struct pcap *p)
{
	return p->skipped;
}

bool pcap_close(struct pcap *p)
{
	bool ok = p->ok;

	if (p->file)
		ok = fclose(p->file) == 0 && ok;
	free(p);
	return ok;
}
