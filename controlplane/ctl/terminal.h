/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * terminal - the whole screen of a terminal, for a while.
 *
 * terminal_take() makes keys come one by one and shows an empty screen; terminal_give() puts
 * everything back as it was, and so does the end of the program in whatever way but SIGKILL.
 * No curses: five sequences that every terminal since the VT100 obeys are all that is used.
 *
 * Source   ECMA-48; xterm's private modes 7, 25 and 1049
 * Thread   sekishoctl's only one; its state is the process' terminal
 */

#include <stdbool.h>
#include <stddef.h>

enum terminal_event {
	TERMINAL_TIME,  /* that long nothing happened */
	TERMINAL_OCTET, /* from the keyboard */
	TERMINAL_SIZE,  /* it has another size now */
	TERMINAL_END,   /* a signal, or nobody is there any more */
};

/* Are standard input and output a terminal that obeys such sequences? */
bool terminal_is_able(void);

/* returns 0, -errno */
int terminal_take(void);
void terminal_give(void);

/* 80 x 24 when it cannot be said. */
void terminal_size(unsigned *columns, unsigned *rows);

/* @octet  with TERMINAL_OCTET */
enum terminal_event terminal_wait(unsigned ms, unsigned char *octet);

/* Show @text from the top: lines are cut at @columns, those below row @rows are left out.
 * returns 0, -errno */
int terminal_show(const char *text, unsigned columns, unsigned rows);
