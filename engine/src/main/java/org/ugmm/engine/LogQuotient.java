package org.ugmm.engine;

import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Estimated;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.number.Rounding;

/** The quotient of two integrals of one circuit, of which one at least has no closed form. */
final class LogQuotient {
  private LogQuotient() {}

  /**
   * The log of {@code both / condition} with the weaker of their certificates.
   *
   * @param condition not zero
   */
  static LogProbability of(LogProbability both, LogProbability condition) {
    double log = both.value() - condition.value();
    if (both.certificate() instanceof Exact && log == Double.NEGATIVE_INFINITY) {
      return new LogProbability(log, true, both.certificate());
    }
    double slack = 2 * Rounding.U * Math.abs(log);
    if (!(both.certificate() instanceof Estimated)
        && !(condition.certificate() instanceof Estimated)) {
      double lo = low(both) - high(condition);
      double hi = high(both) - low(condition);
      slack += 2 * Rounding.U * (Math.abs(low(both)) + Math.abs(high(condition)));
      return new LogProbability(log, true, new Enclosed(lo - slack, hi + slack));
    }
    Estimated first = estimate(both);
    Estimated second = estimate(condition);
    boolean byFirst = both.certificate() instanceof Estimated;
    return new LogProbability(
        log,
        true,
        new Estimated(
            first.errorEstimate() + second.errorEstimate() + slack,
            byFirst ? first.method() : second.method(),
            byFirst ? first.seed() : second.seed(),
            first.evaluations() + second.evaluations()));
  }

  private static double low(LogProbability p) {
    return p.certificate() instanceof Enclosed enclosed
        ? enclosed.lo()
        : p.value() - error((Exact) p.certificate());
  }

  private static double high(LogProbability p) {
    return p.certificate() instanceof Enclosed enclosed
        ? enclosed.hi()
        : p.value() + error((Exact) p.certificate());
  }

  private static double error(Exact certificate) {
    return certificate.relativeErrorBound();
  }

  private static Estimated estimate(LogProbability p) {
    return p.certificate() instanceof Estimated estimated
        ? estimated
        : new Estimated(0.5 * (high(p) - low(p)), "", 0, 0);
  }
}
