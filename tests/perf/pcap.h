/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * pcap - frames to and from a capture file, of the classic format with microseconds.
 *
 * Source   draft-ietf-opsawg-pcap, "PCAP Capture File Format"
 * Thread   one
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	PCAP_FRAME_MAX = 2000, /* what a packet buffer of the bench holds */
	PCAP_FRAMES_MAX = 1 << 20,
};

struct pcap;

/* NULL: it cannot be written, errno says why. */
struct pcap *pcap_create(const char *file);
/* NULL: it cannot be read, or is no capture of Ethernet frames; @why in either case. */
struct pcap *pcap_open(const char *file, const char **why);
bool pcap_put(struct pcap *p, const uint8_t *frame, uint16_t len);
/* The next frame. returns its length; 0: there is none, or it is cut off or too long */
uint16_t pcap_next(struct pcap *p, uint8_t frame[PCAP_FRAME_MAX]);
/* Frames that were not taken for their length. */
uint32_t pcap_skipped(const struct pcap *p);
/* returns whether everything was written */
bool pcap_close(struct pcap *p);
