/* SPDX-License-Identifier: Apache-2.0 */

/*
 * site - what the program needs to run, looked at before anything is touched.
 *
 * Walk     main.c -> [proc/site] -> supervisor.c
 * Thread   the supervisor's
 */

#include "controlplane/policy/bundle.h"
#include "controlplane/policy/history.h"
#include "controlplane/policy/numbers.h"
#include "controlplane/proc/compose.h"
#include "controlplane/proc/credentials.h"
#include "controlplane/proc/gather.h"
#include "controlplane/proc/proc.h"
#include "controlplane/proc/table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int because(char why[CP_WHY_MAX], int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int because(char why[CP_WHY_MAX], int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, CP_WHY_MAX, format, args);
	va_end(args);
	return err;
}

static int open_directory(const char *what, const char *path, char **out, char why[CP_WHY_MAX])
{
	struct stat st;

	*out = realpath(path, NULL);
	if (!*out)
		return because(why, -errno, "%s %s: %s", what, path, strerror(errno));
	if (stat(*out, &st) || !S_ISDIR(st.st_mode))
		return because(why, -ENOTDIR, "%s %s: not a directory", what, path);
	return 0;
}

/* UNIX sockets are made below it, and their paths have to fit 108 octets. */
static int check_runtime_dir(const struct cp_site *site, char why[CP_WHY_MAX])
{
	enum { PATH_OCTETS = 80 };

	if (strlen(site->runtime_dir) > PATH_OCTETS)
		return because(why, -ENAMETOOLONG,
		               "runtime directory %s: longer than %d octets", site->runtime_dir,
		               PATH_OCTETS);
	return 0;
}

/* ---- the policy ------------------------------------------------------------------------------ */

/* Parse a bundle with the secrets; the site's two then have the numbers of that policy. */
static int take_bundle(struct cp_site *site, int base, int documents, int numbers,
                       struct cp_policy_error *error)
{
	struct cp_compose how = {base, documents, numbers, true};
	char *text = NULL;
	struct cp_bundle *b;
	int open_fd = -1, err = cp_compose(&how, &open_fd);

	if (!err)
		err = cp_bundle_open(open_fd, &b);
	if (!err) {
		err = cp_policy_from_bundle(b, &site->policy, error);
		cp_bundle_close(b);
	}
	if (open_fd >= 0)
		close(open_fd);
	if (!err)
		err = cp_numbers_write(site->policy->numbers, &text);
	if (!err) {
		const struct cp_bundle_file f = {CP_NUMBERS_FILE, text, strlen(text)};

		err = cp_bundle_make(&f, 1, &how.numbers);
	}
	free(text);
	if (err)
		return err;
	err = cp_compose(&how, &site->bundle);
	how.without_secrets = false;
	if (!err)
		err = cp_compose(&how, &site->secret_bundle);
	close(how.numbers);
	return err;
}

/* The documents and numbers of the last revision that was in force; -1: there is none. */
static int last_revision(const struct cp_site *site)
{
	struct cp_history *h = NULL;
	int directory = -1, fd = -1;
	const struct cp_revision *r;
	char path[PATH_MAX];

	if (!site->state_dir)
		return -1;
	snprintf(path, sizeof(path), "%s/%s", site->state_dir,
	         cp_proc_table[CP_PROC_POLICY].name);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0)
		return -1;
	if (cp_history_new(directory, NULL, &h) == 0) {
		cp_history_load(h);
		for (size_t i = 0; fd < 0 && (r = cp_history_at(h, i)); i++)
			if (cp_history_documents(h, r->sequence, &fd))
				fd = -1;
		cp_history_free(h);
	}
	close(directory);
	return fd;
}

/* ---- accounts -------------------------------------------------------------------------------- */

int cp_site_account(const char *user, struct cp_account *out)
{
	char buf[4096], *end;
	struct passwd pw, *found = NULL;
	unsigned long number;

	errno = 0;
	number = strtoul(user, &end, 10);
	if (*user >= '0' && *user <= '9' && *end == '\0') {
		if (errno || number == 0 || number >= UINT32_MAX)
			return -ERANGE;
		getpwuid_r((uid_t)number, &pw, buf, sizeof(buf), &found);
		*out = (struct cp_account){(uid_t)number, found ? pw.pw_gid : (gid_t)number};
		return out->gid ? 0 : -ERANGE;
	}
	getpwnam_r(user, &pw, buf, sizeof(buf), &found);
	if (!found)
		return -ENOENT;
	*out = (struct cp_account){pw.pw_uid, pw.pw_gid};
	return out->uid && out->gid ? 0 : -ERANGE;
}

/* The doors know an operator by his user: a process that is taken over shall not be one. */
static int check_operator(const struct cp_site *site, char why[CP_WHY_MAX])
{
	for (unsigned i = 0; i < CP_PROC_COUNT; i++)
		if (site->operator_uid && cp_proc_is_wanted(i, site->policy) &&
		    site->account[i].uid == site->operator_uid)
			return because(
				why, -EINVAL,
				"appliance.json: the operator and the %s process have the "
				"same user \"%s\"; expected one each",
				cp_proc_table[i].name, site->policy->appliance.operator_user);
	return 0;
}

static int resolve_operator(struct cp_site *site, char why[CP_WHY_MAX])
{
	const char *user = site->policy->appliance.operator_user;
	struct cp_account a = {0};
	int err = user[0] ? cp_site_account(user, &a) : 0;

	site->operator_uid = a.uid;
	return err ? because(why, err,
	                     "appliance.json: $.accounts.operator: found \"%s\", expected a "
	                     "user of "
	                     "this machine other than root",
	                     user)
	           : 0;
}

/* Who may read the metrics; root alone when nobody is named. */
static int check_scraper(const struct cp_site *site, char why[CP_WHY_MAX])
{
	const char *user = site->policy->appliance.scraper_user;
	struct cp_account account;

	if (!*user || !cp_site_account(user, &account))
		return 0;
	return because(why, -EINVAL,
	               "appliance.json: \"%s\" is to read the metrics; expected a user this "
	               "machine knows, or a number, other than root",
	               user);
}

static int resolve_accounts(struct cp_site *site, char why[CP_WHY_MAX])
{
	for (unsigned i = 0; i < CP_PROC_COUNT; i++) {
		const struct cp_proc_row *row = &cp_proc_table[i];
		const char *user = (const char *)&site->policy->appliance + row->user_at;
		int err;

		if (!cp_proc_is_wanted(i, site->policy))
			continue;
		err = cp_site_account(user, &site->account[i]);

		if (err == -ENOENT)
			return because(
				why, err,
				"appliance.json: the %s process is to run as user \"%s\", "
				"which this machine does not know",
				row->name, user);
		if (err)
			return because(
				why, err,
				"appliance.json: the %s process cannot run as user \"%s\"; "
				"expected a user other than root, in a group other than root's",
				row->name, user);
		for (unsigned j = 0; j < i; j++)
			if (site->account[j].uid == site->account[i].uid)
				return because(
					why, -EINVAL,
					"appliance.json: the %s and %s processes have the "
					"same user \"%s\"; expected one each",
					cp_proc_table[j].name, row->name, user);
	}
	if (resolve_operator(site, why) || check_operator(site, why))
		return -EINVAL;
	return check_scraper(site, why);
}

/* ---- together -------------------------------------------------------------------------------- */

static void forget_policy(struct cp_site *site)
{
	cp_policy_free(site->policy);
	site->policy = NULL;
	if (site->bundle >= 0)
		close(site->bundle);
	if (site->secret_bundle >= 0)
		close(site->secret_bundle);
	site->bundle = site->secret_bundle = -1;
}

/* Can the program run with it? @documents, @numbers  as in cp_compose() */
static int try_policy(struct cp_site *site, int base, int documents, int numbers,
                      char why[CP_WHY_MAX])
{
	struct cp_policy_error error = {0};
	int err = take_bundle(site, base, documents, numbers, &error);

	if (err && error.file[0])
		cp_policy_error_text(&error, why, CP_WHY_MAX);
	else if (err)
		because(why, err, "the configuration cannot be read: %s", strerror(-err));
	if (!err)
		err = resolve_accounts(site, why);
	if (!err)
		err = cp_credentials_check(site->secret_bundle, site->policy, why);
	if (err)
		forget_policy(site);
	return err;
}

static int gather(const struct cp_site *site, int *fd, char why[CP_WHY_MAX])
{
	struct cp_policy_error error;
	struct cp_gathered g;
	int err = cp_gather(site->config_dir, &g, &error);

	if (err) {
		cp_policy_error_text(&error, why, CP_WHY_MAX);
		return err;
	}
	err = cp_gathered_bundle(&g, fd);
	cp_gathered_fini(&g);
	return err ? because(why, err, "the documents: %s", strerror(-err)) : 0;
}

/* What stands in the directory; when that cannot be used, the documents that were in force
 * last, with what stands beside the directory's. */
static int load_policy(struct cp_site *site, char why[CP_WHY_MAX])
{
	char ours[CP_WHY_MAX];
	int base, last, err = gather(site, &base, why);

	if (err)
		return err;
	last = last_revision(site);
	err = try_policy(site, base, -1, last, why);
	if (err && last >= 0 && try_policy(site, base, last, last, ours) == 0) {
		snprintf(site->refused, sizeof(site->refused), "%s", why);
		err = 0;
	}
	if (last >= 0)
		close(last);
	close(base);
	return err;
}

static int name_log_dir(struct cp_site *site, char why[CP_WHY_MAX])
{
	const char *dir = site->policy->appliance.log_directory;

	if (asprintf(&site->log_dir, "%s%s%s", *dir == '/' ? "" : site->runtime_dir,
	             *dir == '/' ? "" : "/", dir) < 0) {
		site->log_dir = NULL;
		return because(why, -ENOMEM, "out of memory");
	}
	return 0;
}

static int name_state_dir(const char *dir, struct cp_site *site, char why[CP_WHY_MAX])
{
	if (dir)
		return open_directory("state directory", dir, &site->state_dir, why);
	if (asprintf(&site->state_dir, "%s/state", site->runtime_dir) < 0) {
		site->state_dir = NULL;
		return because(why, -ENOMEM, "out of memory");
	}
	return 0;
}

/* A loop that stands still longer is stuck: the largest documents take a few seconds. */
enum { SILENT_MS = 20000 };

static const struct cp_site nothing = {
	.bundle = -1, .secret_bundle = -1, .lock = -1, .silent_ms = SILENT_MS};

int cp_site_open(const char *config_dir, const char *runtime_dir, const char *state_dir,
                 struct cp_site *site, char why[CP_WHY_MAX])
{
	int err;

	*site = nothing;
	err = open_directory("configuration directory", config_dir, &site->config_dir, why);
	if (!err && runtime_dir)
		err = open_directory("runtime directory", runtime_dir, &site->runtime_dir, why);
	if (!err && runtime_dir)
		err = check_runtime_dir(site, why);
	if (!err && runtime_dir)
		err = name_state_dir(state_dir, site, why);
	if (!err)
		err = load_policy(site, why);
	if (!err && runtime_dir)
		err = name_log_dir(site, why);
	if (err)
		cp_site_close(site);
	return err;
}

int cp_site_lock(struct cp_site *site, char why[CP_WHY_MAX])
{
	char path[PATH_MAX], pid[16] = "";
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/controlplane.lock", site->runtime_dir) >=
	    (int)sizeof(path))
		return because(why, -ENAMETOOLONG, "%s: too long", site->runtime_dir);
	site->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (site->lock < 0)
		return because(why, -errno, "%s: %s", path, strerror(errno));
	if (flock(site->lock, LOCK_EX | LOCK_NB)) {
		n = read(site->lock, pid, sizeof(pid) - 1);
		pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
		return because(
			why, -EBUSY,
			"%s: another control plane (process %s) runs with this directory",
			site->runtime_dir, *pid ? pid : "unknown");
	}
	n = snprintf(pid, sizeof(pid), "%d\n", getpid());
	if (ftruncate(site->lock, 0) || pwrite(site->lock, pid, (size_t)n, 0) != n)
		return because(why, -EIO, "%s: %s", path, strerror(errno));
	return 0;
}

void cp_site_close(struct cp_site *site)
{
	if (site->lock >= 0)
		close(site->lock);
	forget_policy(site);
	free(site->config_dir);
	free(site->runtime_dir);
	free(site->log_dir);
	free(site->state_dir);
	*site = nothing;
}
