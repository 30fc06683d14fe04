/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/top_key.h"

enum {
	ESCAPE = 0x1b,
	CTRL_L = 0x0c,
	NUMBER_MAX = 1000,
};

static enum top_key plain_key(unsigned char octet)
{
	switch (octet) {
	case 'q':
	case 'Q':
		return TOP_KEY_QUIT;
	case 's':
		return TOP_KEY_SORT;
	case 't':
		return TOP_KEY_TENANT;
	case 'k':
		return TOP_KEY_UP;
	case 'j':
		return TOP_KEY_DOWN;
	case ' ':
		return TOP_KEY_PAGE_DOWN;
	case 'g':
		return TOP_KEY_HOME;
	case CTRL_L:
		return TOP_KEY_REDRAW;
	default:
		return TOP_KEY_NONE;
	}
}

/* The last octet of ESC [ A, ESC O A, ESC [ 5 ~. */
static enum top_key sequence_key(unsigned char last, unsigned number)
{
	switch (last) {
	case 'A':
		return TOP_KEY_UP;
	case 'B':
		return TOP_KEY_DOWN;
	case 'H':
		return TOP_KEY_HOME;
	case '~':
		return number == 5   ? TOP_KEY_PAGE_UP
		       : number == 6 ? TOP_KEY_PAGE_DOWN
		                     : TOP_KEY_NONE;
	default:
		return TOP_KEY_NONE;
	}
}

static void take_parameter(struct top_keys *k, unsigned char octet)
{
	if (octet < '0' || octet > '9')
		k->in_first = 0;
	else if (k->in_first && k->number < NUMBER_MAX)
		k->number = k->number * 10 + octet - '0';
}

enum top_key top_key_take(struct top_keys *k, unsigned char octet)
{
	if (octet == ESCAPE) {
		*k = (struct top_keys){.state = TOP_KEYS_ESCAPE};
		return TOP_KEY_NONE;
	}
	switch (k->state) {
	case TOP_KEYS_PLAIN:
		return plain_key(octet);
	case TOP_KEYS_ESCAPE:
		k->state = octet == '['   ? TOP_KEYS_CSI
		           : octet == 'O' ? TOP_KEYS_SS3
		                          : TOP_KEYS_PLAIN;
		k->in_first = 1;
		return TOP_KEY_NONE;
	case TOP_KEYS_SS3:
		k->state = TOP_KEYS_PLAIN;
		return sequence_key(octet, 0);
	case TOP_KEYS_CSI:
		if (octet < 0x40) {
			take_parameter(k, octet);
			return TOP_KEY_NONE;
		}
		k->state = TOP_KEYS_PLAIN;
		return sequence_key(octet, k->number);
	}
	return TOP_KEY_NONE;
}
