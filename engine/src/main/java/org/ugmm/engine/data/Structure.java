package org.ugmm.engine.data;

import org.jspecify.annotations.Nullable;

/**
 * The structural properties of a circuit, and for each that fails the first node and what breaks
 * it. Immutable.
 *
 * @param whyNotSmooth null when every sum has children of one scope
 * @param whyNotDecomposable null when the children of every product have disjoint scopes
 * @param whyLinks null when there is no Gaussian link
 * @param whyNotDeterministic null when at most one child of a sum is non-zero for any complete
 *     assignment, as far as this can be proven from the supports of categorical leaves
 */
public record Structure(
    @Nullable Why whyNotSmooth,
    @Nullable Why whyNotDecomposable,
    @Nullable Why whyLinks,
    @Nullable Why whyNotDeterministic) {

  /** Whether the children of every sum share one scope. */
  public boolean isSmooth() {
    return whyNotSmooth == null;
  }

  /** Whether the children of every product have disjoint scopes. */
  public boolean isDecomposable() {
    return whyNotDecomposable == null;
  }

  /** Whether there are Gaussian links. */
  public boolean hasLinks() {
    return whyLinks != null;
  }

  /** Whether at most one child of each sum is non-zero for any complete assignment; proven. */
  public boolean isDeterministic() {
    return whyNotDeterministic == null;
  }

  /** Whether marginals are exact in one pass: smooth, decomposable and without links. */
  public boolean isTractable() {
    return whyNotTractable() == null;
  }

  /** The first reason why marginals are not exact in one pass, null where they are. */
  public @Nullable Why whyNotTractable() {
    return whyLinks != null ? whyLinks : whyNotSmooth != null ? whyNotSmooth : whyNotDecomposable;
  }

  /** The first reason why one pass does not find an MPE, null where it does. */
  public @Nullable Why whyNotMaxPass() {
    return whyLinks != null
        ? whyLinks
        : whyNotDecomposable != null ? whyNotDecomposable : whyNotDeterministic;
  }
}
