/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * imb - intel-ipsec-mb without the names of its first versions: CBC, GCM, ENCRYPT and the
 * like would be macros. Inside crypto/ only.
 */

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>
