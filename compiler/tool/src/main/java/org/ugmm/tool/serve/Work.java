package org.ugmm.tool.serve;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Threads that answer what takes long, with a queue before them. Who finds the queue full is told
 * to come back, and nobody waits beyond the deadline.
 */
final class Work {
  /*
   * At its deadline a request is answered, and its thread interrupted: what draws rows, asks many
   * queries or reads a file ends then. A search knows the same deadline as its budget of time. What is
   * answered before its turn comes is skipped.
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
    Timed timed = new Timed(exchange, task);
    Scheduler.Task late = scheduler.schedule(timed::late, deadline.toNanos(), TimeUnit.NANOSECONDS);
    try {
      threads.execute(
          () -> {
            timed.run();
            late.cancel();
          });
    } catch (RejectedExecutionException e) {
      late.cancel();
      exchange.problem(Problem.BUSY);
    }
  }

  /** A task and the thread that is at it. */
  private static final class Timed {
    private final Exchange exchange;
    private final Runnable task;
    private @Nullable Thread thread;

    Timed(Exchange exchange, Runnable task) {
      this.exchange = exchange;
      this.task = task;
    }

    void run() {
      synchronized (this) {
        thread = Thread.currentThread();
      }
      try {
        if (!exchange.isAnswered()) {
          task.run();
        }
      } finally {
        synchronized (this) {
          thread = null;
          Thread.interrupted(); // the next task of this thread is not late
        }
      }
    }

    void late() {
      if (exchange.problem(Problem.DEADLINE)) {
        synchronized (this) {
          if (thread != null) {
            thread.interrupt();
          }
        }
      }
    }
  }

  /** Ends the threads; nothing waits any more. */
  void close() {
    threads.shutdown();
  }
}
