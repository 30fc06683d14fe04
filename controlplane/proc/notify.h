/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * notify - tell a service manager how far we are.
 *
 * Source   sd_notify(3): a datagram to the socket named by NOTIFY_SOCKET
 * Thread   the supervisor's
 */

#include <stdint.h>

/* "READY=1", "STOPPING=1", "STATUS=...". Without a manager nothing happens. */
void cp_notify(const char *state);

/* Within how many milliseconds the manager wants to hear WATCHDOG=1; 0: it does not.
 * Source: sd_watchdog_enabled(3) */
uint64_t cp_notify_watchdog_ms(void);
