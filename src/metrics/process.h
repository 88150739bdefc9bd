#pragma once

#include "sojourn/base/clock.h"
#include "sojourn/base/telemetry.h"

namespace sojourn::metrics {

// Adds process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds,
// process_max_fds, process_threads and process_start_time_seconds, read from /proc for each page.
void add_process_metrics(Telemetry& telemetry, Clock& clock);

}  // namespace sojourn::metrics
