package org.ugmm.engine.exact;

import java.util.concurrent.CancellationException;

/** Lets a thread end long work that nobody waits for any more, between two of its steps. */
public final class Interruption {
  private Interruption() {}

  /**
   * Goes on, unless the thread was interrupted. Its interrupt status stays as it is.
   *
   * @throws CancellationException if it was
   */
  public static void check() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("the thread was interrupted before the work was done");
    }
  }
}
