/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/table.h"

#include <assert.h>

#define TO(id)    (1U << (id))
#define EVENT(id) ((uint64_t)1 << (id))

static_assert(EVENT_COUNT <= 64, "an event is a bit of cp_proc_row.reports");

const struct cp_proc_row cp_proc_table[CP_PROC_COUNT] = {
	[CP_PROC_LOG] =
		{
			.name = "log",
			.does = "writes the event logs",
			.main = cp_log_main,
			.user_at = offsetof(struct cp_appliance, log_user),
			.rights = CP_MAY_WRITE_FILES,
			.talks_to = TO(CP_PROC_SESSION) | TO(CP_PROC_KEYS) |
                                    TO(CP_PROC_POLICY) | TO(CP_PROC_SYSLOG),
		},
	[CP_PROC_KEYS] =
		{
			.name = "keys",
			.follows_policy = true,
			.does = "holds the long-term secrets: signs, checks PSK and MS-CHAPv2; "
				"seals "
				"what sekishoctl sets",
			.main = cp_keys_main,
			.user_at = offsetof(struct cp_appliance, keys_user),
			.rights = CP_LOCKS_MEMORY | CP_HOLDS_SECRETS | CP_MAY_ACCEPT |
                                  CP_MAY_WRITE_FILES,
			.talks_to = TO(CP_PROC_SESSION) | TO(CP_PROC_LOG),
			.reports = EVENT(EV_POLICY_REFUSED) | EVENT(EV_LOG_LOST) |
                                   EVENT(EV_OPERATOR_SECRET) | EVENT(EV_OPERATOR_REFUSED),
			.door = "keys.sock",
			.keeps_state = true,
		},
	[CP_PROC_SESSION] =
		{
			.name = "session",
			.follows_policy = true,
			.does = "speaks with clients and the data plane; holds no long-term "
				"secret",
			.main = cp_session_main,
			.user_at = offsetof(struct cp_appliance, session_user),
			.rights = CP_MAY_CONNECT | CP_MAY_ACCEPT,
			.talks_to = TO(CP_PROC_LOG) | TO(CP_PROC_KEYS) | TO(CP_PROC_METRICS),
			/* Who lives and dies is the supervisor's to say; what operators
			 * change, the policy and the keys process'. */
			.reports = ~(EVENT(EV_PROC_START) | EVENT(EV_PROC_DIED) |
                                     EVENT(EV_OPERATOR_CHANGE) | EVENT(EV_OPERATOR_SECRET) |
                                     EVENT(EV_SYSLOG_UP) | EVENT(EV_SYSLOG_DOWN)),
			.door = "ctl.sock",
		},
	[CP_PROC_POLICY] =
		{
			.name = "policy",
			.does = "checks changes of the policy, keeps its revisions, answers "
				"sekishoctl policy",
			.main = cp_revision_main,
			.user_at = offsetof(struct cp_appliance, policy_user),
			.rights = CP_MAY_ACCEPT | CP_MAY_WRITE_FILES | CP_MAKES_BUNDLES,
			.talks_to = TO(CP_PROC_LOG),
			.reports = EVENT(EV_POLICY_REFUSED) | EVENT(EV_OPERATOR_CHANGE) |
                                   EVENT(EV_OPERATOR_REFUSED) | EVENT(EV_LOG_LOST),
			.door = "policy.sock",
			.keeps_state = true,
		},
	[CP_PROC_METRICS] =
		{
			.name = "metrics",
			.does = "asks both programs for their numbers, answers scrapers",
			.main = cp_metrics_main,
			.user_at = offsetof(struct cp_appliance, metrics_user),
			.rights = CP_MAY_CONNECT | CP_MAY_ACCEPT,
			.talks_to = TO(CP_PROC_SESSION),
			.door = "metrics.sock",
		},
	[CP_PROC_SYSLOG] =
		{
			.name = "syslog",
			.does = "sends the logs to a receiver; holds the key of its own "
				"certificate there",
			.main = cp_syslog_main,
			.user_at = offsetof(struct cp_appliance, syslog_user),
			.rights = CP_MAY_DIAL,
			.talks_to = TO(CP_PROC_LOG),
			.reports = EVENT(EV_SYSLOG_UP) | EVENT(EV_SYSLOG_DOWN) |
                                   EVENT(EV_LOG_LOST),
			.wanted_at = offsetof(struct cp_appliance, syslog.on),
		},
};

bool cp_proc_is_wanted(enum cp_proc_id id, const struct cp_policy *policy)
{
	size_t at = cp_proc_table[id].wanted_at;

	return !at || *((const bool *)((const char *)&policy->appliance + at));
}

bool cp_proc_may_talk(enum cp_proc_id a, enum cp_proc_id b)
{
	return cp_proc_table[a].talks_to & TO(b) && cp_proc_table[b].talks_to & TO(a);
}

bool cp_proc_may_report(enum cp_proc_id who, uint16_t event)
{
	return event < EVENT_COUNT && cp_proc_table[who].reports & EVENT(event);
}
