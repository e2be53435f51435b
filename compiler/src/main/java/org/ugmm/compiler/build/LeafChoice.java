package org.ugmm.compiler.build;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Learner;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;

/**
 * The family of leaves of each real column and each column of counts: of those that fit its values
 * the one that describes a column alone best, by small mixtures on values kept back. Immutable.
 *
 * <p>A leaf that ends makes what is beyond its end impossible. So only a column with a declared
 * domain has uniform leaves or histograms, which need one anyway, and only one whose values are all
 * positive and skewed has leaves on the positive half line.
 */
final class LeafChoice {
  private static final int MOST_ROWS = 2_000;
  private static final int COMPONENTS = 3;
  private static final int STEPS = 25;

  /** A column is skewed where its third standardised moment is above this. */
  private static final double SKEWED = 1;

  /** What another family than the usual one must gain, in nats a row. */
  private static final double LEAST_GAIN = 0.01;

  /**
   * And in nats altogether: the odds that make strong evidence, 20 to 1 (Kass and Raftery 1995).
   */
  private static final double STRONG = 3;

  private static final LearnOptions OPTIONS =
      LearnOptions.DEFAULT.withThreads(1).withPrecision(Precision.DOUBLE).withSeed(1);

  private final NodeKind[] kind;

  private LeafChoice(NodeKind[] kind) {
    this.kind = kind;
  }

  /** The usual families: Gaussians, Poisson leaves of counts, and what fits a declared domain. */
  static LeafChoice usual(List<Variable> variables) {
    return new LeafChoice(variables.stream().map(LeafChoice::usual).toArray(NodeKind[]::new));
  }

  private static NodeKind usual(Variable variable) {
    return variable instanceof Real real ? usual(real) : NodeKind.CATEGORICAL;
  }

  private static NodeKind usual(Real real) {
    if (real.isCount()) {
      return NodeKind.POISSON;
    }
    boolean isHalf = real.lo() == 0 && !real.isBounded();
    return real.isBounded() ? NodeKind.UNIFORM : isHalf ? NodeKind.EXPONENTIAL : NodeKind.GAUSSIAN;
  }

  /**
   * Chooses by the rows of a table.
   *
   * @param tables all rows that the model will be asked about here; the first is learned from
   */
  static LeafChoice of(List<TrainingData> tables) {
    TrainingData data = tables.get(0);
    LeafChoice choice = usual(data.variables());
    for (int v = 0; v < choice.kind.length; v++) {
      if (data.variables().get(v) instanceof Real real) {
        double[] known = known(data, v);
        choice.kind[v] = best(real, others(real, known, least(tables, v)), known);
      }
    }
    return choice;
  }

  /** The known cells of an even sample of the rows. */
  private static double[] known(TrainingData data, int v) {
    int used = Math.min(MOST_ROWS, data.numRows());
    return IntStream.range(0, used)
        .mapToDouble(i -> data.value((int) ((long) i * data.numRows() / used), v))
        .filter(x -> !Double.isNaN(x))
        .toArray();
  }

  /** The families beside the usual one that have a density at all values of a column. */
  private static List<NodeKind> others(Real real, double[] known, double least) {
    if (real.isCount() || real.isBounded()) {
      return List.of(NodeKind.HISTOGRAM);
    }
    boolean isSkewed = least > 0 && isSkewed(known, SKEWED);
    return isSkewed ? List.of(NodeKind.GAMMA, NodeKind.LOG_NORMAL) : List.of();
  }

  /** The family of a column's leaves. */
  NodeKind of(int column) {
    return kind[column];
  }

  /** The least value of a column; -infinity where an interval may reach anywhere. */
  private static double least(List<TrainingData> tables, int v) {
    double least = Double.POSITIVE_INFINITY;
    for (TrainingData table : tables) {
      for (int r = 0; r < table.numRows(); r++) {
        double x = table.value(r, v);
        least = x < least ? x : least;
      }
      least = table.isAnySoft(v) ? Double.NEGATIVE_INFINITY : least;
    }
    return least;
  }

  /** Whether the third standardised moment is above a bound. */
  static boolean isSkewed(double[] x, double least) {
    double mean = Arrays.stream(x).average().orElse(0);
    double second = Arrays.stream(x).map(y -> (y - mean) * (y - mean)).average().orElse(0);
    double third = Arrays.stream(x).map(y -> Math.pow(y - mean, 3)).average().orElse(0);
    return third > least * Math.pow(second, 1.5);
  }

  /** The usual family, unless another is clearly better. */
  private static NodeKind best(Real real, List<NodeKind> others, double[] known) {
    NodeKind best = usual(real);
    double highest = others.isEmpty() ? 0 : score(real, best, known, false) + leastGain(known);
    for (NodeKind other : others) {
      double log = score(real, other, known, false);
      if (log > highest) {
        highest = log;
        best = other;
      }
    }
    return best;
  }

  /**
   * Whether families of counts describe whole numbers clearly better than Gaussians, of which each
   * number gets the mass within a half of it.
   */
  static boolean areCounts(double[] known) {
    double least = score(Variable.real("x"), NodeKind.GAUSSIAN, known, true) + leastGain(known);
    Real count = Variable.count("x");
    return score(count, NodeKind.POISSON, known, false) > least
        || score(count, NodeKind.HISTOGRAM, known, false) > least;
  }

  private static double leastGain(double[] known) {
    return Math.max(STRONG, LEAST_GAIN * known.length);
  }

  /**
   * Log-likelihood of each half of some values by a mixture that learned from the other half.
   *
   * @param areUnits whether to take the mass within a half of each value in place of the density
   */
  private static double score(Real variable, NodeKind family, double[] known, boolean areUnits) {
    double sum = 0;
    for (int held = 0; held < 2 && known.length > 1; held++) {
      TrainingData rows = half(variable, known, 1 - held, false);
      Cloud cloud = new Cloud(rows, new LeafChoice(new NodeKind[] {family}));
      CircuitBuilder builder = Circuit.builder(List.of(variable));
      int root = new Mixture(COMPONENTS).addTo(builder, cloud, new int[] {0}, 1);
      Learner learner = new Learner(builder.build(root), rows, OPTIONS);
      for (int step = 0; step < STEPS; step++) {
        learner.fullStep();
      }
      double[] logs = learner.logLikelihoods(half(variable, known, held, areUnits));
      sum += Arrays.stream(logs).sum();
    }
    return sum;
  }

  private static TrainingData half(Real variable, double[] known, int which, boolean areUnits) {
    TrainingData.Builder builder = TrainingData.builder(List.of(variable)).doubles(0);
    for (int i = which; i < known.length; i += 2) {
      double x = known[i];
      builder.addRow(new double[] {areUnits ? Double.NaN : x});
      if (areUnits) {
        builder.interval(0, x - 0.5, x + 0.5);
      }
    }
    return builder.build();
  }
}
