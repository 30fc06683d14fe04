/* SPDX-License-Identifier: Apache-2.0 */

/*
 * metrics_main - the metrics process: asks both programs, answers scrapers.
 *
 * It reads what scrapers send, so it has a user of its own that may do nothing else: read
 * the data plane's telemetry, and ask the session process what changes nothing.
 *
 * Walk     [metrics/metrics_main] -> scrape.c -> asker.c
 * Thread   its loop
 */

#include "common/msg/attach.h"
#include "controlplane/metrics/metrics.h"
#include "controlplane/metrics/scrape.h"
#include "controlplane/proc/child.h"
#include "controlplane/proc/ipc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct process {
	struct cp_child child;
	struct cp_ipc *session;
	struct cp_scrape *scrape;
	char telemetry[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static void on_peer(void *ctx, enum cp_proc_id id UNUSED, int take_fd)
{
	struct process *p = ctx;
	int err = cp_ipc_again(p->session, take_fd);

	if (err) {
		cp_child_say(&p->child, "a peer's socket: %s", strerror(-err));
		close(take_fd);
	}
}

/* Still as root: the socket is the scraper's, or nobody's. */
static int give_socket(struct process *p, const struct cp_proc_start *start)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *scraper = start->policy->appliance.scraper_user;
	struct cp_account account = {0};
	int err;

	snprintf(path, sizeof(path), "%s/" CP_METRICS_SOCKET, start->runtime_dir);
	if (!start->policy->appliance.metrics)
		return unlink(path) && errno != ENOENT ? -errno : 0;
	if (!*scraper)
		return 0;
	err = cp_site_account(scraper, &account);
	if (!err && lchown(path, account.uid, 0))
		err = -errno;
	if (err)
		cp_child_say(&p->child, "%s cannot be given to \"%s\": %s", path, scraper,
		             strerror(-err));
	return err;
}

static int begin(struct process *p, const struct cp_proc_start *start)
{
	struct cp_scrape_deps deps = {
		.take_listen = start->listen,
		.telemetry = p->telemetry,
	};
	int err = cp_child_begin(&p->child, start);

	if (err)
		return err;
	snprintf(p->telemetry, sizeof(p->telemetry), "%s/" TELEMETRY_SOCKET,
	         start->runtime_dir);
	deps.loop = p->child.loop;
	err = cp_ipc_new(p->child.loop, start->peer[CP_PROC_SESSION], NULL, &p->session);
	deps.session = p->session;
	if (!err)
		err = give_socket(p, start);
	/* Switched off: it lives, and does nothing. */
	if (!err && start->policy->appliance.metrics)
		err = cp_scrape_new(&deps, &p->scrape);
	if (err) {
		cp_child_say(&p->child, "cannot start: %s", strerror(-err));
		return err;
	}
	return cp_child_confine(&p->child, NULL, NULL);
}

static void end(struct process *p)
{
	cp_scrape_free(p->scrape);
	cp_ipc_free(p->session);
	cp_child_end(&p->child);
}

int cp_metrics_main(const struct cp_proc_start *start)
{
	struct process p = {0};
	const struct cp_control_hooks hooks = {.peer = on_peer, .ctx = &p};
	int status = EXIT_FAILURE;

	if (begin(&p, start) == 0)
		status = cp_child_run(&p.child, &hooks);
	end(&p);
	return status;
}
