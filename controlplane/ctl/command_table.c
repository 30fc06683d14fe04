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
		.options = CTL_TAKES(OPTION_OUTPUT) | CTL_TAKES(OPTION_TENANT) |
                           CTL_TAKES(OPTION_USER) | CTL_TAKES(OPTION_ADDRESS),
		.help = "who is connected, from where, with what cipher, and how much went "
			"through",
	},
	{
		.name = "session show",
		.words = "ID|USER|ADDRESS",
		.words_min = 1,
		.words_max = 1,
		.gather = session_gather,
		.show = session_show,
		.options = CTL_TAKES(OPTION_OUTPUT) | CTL_TAKES(OPTION_TENANT),
		.help = "everything about one session: device, keys, timeouts, groups, routes",
	},
	{
		.name = "session kick",
		.words = "ID|USER|ADDRESS",
		.words_min = 1,
		.words_max = 1,
		.run = session_kick_run,
		.options = CTL_TAKES(OPTION_OUTPUT) | CTL_TAKES(OPTION_TENANT) |
                           CTL_TAKES(OPTION_REASON) | CTL_TAKES(OPTION_ALL),
		.help = "end a session and tell the client; with --all every one that is meant",
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
		.name = "explain",
		.words = "USER|ADDRESS|ID",
		.words_min = 1,
		.words_max = 1,
		.gather = explain_gather,
		.show = explain_show,
		.options = CTL_TAKES(OPTION_OUTPUT) | CTL_TAKES(OPTION_TENANT) |
                           CTL_TAKES(OPTION_LOG_DIRECTORY),
		.help = "why a user, an address or a handshake does not connect, or what is "
			"denied to it",
	},
	{
		.name = "top",
		.run = top_run,
		.options = CTL_TAKES(OPTION_ONCE) | CTL_TAKES(OPTION_INTERVAL) |
                           CTL_TAKES(OPTION_TENANT),
		.help = "a live table: rates of workers and ports, busiest tenants and "
			"sessions, "
			"drops",
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
	{
		.name = "user list",
		.words = "TENANT",
		.words_min = 1,
		.words_max = 1,
		.gather = user_list_gather,
		.show = user_list_show,
		.options = CTL_TAKES(OPTION_OUTPUT),
		.help = "a tenant's users and pre-shared keys, and where each one's secret is "
			"kept",
	},
	{
		.name = "user set-password",
		.words = "TENANT USER",
		.words_min = 2,
		.words_max = 2,
		.run = user_set_password_run,
		.asks_secret = true,
		.help = "set a user's password, asked for at the terminal or read from "
			"standard "
			"input",
	},
	{
		.name = "user forget-password",
		.words = "TENANT USER",
		.words_min = 2,
		.words_max = 2,
		.run = user_forget_password_run,
		.asks_secret = true,
		.help = "remove a password that was set here",
	},
	{
		.name = "psk set",
		.words = "TENANT IDENTITY",
		.words_min = 2,
		.words_max = 2,
		.run = psk_set_run,
		.options = CTL_TAKES(OPTION_GENERATE),
		.asks_secret = true,
		.help = "set the pre-shared key of a client's identity, \"*\" for any other",
	},
	{
		.name = "psk forget",
		.words = "TENANT IDENTITY",
		.words_min = 2,
		.words_max = 2,
		.run = psk_forget_run,
		.asks_secret = true,
		.help = "remove a pre-shared key that was set here",
	},
	{
		.name = "secrets seal",
		.words = "TENANT USER",
		.words_min = 2,
		.words_max = 2,
		.run = secrets_seal_run,
		.options = CTL_TAKES(OPTION_PSK) | CTL_TAKES(OPTION_GENERATE),
		.asks_secret = true,
		.help = "print a password sealed, for the document secrets/TENANT.json",
	},
	{
		.name = "secrets rekey",
		.run = secrets_rekey_run,
		.help = "make a new seal key and seal every kept value under it",
	},
	{
		.name = "policy check",
		.words = "[FILE...|DIR]",
		.words_max = CTL_WORDS_MAX,
		.run = policy_check_run,
		.options = CTL_TAKES(OPTION_OUTPUT),
		.help = "whether documents are sound, and what they would change; without "
			"FILE those of the configuration directory",
	},
	{
		.name = "policy diff",
		.words = "[FILE...|DIR|N [M]]",
		.words_max = CTL_WORDS_MAX,
		.run = policy_diff_run,
		.options = CTL_TAKES(OPTION_OUTPUT),
		.help = "what is different from the policy in force, or between revisions",
	},
	{
		.name = "policy apply",
		.words = "[FILE...|DIR]",
		.words_max = CTL_WORDS_MAX,
		.run = policy_apply_run,
		.options = CTL_TAKES(OPTION_OUTPUT) | CTL_TAKES(OPTION_MESSAGE) |
                           CTL_TAKES(OPTION_BASE) | CTL_TAKES(OPTION_DRY_RUN),
		.help = "bring documents into force and write them into the configuration "
			"directory; without FILE what stands there",
	},
	{
		.name = "policy history",
		.run = policy_history_run,
		.options = CTL_TAKES(OPTION_OUTPUT) | CTL_TAKES(OPTION_LINES),
		.help = "the revisions that are kept, the newest first",
	},
	{
		.name = "policy show",
		.words = "N",
		.words_min = 1,
		.words_max = 1,
		.run = policy_show_run,
		.options = CTL_TAKES(OPTION_OUTPUT),
		.help = "the documents of a revision",
	},
	{
		.name = "policy rollback",
		.words = "N",
		.words_min = 1,
		.words_max = 1,
		.run = policy_rollback_run,
		.options = CTL_TAKES(OPTION_OUTPUT) | CTL_TAKES(OPTION_MESSAGE) |
                           CTL_TAKES(OPTION_BASE) | CTL_TAKES(OPTION_DRY_RUN),
		.help = "bring the documents of a revision into force again, as a new one",
	},
	{
		.name = "policy status",
		.run = policy_status_run,
		.options = CTL_TAKES(OPTION_OUTPUT),
		.help = "the revision in force, and whether the configuration directory holds "
			"something that was refused",
	},
};

const size_t ctl_command_count = sizeof(ctl_commands) / sizeof(ctl_commands[0]);
