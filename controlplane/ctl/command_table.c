/* SPDX-License-Identifier: Apache-2.0 */
/* lint: table */
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/view.h"

#define CTL_OPTION_ROW(id, name, value, help) [id] = {name, value, help},
const struct ctl_option_row ctl_options[CTL_OPTION_COUNT] = {CTL_OPTIONS(CTL_OPTION_ROW)};

const struct ctl_command ctl_commands[] = {
	{
		.name = "status",
		.gather = status_gather,
		.show = status_show,
		.options = CTL_TAKES(OPTION_OUTPUT),
		.help = "whether the gateway works: both programs, their processes, cores and "
			"ports",
	},
	{
		.name = "sessions",
		.gather = sessions_gather,
		.show = sessions_show,
		.options = CTL_TAKES(OPTION_OUTPUT),
		.help = "who is connected, from where, with what cipher, and how much went "
			"through",
	},
	{
		.name = "counters",
		.gather = counters_gather,
		.show = counters_show,
		.options = CTL_TAKES(OPTION_OUTPUT),
		.help = "packets and events by name, and whether every packet is accounted for",
	},
	{
		.name = "drops",
		.gather = drops_gather,
		.show = drops_show,
		.options = CTL_TAKES(OPTION_OUTPUT) | CTL_TAKES(OPTION_ALL),
		.help = "dropped packets by name, with what to conclude",
	},
	{
		.name = "metrics",
		.run = metrics_run,
		.options = CTL_TAKES(OPTION_TEXTFILE),
		.help = "every number as OpenMetrics text, for programs",
	},
	{
		.name = "logs",
		.run = logs_run,
		.options = CTL_TAKES(OPTION_OUTPUT) | CTL_TAKES(OPTION_LOG) |
                           CTL_TAKES(OPTION_LOG_DIRECTORY) | CTL_TAKES(OPTION_SINCE) |
                           CTL_TAKES(OPTION_UNTIL) | CTL_TAKES(OPTION_USER) |
                           CTL_TAKES(OPTION_TENANT) | CTL_TAKES(OPTION_EVENT) |
                           CTL_TAKES(OPTION_FOLLOW) | CTL_TAKES(OPTION_LINES),
		.help = "what happened: connections, refused flows, devices, the gateway, "
			"operators",
	},
};

const size_t ctl_command_count = sizeof(ctl_commands) / sizeof(ctl_commands[0]);
