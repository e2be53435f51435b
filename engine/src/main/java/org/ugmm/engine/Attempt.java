package org.ugmm.engine;

import org.ugmm.engine.data.Why;

/** What came of one way to answer a query: an answer, or why there is none this way. */
sealed interface Attempt<T> {

  /** An answer. */
  record Found<T>(T answer) implements Attempt<T> {}

  /** No answer this way; another may lead to one. */
  record Cannot<T>(Why why) implements Attempt<T> {}

  /** No answer this way. */
  static <T> Attempt<T> cannot(Why.Reason reason, String detail, String... variables) {
    return new Cannot<>(Why.of(reason, detail, variables));
  }
}
