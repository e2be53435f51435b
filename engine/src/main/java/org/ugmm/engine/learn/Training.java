package org.ugmm.engine.learn;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.ExpectedCounts;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.LearnOptions.Objective;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.kernel.Kernels;

/** A circuit in training: its parameters, its rows and the steps. Not thread-safe. */
public final class Training {
  private final TrainedCircuit circuit;
  private final Rows rows;
  private final LearnOptions options;
  private final EmStep em;
  private final Counter<?> counter;
  private final double totalWeight;
  private final GradientStep adam;
  private final Ties ties;
  private int numEpochs;
  private long numZeroRows;

  /** See {@link org.ugmm.engine.Learner}. */
  public Training(FlatCircuit source, TrainingData data, LearnOptions options, TrainingData whole) {
    this(source, data, options, whole, data.totalWeight(), new int[0][], new int[0][]);
  }

  /**
   * The same where the rows that are learned from have another weight than the data, and some nodes
   * share their parameters or their means.
   */
  public Training(
      FlatCircuit source,
      TrainingData data,
      LearnOptions options,
      TrainingData whole,
      double totalWeight,
      int[][] tied,
      int[][] tiedMeans) {
    this.options = options;
    this.totalWeight = totalWeight;
    circuit = new TrainedCircuit(source);
    boolean isTied = tied.length > 0 || tiedMeans.length > 0;
    ties = isTied ? Ties.of(circuit, tied, tiedMeans) : Ties.NONE;
    rows = new Rows(source, data);
    LeafPrior[] priors =
        new Rows(source, whole)
            .priors(
                source.variables,
                options.pseudoCount(),
                options.scalePseudoCount(),
                options.relativeScaleFloor());
    adam = new GradientStep(circuit, priors);
    Workers workers = new Workers(options.threads());
    em = new EmStep(circuit, priors, options.pseudoCount(), ties, workers);
    double[] center = Arrays.stream(priors).mapToDouble(LeafPrior::mean).toArray();
    double[] unit = Arrays.stream(priors).mapToDouble(LeafPrior::unit).toArray();
    counter =
        options.precision() == Precision.FLOAT
            ? new Counter<>(circuit, Kernels.FLOAT.training(), center, unit, workers)
            : new Counter<>(circuit, Kernels.DOUBLE.training(), center, unit, workers);
  }

  /** One step of EM with all rows; mean log-likelihood before it. */
  public double fullStep() {
    ExpectedCounts counts = none();
    counter.count(rows, inOrder(rows.numRows()), 0, rows.numRows(), counts);
    numZeroRows = counts.numZeroRows();
    apply(counts, 1);
    return counts.meanLogLikelihood();
  }

  /** One pass in small batches; mean log-likelihood before each. */
  public double epoch(int batch, double stepFrom, double stepTo) {
    checkStep(stepFrom);
    checkStep(stepTo);
    int n = rows.numRows();
    int[] order = shuffled(n);
    int numBatches = Math.max(1, (int) Math.round((double) n / batch));
    numZeroRows = 0;
    double sum = 0;
    double weight = 0;
    for (int b = 0; b < numBatches; b++) {
      int from = (int) ((long) n * b / numBatches);
      int to = (int) ((long) n * (b + 1) / numBatches);
      ExpectedCounts counts = none();
      counter.count(rows, order, from, to, counts);
      double way = numBatches > 1 ? (double) b / (numBatches - 1) : 0;
      apply(counts, stepFrom + way * (stepTo - stepFrom));
      numZeroRows += counts.numZeroRows();
      sum += counts.logLikelihood();
      weight += counts.weight();
    }
    numEpochs++;
    return weight > 0 ? sum / weight : 0;
  }

  /** One pass in small batches with a step of Adam after each; mean objective before each. */
  public double climbEpoch(int batch, double rate, Objective objective) {
    int n = rows.numRows();
    int[] order = shuffled(n);
    int numBatches = Math.max(1, (int) Math.round((double) n / batch));
    numZeroRows = 0;
    double sum = 0;
    double weight = 0;
    for (int b = 0; b < numBatches; b++) {
      int from = (int) ((long) n * b / numBatches);
      int to = (int) ((long) n * (b + 1) / numBatches);
      Climb climb = climb(rows, Arrays.copyOfRange(order, from, to), objective);
      if (climb.weight > 0) {
        double[] gradient = climb.gradient;
        for (int p = 0; p < gradient.length; p++) {
          gradient[p] /= climb.weight;
        }
        adam.climb(gradient, rate);
        ties.copy(circuit);
        counter.load();
      }
      numZeroRows += climb.zeroRows;
      sum += climb.sum;
      weight += climb.weight;
    }
    numEpochs++;
    return weight > 0 ? sum / weight : 0;
  }

  /** Gradient of the weighted sum of an objective over rows of a weight, and that sum. */
  private record Climb(double[] gradient, double sum, double weight, long zeroRows) {}

  private Climb climb(Rows of, int[] chosen, Objective objective) {
    double share = objective.discriminative();
    double generative = (1 - share) / circuit.source.variables.size();
    ExpectedCounts joint = none();
    counter.count(of, chosen, 0, chosen.length, joint);
    double[] counts = joint.counts();
    double sum = (share + generative) * joint.logLikelihood();
    for (int i = 0; i < counts.length; i++) {
      counts[i] *= share + generative;
    }
    if (share > 0) {
      Rows hidden = new Rows(of, circuit.source.indexOf(objective.classVariable()));
      int[] possible = joint.numZeroRows() == 0 ? chosen : possible(of, chosen);
      ExpectedCounts features = none();
      counter.count(hidden, possible, 0, possible.length, features);
      sum -= share * features.logLikelihood();
      for (int i = 0; i < counts.length; i++) {
        counts[i] -= share * features.counts()[i];
      }
    }
    double[] gradient = GradientStep.gradient(circuit, counts);
    ties.share(circuit, gradient);
    return new Climb(gradient, sum, joint.weight(), joint.numZeroRows());
  }

  /** The rows whose probability is not zero. */
  private int[] possible(Rows of, int[] chosen) {
    LogPass pass = new LogPass(circuit, of);
    return Arrays.stream(chosen).filter(row -> pass.up(row) > Double.NEGATIVE_INFINITY).toArray();
  }

  /** Gradient of the weighted sum of an objective over rows. */
  public double[] gradient(TrainingData data, Objective objective) {
    Rows of = new Rows(circuit.source, data);
    return climb(of, inOrder(of.numRows()), objective).gradient;
  }

  private static void checkStep(double step) {
    if (!(step > 0 && step <= 1)) {
      throw new IllegalArgumentException("step %s; expected above 0, at most 1".formatted(step));
    }
  }

  /** The rows in the order of this epoch: by Fisher and Yates from the seed and the epoch. */
  private int[] shuffled(int n) {
    SplittableRandom random =
        new SplittableRandom(options.seed() * 0x9E3779B97F4A7C15L + numEpochs);
    int[] order = new int[n];
    Arrays.setAll(order, i -> i);
    for (int i = n - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  private static int[] inOrder(int n) {
    int[] rows = new int[n];
    Arrays.setAll(rows, i -> i);
    return rows;
  }

  private void apply(ExpectedCounts counts, double step) {
    if (counts.weight() > 0) {
      em.update(counts.counts(), counts.weight(), counts.zeroWeight(), totalWeight, step);
      counter.load();
    }
  }

  private ExpectedCounts none() {
    return new ExpectedCounts(0, circuit.numStatistics());
  }

  private long mark() {
    return 31L * Arrays.hashCode(circuit.parameter) + Arrays.hashCode(circuit.child);
  }

  /** Number of epochs so far. */
  public int numEpochs() {
    return numEpochs;
  }

  /** Says that so many epochs are done. */
  public void resumeAfter(int epochs) {
    numEpochs = epochs;
  }

  /** Rows of probability zero that the last step or epoch met. */
  public long numZeroRows() {
    return numZeroRows;
  }

  /** Expected counts of other rows. */
  public ExpectedCounts count(TrainingData data) {
    Rows of = new Rows(circuit.source, data);
    ExpectedCounts counts = new ExpectedCounts(mark(), circuit.numStatistics());
    counter.count(of, inOrder(of.numRows()), 0, of.numRows(), counts);
    return counts;
  }

  /** A step by expected counts. */
  public void update(ExpectedCounts counts, double step) {
    checkStep(step);
    if (counts.mark() != mark() || counts.counts().length != circuit.numStatistics()) {
      throw new CircuitException(
          "these expected counts were counted under other parameters; count again after each step");
    }
    ExpectedCounts copy = new ExpectedCounts(mark(), circuit.numStatistics());
    copy.add(counts);
    apply(copy, step);
  }

  /** Natural log of the probability of each row. */
  public double[] logLikelihoods(TrainingData data) {
    return counter.logs(new Rows(circuit.source, data));
  }

  /** Log of the prior of the present parameters. */
  public double logPrior() {
    return em.logPrior();
  }

  /** The circuit with the present parameters. */
  public FlatCircuit circuit() {
    return circuit.toCircuit();
  }
}
