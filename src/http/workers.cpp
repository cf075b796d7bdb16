#include "http/workers.h"

namespace http {

Workers::Workers(std::size_t threads, std::size_t queue_max) : queue_max_(queue_max) {
    for (std::size_t i = 0; i < threads; ++i)
        threads_.emplace_back([this] { work(); });
}

Workers::~Workers() {
    stop();
}

Taken Workers::submit(std::unique_ptr<Job>& job) {
    bool somebody_sleeps = false;
    {
        const std::scoped_lock lock(mutex_);
        if (stopping_ || queue_.size() >= queue_max_) return Taken::queue_full;
        queue_.push_back(std::move(job));
        somebody_sleeps = idle_ > 0;
    }
    if (somebody_sleeps) wake_.notify_one();
    return Taken::yes;
}

std::size_t Workers::waiting() const {
    const std::scoped_lock lock(mutex_);
    return queue_.size();
}

void Workers::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
}

void Workers::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        while (queue_.empty() && !stopping_) {
            ++idle_;
            wake_.wait(lock);
            --idle_;
        }
        if (queue_.empty()) return;
        std::unique_ptr<Job> job = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        job->run();
        job.reset();
        lock.lock();
    }
}

}  // namespace http
