#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace http {

/// A piece of work for a worker thread; deleted after it ran, or unrun when the pool stops.
class Job {
  public:
    virtual ~Job() = default;
    virtual void run() = 0;
};

enum class Taken { yes, queue_full };

/// Threads on which handlers run, fed by one bounded queue. Thread-safe.
class Workers {
  public:
    Workers(std::size_t threads, std::size_t queue_max);
    ~Workers();
    /// Takes the job over, or leaves it with the caller when the queue is full.
    Taken submit(std::unique_ptr<Job>& job);
    std::size_t waiting() const;
    /// Runs what is queued, then ends the threads. Nothing may be submitted afterwards.
    void stop();

  private:
    void work();

    const std::size_t queue_max_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::unique_ptr<Job>> queue_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace http
