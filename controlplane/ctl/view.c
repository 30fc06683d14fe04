/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/view.h"

#include "controlplane/ctl/ask.h"

#include <stdlib.h>
#include <string.h>

void view_problem(struct view *v, const char *text)
{
	json_array_append_new(v->problems, json_string(text));
}

json_t *view_control(struct view *v, const char *command)
{
	return view_ask(v, json_pack("{s:s}", "command", command));
}

json_t *view_ask(struct view *v, json_t *take_request)
{
	char why[ASK_WHY_MAX];
	json_t *answer = ask_control(v->runtime, take_request, why);

	v->asked++;
	if (answer)
		v->answered++;
	else
		view_problem(v, why);
	return answer;
}

struct telemetry *view_telemetry(struct view *v)
{
	char why[ASK_WHY_MAX];
	struct telemetry *t = telemetry_open(v->runtime, why);

	v->asked++;
	if (t)
		v->answered++;
	else
		view_problem(v, why);
	return t;
}

json_t *view_take(struct view *v, struct telemetry *t, const char *command, json_t *into,
                  const char *key)
{
	char why[ASK_WHY_MAX];
	json_t *answer = t ? telemetry_ask(t, command, why) : NULL;

	if (t && !answer)
		view_problem(v, why);
	if (answer)
		json_object_set_new(into, key, answer);
	return answer;
}

uint64_t view_number(const json_t *object, const char *key)
{
	const json_t *n = json_object_get(object, key);

	if (json_is_real(n))
		return (uint64_t)json_real_value(n);
	return (uint64_t)json_integer_value(n);
}

const char *view_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

size_t view_rows(const json_t *columns)
{
	const json_t *first = NULL, *value;
	const char *key;

	json_object_foreach ((json_t *)columns, key, value) {
		if (json_is_array(value) && !first)
			first = value;
	}
	return json_array_size(first);
}

const json_t *view_cell(const json_t *columns, const char *column, size_t row)
{
	return json_array_get(json_object_get(columns, column), row);
}
