package org.ugmm.engine.mpe;

import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;

/**
 * What compiling may have changed of the values of a circuit without links at complete assignments:
 * searches look at the circuit, bounds speak of the model. Immutable.
 */
public final class CompiledError {
  /*
   * With f the model and g the circuit, a scale that is off by a relative e changes the log of its
   * Gaussian by at most e + 2 e D, D what it is below its peak there. A product adds all three. Of a sum
   * the logs of f / g differ by at most the mean of those of its children by their shares in f (Jensen),
   * and the mean of the D is at most that of the sum with all Gaussians at their peaks, F:
   *
   *   log f <= log g + constant + slope (log F - log f)
   *
   * and the same with f and g exchanged. At the most probable assignment f is at least what it is at
   * any other, so that it is enough to know one.
   */
  private static final double SAFETY = 1.02;

  private final double constant;
  private final double slope;
  private final double logPeak;

  public CompiledError(FlatCircuit c) {
    double most = 0;
    for (int n = 0; n < c.rounding.length; n++) {
      most = Math.max(most, c.kind(n) == NodeKind.GAUSSIAN ? c.rounding[n] : 0);
    }
    slope = SAFETY * Rounding.U * 2 * most;
    constant = c.rounding.length == 0 ? 0 : SAFETY * Rounding.U * c.logRounding()[c.root];
    logPeak = slope == 0 ? 0 : logPeak(c);
  }

  /** About the log of the root with all Gaussians at their peaks, and no other leaf lower. */
  private static double logPeak(FlatCircuit c) {
    double[] log = new double[c.root + 1];
    for (int n = 0; n <= c.root; n++) {
      switch (c.kind(n)) {
        case GAUSSIAN -> log[n] = -Math.log(c.parameter(n, 1)) - GaussianMass.LOG_SQRT_2PI;
        case BASE -> log[n] = 0;
        case CATEGORICAL, CONSTANT -> {
          log[n] = Double.NEGATIVE_INFINITY;
          for (int i = 0; i < c.numParameters(n); i++) {
            log[n] = Math.max(log[n], c.parameter(n, i));
          }
        }
        case GAUSSIAN_BLOCK -> log[n] = new FlatEvidence(c).given(c.block(n)).logPeak().upper();
        case PRODUCT -> {
          for (int i = 0; i < c.numChildren(n); i++) {
            log[n] += log[c.child(n, i)];
          }
        }
        case WEIGHTED_SUM -> {
          LogSum sum = new LogSum();
          for (int i = 0; i < c.numChildren(n); i++) {
            sum.add(Math.log(c.parameter(n, i)) + log[c.child(n, i)], 0);
          }
          log[n] = sum.value();
        }
        case GAUSSIAN_LINK -> throw new AssertionError("link " + n);
        default -> log[n] = c.leaf(n).upper(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
      }
      if (log[n] == Double.POSITIVE_INFINITY) {
        return log[n]; // of a gamma leaf that has no peak
      }
    }
    return log[c.root];
  }

  /**
   * Bound on what compiling changed of the log of the value at an assignment, and of that of the
   * greatest value.
   *
   * @param log natural log of the circuit at an assignment, without likelihoods above 1
   */
  public double of(double log) {
    // a log of a double is good to far less than 1
    return slope == 0 ? constant : constant + slope * (Math.max(0, logPeak - log) + 1);
  }
}
