package org.ugmm.compiler.build.network;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.build.Fingerprint;
import org.ugmm.compiler.build.Folds;
import org.ugmm.compiler.build.TrainOptions;
import org.ugmm.compiler.model.Classes;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.Network;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.network.NetworkLearner;
import org.ugmm.engine.network.NetworkObjective;
import org.ugmm.engine.network.NetworkRows;

/**
 * Learns a layered uGMM network from a table. A network that ends with as many units as the class
 * has states reads all other columns, and its roots are class densities; one that ends with one
 * unit reads all columns, categorical ones by the codes of their states.
 *
 * <p>Rows with a missing cell are left out: no rule integrates through a link; the tractable form
 * ({@link NetworkOptions#components}) learns from them too. A part of the rows is kept back and
 * tells the best epoch; unless there are many rows or a table of their own for it, the network then
 * learns from all rows. The same table, options and seed give the same bits on any number of
 * threads, unless the clock or the caller ends it. Immutable.
 */
public final class NetworkTraining {
  private static final long KEEP_EVERY_NANOS = 3_000_000_000L;

  private final TrainingData data;
  private final long keepEveryNanos;

  /** Keeps the state of training in the folder of checkpoints after so much time. */
  NetworkTraining(TrainingData data, long keepEveryNanos) {
    this.data = data;
    this.keepEveryNanos = keepEveryNanos;
  }

  /**
   * Training on a table.
   *
   * @throws CircuitException if it has no rows or no columns
   */
  public static NetworkTraining of(TrainingData data) {
    if (data.numRows() == 0 || data.variables().isEmpty()) {
      throw new CircuitException(
          "%d rows of %d columns; expected at least one of each to learn from"
              .formatted(data.numRows(), data.variables().size()));
    }
    return new NetworkTraining(data, KEEP_EVERY_NANOS);
  }

  /**
   * Learns.
   *
   * @throws CircuitException if the sizes of the network do not fit the columns, the class is no
   *     categorical column, or no row is complete
   */
  public TrainedNetwork learn(TrainOptions options, NetworkOptions shape) {
    if (shape.isTractable()) {
      return new TractableTraining(data, keepEveryNanos).learn(options, shape);
    }
    int classColumn = classColumn(data, options.classVariable());
    Inputs inputs = Inputs.of(data, classColumn, shape);
    TrainingData own = options.valid();
    Folds folds =
        own == null
            ? Folds.of(data, classColumn, options.validFraction(), options.learn().seed())
            : Folds.of(data, own);
    NetworkRows train = inputs.rows(folds.train().get(0));
    NetworkRows valid = inputs.rows(folds.valid().get(0));
    requireRows(train);
    NetworkRows all = folds.isRefit() ? inputs.rows(data) : train;
    double[] priors = priors(all, shape.last());
    double share = shape.last() == 1 ? 0 : shape.discriminative();
    NetworkObjective objective =
        new NetworkObjective(
            Arrays.stream(priors).map(Math::log).toArray(), share, data.variables().size());
    boolean isRefit = folds.isRefit();
    Course course =
        Course.of(shape, all.numRows(), options.epochs(), options.budget() / (isRefit ? 2 : 1));
    String run = Fingerprint.of(data, options) + "|" + shape + "|" + course;
    long deadline = deadline(options.limitNanos());
    int numIncomplete = folds.train().get(0).numRows() - train.numRows();
    numIncomplete += own == null ? folds.valid().get(0).numRows() - valid.numRows() : 0;
    try (Fit first =
        fit(train, valid, objective, course, options, shape, inputs, run, "network", deadline)) {
      first.run();
      Scores scores = valid.numRows() == 0 ? null : Scores.of(first.learner(), valid, objective);
      if (!isRefit || first.isStopped()) {
        return trained(
            first, scores, valid.numRows(), train.numRows(), numIncomplete, inputs, priors, shape);
      }
      try (Fit last =
          fit(all, null, objective, course, options, shape, inputs, run, "all rows", deadline)) {
        last.run();
        return trained(
            last.isStopped() ? first : last,
            scores,
            valid.numRows(),
            last.isStopped() ? train.numRows() : all.numRows(),
            numIncomplete,
            inputs,
            priors,
            shape);
      }
    }
  }

  /** The column of the class; -1 without one. */
  static int classColumn(TrainingData data, @Nullable String name) {
    if (name == null) {
      return -1;
    }
    List<String> names = data.variables().stream().map(Variable::name).toList();
    int column = names.indexOf(name);
    if (column < 0 || !(data.variables().get(column) instanceof Categorical)) {
      throw new CircuitException(
          "class '%s' %s"
              .formatted(
                  name,
                  column < 0
                      ? "is no column; the columns are " + String.join(", ", names)
                      : "is real; expected a categorical column"));
    }
    return column;
  }

  private void requireRows(NetworkRows train) {
    if (train.numRows() == 0) {
      throw new CircuitException(
          "none of %d rows is complete; a network with links learns from complete rows only, a circuit (--structure) from any"
              .formatted(data.numRows()));
    }
  }

  static long deadline(long limitNanos) {
    long now = System.nanoTime();
    return limitNanos > Long.MAX_VALUE - Math.abs(now) ? Long.MAX_VALUE : now + limitNanos;
  }

  /** Shares of the classes, with one row more of each. */
  private static double[] priors(NetworkRows rows, int numRoots) {
    double[] count = new double[numRoots];
    Arrays.fill(count, 1);
    double total = numRoots;
    for (int r = 0; numRoots > 1 && r < rows.numRows(); r++) {
      count[rows.label(r)] += rows.weight(r);
      total += rows.weight(r);
    }
    for (int c = 0; c < numRoots; c++) {
      count[c] /= total;
    }
    return count;
  }

  private Fit fit(
      NetworkRows rows,
      @Nullable NetworkRows valid,
      NetworkObjective objective,
      Course course,
      TrainOptions options,
      NetworkOptions shape,
      Inputs inputs,
      String run,
      String label,
      long deadline) {
    int[] sizes = shape.sizes().stream().mapToInt(Integer::intValue).toArray();
    NetworkLearner learner =
        new NetworkLearner(
            sizes,
            shape.isTied(),
            Math.min(course.batch(), rows.numRows()),
            options.learn().precision(),
            options.learn().threads());
    long seed = options.learn().seed();
    Start.set(learner, rows, inputs, shape, Fit.order(rows.numRows(), seed, -1), seed);
    Path folder = options.checkpoints();
    Kept kept =
        folder == null
            ? null
            : new Kept(
                folder.resolve((valid == null ? "last" : "first") + Kept.ENDING),
                Fingerprint.text(run),
                keepEveryNanos);
    boolean isScored = valid != null && valid.numRows() > 0;
    return new Fit(
        learner, rows, isScored ? valid : null, objective, course, options, kept, label, deadline);
  }

  private TrainedNetwork trained(
      Fit fit,
      @Nullable Scores scores,
      int numValid,
      int numTrain,
      int numIncomplete,
      Inputs inputs,
      double[] priors,
      NetworkOptions shape) {
    Classes classes =
        inputs.classColumn() < 0
            ? null
            : new Classes((Categorical) data.variables().get(inputs.classColumn()), priors);
    List<Layer> layers = new ArrayList<>();
    for (int l = 0; l < fit.learner().numLayers(); l++) {
      layers.add(layer(fit.learner(), l, shape.isTied()));
    }
    return new TrainedNetwork(
        new Network("trained", "ugmm-network/1", inputs.variables(), layers, classes),
        fit.epochs(),
        fit.bestEpoch(),
        numTrain,
        numIncomplete,
        numValid,
        scores == null ? Double.NaN : scores.joint(),
        scores == null || classes == null ? Double.NaN : scores.classLog(),
        scores == null ? Double.NaN : scores.calibration(),
        scores == null || classes == null ? null : scores.accuracy(),
        fit.leftOut(),
        fit.isStopped(),
        null);
  }

  /** A layer with the parameters as floats, which is what the author's code can read back. */
  private static Layer layer(NetworkLearner learner, int l, boolean isTied) {
    int m = learner.numUnits(l);
    int n = learner.numInputs(l);
    double[][] mean = new double[m][isTied ? 1 : n];
    double[][] scale = new double[m][n];
    double[][] logScale = new double[m][n];
    double[][] logit = new double[m][n];
    for (int j = 0; j < m; j++) {
      for (int k = 0; k < n; k++) {
        mean[j][isTied ? 0 : k] = (float) learner.mean(l, j, k);
        logScale[j][k] = (float) learner.logScale(l, j, k);
        scale[j][k] = Math.exp(logScale[j][k]);
        logit[j][k] = (float) learner.logit(l, j, k);
      }
    }
    String below = l == 0 ? Layer.INPUT : "h" + l;
    return new Layer.Ugmm("h" + (l + 1), List.of(below), null, mean, scale, logit, null, logScale);
  }
}
