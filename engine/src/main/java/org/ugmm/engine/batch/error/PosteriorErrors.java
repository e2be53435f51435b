package org.ugmm.engine.batch.error;

import org.ugmm.engine.batch.plan.DoubleLanes;
import org.ugmm.engine.batch.plan.DownwardPlan;
import org.ugmm.engine.batch.plan.LeafMoments;
import org.ugmm.engine.batch.plan.Plan;
import org.ugmm.engine.batch.plan.Plan.Enter;
import org.ugmm.engine.batch.plan.Plan.Group;
import org.ugmm.engine.batch.plan.Plan.Leave;
import org.ugmm.engine.batch.plan.Plan.LinearSums;
import org.ugmm.engine.batch.plan.Plan.LogProducts;
import org.ugmm.engine.batch.plan.Plan.Mixtures;
import org.ugmm.engine.batch.plan.Plan.Multiply;
import org.ugmm.engine.batch.plan.Plan.Step;
import org.ugmm.engine.batch.plan.Plan.Sums;
import org.ugmm.engine.batch.plan.Plan.Univariate;
import org.ugmm.engine.batch.plan.StepVisitor;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.number.Rounding;

/**
 * Bounds the rounding error of the posteriors that a downward pass in double precision yields, each
 * number of them. Immutable and shared by threads.
 */
public final class PosteriorErrors {
  /*
   * The flow of a leaf is a sum of induced trees as the root is. By the argument of ErrorModel it is
   * computed with a factor e^x, |x| <= X + steepness log2(1 / q): X is what the root has for its depth,
   * and a rounding more for each on the longest way down; q is the share of the flow, which lies
   * log2(1 / q) further below the peak. The root's own error divides all flows and cancels in what
   * follows.
   *
   * Probabilities are p_s = q_s / SUM_t q_t, so p_s is wrong by p_s |x_s - SUM_t p_t x_t|, to first
   * order: by p_s (1 - p_s) 2 X, and by the steepness times p_s log2(1 / p_s) + p_s H, H being the
   * entropy of the p_t. Both vanish at 0 and 1. The mean, SUM_l q_l m_l, is wrong by SUM_l q_l (m_l - mean)
   * x_l: by X times the mean of |m_l - mean|, and, by Cauchy and Schwarz, by the steepness times the
   * root of SUM q_l (m_l - mean)^2 times that of SUM q log2^2(1 / q), which is below log2(n) + 2 for n
   * leaves. The variance, SUM q_l s_l with s_l = variance_l + (m_l - mean)^2, is wrong by X times the
   * mean of |s_l - variance|, and by the steepness times SUM q_l s_l log2(1 / q_l) + H variance: with
   * shares t_l = q_l s_l / variance, log2(1 / q_l) = log2(1 / t_l) + log2(s_l / variance), so that the
   * sum is at most variance (log2 n + log2(largest s / variance)).
   * The rounding of moments is by the size of their terms, of which the second moment is the largest.
   * What a leaf says of its variable has errors of its own, which are averaged.
   *
   * Underflow. A derivative that loses e loses a flow of at most e times the value of the node; values
   * are below 2, or 2^450 in a linear plan, so this is nothing. A value that underflowed is missing
   * in the root as well, where the loss bound was checked: see Plan. A linear plan loses nothing.
   */
  private static final double SLACK = 1.05;
  private static final double LN2 = Math.log(2);
  private static final double U = Rounding.U;

  /** Larger errors of a flow are not of first order. */
  private static final double LARGEST = 0x1p-7;

  private final ErrorModel<double[]> model;

  private final DownwardPlan downward;

  /** Error of a flow by the downward pass alone, in units of log2. */
  private final double wayDown;

  /** How much the error of a flow grows with a unit of its depth, natural. */
  private final double steepness;

  /** Share of the root that underflow may have taken. */
  private final double loss;

  /** [numVariables] roundings of the moments of a real variable. */
  private final double[] roundings;

  /** [numVariables] largest errors of the mean and of the second moment of a leaf. */
  private final double[] leafMean;

  private final double[] leafSecond;

  /** [numVariables] the largest second moment of a leaf on a real variable. */
  private final double[] largest;

  public PosteriorErrors(DownwardPlan downwardPlan) {
    downward = downwardPlan;
    Plan<double[]> plan = downwardPlan.plan;
    model = new ErrorModel<>(plan, DoubleLanes.INSTANCE);
    Counts counts = new Counts(plan);
    for (int s = plan.steps().size() - 1; s >= 0; s--) {
      plan.steps().get(s).accept(counts);
    }
    FlatCircuit c = plan.circuit();
    double states = 0;
    leafMean = new double[c.numVariables()];
    leafSecond = new double[c.numVariables()];
    for (int n = 0; n <= c.root; n++) {
      int v = c.variable[n];
      if (c.kind(n) == NodeKind.CATEGORICAL) {
        states = Math.max(states, states(c, n));
      } else if (v >= 0) {
        double[] errors = LeafMoments.errors(c, n);
        leafMean[v] = Math.max(leafMean[v], errors[0]);
        leafSecond[v] = Math.max(leafSecond[v], errors[1]);
      }
    }
    double weights = 0;
    for (int n = 0; n < c.rounding.length; n++) {
      boolean isSum = c.kind(n) == NodeKind.WEIGHTED_SUM;
      weights = isSum ? Math.max(weights, SLACK * U * c.rounding(n)) : weights;
    }
    int mostLeaves = 0;
    roundings = new double[c.numVariables()];
    largest = new double[c.numVariables()];
    int[] mostChildren = mostChildren(plan);
    for (int v = 0; v < largest.length; v++) {
      int n = downwardPlan.leafSlots[v].length;
      mostLeaves = Math.max(mostLeaves, n);
      if (c.variables.get(v) instanceof Real) {
        roundings[v] = 2 * n + 2 * mostChildren[v] + 12;
        for (int i = 0; i < n; i++) {
          largest[v] = Math.max(largest[v], downwardPlan.leafMoments[v][3 * i + 2]);
        }
      }
    }
    for (int v = 0; v < largest.length; v++) { // the weights of a mixture make its moments
      leafMean[v] += 2 * weights * Math.sqrt(largest[v]);
      leafSecond[v] += 2 * weights * largest[v];
    }
    wayDown = model.unit * (counts.most + mostLeaves + states + 16);
    steepness = SLACK * LN2 * model.steepness(0);
    loss = plan.linear() ? 0x1p-300 : counts.numExits * 0x1p-58 + 0x1p-300;
  }

  /** [numVariables] the most children of a mixture of leaves, whose moments are sums. */
  private static int[] mostChildren(Plan<double[]> plan) {
    int[] most = new int[plan.circuit().numVariables()];
    for (Step<double[]> step : plan.steps()) {
      if (step instanceof Mixtures<double[]> mixtures) {
        for (LeafMoments moments : mixtures.moments()) {
          int v = moments.variable();
          most[v] = Math.max(most[v], mixtures.gaussians().z().length);
        }
      }
    }
    return most;
  }

  /**
   * Roundings of the probabilities of a leaf's states: exponentials of differences of logs, whose
   * rounding is by their size. What lies 700 below the largest adds no digit to any.
   */
  private static double states(FlatCircuit c, int leaf) {
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
  private static final class Counts implements StepVisitor<double[]> {
    /** [numSlots] roundings of the longest way so far. */
    private final double[] count;

    /** Slot of ones, whose derivative nobody reads. */
    private final int one;

    double most;

    /** Number of ways from a block to a log. */
    int numExits;

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

    @Override
    public void mixtures(Mixtures<double[]> step) {
      // nobody below: what leaves say is in their moments
    }

    @Override
    public void logProducts(LogProducts<double[]> step) {
      for (int slot : step.addend()) {
        reach(slot, count[step.out()] + 1);
      }
    }

    @Override
    public void univariate(Univariate<double[]> step) {
      throw new AssertionError("posteriors of such leaves are single queries");
    }

    @Override
    public void enter(Enter<double[]> step) {
      for (int i = 0; i < step.in().length; i++) {
        reach(step.in()[i], count[step.out() + i] + 2);
      }
    }

    /** A sum over the units, a product with the sibling, one addition more for a run of them. */
    @Override
    public void sums(Sums<double[]> step) {
      double above = 0;
      for (int j = 0; j < step.numUnits(); j++) {
        above = Math.max(above, count[step.out() + j]);
      }
      for (Group<double[]> group : step.groups()) {
        reach(group.a(), above + step.numUnits() + 4);
        reach(group.b(), above + step.numUnits() + 4);
      }
    }

    @Override
    public void multiply(Multiply<double[]> step) {
      reach(step.a(), count[step.out()] + 4);
      reach(step.b(), count[step.out()] + 4);
    }

    @Override
    public void leave(Leave<double[]> step) {
      reach(step.in(), count[step.out()] + 2);
      numExits++;
    }

    /** A derivative times the sibling, then one addition an element. */
    @Override
    public void linearSums(LinearSums<double[]> step) {
      for (int u = step.outs().length - 1; u >= 0; u--) {
        for (int e = step.start()[u]; e < step.start()[u + 1]; e++) {
          reach(step.a()[e], count[step.outs()[u]] + 4);
          reach(step.b()[e], count[step.outs()[u]] + 4);
        }
      }
    }

    private void reach(int[] slots, double roundings) {
      for (int slot : slots) {
        reach(slot, roundings);
      }
    }
  }

  /**
   * Bound on the relative error of the flows of a row by the depth of the row; infinite where
   * nothing is known.
   *
   * @param log2 of the root as computed
   */
  public double flows(double log2) {
    double error = SLACK * LN2 * (model.error(0, log2) + wayDown);
    return error < LARGEST ? error : Double.POSITIVE_INFINITY;
  }

  /**
   * Bound on the absolute error of the probability of a state.
   *
   * @param flows as {@link #flows} has it
   * @param p as computed
   */
  public double probability(double flows, double p, int numStates) {
    double rest = Math.max(0, 1 - p);
    double both = p * rest;
    double depth = Math.min(1.07 * Math.sqrt(p), 1.45 * rest); // bounds p log2(1 / p)
    double entropy = 2 * p * Math.sqrt(both) + both * log2(numStates);
    return SLACK * (2 * flows * both + steepness * (depth + entropy) + (numStates + 2) * U * p)
        + 2 * loss;
  }

  /**
   * Bounds on the absolute errors of the mean and of the variance of a real variable.
   *
   * @param d row vectors of derivatives after the downward pass
   * @param mean as computed, about {@link LeafMoments#center}
   * @param bound (Output) two bounds from {@code at}
   */
  public void moments(
      int v,
      double flows,
      double[] d,
      int rows,
      int row,
      double mean,
      double variance,
      double[] bound,
      int at) {
    int[] slots = downward.leafSlots[v];
    double[] moments = downward.leafMoments[v];
    double mass = 0;
    double away = 0;
    double squares = 0;
    double differences = 0;
    for (int i = 0; i < slots.length; i++) {
      double flow = d[slots[i] * rows + row];
      double m = moments[3 * i + 1];
      double term = moments[3 * i + 2] - m * m + (m - mean) * (m - mean);
      mass += flow;
      away += flow * Math.abs(m - mean);
      squares += flow * (m - mean) * (m - mean);
      differences += flow * Math.abs(term - variance);
    }
    double n = log2(slots.length);
    double size = variance + mean * mean;
    double largestTerm = 2 * (largest[v] + mean * mean);
    double rounding = roundings[v] * U;
    double deep = steepness * (n + 2) * Math.sqrt(squares / mass);
    double byMean =
        SLACK * (flows * away / mass + deep + 2 * rounding * Math.sqrt(size))
            + SLACK * leafMean[v]
            + 2 * loss * (Math.sqrt(largest[v]) + Math.abs(mean));
    double depth = 2 * n + 2 + Math.max(0, log2(largestTerm / variance));
    bound[at] = byMean;
    bound[at + 1] =
        SLACK * (flows * differences / mass + steepness * depth * variance + 5 * rounding * size)
            + SLACK * (leafSecond[v] + 2 * Math.abs(mean) * leafMean[v])
            + byMean * byMean
            + 2 * loss * largestTerm;
  }

  /** The same of a probability whose relative error is bounded. */
  public static double ofWeight(double relative, double p) {
    return SLACK * relative * p + Double.MIN_NORMAL;
  }

  private static double log2(double x) {
    return Math.log(x) / LN2;
  }
}
