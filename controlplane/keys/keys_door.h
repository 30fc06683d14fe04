/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys_door - sekishoctl sets, seals, lists and forgets secrets.
 *
 * A door of the keys process itself, so that a password passes through no other process. An
 * answer holds a secret only when the gateway chose it. A change is on the disk, and in use
 * for the next handshake, before it is answered; each is a line of the operator log.
 *
 * Walk     ctl/cmd_secrets.c -> RUNTIME/keys.sock -> door/door.c -> [keys/keys_door]
 *          -> policy/secrets_request.c -> keys_vault.c
 * Thread   the loop's
 */

#include "controlplane/policy/secrets.h"

#include <sys/types.h>

struct cp_log;
struct event_base;
struct keys_door;
struct keys_vault;

enum {
	KEYS_PAGE_MAX = 500, /* rows in one answer to "list" */
};

struct keys_door_deps {
	struct event_base *loop;
	int take_listen;
	uid_t operator_uid; /* may ask, besides root */
	struct cp_seal *seal;
	struct keys_vault *vault; /* NULL: nothing can be kept */
	struct cp_log *log;
};

/* @secrets  in use, borrowed until the next keys_door_use() or keys_door_free()
 * returns   0, -ENOMEM */
int keys_door_new(const struct keys_door_deps *deps, struct cp_secrets *secrets,
                  struct keys_door **out);
void keys_door_free(struct keys_door *d);
void keys_door_use(struct keys_door *d, struct cp_secrets *secrets);
