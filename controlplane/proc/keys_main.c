/* SPDX-License-Identifier: Apache-2.0 */

/*
 * keys_main - the keys process: takes secrets out of a bundle and from operators, and answers
 * three questions.
 *
 * Walk     keys/keys.c in the session process -> proc/ipc.c -> [proc/keys_main] ->
 *          keys/keys_server.c; ctl/cmd_secrets.c -> keys/keys_door.c
 * Thread   its loop
 * Memory   secrets, wiped at the end; locked into memory where the machine allows it. What
 *          the JSON and event libraries free is wiped, too
 */

#include "controlplane/crypto/seal.h"
#include "controlplane/keys/keys_door.h"
#include "controlplane/keys/keys_server.h"
#include "controlplane/keys/keys_vault.h"
#include "controlplane/log/log.h"
#include "controlplane/policy/secrets.h"
#include "controlplane/policy/wiping.h"
#include "controlplane/proc/child.h"
#include "controlplane/proc/ipc.h"
#include "controlplane/proc/keys_take.h"

#include <event2/event.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct process {
	struct cp_child child;
	struct cp_ipc *session, *log_ipc;
	struct cp_log *log;
	struct cp_seal *seal;
	struct keys_vault *vault;
	struct cp_keys_set set; /* in use */
	struct cp_keys_server *server;
	struct keys_door *door;
};

static void on_peer(void *ctx, enum cp_proc_id id, int take_fd)
{
	struct process *p = ctx;
	int err = cp_ipc_again(id == CP_PROC_LOG ? p->log_ipc : p->session, take_fd);

	if (err) {
		cp_child_say(&p->child, "a peer's socket: %s", strerror(-err));
		close(take_fd);
	}
	if (id == CP_PROC_LOG)
		cp_log_report(p->log);
}

static void say(void *ctx, const char *text)
{
	struct process *p = ctx;

	cp_child_say(&p->child, "%s", text);
}

static struct cp_keys_take take_of(struct process *p)
{
	return (struct cp_keys_take){p->seal, p->vault, say, p};
}

/* ---- another policy ----------------------------------------------------------------------- */

/* Between two questions: each is answered by the former secrets or by these. */
static int swap(struct process *p, struct cp_keys_set *set, char why[CP_WHY_MAX])
{
	int err = cp_keys_server_use(p->server, set->secrets, why, CP_WHY_MAX);

	if (err)
		return err;
	keys_door_use(p->door, set->secrets);
	cp_keys_set_fini(&p->set);
	p->set = *set;
	*set = (struct cp_keys_set){0};
	keys_vault_settle(p->vault, p->set.secrets);
	return 0;
}

static void on_policy(void *ctx, uint32_t change, int take_fd)
{
	struct process *p = ctx;
	const struct cp_keys_take with = take_of(p);
	struct cp_keys_set set;
	char why[CP_WHY_MAX] = "";
	int err = cp_keys_set_read(&with, take_fd, NULL, &set, why);

	close(take_fd);
	if (!err)
		err = cp_keys_set_merge(&with, &set, why);
	if (!err)
		err = swap(p, &set, why);
	cp_keys_set_fini(&set);
	cp_control_verdict(p->child.control, change, err, why);
}

/* ---- start -------------------------------------------------------------------------------- */

static int begin_peers(struct process *p, const struct cp_proc_start *start)
{
	int err = cp_ipc_new(p->child.loop, start->peer[CP_PROC_LOG], NULL, &p->log_ipc);

	if (!err)
		err = cp_log_new(p->log_ipc, &p->log);
	if (!err)
		err = cp_seal_new(&p->seal);
	if (!err)
		err = cp_ipc_new(p->child.loop, start->peer[CP_PROC_SESSION], NULL,
		                 &p->session);
	if (err)
		cp_child_say(&p->child, "cannot start: %s", strerror(-err));
	else
		cp_log_name(p->log, "keys");
	return err;
}

/* What only root can read. */
static int read_as_root(struct process *p, const struct cp_proc_start *start)
{
	char why[CP_WHY_MAX];
	int err = keys_vault_open(start->directory, getenv("CREDENTIALS_DIRECTORY"), p->seal,
	                          &p->vault, why);

	if (err)
		cp_child_say(&p->child, "%s", why);
	return err;
}

/* What belongs to the process' own user, and the bundle. */
static int read_secrets(struct process *p, const struct cp_proc_start *start)
{
	const struct cp_keys_take with = take_of(p);
	char why[CP_WHY_MAX];
	int err = keys_vault_load(p->vault, say, p, why);

	if (!err)
		err = cp_keys_set_read(&with, start->bundle, start->policy, &p->set, why);
	close(start->bundle);
	if (!err)
		err = cp_keys_set_merge(&with, &p->set, why);
	if (err) {
		cp_child_say(&p->child, "%s", why);
		return err;
	}
	keys_vault_settle(p->vault, p->set.secrets);
	cp_secrets_remarks(p->set.secrets, say, p);
	return 0;
}

static int serve(struct process *p, const struct cp_proc_start *start)
{
	const struct keys_door_deps door = {
		.loop = p->child.loop,
		.take_listen = start->listen,
		.operator_uid = start->operator_uid,
		.seal = p->seal,
		.vault = p->vault,
		.log = p->log,
	};
	int err = cp_keys_serve(p->child.loop, p->session, p->set.secrets, p->log, &p->server);

	if (err) {
		cp_child_say(&p->child,
		             "a private key cannot be used (%s); %s/system.log says why",
		             strerror(-err), start->log_dir);
		return err;
	}
	err = keys_door_new(&door, p->set.secrets, &p->door);
	if (err)
		cp_child_say(&p->child, "sekishoctl's socket: %s", strerror(-err));
	return err;
}

static int begin(struct process *p, const struct cp_proc_start *start)
{
	int err;

	/* Both before either library is used. */
	cp_wiping_stay();
	event_set_mem_functions(cp_wiping_malloc, cp_wiping_realloc, cp_wiping_free);
	err = cp_child_begin(&p->child, start);
	if (!err)
		err = begin_peers(p, start);
	if (!err)
		err = read_as_root(p, start);
	if (!err)
		err = cp_child_confine(&p->child, NULL, NULL);
	if (!err)
		err = read_secrets(p, start);
	return err ? err : serve(p, start);
}

static void end(struct process *p)
{
	keys_door_free(p->door);
	cp_keys_server_free(p->server);
	cp_keys_set_fini(&p->set);
	keys_vault_free(p->vault);
	cp_seal_free(p->seal);
	cp_ipc_free(p->session);
	cp_log_free(p->log);
	cp_ipc_free(p->log_ipc);
	cp_child_end(&p->child);
}

int cp_keys_main(const struct cp_proc_start *start)
{
	struct process p = {0};
	const struct cp_control_hooks hooks = {.peer = on_peer, .policy = on_policy, .ctx = &p};
	int status = EXIT_FAILURE;

	if (begin(&p, start) == 0)
		status = cp_child_run(&p.child, &hooks);
	end(&p);
	return status;
}
