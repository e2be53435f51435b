package org.ugmm.engine;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Workspaces that threads lease: each is used by one thread at a time, and no thread waits. As many
 * are kept as were ever leased at once, up to a limit. When warm it allocates nothing.
 */
final class Pool<W> {
  /*
   * A slot holds a workspace that nobody uses, or null. To lease is to swap a slot for null, to give
   * back is to put into the first empty slot: the workspace used last is found first, so that one
   * thread always has the same, warm in its cache.
   */
  private static final int SLOTS = Math.max(16, 2 * Runtime.getRuntime().availableProcessors());

  private final AtomicReferenceArray<@Nullable W> slots = new AtomicReferenceArray<>(SLOTS);
  private final Supplier<W> maker;

  Pool(Supplier<W> maker) {
    this.maker = maker;
  }

  /** A workspace that no other thread has; made if there is none. */
  W lease() {
    for (int i = 0; i < SLOTS; i++) {
      W found = slots.get(i) == null ? null : slots.getAndSet(i, null);
      if (found != null) {
        return found;
      }
    }
    return maker.get();
  }

  /** Takes a workspace back. */
  void giveBack(W workspace) {
    for (int i = 0; i < SLOTS; i++) {
      if (slots.get(i) == null && slots.compareAndSet(i, null, workspace)) {
        return;
      }
    }
  }
}
