#include "sojourn/kube/workqueue.h"

#include <vector>

namespace sojourn::kube {
namespace {

const std::vector<double> kBuckets{1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000};

}  // namespace

WorkQueueMetrics::WorkQueueMetrics(Telemetry& telemetry, const std::string& queue_name)
    : depth(telemetry.gauge({"workqueue_depth", "Keys waiting for a worker."},
                            {{"name", queue_name}})),
      adds(telemetry.counter({"workqueue_adds_total", "Keys added to the queue."},
                             {{"name", queue_name}})),
      queue_seconds(telemetry.histogram(
          {"workqueue_queue_duration_seconds", "How long keys waited for a worker."}, kBuckets,
          {{"name", queue_name}})),
      work_seconds(
          telemetry.histogram({"workqueue_work_duration_seconds", "How long keys were worked on."},
                              kBuckets, {{"name", queue_name}})),
      unfinished_seconds(telemetry.gauge(
          {"workqueue_unfinished_work_seconds", "Sum of the time the keys in work have taken."},
          {{"name", queue_name}})),
      longest_running_seconds(telemetry.gauge({"workqueue_longest_running_processor_seconds",
                                               "How long the oldest key in work has taken."},
                                              {{"name", queue_name}})),
      retries(telemetry.counter({"workqueue_retries_total", "Keys added again after a failure."},
                                {{"name", queue_name}})) {}

}  // namespace sojourn::kube
