/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * notify - tell a service manager how far we are.
 *
 * Source   sd_notify(3): a datagram to the socket named by NOTIFY_SOCKET
 * Thread   the supervisor's
 */

/* "READY=1", "STOPPING=1", "STATUS=...". Without a manager nothing happens. */
void cp_notify(const char *state);
