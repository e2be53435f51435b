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
import org.ugmm.engine.data.LearnOptions.Objective;
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

  /** Batches of an epoch that larger ones leave. */
  private static final int MANY_BATCHES = 100;

  /** Share of the class in what a finish climbs. */
  private static final double DISCRIMINATIVE = 0.9;

  private static final int FINISH_EPOCHS = 3;
  private static final double FINISH_RATE = 0.01;
  private static final double CLIMB_RATE = 0.02;

  /** Fewer rows than this teach nothing beyond the start. */
  private static final int FEWEST_ROWS = 3;

  /** A component or hidden state should have as many rows, or there are fewer of them. */
  private static final int ROWS_A_STATE = 4;

  private final TrainOptions options;
  private final int classVariable;
  private final LeafChoice families;
  private final Effort effort;
  private final @Nullable Checkpoints checkpoints;

  Fitter(
      TrainOptions options,
      int classVariable,
      LeafChoice families,
      Effort effort,
      @Nullable Checkpoints checkpoints) {
    this.options = options;
    this.classVariable = classVariable;
    this.families = families;
    this.effort = effort;
    this.checkpoints = checkpoints;
  }

  /** Whether candidates may be learned on for the class. */
  boolean isFinishing() {
    return classVariable >= 0 && options.method() != TrainOptions.Method.EM;
  }

  /** More components or hidden states than this are not worth trying. */
  private static int mostStates(int numRows) {
    return Math.max(1, numRows / ROWS_A_STATE);
  }

  /** The same for a table, or for its largest class. */
  int mostStates(TrainingData train, boolean byClass) {
    if (!byClass) {
      return mostStates(train.numRows());
    }
    int numStates = ((Categorical) train.variables().get(classVariable)).numStates();
    return mostStates(
        IntStream.range(0, numStates).map(s -> rowsOf(train, s).length).max().orElse(0));
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
    Structure structure = recipe.structure();
    return passes(train) * structure.numWeights(train.variables().size())
        + structure.startWork(train);
  }

  /** Rows that a candidate passes over, as often as it does. */
  double passes(TrainingData train) {
    return (double) train.numRows() * (epochs(train.numRows()) + FULL_STEPS);
  }

  /**
   * Fits a candidate. Where the effort is over, what there is by then.
   *
   * @param valid rows kept back, whose best epoch is taken; null to take the last
   * @param place tells apart tables of one run, for its checkpoints
   */
  Circuit fit(Recipe recipe, TrainingData train, @Nullable TrainingData valid, String place) {
    if (recipe.finish() > 0) {
      Recipe before = recipe.withFinish(recipe.finish() - 1);
      return finish(recipe, fit(before, train, valid, place), train, place);
    }
    int numVariables = train.variables().size();
    String key = recipe.label() + "|" + place;
    if (!recipe.byClass()) {
      int[] columns = IntStream.range(0, numVariables).toArray();
      int[] rows = IntStream.range(0, train.numRows()).toArray();
      return fit(recipe, new Cloud(train, families), rows, columns, valid, recipe.label(), key);
    }
    int[] columns = IntStream.range(0, numVariables).filter(v -> v != classVariable).toArray();
    Categorical classes = (Categorical) train.variables().get(classVariable);
    Cloud whole = new Cloud(train, families);
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

  /**
   * Goes on from a candidate of one round less, by gradients of the class and a share of the
   * likelihood, which keeps what it knows of features when others are missing.
   */
  Circuit finish(Recipe recipe, Circuit before, TrainingData train, String place) {
    String key = recipe.label() + "|" + place;
    Circuit known = checkpoints == null ? null : checkpoints.load(key);
    effort.add(finishWork(before, train));
    if (known != null) {
      return known;
    }
    long seed = options.learn().seed() * 1_000_003 + recipe.variant() + 31L * recipe.finish();
    Learner learner = new Learner(before, train, learnOptions(recipe, seed));
    Objective objective =
        new Objective(train.variables().get(classVariable).name(), DISCRIMINATIVE);
    int rows = train.numRows();
    for (int e = 0; e < FINISH_EPOCHS && !effort.isOver(); e++) {
      long began = System.nanoTime();
      double value = learner.climbEpoch(batch(before, rows), FINISH_RATE, objective);
      report(recipe.label(), e, FINISH_EPOCHS, value, Double.NaN, rows, began);
    }
    Circuit learned = learner.circuit();
    if (checkpoints != null && !effort.isOver()) {
      checkpoints.save(key, learned);
    }
    return learned;
  }

  /** Rows that a round of gradients passes over. */
  static double finishPasses(TrainingData train) {
    return 2.0 * FINISH_EPOCHS * train.numRows();
  }

  /** Weights times rows that a round of gradients passes over: with the class and without. */
  static double finishWork(Circuit circuit, TrainingData train) {
    return finishPasses(train) * circuit.numEdges();
  }

  private LearnOptions learnOptions(Recipe recipe, long seed) {
    return options
        .learn()
        .withSeed(seed)
        .withPseudoCounts(recipe.pseudoCount(), recipe.scalePseudoCount());
  }

  /**
   * Rows of a batch. After each, all parameters are updated: where a row touches few of them, as
   * with hundreds of states, batches are larger so that this takes no more time than the rows.
   */
  private static int batch(Circuit circuit, int rows) {
    int wished = Math.min(BATCH, rows / BATCHES_WISHED);
    long large = (long) BATCH * circuit.numParameters() / Math.max(1, circuit.numEdges());
    return (int) Math.max(SMALLEST_BATCH, Math.max(wished, Math.min(large, rows / MANY_BATCHES)));
  }

  private void report(
      String name, int e, int epochs, double value, double held, int rows, long began) {
    double seconds = (System.nanoTime() - began) * 1e-9;
    options
        .progress()
        .accept(
            new Progress(
                name, e + 1, epochs, value, held, rows / seconds, (epochs - e - 1) * seconds));
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
    // what is fitted in addTo costs as much, loaded or not: a resumed search goes the same way
    double fitted = recipe.structure().startWork(train);
    if (known != null) {
      effort.add(fitted + known.numEdges() * passes(train));
      return known;
    }
    long seed = options.learn().seed() * 1_000_003 + recipe.variant();
    Circuit start = start(recipe, whole.of(rows), columns, seed);
    boolean isLearned = rows.length >= FEWEST_ROWS && recipe.structure().isLearned();
    Circuit learned =
        isLearned ? learn(recipe, start, train, whole.data(), valid, seed, name) : start;
    effort.add(fitted + start.numEdges() * passes(train));
    if (checkpoints != null && !effort.isOver()) {
      checkpoints.save(key, learned);
    }
    return learned;
  }

  private static Circuit start(Recipe recipe, Cloud cloud, int[] columns, long seed) {
    if (recipe.structure() instanceof Given given) {
      return given.start(cloud, seed);
    }
    CircuitBuilder builder = Circuit.builder(cloud.data().variables());
    Structure structure = recipe.structure().atMost(mostStates(cloud.numRows()));
    return builder.build(structure.addTo(builder, cloud, columns, seed));
  }

  private Circuit learn(
      Recipe recipe,
      Circuit start,
      TrainingData train,
      TrainingData whole,
      @Nullable TrainingData valid,
      long seed,
      String name) {
    Learner learner = new Learner(start, train, learnOptions(recipe, seed), whole);
    int rows = train.numRows();
    int small = epochs(rows);
    boolean isClimbed = options.method() == TrainOptions.Method.GRADIENT;
    int epochs = isClimbed ? small : small + FULL_STEPS;
    TrainingData watched = valid != null && valid.numRows() > 0 ? valid : null;
    double best = Double.NEGATIVE_INFINITY;
    Circuit kept = start;
    for (int e = 0; e < epochs && !effort.isOver(); e++) {
      long began = System.nanoTime();
      double value;
      if (isClimbed) {
        value = learner.climbEpoch(batch(start, rows), CLIMB_RATE, Objective.GENERATIVE);
      } else if (e < small) {
        value = learner.epoch(batch(start, rows), step(e, small), step(e + 1, small));
      } else {
        value = learner.fullStep();
      }
      effort.time((double) rows * start.numEdges(), rows, System.nanoTime() - began);
      double held = watched == null ? Double.NaN : learner.meanLogLikelihood(watched);
      if (held > best) {
        best = held;
        kept = learner.circuit();
      }
      report(name, e, epochs, value, held, rows, began);
    }
    return best > Double.NEGATIVE_INFINITY ? kept : learner.circuit();
  }

  private static double step(int epoch, int epochs) {
    return FIRST_STEP + (LAST_STEP - FIRST_STEP) * epoch / epochs;
  }
}
