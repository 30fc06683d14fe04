/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * view - what sekishoctl shows: a command gathers one JSON document from both programs, and
 * prints that document, or tables made of it. So both forms say the same.
 *
 * A side that does not answer is named in the document's "problems" (and on standard error);
 * the rest is shown all the same.
 *
 * Thread   sekishoctl's only one
 */

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl_call;
struct telemetry;

struct view {
	const struct ctl_call *call; /* words and options of the command line */
	const char *runtime;
	bool all;     /* rows that are zero, too */
	json_t *root; /* the document */
	json_t *problems;
	unsigned asked, answered; /* sides */
};

/* The control plane's answer to this request, or NULL and a problem. */
json_t *view_ask(struct view *v, json_t *take_request);
/* The same for a command without more. */
json_t *view_control(struct view *v, const char *command);
/* The data plane, or NULL and a problem; to be closed by telemetry_close(). */
struct telemetry *view_telemetry(struct view *v);
/* Its answer to one command put into the document as @key. returns it, borrowed, or NULL */
json_t *view_take(struct view *v, struct telemetry *t, const char *command, json_t *into,
                  const char *key);
void view_problem(struct view *v, const char *text);

/* Commands: gather fills v->root, show prints it. */
void status_gather(struct view *v);
void status_show(const struct view *v);
void sessions_gather(struct view *v);
void sessions_show(const struct view *v);
void session_gather(struct view *v);
void session_show(const struct view *v);
void counters_gather(struct view *v);
void counters_show(const struct view *v);
void drops_gather(struct view *v);
void drops_show(const struct view *v);
void user_list_gather(struct view *v);
void user_list_show(const struct view *v);
void explain_gather(struct view *v);
void explain_show(const struct view *v);

/* Commands that do everything; return the exit status. */
int logs_run(const struct ctl_call *call);
int session_kick_run(const struct ctl_call *call);
int metrics_run(const struct ctl_call *call);
int top_run(const struct ctl_call *call);
int user_set_password_run(const struct ctl_call *call);
int user_forget_password_run(const struct ctl_call *call);
int psk_set_run(const struct ctl_call *call);
int psk_forget_run(const struct ctl_call *call);
int secrets_seal_run(const struct ctl_call *call);
int secrets_rekey_run(const struct ctl_call *call);
int policy_check_run(const struct ctl_call *call);
int policy_diff_run(const struct ctl_call *call);
int policy_apply_run(const struct ctl_call *call);
int policy_history_run(const struct ctl_call *call);
int policy_show_run(const struct ctl_call *call);
int policy_rollback_run(const struct ctl_call *call);
int policy_status_run(const struct ctl_call *call);

/* 0, "" for what is not there. */
uint64_t view_number(const json_t *object, const char *key);
const char *view_text(const json_t *object, const char *key);
/* Columns as the data plane gives them: {"rx": [1, 2], "tx": [3, 4]} */
size_t view_rows(const json_t *columns);
const json_t *view_cell(const json_t *columns, const char *column, size_t row);
