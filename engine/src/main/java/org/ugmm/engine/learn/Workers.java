package org.ugmm.engine.learn;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** Threads that do one thing together; they end when they have had nothing to do for a second. */
final class Workers {
  private static final int FEWEST_NUMBERS = 1 << 17;

  final int numThreads;
  private final ThreadPoolExecutor pool;

  Workers(int numThreads) {
    this.numThreads = numThreads;
    pool =
        new ThreadPoolExecutor(
            numThreads,
            numThreads,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "ugmm-learn");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
  }

  /** Threads that so many numbers are work for; to wake others costs as much as some thousands. */
  int threadsFor(long numbers) {
    return (int) Math.min(numThreads, 1 + numbers / FEWEST_NUMBERS);
  }

  /** Calls a task once on each of some threads, at most {@link #numThreads}, with its number. */
  void run(int threads, IntConsumer task) {
    List<Future<?>> others = new ArrayList<>();
    for (int t = 1; t < threads; t++) {
      int number = t;
      others.add(pool.submit(() -> task.accept(number)));
    }
    try {
      task.accept(0);
    } finally {
      for (Future<?> other : others) {
        await(other);
      }
    }
  }

  private static void await(Future<?> other) {
    boolean interrupted = false;
    while (true) {
      try {
        other.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        throw new IllegalStateException("a learning thread failed", e.getCause());
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
