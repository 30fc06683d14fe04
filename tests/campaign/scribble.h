/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * scribble - a control plane that has been taken over: attaches, and writes what it likes
 * into the mapping while the gateway uses it.
 *
 * Thread   a process of its own, which ends with its parent
 */

#include <stdint.h>
#include <sys/types.h>

/*
 * Attaches again and again, and each time does one of these for a while: sends records of
 * every type with any content, writes over records and positions of all rings, turns the
 * positions back and forth, sends kicks and rubbish through the socket.
 *
 * @path    of the attach socket
 * returns  the process, or -errno
 */
pid_t scribble_start(const char *path, uint64_t seed);
/* 0, or -EPROTO: it did not end as it was told to */
int scribble_stop(pid_t process);
