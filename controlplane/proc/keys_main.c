/* SPDX-License-Identifier: Apache-2.0 */

/*
 * keys_main - the keys process: reads the secrets as root, then answers three questions.
 *
 * Walk     keys/keys.c in the session process -> proc/ipc.c -> [proc/keys_main] ->
 *          keys/keys_server.c
 * Thread   its loop
 * Memory   secrets, wiped at the end; locked into memory where the machine allows it
 */

#include "controlplane/crypto/seal.h"
#include "controlplane/keys/keys_server.h"
#include "controlplane/log/log.h"
#include "controlplane/policy/secrets.h"
#include "controlplane/proc/child.h"
#include "controlplane/proc/ipc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct process {
	struct cp_child child;
	struct cp_ipc *session, *log_ipc;
	struct cp_log *log;
	struct cp_seal *seal;
	struct cp_secrets *secrets;
	struct cp_keys_server *server;
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

static int load(struct process *p, const struct cp_proc_start *start)
{
	struct cp_policy_error error = {0};
	char why[CP_WHY_MAX];
	int err =
		cp_secrets_load(start->config_dir, start->policy, p->seal, &p->secrets, &error);

	if (err)
		cp_child_say(&p->child, "%s", cp_policy_error_text(&error, why, sizeof(why)));
	return err;
}

static int begin(struct process *p, const struct cp_proc_start *start)
{
	int err = cp_child_begin(&p->child, start);

	if (!err)
		err = cp_ipc_new(p->child.loop, start->peer[CP_PROC_LOG], NULL, &p->log_ipc);
	if (!err)
		err = cp_log_new(p->log_ipc, &p->log);
	if (!err)
		err = cp_seal_new(&p->seal);
	if (!err)
		err = cp_ipc_new(p->child.loop, start->peer[CP_PROC_SESSION], NULL,
		                 &p->session);
	if (err) {
		cp_child_say(&p->child, "cannot start: %s", strerror(-err));
		return err;
	}
	cp_log_name(p->log, "keys");
	err = load(p, start);
	if (err)
		return err;
	err = cp_keys_serve(p->child.loop, p->session, p->secrets, p->log, &p->server);
	if (err) {
		cp_child_say(&p->child,
		             "a private key cannot be used (%s); %s/system.log says why",
		             strerror(-err), start->log_dir);
		return err;
	}
	return cp_child_confine(&p->child, NULL, NULL);
}

static void end(struct process *p)
{
	cp_keys_server_free(p->server);
	cp_secrets_free(p->secrets);
	cp_seal_free(p->seal);
	cp_ipc_free(p->session);
	cp_log_free(p->log);
	cp_ipc_free(p->log_ipc);
	cp_child_end(&p->child);
}

int cp_keys_main(const struct cp_proc_start *start)
{
	struct process p = {0};
	const struct cp_control_hooks hooks = {.peer = on_peer, .ctx = &p};
	int status = EXIT_FAILURE;

	if (begin(&p, start) == 0)
		status = cp_child_run(&p.child, &hooks);
	end(&p);
	return status;
}
