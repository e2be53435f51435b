package org.ugmm.engine.deep.integral;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable.Prior;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkBounds;
import org.ugmm.engine.deep.NetworkPoint;
import org.ugmm.engine.deep.NetworkValues;
import org.ugmm.engine.number.GaussianMass;

/**
 * The functions that {@link IntegralEstimate} integrates: the outputs of a {@link
 * ConditionedNetwork} times the priors of the reals, or the first output times powers of one real;
 * in ordinary rounding. Not thread-safe.
 */
final class NetworkDensity {
  private static final int PROBES = 4096;

  /** One point of so many is looked at for its rounding error. */
  private static final int ROUNDING_STEP = 101;

  /** A kernel takes about as long for a few points as for this many. */
  private static final int FEW = 4;

  private final ConditionedNetwork r;
  private final NetworkPoint point;

  /** Evaluates many points at once; null where the network is not of its kind. */
  private final @Nullable NetworkValues batch;

  /** [numFree] the priors of reals that have one. */
  final @Nullable Prior[] prior;

  /** The variable whose moments are wanted, -1 for none. */
  private final int moment;

  private final double centre;
  private final double unit;
  private final double[] x;
  private boolean statesChanged;

  /** [size] sums of the magnitudes of values, and of their rounding errors, over some points. */
  private final double[] magnitude;

  private final double[] rounding;
  private int untilRounding;

  /** Natural log of what all values are divided by. */
  final double logShift;

  /** Number of functions: the outputs; of moments: the powers 0, 1 and 2. */
  final int size;

  /** How often the network was evaluated. */
  long evaluations;

  /**
   * Prepares the outputs, or moments of one real.
   *
   * @param moment a free real, or -1
   * @param centre what its powers are about
   * @param unit what its distance from there is divided by
   */
  NetworkDensity(ConditionedNetwork r, int moment, double centre, double unit) {
    this.r = r;
    this.moment = moment;
    this.centre = centre;
    this.unit = unit;
    point = new NetworkPoint(r);
    batch = NetworkValues.takes(r) ? new NetworkValues(r) : null;
    size = moment < 0 ? r.outputs.length : 3;
    magnitude = new double[size];
    rounding = new double[size];
    x = r.lo.clone();
    prior = new Prior[r.numFree()];
    for (int i = 0; i < prior.length; i++) {
      prior[i] =
          r.circuit.variables.get(r.freeVariable[i]) instanceof Real real ? real.prior() : null;
    }
    logShift = findShift();
  }

  /** About the greatest log of an output, so that values neither overflow nor underflow. */
  private double findShift() {
    SplittableRandom random = new SplittableRandom(3);
    double most = Double.NEGATIVE_INFINITY;
    int probes = r.numFree() == 0 ? 1 : r.numTerms() > 500 ? 66 : PROBES;
    for (int k = 0; k < probes; k++) {
      for (int i = 0; i < x.length; i++) {
        x[i] =
            r.discrete[i]
                ? random.nextInt((int) r.hi[i] + 1)
                : r.lo[i] + random.nextDouble() * (r.hi[i] - r.lo[i]);
      }
      point.evaluate(x);
      for (int output : r.outputs) {
        most = Math.max(most, point.value[output]);
      }
    }
    return most == Double.NEGATIVE_INFINITY ? 0 : most;
  }

  /** Sets the states of the categorical variables; the reals of the argument are not read. */
  void setStates(double[] states) {
    for (int i = 0; i < x.length; i++) {
      x[i] = r.discrete[i] ? states[i] : x[i];
    }
    statesChanged = true;
  }

  /**
   * Evaluates at the states that are set.
   *
   * @param at [numFree][count] the real variables at each point; rows of categorical ones are not
   *     read
   * @param values (Output) [size][count] linear, over exp(logShift)
   */
  void evaluate(double[][] at, int count, double[][] values) {
    evaluations += count;
    for (int from = 0; from < count; from += NetworkValues.POINTS) {
      int to = Math.min(count, from + NetworkValues.POINTS);
      NetworkValues together = to - from > FEW ? batch : null;
      if (together != null) {
        if (statesChanged) {
          together.setStates(x);
          statesChanged = false;
        }
        together.evaluate(at, from, to - from);
      }
      for (int k = from; k < to; k++) {
        double logBase = -logShift;
        for (int i = 0; i < x.length; i++) {
          if (!r.discrete[i]) {
            x[i] = at[i][k];
          }
          Prior p = prior[i];
          if (p != null) {
            logBase += GaussianMass.logDensity(x[i], p.mean(), p.scale());
          }
        }
        if (together == null) {
          point.evaluate(x);
        }
        for (int o = 0; o < r.outputs.length; o++) {
          int output = r.outputs[o];
          double log = together == null ? point.value[output] : together.value(output, k - from);
          values[o][k] = Math.exp(log + logBase);
        }
        if (moment >= 0) {
          double t = (x[moment] - centre) / unit;
          values[1][k] = values[0][k] * t;
          values[2][k] = values[1][k] * t;
        }
        if (untilRounding-- == 0) {
          untilRounding = ROUNDING_STEP;
          addRounding(k, values);
        }
      }
    }
  }

  /**
   * Bounds the values over a box.
   *
   * @param bounds of the network over it
   * @param lo [numFree] lower ends; the state where categorical
   * @param hi upper ends
   * @param most (Output) [size] upper ends of their magnitudes, 1e200 where more
   */
  void bound(NetworkBounds bounds, double[] lo, double[] hi, double[] most) {
    double logBase = -logShift;
    for (int i = 0; i < prior.length; i++) {
      Prior p = prior[i];
      if (p != null) {
        double nearest = Math.min(Math.max(p.mean(), lo[i]), hi[i]);
        logBase += GaussianMass.logDensity(nearest, p.mean(), p.scale());
      }
    }
    for (int o = 0; o < r.outputs.length; o++) {
      most[o] = Math.min(1e200, Math.exp(bounds.hi[r.outputs[o]] + logBase));
    }
    if (moment >= 0) {
      double t = Math.max(hi[moment] - centre, centre - lo[moment]) / unit;
      most[1] = most[0] * t;
      most[2] = most[1] * t;
    }
  }

  private void addRounding(int k, double[][] values) {
    point.evaluate(x);
    for (int o = 0; o < size; o++) {
      double value = Math.abs(values[o][k]);
      magnitude[o] += value;
      rounding[o] += value == 0 ? 0 : value * point.rounding(moment < 0 ? o : 0);
    }
  }

  /**
   * About the rounding error of an integral.
   *
   * @param o the function
   * @param integral [size] the integrals of all
   */
  double rounding(int o, double[] integral) {
    int whole = moment < 0 ? o : 0;
    return magnitude[whole] > 0 ? rounding[o] / magnitude[whole] * integral[whole] : 0;
  }

  /** [numFree][count] room for points. */
  double[][] points(int count) {
    double[][] at = new double[r.numFree()][];
    Arrays.setAll(at, i -> r.discrete[i] ? new double[0] : new double[count]);
    return at;
  }
}
