/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * command - what sekishoctl can be asked, and what it makes of its words.
 *
 * Commands and options are rows of two tables in command.c: name, options, help. The help
 * text and the search for the nearest right word read them.
 *
 * Walk     sekishoctl.c -> [ctl/command] -> view_*.c -> ask.c
 * Thread   sekishoctl's only one
 */

/*
 * Answer on standard output; what is wrong goes to standard error.
 *
 * @words   as after the program's name, NULL at the end
 * returns  the exit status: 0, 1 (no side answered, or the output failed), 2 (wrong words)
 */
int ctl_command(char **words);
