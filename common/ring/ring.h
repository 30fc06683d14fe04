/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ring - one direction of the link: one producer, one consumer, records of any size.
 *
 * The shared part lies in a mapping that the other side can write at any time, so this
 * side believes nothing it reads there: its own position is kept privately, the other's is
 * checked against the ring's size, and a record is copied out once before its header is
 * looked at. A ring whose shared words make no sense is broken for good; the owner detaches.
 *
 * Records never wrap in the API: ring_put() takes parts, ring_take() copies to one place.
 * Nothing here makes a system call. Who sleeps says so by ring_may_sleep(); who watches
 * (the main core, or the putting side itself) asks ring_kick_due() and then wakes the
 * consumer.
 *
 * Walk     dataplane/punt -> [common/ring] -> controlplane/dpctl, and back the other way
 * Thread   producer calls by one thread, consumer calls by one thread, ring_kick_due() by any
 * Memory   the mapping is the caller's; allocates nothing
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RING_ALIGN = 8, /* records start at multiples of this */
	RING_RECORD_MAX =
		17408, /* octets of a record without its header: 16 KB IKE message + its struct */
	RING_SIZE_MIN = 65536,
	RING_SIZE_MAX = 1 << 28,
};

/* What stands in the mapping. @octets are `size` of them, a power of two. */
struct ring_shared {
	_Alignas(64) _Atomic uint64_t head;     /* octets ever produced */
	_Alignas(64) _Atomic uint64_t tail;     /* octets ever consumed */
	_Alignas(64) _Atomic uint32_t sleeping; /* consumer wants a kick */
	_Alignas(64) uint8_t octet[];
};

/* In front of each record, host byte order: both ends are one machine. */
struct ring_record {
	uint32_t len;   /* octets after this header */
	uint16_t type;  /* enum msg_type */
	uint16_t spare; /* 0 */
	uint32_t epoch; /* of the attach this record belongs to */
	uint32_t seq;   /* chosen by the sender of a request; repeated in its answer */
};

/* One side's private view. */
struct ring {
	struct ring_shared *shared;
	uint32_t size;
	bool broken;
	uint64_t at;        /* my position: head if I produce, tail if I consume */
	uint64_t seen;      /* the other's position, as last read and found possible */
	uint64_t published; /* producer: what the consumer may see */
	uint64_t done;      /* records put or taken */
	uint64_t refused;   /* producer: records that found no room */
};

/* Octets a ring with @size octets of room takes in the mapping. */
size_t ring_footprint(uint32_t size);

/* A power of two in RING_SIZE_MIN..RING_SIZE_MAX? */
bool ring_size_is_valid(uint32_t size);

/*
 * One side's view of a fresh ring.
 *
 * @shared  all zero, aligned as struct ring_shared asks, ring_footprint(@size) octets
 * @size    a valid one
 * returns  0, -EINVAL
 */
int ring_open(struct ring *r, void *shared, uint32_t size);

/*
 * Append one record made of @head (len is filled in here) and two parts, either may be
 * empty. It is not visible to the consumer before ring_publish().
 *
 * returns  0, -EMSGSIZE (above RING_RECORD_MAX), -ENOSPC (counted in refused),
 *          -EPROTO (the consumer's position makes no sense; ring is broken)
 */
int ring_put(struct ring *r, const struct ring_record *head, const void *a, size_t a_len,
             const void *b, size_t b_len);
void ring_publish(struct ring *r);

/* Producer: octets that are free now; 0 when the ring is broken. */
uint32_t ring_room(struct ring *r);

/*
 * Copy the next record out, overwrite it in the mapping and give its room back.
 *
 * @head    filled in, len checked
 * @buf     @cap octets, at least RING_RECORD_MAX: a smaller buffer is our own mistake
 * returns  0, -EAGAIN (empty), -EPROTO (broken: length, alignment or position is a lie)
 */
int ring_take(struct ring *r, struct ring_record *head, void *buf, size_t cap);

/* Consumer: ask to be kicked. True: nothing there, wait. False: look again. */
bool ring_may_sleep(struct ring *r);

/* Anyone: is there something for a sleeping consumer? Disarms it, so that one kick is
 * written per sleep. */
bool ring_kick_due(struct ring_shared *shared);
