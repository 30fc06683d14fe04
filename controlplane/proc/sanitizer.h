/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * sanitizer - is this a build with AddressSanitizer or ThreadSanitizer?
 *
 * Their run time has threads and system calls of its own, which a confined process must
 * then be allowed. gcc says it by a macro, clang by a feature.
 */

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SANITIZED_THREADS 1
#endif
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define SANITIZED_THREADS 1
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(SANITIZED_THREADS)
#define SANITIZED 1
#endif
