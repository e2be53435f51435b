package org.ugmm.compiler.build;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Learner;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable.Categorical;

/** Makes a circuit by a recipe: structure and start from the rows, then epochs of EM. */
final class Fitter {
  private static final double FIRST_STEP = 0.4;
  private static final double LAST_STEP = 0.02;
  private static final int FULL_STEPS = 2;
  private static final int FEWEST_EPOCHS = 15;
  private static final int MOST_EPOCHS = 60;
  private static final int BATCH = 128;
  private static final int SMALLEST_BATCH = 16;
  private static final int BATCHES_WISHED = 10;

  /** Fewer rows than this teach nothing beyond the start. */
  private static final int FEWEST_ROWS = 3;

  /** A component or hidden state should have as many rows, or there are fewer of them. */
  private static final int ROWS_A_STATE = 4;

  private final TrainOptions options;
  private final int classVariable;
  private final Effort effort;
  private final @Nullable Checkpoints checkpoints;

  Fitter(
      TrainOptions options, int classVariable, Effort effort, @Nullable Checkpoints checkpoints) {
    this.options = options;
    this.classVariable = classVariable;
    this.effort = effort;
    this.checkpoints = checkpoints;
  }

  /** More components or hidden states than this are not worth trying. */
  static int mostStates(int numRows) {
    return Math.max(1, numRows / ROWS_A_STATE);
  }

  /** Epochs over so many rows: each is a few steps only where there are few rows. */
  int epochs(int numRows) {
    if (options.epochs() > 0) {
      return options.epochs();
    }
    double wished = 20 * Math.pow(2000.0 / Math.max(1, numRows), 0.3);
    return (int) Math.max(FEWEST_EPOCHS, Math.min(MOST_EPOCHS, Math.round(wished)));
  }

  /** Weights times rows that a candidate takes on a table, as far as is known beforehand. */
  double work(Recipe recipe, TrainingData train) {
    double rows = (double) train.numRows() * (epochs(train.numRows()) + FULL_STEPS);
    return rows * recipe.structure().numWeights(train.variables().size());
  }

  /**
   * Fits a candidate. Where the effort is over, what there is by then.
   *
   * @param valid rows kept back, whose best epoch is taken; null to take the last
   * @param place tells apart tables of one run, for its checkpoints
   */
  Circuit fit(Recipe recipe, TrainingData train, @Nullable TrainingData valid, String place) {
    int numVariables = train.variables().size();
    String key = recipe.label() + "|" + place;
    if (!recipe.byClass()) {
      int[] columns = IntStream.range(0, numVariables).toArray();
      int[] rows = IntStream.range(0, train.numRows()).toArray();
      return fit(recipe, new Cloud(train), rows, columns, valid, recipe.label(), key);
    }
    int[] columns = IntStream.range(0, numVariables).filter(v -> v != classVariable).toArray();
    Categorical classes = (Categorical) train.variables().get(classVariable);
    Cloud whole = new Cloud(train);
    List<Circuit> parts = new ArrayList<>();
    double[] prior = new double[classes.numStates()];
    for (int s = 0; s < prior.length; s++) {
      int[] rows = rowsOf(train, s);
      for (int r : rows) {
        prior[s] += train.weight(r);
      }
      prior[s] += 0.5;
      TrainingData kept = valid == null ? null : valid.select(rowsOf(valid, s));
      String name = "%s %d/%d".formatted(recipe.label(), s + 1, prior.length);
      parts.add(fit(recipe, whole, rows, columns, kept, name, key + "|" + s));
    }
    double total = Arrays.stream(prior).sum();
    Arrays.setAll(prior, s -> prior[s] / total);
    return Combine.byClass(train.variables(), classVariable, parts, prior);
  }

  private int[] rowsOf(TrainingData data, int state) {
    return IntStream.range(0, data.numRows())
        .filter(r -> data.value(r, classVariable) == state)
        .toArray();
  }

  private Circuit fit(
      Recipe recipe,
      Cloud whole,
      int[] rows,
      int[] columns,
      @Nullable TrainingData valid,
      String name,
      String key) {
    Circuit known = checkpoints == null ? null : checkpoints.load(key);
    TrainingData train = whole.data().select(rows);
    if (known != null) {
      effort.add(work(known, rows.length));
      return known;
    }
    long seed = options.learn().seed() * 1_000_003 + recipe.variant();
    Circuit start = start(recipe, whole.of(rows), columns, seed);
    boolean isLearned = rows.length >= FEWEST_ROWS && recipe.structure().isLearned();
    Circuit learned =
        isLearned ? learn(start, train, valid, recipe.pseudoCount(), seed, name) : start;
    effort.add(work(start, rows.length));
    if (checkpoints != null && !effort.isOver()) {
      checkpoints.save(key, learned);
    }
    return learned;
  }

  private double work(Circuit circuit, int numRows) {
    return (double) circuit.numEdges() * numRows * (epochs(numRows) + FULL_STEPS);
  }

  private static Circuit start(Recipe recipe, Cloud cloud, int[] columns, long seed) {
    if (recipe.structure() instanceof Given given) {
      return given.circuit();
    }
    CircuitBuilder builder = Circuit.builder(cloud.data().variables());
    Structure structure = recipe.structure().atMost(mostStates(cloud.numRows()));
    return builder.build(structure.addTo(builder, cloud, columns, seed));
  }

  private Circuit learn(
      Circuit start,
      TrainingData train,
      @Nullable TrainingData valid,
      double pseudoCount,
      long seed,
      String name) {
    LearnOptions learn = options.learn().withSeed(seed).withPseudoCounts(pseudoCount, 1);
    Learner learner = new Learner(start, train, learn);
    int rows = train.numRows();
    int epochs = epochs(rows);
    int batch = Math.max(SMALLEST_BATCH, Math.min(BATCH, rows / BATCHES_WISHED));
    TrainingData watched = valid != null && valid.numRows() > 0 ? valid : null;
    double best = Double.NEGATIVE_INFINITY;
    Circuit kept = start;
    for (int e = 0; e < epochs + FULL_STEPS && !effort.isOver(); e++) {
      long began = System.nanoTime();
      double train1 =
          e < epochs
              ? learner.epoch(batch, step(e, epochs), step(e + 1, epochs))
              : learner.fullStep();
      long elapsed = System.nanoTime() - began;
      effort.time((double) rows * start.numEdges(), elapsed);
      double held = watched == null ? Double.NaN : learner.meanLogLikelihood(watched);
      if (held > best) {
        best = held;
        kept = learner.circuit();
      }
      double speed = rows / (elapsed * 1e-9);
      options
          .progress()
          .accept(
              new Progress(
                  name,
                  e + 1,
                  epochs + FULL_STEPS,
                  train1,
                  held,
                  speed,
                  (epochs + FULL_STEPS - e - 1) * elapsed * 1e-9));
    }
    return best > Double.NEGATIVE_INFINITY ? kept : learner.circuit();
  }

  private static double step(int epoch, int epochs) {
    return FIRST_STEP + (LAST_STEP - FIRST_STEP) * epoch / epochs;
  }
}
