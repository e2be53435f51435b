package org.ugmm.engine.data;

import org.jspecify.annotations.Nullable;

/**
 * The integral of a circuit over all variables.
 *
 * @param logZ its natural log; 0 where it is not known
 * @param relativeErrorBound proven bound on the relative error of {@code Z}; 0 where it is not
 *     known
 * @param whyUnknown why it is not known; null when it is
 */
public record Normaliser(double logZ, double relativeErrorBound, @Nullable Why whyUnknown) {

  /** Whether the integral is known. */
  public boolean isKnown() {
    return whyUnknown == null;
  }
}
