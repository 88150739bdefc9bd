#pragma once

namespace sojourn {

// How this process uses the C library's heap. Both do nothing where the library has no such means.

// Lets all threads share few arenas: each would otherwise keep what it freed to itself, which is
// most of the memory of a program whose threads decode much and wait mostly. Before any thread
// starts.
void share_heap();
// Gives back to the system what is free. Takes milliseconds; for after a large piece of work.
void trim_heap();

}  // namespace sojourn
