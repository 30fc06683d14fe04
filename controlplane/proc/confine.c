/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/confine.h"

#include "controlplane/proc/sanitizer.h"
#include "controlplane/proc/table.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* ---- landlock ---------------------------------------------------------------------------
 * The kernel's ABI grows; the headers of the build machine may be older than the kernel it
 * runs on. Numbers from Documentation/userspace-api/landlock.rst of Linux 6.12. */

enum {
	ABI_TRUNCATE = 3,
	ABI_NET = 4,
	ABI_IOCTL = 5,
	ABI_SCOPE = 6,
};

#define FS_WRITE_FILE  (1ULL << 1)
#define FS_READ_FILE   (1ULL << 2)
#define FS_REMOVE_FILE (1ULL << 5)
#define FS_MAKE_REG    (1ULL << 8)
#define FS_TRUNCATE    (1ULL << 14)
#define FS_ABI_1       ((1ULL << 13) - 1)
#define FS_ABI_2       ((1ULL << 14) - 1)
#define FS_IOCTL_DEV   (1ULL << 15)
#define NET_BIND       1ULL
#define NET_CONNECT    2ULL /* TCP */
#define SCOPE_ALL      3ULL /* abstract UNIX sockets, signals */

struct ruleset_attr {
	uint64_t handled_access_fs, handled_access_net, scoped;
};

struct path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed)); /* as the kernel's: twelve octets */

int cp_confine_landlock(void)
{
	enum { ASK_VERSION = 1 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);

	return abi > 0 ? (int)abi : 0;
}

static int allow_directory(int ruleset, const char *directory, uint64_t handled)
{
	enum { RULE_PATH_BENEATH = 1 };
	struct path_beneath_attr rule = {
		.allowed_access = handled & (FS_WRITE_FILE | FS_READ_FILE | FS_REMOVE_FILE |
	                                     FS_MAKE_REG | FS_TRUNCATE),
		.parent_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC),
	};
	int err = 0;

	if (rule.parent_fd < 0)
		return -errno;
	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0))
		err = -errno;
	close(rule.parent_fd);
	return err;
}

int cp_confine_files(const char *directory, unsigned rights)
{
	uint64_t net = NET_BIND | (rights & CP_MAY_DIAL ? 0 : NET_CONNECT);
	int abi = cp_confine_landlock(), ruleset, err = 0;
	struct ruleset_attr attr = {
		.handled_access_fs = abi >= 2 ? FS_ABI_2 : FS_ABI_1,
		.handled_access_net = abi >= ABI_NET ? net : 0,
		.scoped = abi >= ABI_SCOPE ? SCOPE_ALL : 0,
	};

	if (!abi)
		return 0;
	if (abi >= ABI_TRUNCATE)
		attr.handled_access_fs |= FS_TRUNCATE;
	if (abi >= ABI_IOCTL)
		attr.handled_access_fs |= FS_IOCTL_DEV;

	/* A kernel that does not know the last fields takes them as long as they are zero. */
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return -errno;
	if (directory)
		err = allow_directory(ruleset, directory, attr.handled_access_fs);
	if (!err && syscall(SYS_landlock_restrict_self, ruleset, 0))
		err = -errno;
	close(ruleset);
	return err;
}

/* ---- the rest ------------------------------------------------------------------------ */

/* ThreadSanitizer has one of its own. */
#ifdef SANITIZED_THREADS
enum { CONFINE_THREADS = 2 };
#else
enum { CONFINE_THREADS = 1 };
#endif

static int no_core(void)
{
	const struct rlimit none = {0, 0};

	return setrlimit(RLIMIT_CORE, &none) ? -errno : 0;
}

static int become(const struct cp_account *a)
{
	if (!a->uid || !a->gid)
		return -EINVAL;
	/* Done before: cp_confine_user(). */
	if (getuid() != 0 && getuid() == a->uid && getgid() == a->gid)
		return setresuid(0, 0, 0) == 0 ? -EPERM : 0;
	if (setgroups(0, NULL) || setresgid(a->gid, a->gid, a->gid) ||
	    setresuid(a->uid, a->uid, a->uid))
		return -errno;
	/* A way back would mean that the kernel did something else than we asked for. */
	return setresuid(0, 0, 0) == 0 ? -EPERM : 0;
}

int cp_confine_user(const struct cp_account *a)
{
	return become(a);
}

/* After the change of user: it resets both of them. */
static int die_with_parent(pid_t parent)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

static int no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

int cp_confine_memory(void)
{
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	/* The limit holds for memory asked for later, too. */
	if (setrlimit(RLIMIT_MEMLOCK, &all) || mlockall(MCL_CURRENT | MCL_FUTURE))
		return -errno;
	return 0;
}

/* Threads of this process, by the directory the kernel has for each; 1 without /proc. */
static unsigned count_threads(void)
{
	struct stat st;

	return stat("/proc/self/task", &st) || st.st_nlink < 3 ? 1 : (unsigned)st.st_nlink - 2;
}

int cp_confine(const struct cp_confine *how, const char **step)
{
	int err;

	*step = "threads before the walls";
	err = count_threads() > CONFINE_THREADS ? -EBUSY : 0;
	if (!err) {
		*step = "core limit";
		err = no_core();
	}
	if (!err) {
		*step = "change of user";
		err = become(&how->account);
	}
	if (!err) {
		*step = "parent's death signal";
		err = die_with_parent(how->parent);
	}
	if (!err) {
		*step = "no new privileges";
		err = no_new_privs();
	}
	if (!err) {
		*step = "landlock";
		err = cp_confine_files(how->rights & CP_MAY_WRITE_FILES ? how->directory : NULL,
		                       how->rights);
	}
	if (!err && how->threads) {
		*step = "threads";
		err = how->threads(how->ctx);
	}
	if (!err) {
		*step = "seccomp";
		err = cp_confine_calls(how->rights);
	}
	return err;
}
