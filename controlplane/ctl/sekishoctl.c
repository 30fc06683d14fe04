/* SPDX-License-Identifier: Apache-2.0 */

/*
 * sekishoctl - look at a running gateway.
 *
 * Walk     [sekishoctl.c] -> command.c -> view_*.c -> ask.c -> both programs' local sockets
 * Thread   one
 */

#include "controlplane/ctl/command.h"

#include <signal.h>

int main(int argc, char **argv)
{
	/* Whoever reads our output may stop reading. */
	signal(SIGPIPE, SIG_IGN);
	return ctl_command(argc > 0 ? argv + 1 : argv);
}
