/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/ports.h"

#include "controlplane/policy/appliance.h"
#include "controlplane/policy/directory.h"

#include <jansson.h>

#include <fcntl.h>
#include <unistd.h>

static bool has_port(const json_t *ports, const char *name)
{
	const char *other;
	size_t i;

	for (i = 0; i < json_array_size(ports); i++) {
		other = json_string_value(json_object_get(json_array_get(ports, i), "name"));
		if (other && strcmp(other, name) == 0)
			return true;
	}
	return false;
}

static int refuse(const struct cp_policy *p, uint32_t iface, struct cp_policy_error *error)
{
	const struct cp_iface *bad = &p->iface[iface];
	struct text file = cp_text(CP_APPLIANCE_FILE);
	uint32_t first = iface;

	if (bad->vrf != VRF_OUTER)
		file = cp_text("tenants/%s.json", cp_policy_tenant(p, bad->vrf)->name);
	while (first > 0 && p->iface[first - 1].vrf == bad->vrf)
		first--;
	return cp_policy_refuse(
		error, file.text, cp_text("$.interfaces[%u].port", iface - first).text,
		cp_text("\"%s\"", bad->port).text, "the name of a port of " CP_DATAPLANE_FILE);
}

/* @take_root  the document; NULL: none, or not JSON */
static int check(json_t *take_root, const struct cp_policy *p, struct cp_policy_error *error)
{
	const json_t *ports = json_object_get(take_root, "ports");
	uint32_t i;
	int err = 0;

	for (i = 0; json_is_array(ports) && !err && i < p->n_iface; i++)
		if (!has_port(ports, p->iface[i].port))
			err = refuse(p, i, error);
	json_decref(take_root);
	return err;
}

int cp_ports_check_text(const char *text, size_t len, const struct cp_policy *p,
                        struct cp_policy_error *error)
{
	return check(json_loadb(text, len, 0, NULL), p, error);
}

int cp_ports_check(int directory, const struct cp_policy *p, struct cp_policy_error *error)
{
	int fd = openat(directory, CP_DATAPLANE_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	json_t *root;

	if (fd < 0)
		return 0;
	root = json_loadfd(fd, 0, NULL);
	close(fd);
	return check(root, p, error);
}
