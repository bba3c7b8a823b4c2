// Whether memory that was freed is kept for the next of its kind: not where AddressSanitizer
// watches, which then sees what uses it too late.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define IS_MEMORY_REUSED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_MEMORY_REUSED 0
#endif
#endif
#ifndef IS_MEMORY_REUSED
#define IS_MEMORY_REUSED 1
#endif
