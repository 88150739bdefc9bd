#include "metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace sojourn::metrics {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  long whole = 0;
  long resident = 0;
  statm >> whole >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double count_entries(const char* folder) {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  return count;
}

double most_fds() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

struct ProcessMetrics {
  explicit ProcessMetrics(Telemetry& telemetry)
      : cpu(telemetry.counter({"process_cpu_seconds_total", "CPU time used, in seconds."})),
        memory(telemetry.gauge({"process_resident_memory_bytes", "Resident memory, in bytes."})),
        fds(telemetry.gauge({"process_open_fds", "Open file descriptors."})),
        max_fds(
            telemetry.gauge({"process_max_fds", "Most file descriptors this process may open."})),
        threads(telemetry.gauge({"process_threads", "Threads of the process."})) {}

  void read() {
    const double used = cpu_seconds();
    cpu.add(used - counted);
    counted = used;
    memory.set(resident_bytes());
    fds.set(count_entries("/proc/self/fd") - 1);  // without the one that counts
    max_fds.set(most_fds());
    threads.set(count_entries("/proc/self/task"));
  }

  Counter& cpu;
  Gauge& memory;
  Gauge& fds;
  Gauge& max_fds;
  Gauge& threads;
  double counted = 0;  // pages are made one at a time
};

}  // namespace

void add_process_metrics(Telemetry& telemetry, Clock& clock) {
  const auto start = std::chrono::duration<double>(clock.now().time_since_epoch()).count();
  telemetry
      .gauge({"process_start_time_seconds", "When the process started, in seconds since 1970."})
      .set(start);
  auto metrics = std::make_shared<ProcessMetrics>(telemetry);
  telemetry.on_collect([metrics] { metrics->read(); });
}

}  // namespace sojourn::metrics
