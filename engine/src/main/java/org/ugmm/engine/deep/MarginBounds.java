package org.ugmm.engine.deep;

import org.ugmm.engine.number.Rounding;

/**
 * Proven lower bounds of the difference of the natural logs of two outputs of a {@link
 * ConditionedNetwork} over a box. Not thread-safe; allocates nothing after construction.
 */
public final class MarginBounds {
  /*
   * The difference is bounded as one function: by the ends of both ranges, and by its value at the
   * middle of the box and its slopes from there, which cancel where both outputs depend on the same
   * units in the same way.
   */
  private final ConditionedNetwork r;

  /** The units over the box. */
  public final NetworkBounds bounds;

  /** The units at its middle. */
  public final NetworkBounds atCentre;

  /** [numFree] the middle; a state index where discrete. */
  final double[] centre;

  /** [numFree] what a variable takes off the last bound by slopes. */
  final double[] loss;

  private double[] lo;
  private double[] hi;

  public MarginBounds(ConditionedNetwork r) {
    this.r = r;
    bounds = new NetworkBounds(r);
    atCentre = new NetworkBounds(r);
    centre = new double[r.numFree()];
    loss = new double[r.numFree()];
    lo = r.lo;
    hi = r.hi;
  }

  /** Bounds all units over a box, whose ends are kept until the next call. */
  public void evaluate(double[] fromLo, double[] fromHi) {
    lo = fromLo;
    hi = fromHi;
    bounds.evaluate(lo, hi);
  }

  /** Bounds all units at the middle of the box. */
  public void evaluateCentre() {
    for (int i = 0; i < lo.length; i++) {
      double middle = lo[i] + 0.5 * (hi[i] - lo[i]);
      centre[i] = r.discrete[i] ? Math.floor(middle) : middle;
    }
    atCentre.evaluate(centre, centre);
  }

  /** Lower bound of log of output w minus log of output k by their ranges. */
  public double byRanges(int w, int k) {
    return below(bounds.lo[r.outputs[w]], bounds.hi[r.outputs[k]]);
  }

  /** The same by slopes from the middle, which was evaluated; there is nothing undecided. */
  public double bySlopes(int w, int k) {
    bounds.clearSeeds();
    bounds.seed(r.outputs[w], 1);
    bounds.seed(r.outputs[k], -1);
    bounds.slopes(atCentre);
    double correction = 0;
    for (int i = 0; i < lo.length; i++) {
      double most =
          Math.max(
              0,
              Math.max(
                  bounds.gradientHi[i] * (centre[i] - lo[i]),
                  -bounds.gradientLo[i] * (hi[i] - centre[i])));
      loss[i] = Double.isNaN(most) ? Double.POSITIVE_INFINITY : most;
      correction += loss[i];
    }
    double slack = (64 + 4 * lo.length) * Rounding.U * correction + Double.MIN_NORMAL;
    double there = below(atCentre.lo[r.outputs[w]], atCentre.hi[r.outputs[k]]);
    return below(there, correction + slack);
  }

  /** The real whose halves promise most after {@link #bySlopes}; -1 where none can be halved. */
  public int split() {
    int split = -1;
    double largest = -1;
    for (int i = 0; i < lo.length; i++) {
      double middle = lo[i] + 0.5 * (hi[i] - lo[i]);
      double s =
          loss[i] == Double.POSITIVE_INFINITY ? Double.MAX_VALUE * 0.5 * (hi[i] - lo[i]) : loss[i];
      if (middle > lo[i] && middle < hi[i] && s > largest) {
        largest = s;
        split = i;
      }
    }
    return split;
  }

  /** The proven difference of two proven ends. */
  private static double below(double lo, double hi) {
    double difference = lo - hi;
    return Double.isNaN(difference) ? Double.NEGATIVE_INFINITY : Math.nextDown(difference);
  }
}
