/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * top_key - octets of a terminal -> keys.
 *
 * Source   ECMA-48 section 5.4 (control sequences); xterm's keys
 * Thread   sekishoctl's only one
 */

enum top_key {
	TOP_KEY_NONE, /* not a whole key yet, or none of ours */
	TOP_KEY_QUIT,
	TOP_KEY_SORT,
	TOP_KEY_TENANT,
	TOP_KEY_UP,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_REDRAW,
};

/* Where in a control sequence the octets stand; 0 at first. */
struct top_keys {
	enum { TOP_KEYS_PLAIN, TOP_KEYS_ESCAPE, TOP_KEYS_CSI, TOP_KEYS_SS3 } state;
	unsigned number; /* the first parameter of a sequence */
	int in_first;    /* it is still being read */
};

enum top_key top_key_take(struct top_keys *k, unsigned char octet);
