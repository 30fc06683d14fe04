/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine - files, memory and user: what is given up before packets come.
 *
 * Walk     main.c -> [proc/confine] -> proc/filter.c
 * Thread   the main core
 */
#include "dataplane/port/port.h"
#include "dataplane/proc/proc.h"

#include <rte_log.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- files --------------------------------------------------------------------------- */

#define READ_FILE  LANDLOCK_ACCESS_FS_READ_FILE
#define WRITE_FILE LANDLOCK_ACCESS_FS_WRITE_FILE
#define READ_DIR   LANDLOCK_ACCESS_FS_READ_DIR
#define EXECUTE    LANDLOCK_ACCESS_FS_EXECUTE
/* What version 1 of landlock knows: enough for us, and in every kernel that has it. */
#define EVERYTHING ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define LOOK       (READ_FILE | READ_DIR)
#define CHANGE     (EVERYTHING & ~EXECUTE)

static int allow(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr at = {.allowed_access = access};
	int err;

	at.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (at.parent_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	err = (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &at, 0);
	err = err ? -errno : 0;
	close(at.parent_fd);
	return err;
}

static int allow_hugetlbfs(int rules)
{
	FILE *f = fopen("/proc/mounts", "re");
	char line[512], path[256], type[64];
	int err = 0;

	while (f && !err && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %255s %63s", path, type) == 2 &&
		    strcmp(type, "hugetlbfs") == 0)
			err = allow(rules, path, CHANGE);
	if (f)
		fclose(f);
	return err;
}

static int allow_all(int rules, const struct dp_conf *conf)
{
	static const struct {
		const char *path;
		uint64_t access;
	} rows[] = {
		{"/usr", LOOK | EXECUTE}, /* drivers are shared objects */
		{"/lib", LOOK | EXECUTE},
		{"/lib64", LOOK | EXECUTE},
		{"/etc", LOOK},
		{"/proc", LOOK | WRITE_FILE}, /* names of threads */
		{"/sys", LOOK},
		{"/dev/null", READ_FILE | WRITE_FILE},
		{"/dev/urandom", READ_FILE},
		{"/dev/net/tun", READ_FILE | WRITE_FILE},
	};
	uint32_t i;
	bool pci = false;
	int err = 0;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]) && !err; i++)
		err = allow(rules, rows[i].path, rows[i].access);
	for (i = 0; i < conf->n_port; i++)
		pci |= dp_port_is_pci(conf->port[i].device);
	if (!err && pci)
		err = allow(rules, "/dev/vfio", READ_FILE | WRITE_FILE | READ_DIR);
	if (!err && pci)
		err = allow(rules, "/sys/bus/pci", LOOK | WRITE_FILE);
	if (!err && pci)
		err = allow(rules, "/sys/devices", LOOK | WRITE_FILE);
	if (!err)
		err = allow_hugetlbfs(rules);
	if (!err)
		err = allow(rules, conf->runtime, CHANGE);
	if (!err && conf->log[0] == '/')
		err = allow(rules, conf->log, WRITE_FILE);
	return err;
}

int dp_confine_files(const struct dp_conf *conf, struct dp_why *why)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = EVERYTHING};
	struct rlimit none = {0, 0};
	int rules, err;

	setrlimit(RLIMIT_CORE, &none);
	if (prctl(PR_SET_DUMPABLE, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return dp_why(why, -errno, "cannot give up rights: %s", strerror(errno));
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rules < 0) {
		dp_log(WARNING,
		       "this kernel has no landlock: files are guarded by users alone\n");
		return 0;
	}
	err = allow_all(rules, conf);
	if (!err && syscall(SYS_landlock_restrict_self, rules, 0))
		err = -errno;
	close(rules);
	return err ? dp_why(why, err, "landlock: %s", strerror(-err)) : 0;
}

/* ---- user ---------------------------------------------------------------------------- */

static bool has_swap(void)
{
	FILE *f = fopen("/proc/swaps", "re");
	char line[256];
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f))
		n++;
	if (f)
		fclose(f);
	return n > 1; /* below a headline */
}

/* Page by page, as it is used: all of what was reserved need not be there. */
static void lock_memory(void)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	if ((setrlimit(RLIMIT_MEMLOCK, &all) ||
	     mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) &&
	    has_swap())
		dp_log(WARNING, "memory with keys may be swapped out: %s\n", strerror(errno));
}

int dp_confine_user(const struct dp_conf *conf, struct dp_why *why)
{
	lock_memory();
	if (setgroups(0, NULL) || setresgid(conf->gid, conf->gid, conf->gid) ||
	    setresuid(conf->uid, conf->uid, conf->uid))
		return dp_why(why, -errno, "cannot become user %u: %s", (unsigned)conf->uid,
		              strerror(errno));
	if (!setresuid(0, 0, 0))
		return dp_why(why, -EPERM, "user %u can become root again",
		              (unsigned)conf->uid);
	/* A change of user resets it. */
	if (prctl(PR_SET_DUMPABLE, 0))
		return dp_why(why, -errno, "cannot forbid core dumps: %s", strerror(errno));
	return 0;
}
