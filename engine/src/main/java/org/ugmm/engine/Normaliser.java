package org.ugmm.engine;

import org.jspecify.annotations.Nullable;

/**
 * The integral of a circuit over all variables.
 *
 * @param logZ its natural log; 0 where it is not known
 * @param relativeErrorBound proven bound on the relative error of {@code Z}; 0 where it is not
 *     known
 * @param whyUnknown why it is not known; null when it is
 */
public record Normaliser(double logZ, double relativeErrorBound, @Nullable String whyUnknown) {

  /** Whether the integral is known. */
  public boolean isKnown() {
    return whyUnknown == null;
  }

  static Normaliser of(Circuit c) {
    Structure structure = c.structure();
    String why =
        structure.hasLinks()
            ? structure.whyLinks()
            : !structure.isSmooth() ? structure.whyNotSmooth() : structure.whyNotDecomposable();
    if (why != null) {
      return new Normaliser(0, 0, why);
    }
    LogEvaluator evaluator = new LogEvaluator(c);
    double logZ = evaluator.upward(new Evidence(c));
    return new Normaliser(logZ, evaluator.relativeErrorBound(), null);
  }
}
