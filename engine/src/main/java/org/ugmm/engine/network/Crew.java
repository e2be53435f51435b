package org.ugmm.engine.network;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Threads that share out numbered pieces of work many times a second, without allocating. Used from
 * one thread, which works too.
 */
final class Crew implements AutoCloseable {
  private static final int SPINS = 200;

  private final Thread[] others;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger busy = new AtomicInteger();
  private volatile int round;
  private volatile boolean isClosed;
  private volatile @Nullable Throwable failure;
  private @Nullable Thread caller;
  private IntConsumer task = piece -> {};
  private int numPieces;

  Crew(int numThreads) {
    others = new Thread[numThreads - 1];
    for (int t = 0; t < others.length; t++) {
      others[t] = new Thread(this::serve, "ugmm-network-" + t);
      others[t].setDaemon(true);
      others[t].start();
    }
  }

  /** Calls the task once with each number below {@code pieces}, in any order and thread. */
  void run(int pieces, IntConsumer newTask) {
    if (others.length == 0 || pieces < 2) {
      for (int piece = 0; piece < pieces; piece++) {
        newTask.accept(piece);
      }
      return;
    }
    task = newTask;
    numPieces = pieces;
    caller = Thread.currentThread();
    next.set(0);
    busy.set(others.length);
    round++;
    for (Thread other : others) {
      LockSupport.unpark(other);
    }
    try {
      work();
    } finally {
      for (int spin = 0; busy.get() > 0; spin++) {
        pause(spin);
      }
    }
    Throwable failed = failure;
    if (failed != null) {
      throw new IllegalStateException("a learning thread failed", failed);
    }
  }

  private void work() {
    for (int piece = next.getAndIncrement(); piece < numPieces; piece = next.getAndIncrement()) {
      task.accept(piece);
    }
  }

  private void serve() {
    int seen = 0;
    while (true) {
      for (int spin = 0; round == seen && !isClosed; spin++) {
        pause(spin);
      }
      if (isClosed) {
        return;
      }
      seen++;
      try {
        work();
      } catch (RuntimeException | Error e) {
        failure = e;
      }
      if (busy.decrementAndGet() == 0) {
        LockSupport.unpark(caller);
      }
    }
  }

  private void pause(int spin) {
    if (spin < SPINS) {
      Thread.onSpinWait();
    } else {
      LockSupport.park(this);
    }
  }

  @Override
  public void close() {
    isClosed = true;
    for (Thread other : others) {
      LockSupport.unpark(other);
    }
  }
}
