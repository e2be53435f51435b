package org.ugmm.engine;

import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.ExpectedCounts;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.LearnOptions.Objective;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.learn.Training;

/**
 * Learns the parameters of a smooth, decomposable circuit without links from a table: weights of
 * sums and parameters of leaves, by expectation maximisation or along gradients. Missing cells are
 * integrated out.
 *
 * <p>The result has the same bits for any number of threads. Not thread-safe; threads of its own
 * end by themselves when they have nothing to do.
 */
public final class Learner {
  private final Training training;

  /**
   * A learner that starts from the parameters of a circuit.
   *
   * @param circuit from anywhere; what its weights say beyond a distribution is divided out, and a
   *     weight that is then below the least double is 0 and stays so
   * @param data whose columns are variables of the circuit; variables that it lacks are hidden
   * @throws CircuitException if the circuit is not smooth and decomposable, has links, or a column
   *     is none of its variables or of another kind
   */
  public Learner(Circuit circuit, TrainingData data, LearnOptions options) {
    this(circuit, data, options, data);
  }

  /**
   * A learner of some rows of a larger table.
   *
   * @param whole the rows that say how often states are and how far reals spread, for pseudo-counts
   *     and floors: a column that is constant in {@code data} need not be constant
   * @throws CircuitException as above
   */
  public Learner(Circuit circuit, TrainingData data, LearnOptions options, TrainingData whole) {
    training = new Training(circuit.flat, data, options, whole);
  }

  /**
   * A learner of rows that are elsewhere, of which learners like this one send {@link #count}s to
   * {@link #update}. Its own rows are a sample of them.
   *
   * @param sample says how often states are and how far reals spread, for pseudo-counts and floors
   * @param totalWeight sum of the weights of all rows
   * @throws CircuitException as above
   * @throws IllegalArgumentException if the weight is not above 0 and finite
   */
  public static Learner ofSample(
      Circuit circuit, TrainingData sample, LearnOptions options, double totalWeight) {
    if (!(totalWeight > 0) || totalWeight == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "total weight %s; expected a finite number above 0".formatted(totalWeight));
    }
    return new Learner(
        new Training(
            circuit.flat, sample, options, sample, totalWeight, new int[0][], new int[0][]));
  }

  /**
   * A learner of a circuit some of whose nodes share their parameters, such as the steps of a
   * chain: sums with equally many children, or leaves of one family, of one variable or of several.
   * EM adds up what is counted at all nodes of a group, with the pseudo-counts of the first; a
   * gradient has at each node that of the shared parameter.
   *
   * @param tied [groups][nodes] indices of nodes, none in two groups; those of a group have equal
   *     parameters at the start
   * @throws CircuitException as above, or if nodes cannot be tied; the message says which and why
   */
  public static Learner ofTied(
      Circuit circuit, TrainingData data, LearnOptions options, int[]... tied) {
    return ofTied(circuit, data, options, tied, new int[0][]);
  }

  /**
   * The same where some Gaussian leaves share their means alone, such as the components of one unit
   * of a network, each with a scale of its own. EM sets the mean of a group for the scales that its
   * leaves have, an average weighted by counts over variances, and then each scale for that mean
   * (ECM: Meng and Rubin, Biometrika 80, 1993); a step of that kind does not lower the likelihood
   * either. The gradient by a shared mean is the sum of those of its leaves.
   *
   * @param tied [groups][nodes] as above; a node may be in one of these groups and in one of means
   * @param tiedMeans [groups][nodes] indices of Gaussian leaves, none in two groups; those of a
   *     group have equal means at the start
   * @throws CircuitException as above
   */
  public static Learner ofTied(
      Circuit circuit, TrainingData data, LearnOptions options, int[][] tied, int[][] tiedMeans) {
    return new Learner(
        new Training(circuit.flat, data, options, data, data.totalWeight(), tied, tiedMeans));
  }

  private Learner(Training training) {
    this.training = training;
  }

  /**
   * One step of EM with all rows.
   *
   * @return mean log-likelihood before the step, of rows with a probability above zero
   */
  public double fullStep() {
    return training.fullStep();
  }

  /**
   * One pass over the rows in a random order, with a rescaled EM step after each batch
   * (arXiv:2505.19982).
   *
   * @param batch number of rows of a batch
   * @param stepFrom size of the first step, above 0 and at most 1
   * @param stepTo size of the last step; in between they are on a line
   * @return mean log-likelihood, of each row before the step of its batch
   */
  public double epoch(int batch, double stepFrom, double stepTo) {
    return training.epoch(batch, stepFrom, stepTo);
  }

  /**
   * One pass over the rows in a random order, with a step of Adam along the gradient of an
   * objective after each batch: for what is to be told apart rather than described.
   *
   * @param batch number of rows of a batch
   * @param rate size of a step in each logit, log scale and, in standard deviations of its
   *     variable, mean
   * @return mean objective, of each row before the step of its batch
   * @throws CircuitException if the class is none of the circuit's variables
   */
  public double climbEpoch(int batch, double rate, Objective objective) {
    return training.climbEpoch(batch, rate, objective);
  }

  /**
   * The gradient of the weighted sum of an objective over rows.
   *
   * @return [numParameters] in the order of the circuit's parameters: by the logit of a weight or a
   *     probability, by a mean, by the natural log of a scale; 0 of what is not learned along
   *     gradients, such as leaves that are neither Gaussian nor categorical
   */
  public double[] gradient(TrainingData rows, Objective objective) {
    return training.gradient(rows, objective);
  }

  /** Number of epochs so far: with the seed it decides the order of rows in the next. */
  public int numEpochs() {
    return training.numEpochs();
  }

  /** Says that so many epochs are done: to go on from the circuit of a learner that was stopped. */
  public void resumeAfter(int numEpochs) {
    training.resumeAfter(numEpochs);
  }

  /** Rows of probability zero that the last step or epoch met; they teach nothing. */
  public long numZeroRows() {
    return training.numZeroRows();
  }

  /**
   * Expected counts of rows under the present parameters; those of disjoint rows add up.
   *
   * @param rows of the same columns as the training data
   */
  public ExpectedCounts count(TrainingData rows) {
    return training.count(rows);
  }

  /**
   * A step by expected counts, from wherever they were counted.
   *
   * @param counts under the present parameters
   * @param step 1 for a whole step of EM, less to keep some of the old parameters
   * @throws CircuitException if they were counted under other parameters
   */
  public void update(ExpectedCounts counts, double step) {
    training.update(counts, step);
  }

  /** Natural log of the probability of each row under the present parameters. */
  public double[] logLikelihoods(TrainingData rows) {
    return training.logLikelihoods(rows);
  }

  /**
   * Weighted mean log-likelihood; -infinity where a row of a weight above 0 has probability zero.
   */
  public double meanLogLikelihood(TrainingData rows) {
    double[] logs = logLikelihoods(rows);
    double sum = 0;
    double weight = 0;
    for (int row = 0; row < logs.length; row++) {
      if (rows.weight(row) > 0) {
        sum += rows.weight(row) * logs[row];
        weight += rows.weight(row);
      }
    }
    return weight > 0 ? sum / weight : 0;
  }

  /**
   * Log of the prior that the pseudo-counts amount to, up to a constant: a full step never lowers
   * the log-likelihood of all rows plus this.
   */
  public double logPrior() {
    return training.logPrior();
  }

  /** The circuit with the present parameters; nodes keep their numbers. */
  public Circuit circuit() {
    return new Circuit(training.circuit());
  }
}
