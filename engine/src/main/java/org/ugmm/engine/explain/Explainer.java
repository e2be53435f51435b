package org.ugmm.engine.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.Quantity;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;

/**
 * Says what each piece of evidence did to a posterior, by Shapley values (Shapley, A value for
 * n-person games, 1953): the pieces are the players, and a set of them is worth the measure of the
 * target given that set, all else integrated out. Safe to share between threads.
 *
 * <p>n pieces have 2^n sets. Where the budget has that many evaluations (up to {@value #MOST_EXACT}
 * pieces), the values are EXACT; beyond it orders of the pieces are drawn where ESTIMATED is
 * allowed. Each draw is an order and its reverse; the error of an estimate is its standard error.
 */
public final class Explainer {
  /** The most pieces whose sets are all measured, whatever the budget. */
  public static final int MOST_EXACT = 20;

  /** Orders drawn, each with its reverse. */
  private static final int MOST_DRAWS = 1000;

  private static final int FEWEST_DRAWS = 8;
  private static final double ULP = 0x1p-52;

  private final Inference inference;

  /** Explains what an inference answers, with its options. */
  public Explainer(Inference inference) {
    this.inference = inference;
  }

  /** Explains the most probable state of a categorical variable, or the mean of a real one. */
  public Explanation explain(int target, Evidence evidence) {
    return explain(target, -1, evidence);
  }

  /**
   * Explains a posterior. Interval or soft evidence on the target itself, and a formula, are no
   * pieces: they hold before and after.
   *
   * @param target index of the variable
   * @param state the state of a categorical target whose log-odds are measured; -1 for the most
   *     probable one given all evidence, and for a real target
   * @throws ArgumentException if the target is observed as a point, or has no such state
   * @throws RefusedException if the evidence has probability zero; if a set of pieces has no exact
   *     posterior, or one that makes the state certain or impossible; if there are too many pieces
   *     for the budget and no estimate is allowed
   */
  public Explanation explain(int target, int state, Evidence evidence) {
    boolean isCategorical = inference.posterior(target, evidence) instanceof CategoricalPosterior;
    int measured = isCategorical ? state(target, state, evidence) : -1;
    int[] pieces =
        IntStream.range(0, inference.circuit().numVariables())
            .filter(v -> v != target && !evidence.isUnobserved(v))
            .toArray();
    SubsetMeasure measure = new SubsetMeasure(inference, evidence, target, measured, pieces);
    int n = pieces.length;
    // none, all, and all but each
    boolean[][] ends = new boolean[n + 2][n];
    for (int i = 1; i < ends.length; i++) {
      Arrays.fill(ends[i], true);
      if (i > 1) {
        ends[i][i - 2] = false;
      }
    }
    double[] value = new double[n + 2];
    double[] error = new double[n + 2];
    measure.measure(ends, n + 2, value, error);
    long evaluations = inference.options().budget().evaluations();
    boolean isExact = n <= MOST_EXACT && (1L << n) * measure.cost() <= evaluations;
    if (!isExact && !inference.options().allows(Certificate.Kind.ESTIMATED)) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.BUDGET,
              "%d pieces of evidence have 2^%d sets, more than the budget has evaluations (%d)"
                  .formatted(n, n, evaluations)),
          n <= MOST_EXACT
              ? "raise the budget, give fewer pieces, or allow estimated answers"
              : "give fewer pieces, or allow estimated answers");
    }
    List<Quantity> shapley = isExact ? exact(measure, n) : drawn(measure, n, evaluations);
    List<Explanation.Piece> explained = new ArrayList<>();
    for (int p = 0; p < n; p++) {
      double fall = value[1] - value[p + 2];
      double bound = error[1] + error[p + 2] + ULP * Math.abs(fall);
      explained.add(new Explanation.Piece(pieces[p], shapley.get(p), exact(fall, bound)));
    }
    Variable variable = inference.circuit().variables().get(target);
    return new Explanation(
        variable, measured, exact(value[0], error[0]), exact(value[1], error[1]), explained);
  }

  private int state(int target, int state, Evidence evidence) {
    CategoricalPosterior posterior = (CategoricalPosterior) inference.posterior(target, evidence);
    int numStates = ((Categorical) posterior.variable()).numStates();
    if (state < -1 || state >= numStates) {
      throw new ArgumentException(
          "variable '%s': state %d; expected a state index, 0 .. %d"
              .formatted(posterior.variable().name(), state, numStates - 1),
          posterior.variable().name());
    }
    return state < 0 ? posterior.mostProbable() : state;
  }

  private static Quantity exact(double value, double absoluteError) {
    return new Quantity(value, new Exact(absoluteError / Math.max(1, Math.abs(value))));
  }

  /** The Shapley values by all sets: set s holds the pieces of the bits of s. */
  private static List<Quantity> exact(SubsetMeasure measure, int n) {
    int numSets = 1 << n;
    double[] value = new double[numSets];
    double[] error = new double[numSets];
    measure(measure, n, value, error);
    double[] weight = new double[n]; // by the number of pieces that came before
    for (int k = 0; k < n; k++) {
      weight[k] = 1 / (n * binomial(n - 1, k));
    }
    List<Quantity> result = new ArrayList<>();
    for (int p = 0; p < n; p++) {
      double sum = 0;
      double carry = 0;
      double size = 0;
      double bound = 0;
      for (int s = 0; s < numSets; s++) {
        if ((s >> p & 1) != 0) {
          continue;
        }
        double w = weight[Integer.bitCount(s)];
        double term = w * (value[s | 1 << p] - value[s]);
        size += Math.abs(term);
        bound += w * (error[s | 1 << p] + error[s]);
        double next = sum + term; // Neumaier: what the sum loses is carried
        carry += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
        sum = next;
      }
      // four roundings of a term, and those of the compensated sum
      result.add(exact(sum + carry, 1.01 * (bound + 4 * ULP * size)));
    }
    return result;
  }

  private static void measure(SubsetMeasure measure, int n, double[] value, double[] error) {
    int chunk = Math.min(value.length, 1 << 12);
    boolean[][] sets = new boolean[chunk][n];
    double[] some = new double[chunk];
    double[] someError = new double[chunk];
    for (int from = 0; from < value.length; from += chunk) {
      for (int i = 0; i < chunk; i++) {
        for (int p = 0; p < n; p++) {
          sets[i][p] = (from + i >> p & 1) != 0;
        }
      }
      measure.measure(sets, chunk, some, someError);
      System.arraycopy(some, 0, value, from, chunk);
      System.arraycopy(someError, 0, error, from, chunk);
    }
  }

  private static double binomial(int n, int k) {
    double result = 1;
    for (int i = 1; i <= k; i++) {
      result = result * (n - k + i) / i; // whole numbers below 2^53 at every step
    }
    return result;
  }

  /** Estimates of the Shapley values by orders that are drawn. */
  private List<Quantity> drawn(SubsetMeasure measure, int n, long evaluations) {
    long affordable = evaluations / (2L * (n + 1) * measure.cost());
    int draws = (int) Math.max(FEWEST_DRAWS, Math.min(MOST_DRAWS, affordable));
    long seed = inference.options().seed();
    Random random = new Random(seed);
    int[] order = IntStream.range(0, n).toArray();
    boolean[][] sets = new boolean[n + 1][n];
    double[] value = new double[n + 1];
    double[] error = new double[n + 1];
    double[] gain = new double[n];
    double[] mean = new double[n];
    double[] squares = new double[n];
    for (int d = 1; d <= draws; d++) {
      for (int i = n - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
      }
      Arrays.fill(gain, 0);
      for (int direction = 0; direction < 2; direction++) {
        Arrays.fill(sets[0], false);
        for (int i = 0; i < n; i++) {
          System.arraycopy(sets[i], 0, sets[i + 1], 0, n);
          sets[i + 1][order[direction == 0 ? i : n - 1 - i]] = true;
        }
        measure.measure(sets, n + 1, value, error);
        for (int i = 0; i < n; i++) {
          gain[order[direction == 0 ? i : n - 1 - i]] += 0.5 * (value[i + 1] - value[i]);
        }
      }
      for (int p = 0; p < n; p++) {
        double off = gain[p] - mean[p];
        mean[p] += off / d;
        squares[p] += off * (gain[p] - mean[p]);
      }
    }
    List<Quantity> result = new ArrayList<>();
    for (int p = 0; p < n; p++) {
      double standardError = Math.sqrt(squares[p] / (draws - 1) / draws);
      Certificate certificate =
          new Certificate.Estimated(
              standardError, "orders drawn, in pairs", seed, 2L * draws * (n + 1));
      result.add(new Quantity(mean[p], certificate));
    }
    return result;
  }
}
