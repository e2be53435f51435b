package org.ugmm.tool;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Between opening and closing, an interrupt from the keyboard asks for an early end instead of
 * ending the process; it waits until what there is has been written.
 */
final class Interrupt implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 120;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::wanted, "ugmm-interrupt");
  private final CountDownLatch wanted = new CountDownLatch(1);
  private volatile boolean isWanted;

  Interrupt() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether an early end was asked for. */
  boolean isWanted() {
    return isWanted;
  }

  /** Waits until an early end is asked for, or this thread is interrupted. */
  void await() {
    try {
      wanted.await();
    } catch (InterruptedException e) {
      // the end is near all the same, and what closes on the way must not find the mark of it
    }
  }

  private void wanted() {
    isWanted = true;
    wanted.countDown();
    try {
      if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(Main.FAILED);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    done.countDown();
    if (!isWanted) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        isWanted = true; // the process is ending already, and the hook has nothing to wait for
      }
    }
  }
}
