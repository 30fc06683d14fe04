/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The text of a sealed value, as it stands in a document.
 */

#include "controlplane/crypto/seal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[CP_SEAL_KEY_LEN] = "the key of this harness.......!";
	static const struct cp_seal_of of = {"lab", CP_SEAL_PSK, "alice"};
	static struct cp_seal *seal;
	char why[CP_SEAL_WHY_MAX], *text = malloc(size + 1);
	SECRET value = {0};
	int err;

	if (!seal) {
		assert(cp_seal_new(&seal) == 0);
		assert(cp_seal_use(seal, key, NULL) == 0);
	}
	memcpy(text, data, size);
	text[size] = '\0';
	err = cp_seal_open(seal, &of, text, &value, NULL);
	assert(cp_seal_is_text(text) == (err != -EBADMSG));
	assert(err ? value.len == 0 : value.len > 0);
	assert(cp_seal_why(err, text, why)[0]);
	free(text);
	return 0;
}
