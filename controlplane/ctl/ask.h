/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ask - sekishoctl's questions to both programs over their local sockets.
 *
 * The data plane answers by DPDK's telemetry protocol, version 2: a SOCK_SEQPACKET socket,
 * a greeting, then "/command,parameter" and one JSON object per question.
 *
 * Thread   sekishoctl's only one; waits at most ASK_PATIENCE_S for an answer
 */

#include <jansson.h>

#include <stddef.h>

enum {
	ASK_PATIENCE_S = 5,
	ASK_WHY_MAX = 320,
	ASK_ANSWER_MAX = 16 << 20,
};

/*
 * One request to the control plane.
 *
 * @take_request  freed here
 * returns        the answer, or NULL with a sentence in @why
 */
json_t *ask_control(const char *runtime, json_t *take_request, char why[ASK_WHY_MAX]);

/* A door of the control plane (door/door.h). */
struct ask_door {
	const char *socket;  /* "ctl.sock", below the runtime directory */
	const char *whom;    /* for messages: "the control plane" */
	unsigned patience_s; /* how long an answer may take */
};

/* The same, at any door. The text of the request is wiped. */
json_t *ask_at(const char *runtime, const struct ask_door *door, json_t *take_request,
               char why[ASK_WHY_MAX]);

/* One connection to the data plane's telemetry. */
struct telemetry;

/* returns NULL with a sentence in @why */
struct telemetry *telemetry_open(const char *runtime, char why[ASK_WHY_MAX]);
void telemetry_close(struct telemetry *t);
/* @command  "/sekisho/drops" or "/sekisho/sessions,40".
 * returns   what it answers, or NULL with a sentence in @why */
json_t *telemetry_ask(struct telemetry *t, const char *command, char why[ASK_WHY_MAX]);
