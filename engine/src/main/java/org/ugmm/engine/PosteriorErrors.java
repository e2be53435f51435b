package org.ugmm.engine;

import org.ugmm.engine.Plan.Enter;
import org.ugmm.engine.Plan.Group;
import org.ugmm.engine.Plan.Leave;
import org.ugmm.engine.Plan.LinearSums;
import org.ugmm.engine.Plan.LogProducts;
import org.ugmm.engine.Plan.Mixtures;
import org.ugmm.engine.Plan.Multiply;
import org.ugmm.engine.Plan.Step;
import org.ugmm.engine.Plan.Sums;

/**
 * Bounds the rounding error of the posteriors that a downward pass in double precision yields.
 * Immutable and shared by threads.
 */
final class PosteriorErrors {
  /*
   * The probability p of a state is the share of the induced trees that pass through its leaves: a
   * sum of terms as the root is, with a rounding error a more, what the downward pass adds on the
   * longest way; its depth below the peak of the root is D + log2(1 / p). By the argument of ErrorModel
   * numerator and root are wrong by a factor of at most 2^(a + 2 terms(D) + b log2(1 / p) + c sqrt(log2(1
   * / p))). As p log2(1 / p) and p sqrt(log2(1 / p)) are at most 0.54, p itself is wrong by ln 2 times
   * a + 2 terms(D) + 0.54 (b + c), to first order, and by what underflow took: that is missing in the
   * total of the probabilities, which is 1.
   */
  private static final double MOST = 0.54;
  private static final double LN2 = Math.log(2);

  private final ErrorModel<double[]> model;

  /** Error of a flow by the downward pass alone, in units of log2. */
  private final double downward;

  PosteriorErrors(DownwardPlan downwardPlan) {
    Plan<double[]> plan = downwardPlan.plan;
    model = new ErrorModel<>(plan, DoubleLanes.INSTANCE);
    Counts counts = new Counts(plan);
    for (int s = plan.steps().size() - 1; s >= 0; s--) {
      counts.down(plan.steps().get(s));
    }
    int mostLeaves = 0;
    for (int[] slots : downwardPlan.leafSlots) {
      mostLeaves = Math.max(mostLeaves, slots.length);
    }
    Circuit c = plan.circuit();
    double states = 0;
    for (int n = 0; n <= c.root; n++) {
      if (c.kind(n) == NodeKind.CATEGORICAL) {
        states = Math.max(states, states(c, n));
      }
    }
    downward = model.unit * (counts.most + mostLeaves + states + 16);
  }

  /**
   * Roundings of the probabilities of a leaf's states: exponentials of differences of logs, whose
   * rounding is by their size. What lies 700 below the largest adds no digit to any.
   */
  private static double states(Circuit c, int leaf) {
    double highest = Double.NEGATIVE_INFINITY;
    for (int s = 0; s < c.numParameters(leaf); s++) {
      highest = Math.max(highest, c.parameter(leaf, s));
    }
    double size = 0;
    for (int s = 0; s < c.numParameters(leaf) && highest > Double.NEGATIVE_INFINITY; s++) {
      double log = c.parameter(leaf, s);
      size = Math.max(size, log > highest - 700 ? Math.abs(log) : 0);
    }
    return c.numParameters(leaf) + 12 * size;
  }

  /** Roundings on the way down to each slot; a plan for downward passes reuses none. */
  private static final class Counts {
    /** [numSlots] roundings of the longest way so far. */
    private final double[] count;

    /** Slot of ones, whose derivative nobody reads. */
    private final int one;

    double most;

    Counts(Plan<double[]> plan) {
      count = new double[plan.numSlots()];
      one = 2 * plan.circuit().numVariables();
    }

    private void reach(int slot, double roundings) {
      if (slot == one) {
        return;
      }
      // one more addition for each that reaches the slot
      count[slot] = Math.max(count[slot], roundings) + 1;
      most = Math.max(most, count[slot]);
    }

    void down(Step<double[]> step) {
      if (step instanceof LogProducts<double[]> product) {
        for (int slot : product.addend()) {
          reach(slot, count[product.out()] + 1);
        }
      } else if (step instanceof Enter<double[]> enter) {
        for (int i = 0; i < enter.in().length; i++) {
          reach(enter.in()[i], count[enter.out() + i] + 2);
        }
      } else if (step instanceof Sums<double[]> sums) {
        double above = 0;
        for (int j = 0; j < sums.numUnits(); j++) {
          above = Math.max(above, count[sums.out() + j]);
        }
        // a sum over the units, a product with the sibling, and one addition more for a run of them
        for (Group<double[]> group : sums.groups()) {
          reach(group.a(), above + sums.numUnits() + 4);
          reach(group.b(), above + sums.numUnits() + 4);
        }
      } else if (step instanceof Multiply<double[]> multiply) {
        reach(multiply.a(), count[multiply.out()] + 4);
        reach(multiply.b(), count[multiply.out()] + 4);
      } else if (step instanceof Leave<double[]> leave) {
        reach(leave.in(), count[leave.out()] + 2);
      } else if (step instanceof LinearSums<double[]> units) {
        // derivative times sibling, then one addition an element
        for (int u = units.outs().length - 1; u >= 0; u--) {
          for (int e = units.start()[u]; e < units.start()[u + 1]; e++) {
            reach(units.a()[e], count[units.outs()[u]] + 4);
            reach(units.b()[e], count[units.outs()[u]] + 4);
          }
        }
      } else if (!(step instanceof Mixtures<double[]>)) {
        throw new AssertionError(step);
      }
    }

    private void reach(int[] slots, double roundings) {
      for (int slot : slots) {
        reach(slot, roundings);
      }
    }
  }

  /**
   * Bound on the absolute error of each probability of a row.
   *
   * @param log2 of the root as computed
   * @param deficit how far the probabilities of a variable are from adding up to 1
   */
  double bound(double log2, double deficit) {
    double terms = model.error(0, log2);
    double bits = 2 * terms + downward + MOST * model.steepness(0);
    return bits < 0.25 ? 1.5 * LN2 * bits + 1.01 * deficit + LN2 * bits : Double.POSITIVE_INFINITY;
  }
}
