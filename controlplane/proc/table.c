/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/table.h"

#define TO(id) (1U << (id))

const struct cp_proc_row cp_proc_table[CP_PROC_COUNT] = {
	[CP_PROC_LOG] =
		{
			.name = "log",
			.does = "writes the event logs",
			.main = cp_log_main,
			.user_at = offsetof(struct cp_appliance, log_user),
			.rights = CP_MAY_WRITE_FILES,
			.talks_to = TO(CP_PROC_SESSION) | TO(CP_PROC_KEYS),
		},
	[CP_PROC_KEYS] =
		{
			.name = "keys",
			.does = "holds the long-term secrets: signs, checks PSK and MS-CHAPv2",
			.main = cp_keys_main,
			.user_at = offsetof(struct cp_appliance, keys_user),
			.rights = CP_LOCKS_MEMORY,
			.talks_to = TO(CP_PROC_SESSION) | TO(CP_PROC_LOG),
		},
	[CP_PROC_SESSION] =
		{
			.name = "session",
			.does = "speaks with clients and the data plane; holds no long-term "
				"secret",
			.main = cp_session_main,
			.user_at = offsetof(struct cp_appliance, session_user),
			.rights = CP_MAY_CONNECT | CP_MAY_ACCEPT,
			.talks_to = TO(CP_PROC_LOG) | TO(CP_PROC_KEYS),
			.has_ctl_listen = true,
		},
};

bool cp_proc_may_talk(enum cp_proc_id a, enum cp_proc_id b)
{
	return cp_proc_table[a].talks_to & TO(b) && cp_proc_table[b].talks_to & TO(a);
}
