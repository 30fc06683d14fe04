/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check - what the machine lacks, found before anything is touched.
 *
 * Walk     main.c -> [proc/check]
 * Thread   the main core
 */
#include "dataplane/port/port.h"
#include "dataplane/proc/proc.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MB = 1 << 20,
	/* An mbuf's own head, its private area and the mempool's, roughly, per buffer. */
	BUFFER_EXTRA = 512,
};

static int check_core(const cpu_set_t *may, const char *what, uint32_t core, struct dp_why *why)
{
	if (core < CPU_SETSIZE && CPU_ISSET(core, may))
		return 0;
	return dp_why(
		why, -EINVAL,
		"%s: there is no core %u here: this machine lets us use %d, counted from 0"
		" (see \"lscpu -e\")",
		what, core, CPU_COUNT(may));
}

static int check_cores(const struct dp_conf *conf, struct dp_why *why)
{
	cpu_set_t may;
	uint32_t i;
	int err;

	if (sched_getaffinity(0, sizeof(may), &may))
		return dp_why(why, -errno, "cores: cannot ask for them: %s", strerror(errno));
	err = check_core(&may, "main_core", conf->main_core, why);
	for (i = 0; i < conf->n_worker && !err; i++)
		err = check_core(&may, "workers", conf->worker_core[i], why);
	return err;
}

static int check_kernel_interface(const struct dp_conf_port *port, const char *name,
                                  struct dp_why *why)
{
	struct ifreq ifr = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return dp_why(why, -errno, "port %s: no socket: %s", port->name,
		              strerror(errno));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	err = ioctl(fd, SIOCGIFFLAGS, &ifr);
	close(fd);
	if (err)
		return dp_why(why, -ENODEV,
		              "port %s: there is no interface \"%s\" in this network namespace"
		              " (see \"ip link\")",
		              port->name, name);
	if (!(ifr.ifr_flags & IFF_UP))
		return dp_why(why, -ENODEV,
		              "port %s: interface \"%s\" is down: ip link set %s up",
		              port->name, name, name);
	return 0;
}

static int check_pci(const struct dp_conf_port *port, struct dp_why *why)
{
	/* mlx5_core shares a device between the kernel and us; the others give it away. */
	static const char *const good[] = {"vfio-pci", "uio_pci_generic", "igb_uio",
	                                   "mlx5_core"};
	char path[sizeof(port->device) + 64], driver[256];
	size_t len = strcspn(port->device, ","), i;
	const char *name;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.*s", (int)len, port->device);
	if (access(path, F_OK))
		return dp_why(why, -ENODEV,
		              "port %s: there is no PCI device %s (see \"lspci -D\")",
		              port->name, port->device);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.*s/driver", (int)len,
	         port->device);
	n = readlink(path, driver, sizeof(driver) - 1);
	driver[n > 0 ? n : 0] = 0;
	name = strrchr(driver, '/') ? strrchr(driver, '/') + 1 : "none";
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (strcmp(name, good[i]) == 0)
			return 0;
	return dp_why(why, -ENODEV,
	              "port %s: PCI device %s has the driver %.32s, expected vfio-pci:"
	              " dpdk-devbind.py --bind=vfio-pci %s",
	              port->name, port->device, name, port->device);
}

static int check_ports(const struct dp_conf *conf, struct dp_why *why)
{
	char name[IFNAMSIZ], text[DP_DEVICE_MAX];
	uint32_t i;
	int err = 0;

	for (i = 0; i < conf->n_port && !err; i++) {
		const struct dp_conf_port *port = &conf->port[i];

		if (dp_port_is_pci(port->device))
			err = check_pci(port, why);
		else if (dp_port_kernel_name(port->device, name, sizeof(name)))
			err = check_kernel_interface(port, name, why);
		else if (strncmp(port->device, "net_", 4) != 0)
			err = dp_why(why, -EINVAL,
			             "port %s: device \"%s\" is neither a PCI address"
			             " (\"0000:03:00.0\") nor a vdev "
			             "(\"net_af_packet0,iface=eth1\")",
			             port->name, port->device);
		if (!err && dp_port_device(conf, i, text, sizeof(text)))
			err = dp_why(why, -EINVAL, "port %s: the device's text is too long",
			             port->name);
	}
	return err;
}

/* ---- memory ------------------------------------------------------------------------- */

static uint64_t number_in(const char *path)
{
	unsigned long long n = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	if (fscanf(f, "%llu", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

/* MB of free hugepages of every size. */
static uint64_t free_huge_mb(void)
{
	DIR *d = opendir("/sys/kernel/mm/hugepages");
	char path[512];
	struct dirent *e;
	uint64_t kb = 0;
	unsigned long size;

	while (d && (e = readdir(d)) != NULL) {
		if (sscanf(e->d_name, "hugepages-%lukB", &size) != 1)
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/%s/free_hugepages",
		         e->d_name);
		kb += size * number_in(path);
	}
	if (d)
		closedir(d);
	return kb / 1024;
}

static uint64_t available_mb(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	unsigned long long kb = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb / 1024;
}

static bool has_hugetlbfs(void)
{
	FILE *f = fopen("/proc/mounts", "re");
	char line[512];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, " hugetlbfs ") != NULL;
	if (f)
		fclose(f);
	return found;
}

static int check_memory(const struct dp_conf *conf, bool *huge, struct dp_why *why)
{
	uint64_t pool = (uint64_t)conf->buffers * (dp_port_room(conf) + BUFFER_EXTRA) / MB;
	uint64_t in_huge = has_hugetlbfs() ? free_huge_mb() : 0, in_all;

	if (pool > conf->memory_mb - conf->memory_mb / 8)
		return dp_why(why, -ENOMEM,
		              "memory_mb: %u buffers take %llu MB, which does not fit in %u MB:"
		              " raise memory_mb or lower buffers",
		              conf->buffers, (unsigned long long)pool, conf->memory_mb);
	*huge = conf->hugepages != DP_HUGE_NEVER && in_huge >= conf->memory_mb;
	if (conf->hugepages == DP_HUGE_ALWAYS && !*huge)
		return dp_why(
			why, -ENOMEM,
			"memory_mb: %llu MB of hugepages are free, expected %u: reserve more"
			" (sysctl vm.nr_hugepages=%u), or set hugepages to \"auto\"",
			(unsigned long long)in_huge, conf->memory_mb, conf->memory_mb / 2 + 1);
	if (*huge)
		return 0;
	in_all = available_mb();
	if (in_all < conf->memory_mb)
		return dp_why(
			why, -ENOMEM,
			"memory_mb: %llu MB of memory are free, expected %u: lower memory_mb,"
			" or give the machine more",
			(unsigned long long)in_all, conf->memory_mb);
	return 0;
}

int dp_check(const struct dp_conf *conf, bool *huge, struct dp_why *why)
{
	int err;

	if (geteuid() != 0)
		return dp_why(
			why, -EPERM,
			"must be started by root: it opens devices, and then runs as user %u",
			(unsigned)conf->uid);
	err = check_cores(conf, why);
	if (!err)
		err = check_ports(conf, why);
	if (!err)
		err = check_memory(conf, huge, why);
	return err;
}
