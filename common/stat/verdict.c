/* SPDX-License-Identifier: Apache-2.0 */
#include "common/stat/verdict.h"

#define NAME(id, name, text) [id] = name,
#define TEXT(id, name, text) [id] = text,

static const char *const names[DP_VERDICT_COUNT] = {DP_VERDICTS(NAME)};
static const char *const texts[DP_VERDICT_COUNT] = {DP_VERDICTS(TEXT)};

const char *dp_verdict_name(unsigned verdict)
{
	return verdict < DP_VERDICT_COUNT ? names[verdict] : "?";
}

const char *dp_verdict_text(unsigned verdict)
{
	return verdict < DP_VERDICT_COUNT ? texts[verdict] : "?";
}
