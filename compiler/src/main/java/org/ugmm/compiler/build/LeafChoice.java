package org.ugmm.compiler.build;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Learner;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;

/**
 * The family of leaves of each column: of positive skewed reals and of counts that which describes
 * a column alone best, by small mixtures on rows kept back. Immutable.
 */
final class LeafChoice {
  private static final int MOST_ROWS = 2_000;

  /** Columns with fewer known values have the usual family. */
  static final int FEWEST_ROWS = 50;

  private static final int COMPONENTS = 3;
  private static final int STEPS = 25;

  /** A column is skewed where its third standardised moment is above this. */
  private static final double SKEWED = 1;

  /** What another family than the usual one must gain, in nats a row. */
  static final double LEAST_GAIN = 0.01;

  private final NodeKind[] kind;

  private LeafChoice(NodeKind[] kind) {
    this.kind = kind;
  }

  /** The usual families: Gaussians, and Poisson leaves of counts. */
  static LeafChoice usual(List<Variable> variables) {
    return new LeafChoice(variables.stream().map(LeafChoice::usual).toArray(NodeKind[]::new));
  }

  private static NodeKind usual(Variable variable) {
    if (variable instanceof Categorical) {
      return NodeKind.CATEGORICAL;
    }
    return ((Real) variable).isCount() ? NodeKind.POISSON : NodeKind.GAUSSIAN;
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
        int column = v;
        double[] known = known(data, v);
        boolean mayBePositive =
            tables.stream().allMatch(table -> isPositive(table, column))
                && isSkewed(known, SKEWED)
                && !real.isCount();
        if (known.length >= FEWEST_ROWS && (real.isCount() || mayBePositive)) {
          choice.kind[v] = best(real, known);
        }
      }
    }
    return choice;
  }

  /** The family of a column's leaves. */
  NodeKind of(int column) {
    return kind[column];
  }

  /** The known cells of an even sample of the rows. */
  private static double[] known(TrainingData data, int v) {
    DoubleArrayList known = new DoubleArrayList();
    int used = Math.min(MOST_ROWS, data.numRows());
    for (int i = 0; i < used; i++) {
      double x = data.value((int) ((long) i * data.numRows() / used), v);
      if (!Double.isNaN(x)) {
        known.add(x);
      }
    }
    return known.toDoubleArray();
  }

  private static boolean isPositive(TrainingData data, int v) {
    for (int r = 0; r < data.numRows(); r++) {
      if (data.value(r, v) <= 0) {
        return false;
      }
    }
    return !data.isAnySoft(v);
  }

  /** Whether the third standardised moment is above a bound. */
  static boolean isSkewed(double[] x, double least) {
    double mean = Arrays.stream(x).average().orElse(0);
    double second = Arrays.stream(x).map(y -> (y - mean) * (y - mean)).average().orElse(0);
    double third = Arrays.stream(x).map(y -> Math.pow(y - mean, 3)).average().orElse(0);
    return third > least * Math.pow(second, 1.5);
  }

  private static NodeKind best(Real variable, double[] known) {
    NodeKind best = usual(variable);
    double highest = score(variable, best, known, false) + LEAST_GAIN;
    List<NodeKind> others =
        variable.isCount()
            ? List.of(NodeKind.HISTOGRAM)
            : List.of(NodeKind.GAMMA, NodeKind.LOG_NORMAL);
    for (NodeKind other : others) {
      double log = score(variable, other, known, false);
      if (log > highest) {
        highest = log;
        best = other;
      }
    }
    return best;
  }

  /**
   * Mean log-likelihood of every second value by a mixture that learned from the others.
   *
   * @param isWhole whether to take the mass within a half of each value in place of the density
   */
  static double score(Real variable, NodeKind family, double[] known, boolean isWhole) {
    TrainingData.Builder train = TrainingData.builder(List.of(variable)).doubles(0);
    TrainingData.Builder held = TrainingData.builder(List.of(variable)).doubles(0);
    for (int i = 0; i < known.length; i++) {
      double x = known[i];
      if (i % 2 == 0) {
        train.addRow(new double[] {x});
      } else if (isWhole) {
        held.addRow(new double[] {Double.NaN}).interval(0, x - 0.5, x + 0.5);
      } else {
        held.addRow(new double[] {x});
      }
    }
    TrainingData rows = train.build();
    CircuitBuilder builder = Circuit.builder(List.of(variable));
    Cloud cloud = new Cloud(rows, new LeafChoice(new NodeKind[] {family}));
    Circuit start = builder.build(new Mixture(COMPONENTS).addTo(builder, cloud, new int[] {0}, 1));
    LearnOptions options =
        LearnOptions.DEFAULT.withThreads(1).withPrecision(Precision.DOUBLE).withSeed(1);
    Learner learner = new Learner(start, rows, options);
    for (int step = 0; step < STEPS; step++) {
      learner.fullStep();
    }
    return learner.meanLogLikelihood(held.build());
  }
}
