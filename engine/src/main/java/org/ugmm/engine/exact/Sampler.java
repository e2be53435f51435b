package org.ugmm.engine.exact;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.leaf.GaussianGiven;
import org.ugmm.engine.leaf.LeafDraw;
import org.ugmm.engine.leaf.MultivariateGaussian;
import org.ugmm.engine.leaf.UnivariateLeaf;
import org.ugmm.engine.number.RowRandom;

/** Draws complete rows given evidence, exactly, from the root downward. Not thread-safe. */
public final class Sampler {
  /*
   * After an upward pass a sum picks a child by its share of the sum's value and a product visits all
   * children, so that one leaf of each open variable is reached, which draws its value from what the
   * evidence leaves of it. Variables that must be enumerated are drawn first, jointly; rows are then
   * taken joint state by joint state, so that each state is evaluated once more at most.
   */
  private final FlatCircuit c;
  private final LogEvaluator evaluator;
  private final @Nullable UnivariateLeaf[] univariate;
  private final IntArrayList stack = new IntArrayList();

  public Sampler(LogEvaluator evaluator) {
    this.evaluator = evaluator;
    c = evaluator.circuit();
    univariate = c.univariateLeaves();
  }

  /**
   * Draws rows.
   *
   * @param first runs through the joint states
   * @param second runs through them again
   * @return row-major {@code [count][numVariables]}
   * @throws RefusedException if the evidence has probability zero, or rounding may change shares
   */
  public double[] draw(Enumeration first, Enumeration second, long firstRow, int count, long seed) {
    try {
      return drawCertain(first, second, firstRow, count, seed);
    } finally {
      evaluator.unrelate();
    }
  }

  private double[] drawCertain(
      Enumeration first, Enumeration second, long firstRow, int count, long seed) {
    PosteriorPass pass = new PosteriorPass(evaluator, new Flows(evaluator));
    if (!pass.runKeeping(first)) {
      throw RefusedException.zeroProbability();
    }
    pass.requireCertain(first.original());
    first.restart();
    DoubleArrayList terms = new DoubleArrayList();
    double max = Double.NEGATIVE_INFINITY;
    while (first.next()) {
      terms.add(first.logTerm());
      max = Math.max(max, first.logTerm());
    }
    double[] cumulative = new double[terms.size()];
    double sum = 0;
    for (int j = 0; j < cumulative.length; j++) {
      sum += StrictMath.exp(terms.getDouble(j) - max);
      cumulative[j] = sum;
    }
    RowRandom random = new RowRandom(seed, firstRow);
    boolean isOne = cumulative.length == 1;
    long[] order = new long[isOne ? 0 : count]; // joint state, then row
    for (int r = 0; r < order.length; r++) {
      random.start(firstRow + r);
      double target = random.uniform() * sum;
      int found = Arrays.binarySearch(cumulative, target);
      int state = Math.min(found < 0 ? -found - 1 : found + 1, cumulative.length - 1);
      order[r] = (long) state << 32 | r;
    }
    Arrays.sort(order);
    double[] rows = new double[count * c.numVariables()];
    int at = 0;
    for (int state = 0; at < count && second.next(); state++) {
      for (; at < count && (isOne || order[at] >>> 32 == state); at++) {
        Interruption.check();
        int row = isOne ? at : (int) order[at];
        random.start(firstRow + row);
        random.uniform(); // drew the joint state
        drawRow(second.evidence(), random, rows, row * c.numVariables());
      }
    }
    return rows;
  }

  private void drawRow(FlatEvidence e, RowRandom random, double[] rows, int offset) {
    for (int v = 0; v < c.numVariables(); v++) {
      rows[offset + v] = e.isPoint(v) ? e.point(v) : Double.NaN;
    }
    stack.clear();
    stack.add(c.root);
    while (!stack.isEmpty()) {
      int n = stack.removeInt(stack.size() - 1);
      switch (c.kind(n)) {
        case WEIGHTED_SUM -> stack.add(pick(n, random));
        case PRODUCT -> {
          for (int i = c.edgeStart[n]; i < c.edgeStart[n + 1]; i++) {
            stack.add(c.child[i]);
          }
        }
        case GAUSSIAN,
            BASE,
            CATEGORICAL,
            HISTOGRAM,
            POISSON,
            UNIFORM,
            EXPONENTIAL,
            GAMMA,
            LOG_NORMAL -> {
          int v = c.variable[n];
          if (!e.isPoint(v)) {
            rows[offset + v] =
                c.variables.get(v) instanceof Categorical
                    ? state(n, e, random)
                    : real(n, e, random);
          }
        }
        case GAUSSIAN_BLOCK -> block(n, random, rows, offset);
        case CONSTANT, GAUSSIAN_LINK -> {} // below a link all is known
      }
    }
  }

  private void block(int n, RowRandom random, double[] rows, int offset) {
    GaussianGiven given = evaluator.given(n);
    MultivariateGaussian block = c.block(n);
    double[] value = new double[block.size()];
    given.draw(random, value);
    for (int i = 0; i < value.length; i++) {
      if (given.isOpen(i)) {
        rows[offset + block.variable(i)] = value[i];
      }
    }
  }

  private int pick(int sum, RowRandom random) {
    double target = random.uniform();
    int last = -1;
    for (int i = 0; i < c.numChildren(sum); i++) {
      int child = c.child(sum, i);
      double weight = c.parameter(sum, i);
      if (weight > 0 && evaluator.value[child] > Double.NEGATIVE_INFINITY) {
        last = child;
        target -=
            StrictMath.exp(
                StrictMath.log(weight) + (evaluator.value[child] - evaluator.value[sum]));
        if (target < 0) {
          return child;
        }
      }
    }
    return last;
  }

  private int state(int leaf, FlatEvidence e, RowRandom random) {
    int v = c.variable[leaf];
    double target = random.uniform();
    int last = -1;
    for (int s = 0; s < c.numParameters(leaf); s++) {
      double log =
          c.parameter(leaf, s)
              + (e.form[v] == FlatEvidence.LIKELIHOOD ? e.logLikelihood[v][s] : 0)
              - evaluator.value[leaf];
      if (log > Double.NEGATIVE_INFINITY) {
        last = s;
        target -= StrictMath.exp(log);
        if (target < 0) {
          return s;
        }
      }
    }
    return last;
  }

  private double real(int leaf, FlatEvidence e, RowRandom random) {
    int v = c.variable[leaf];
    Real real = (Real) c.variables.get(v);
    boolean interval = e.form[v] == FlatEvidence.INTERVAL;
    double lo = interval ? real.least(e.a[v]) : real.lo();
    double hi = interval ? real.greatest(e.b[v]) : real.hi();
    UnivariateLeaf family = univariate[leaf];
    if (family != null) {
      return LeafDraw.draw(family, lo, hi, random);
    }
    return c.kind(leaf) == NodeKind.BASE
        ? Math.min(hi, lo + (hi - lo) * random.uniform())
        : random.gaussian(c.parameter(leaf, 0), c.parameter(leaf, 1), lo, hi);
  }
}
