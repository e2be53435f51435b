package org.ugmm.engine.exact;

import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;

/** The certificates that errors counted in units of 2^-53 leave an answer. */
public final class Certify {
  private Certify() {}

  /**
   * The certificate of an answer whose errors were added up to first order.
   *
   * @param what the answer, for the message, with %s for the name
   * @throws RefusedException if the errors are too large for that
   */
  public static Certificate.Exact exact(double units, String what, String name) {
    double relative = Rounding.relative(units);
    if (!(relative < Double.POSITIVE_INFINITY)) {
      throw new RefusedException(
          ("rounding may change %s by more than one part in a thousand, so it is not given: the"
                  + " evidence is too many scales away from every component, or scales are too"
                  + " narrow for double precision; check the evidence, or rescale the model")
              .formatted(what.formatted(name)));
    }
    return new Certificate.Exact(relative);
  }

  /**
   * Why nothing can be conditioned on evidence whose log is -infinity: it has probability zero, or
   * its density is beyond the range of a double.
   *
   * @param units bound on the error of that log; 0 for zero
   */
  public static RefusedException noDensity(double units) {
    return units == 0
        ? RefusedException.zeroProbability()
        : new RefusedException(
            "the log-density of the evidence is below %s, beyond the range of a double, under every"
                    .formatted(Rounding.BEYOND_RANGE)
                + " alternative, so that they cannot be compared; check the evidence, or rescale"
                + " the model");
  }

  /**
   * Bounds the errors of the logs of probabilities that are proportional to numbers given as
   * natural logs. Only what numbers are wrong by against each other counts: a state that is above
   * all others by more than their errors is certain, however large these are.
   *
   * @param log (Input) natural logs of the numbers from {@code from}, not all -infinity
   * @param error (Input) bounds on their absolute errors
   * @param bound (Output) bounds on the absolute errors of the logs of the probabilities
   */
  public static void ofShares(double[] log, int from, int n, double[] error, double[] bound) {
    // p_s = 1 / (1 + SUM_t r_t) with r_t = exp(log_t - log_s), which is wrong by a factor of at
    // most
    // exp(error_s + error_t): with e^(a + b) - 1 = e^b (e^a - 1) + (e^b - 1) the sums over t serve
    // all s
    int best = 0;
    for (int s = 1; s < n; s++) {
      best = log[from + s] > log[from + best] ? s : best;
    }
    double max = log[from + best];
    double total = 0;
    for (int s = 0; s < n; s++) {
      total += Math.exp(log[from + s] - max);
    }
    double others = 0; // what states but the best may be at most, relative to the total
    double excess = 0; // by how much that is more than they are
    for (int s = 0; s < n; s++) {
      if (s != best) {
        others += share(log[from + s], max, total, error[s]);
        excess += excess(log[from + s], max, total, error[s]);
      }
    }
    double ofBest = excess(max, max, total, error[best]);
    for (int s = 0; s < n; s++) {
      double rest = s == best ? others : others + share(max, max, total, error[best]);
      double growth = s == best ? excess : excess + ofBest;
      double own = Math.expm1(error[s]);
      double up = Math.log1p((rest == 0 ? 0 : own * rest) + growth);
      up =
          Math.min(
              up, error[s] + Math.log1p(excess + ofBest)); // those of the number and of the sum
      double rounding = Rounding.U * (n + 4 + Math.abs(log[from + s] - max));
      bound[s] = 1.01 * up + 2 * rounding;
    }
  }

  /**
   * Makes natural logs of numbers those of their shares of the sum; the rounding is part of what
   * {@link #ofShares} bounds. The sum is taken relative to the greatest: its own log, which may be
   * large, is rounded to fewer digits than the shares have.
   */
  static void toShares(double[] log) {
    double max = Double.NEGATIVE_INFINITY;
    for (double of : log) {
      max = Math.max(max, of);
    }
    double total = 0;
    for (double of : log) {
      total += Math.exp(of - max);
    }
    double logTotal = Math.log(total);
    for (int s = 0; s < log.length; s++) {
      log[s] = log[s] - max - logTotal;
    }
  }

  private static double share(double log, double max, double total, double error) {
    double most = log - max + error;
    return log > Double.NEGATIVE_INFINITY
        ? Math.exp(most) / total
        : error == 0 || max > -1e300 ? 0 : Double.POSITIVE_INFINITY;
  }

  private static double excess(double log, double max, double total, double error) {
    return error < 1
        ? Math.exp(log - max) * Math.expm1(error) / total
        : share(log, max, total, error);
  }

  /**
   * The certificate of a natural log: EXACT while rounding is a small error of the linear value,
   * and the interval that rounding leaves of the log where the value is so far out that it is not;
   * below -1e308 where the log is beyond the range of a double.
   *
   * @throws RefusedException if nothing is known of the log
   */
  public static Certificate ofLog(double log, double units) {
    double logError = Rounding.logError(units);
    boolean isBeyondRange = log == Double.NEGATIVE_INFINITY;
    if (!(logError < Double.POSITIVE_INFINITY) && !isBeyondRange) {
      throw new RefusedException(
          "no bound on the rounding error can be proven: the evidence is so far out, or the scale"
              + " of a Gaussian or link so narrow, that double precision keeps no digit; check the"
              + " evidence, or rescale the model");
    }
    return Certificate.ofLog(log, logError);
  }

  /**
   * The posterior of a categorical variable from what each of its states has of a total.
   *
   * @param log (Input, overwritten) natural logs of the parts
   * @param error (Input) bounds on their absolute errors
   * @param total their sum
   * @throws RefusedException if the total is zero, or rounding may change the posterior
   */
  public static CategoricalPosterior posterior(
      Categorical variable, double[] log, double[] error, LogSum total) {
    if (total.value() == Double.NEGATIVE_INFINITY) {
      throw noDensity(total.errorUnits());
    }
    double[] probability = new double[log.length];
    double[] bound = new double[log.length];
    ofShares(log, 0, log.length, error, bound);
    double worst = 0;
    toShares(log);
    for (int s = 0; s < log.length; s++) {
      if (log[s] == Double.NEGATIVE_INFINITY && error[s] == 0) {
        bound[s] = 0; // zero, which no rounding changes
      }
      probability[s] = Math.exp(log[s]);
      worst = Math.max(worst, probability[s] > CategoricalPosterior.SMALLEST ? bound[s] : 0);
    }
    double units = worst / Rounding.U + 4;
    return new CategoricalPosterior(
        variable, probability, log, bound, exact(units, "the posterior of '%s'", variable.name()));
  }
}
