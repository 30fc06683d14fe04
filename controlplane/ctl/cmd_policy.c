/* SPDX-License-Identifier: Apache-2.0 */

/*
 * cmd_policy - `sekishoctl policy ...`: look at a change of the documents, bring it into
 * force, and back.
 *
 * The policy process reads, compares and keeps; here files become a request and answers
 * become text.
 *
 * Walk     command.c -> [cmd_policy] -> policy_files.c -> ask.c -> RUNTIME/policy.sock
 * Thread   sekishoctl's only one
 */

#include "controlplane/ctl/ask.h"
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/policy_files.h"
#include "controlplane/ctl/policy_text.h"
#include "controlplane/ctl/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOOK_S = 60,
	CHANGE_S = 400, /* every step of proc/change.c to its end, and one before it */
};

static int fail(const char *why)
{
	fprintf(stderr, "sekishoctl: %s\n", why);
	return EXIT_FAILURE;
}

/* ---- words ------------------------------------------------------------------------------------- */

static bool is_number(const char *word)
{
	return *word && strlen(word) <= 15 && strspn(word, "0123456789") == strlen(word) &&
	       strtoull(word, NULL, 10);
}

static void put_number(json_t *request, const char *key, const char *word)
{
	json_object_set_new(request, key, json_integer((json_int_t)strtoull(word, NULL, 10)));
}

static json_t *request_for(const char *command)
{
	json_t *request = json_pack("{s:s}", "command", command), *claimed;
	const char *user = getenv("SUDO_USER");

	claimed = user && strlen(user) < 64 ? json_string(user) : NULL;
	if (claimed)
		json_object_set_new(request, "claimed", claimed);
	return request;
}

/* message, base and dry run, as far as the command takes them. returns 0 or a status */
static int put_options(const struct ctl_call *call, json_t *request)
{
	const char *message = call->option[OPTION_MESSAGE], *base = call->option[OPTION_BASE];
	json_t *text;

	if (base && !is_number(base))
		return ctl_wrong("--base takes the number of a revision, not", base, NULL);
	if (base)
		put_number(request, "base", base);
	if (call->option[OPTION_DRY_RUN])
		json_object_set_new(request, "dry_run", json_true());
	if (!message)
		return 0;
	text = strlen(message) < 256 ? json_string(message) : NULL;
	if (!text)
		return ctl_wrong("--message takes at most 255 octets of UTF-8, not", message,
		                 NULL);
	json_object_set_new(request, "message", text);
	return 0;
}

/* The words are files, or one directory. returns 0 or a status */
static int put_documents(const struct ctl_call *call, json_t *request)
{
	char why[POLICY_FILES_WHY_MAX];

	if (!call->n_word)
		return 0;
	return policy_files_read(call->word, call->n_word, request, why) ? fail(why) : 0;
}

/* ---- ask and show ------------------------------------------------------------------------------ */

/* @show   prints the answer as text
 * returns the exit status: 1 when it was refused */
static int ask(const struct ctl_call *call, json_t *take_request, unsigned patience_s,
               void (*show)(const json_t *answer))
{
	const struct ask_door door = {"policy.sock", "the policy process", patience_s};
	char why[ASK_WHY_MAX];
	json_t *answer = ask_at(call->runtime, &door, take_request, why);
	int status;

	if (!answer)
		return fail(why);
	if (call->json) {
		json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		putchar('\n');
	}
	status = ctl_finish_output();
	if (json_object_get(answer, "refused")) {
		policy_show_refused(answer);
		status = EXIT_FAILURE;
	} else if (!call->json) {
		show(answer);
		status = ctl_finish_output();
	}
	json_decref(answer);
	return status;
}

int policy_check_run(const struct ctl_call *call)
{
	json_t *request = request_for("check");
	int status = put_documents(call, request);

	if (status)
		json_decref(request);
	return status ? status : ask(call, request, LOOK_S, policy_show_changed);
}

int policy_diff_run(const struct ctl_call *call)
{
	const char *const *word = call->word;
	json_t *request = request_for("diff");
	int status = 0;

	if (call->n_word && is_number(word[0])) {
		put_number(request, "from", word[0]);
		if (call->n_word > 2 || (word[1] && !is_number(word[1])))
			status = ctl_wrong("expected one or two numbers of revisions, not",
			                   call->n_word > 2 ? word[2] : word[1], NULL);
		else if (word[1])
			put_number(request, "to", word[1]);
	} else {
		status = put_documents(call, request);
	}
	if (status)
		json_decref(request);
	return status ? status : ask(call, request, LOOK_S, policy_show_diff);
}

int policy_apply_run(const struct ctl_call *call)
{
	json_t *request = request_for("apply");
	int status = put_options(call, request);

	if (!status)
		status = put_documents(call, request);
	if (status)
		json_decref(request);
	return status ? status : ask(call, request, CHANGE_S, policy_show_changed);
}

int policy_history_run(const struct ctl_call *call)
{
	const char *lines = call->option[OPTION_LINES];
	json_t *request;

	if (lines && !is_number(lines))
		return ctl_wrong("--lines takes a number from 1, not", lines, NULL);
	request = request_for("history");
	if (lines)
		put_number(request, "count", lines);
	return ask(call, request, LOOK_S, policy_show_history);
}

int policy_show_run(const struct ctl_call *call)
{
	json_t *request;

	if (!is_number(call->word[0]))
		return ctl_wrong("expected the number of a revision, not", call->word[0], NULL);
	request = request_for("show");
	put_number(request, "sequence", call->word[0]);
	return ask(call, request, LOOK_S, policy_show_revision);
}

int policy_rollback_run(const struct ctl_call *call)
{
	json_t *request;
	int status;

	if (!is_number(call->word[0]))
		return ctl_wrong("expected the number of a revision, not", call->word[0], NULL);
	request = request_for("rollback");
	put_number(request, "sequence", call->word[0]);
	status = put_options(call, request);
	if (status)
		json_decref(request);
	return status ? status : ask(call, request, CHANGE_S, policy_show_changed);
}

int policy_status_run(const struct ctl_call *call)
{
	return ask(call, request_for("status"), LOOK_S, policy_show_status);
}
