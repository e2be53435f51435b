package org.ugmm.tool.serve;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Threads that answer what takes long, with a queue before them. Who finds the queue full is told
 * to come back, and nobody waits beyond the deadline.
 */
final class Work {
  /*
   * A search that has missed its deadline still holds its thread until its budget of work or time
   * ends; the budget's time is the deadline, so that is soon. What is answered already is skipped.
   */
  private final ThreadPoolExecutor threads;
  private final Scheduler scheduler;
  private final Duration deadline;

  Work(int numThreads, int queue, Duration deadline, Scheduler scheduler) {
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            numThreads,
            numThreads,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queue),
            task -> {
              Thread thread = new Thread(task, "ugmm-work-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    this.deadline = deadline;
    this.scheduler = scheduler;
  }

  int waiting() {
    return threads.getQueue().size();
  }

  int working() {
    return threads.getActiveCount();
  }

  /** Has a thread answer; the task answers also where it fails. */
  void submit(Exchange exchange, Runnable task) {
    Scheduler.Task late =
        scheduler.schedule(
            () -> exchange.problem(Problem.DEADLINE), deadline.toNanos(), TimeUnit.NANOSECONDS);
    try {
      threads.execute(
          () -> {
            if (!exchange.isAnswered()) {
              task.run();
            }
            late.cancel();
          });
    } catch (RejectedExecutionException e) {
      late.cancel();
      exchange.problem(Problem.BUSY);
    }
  }

  /** Ends the threads; nothing waits any more. */
  void close() {
    threads.shutdown();
  }
}
