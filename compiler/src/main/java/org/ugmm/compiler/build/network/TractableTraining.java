package org.ugmm.compiler.build.network;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.build.Fingerprint;
import org.ugmm.compiler.build.Folds;
import org.ugmm.compiler.build.Progress;
import org.ugmm.compiler.build.TrainOptions;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.Learner;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.LearnOptions.Objective;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;

/**
 * Learns a {@link TractableLayers tractable layered network}: EM first, which describes the rows,
 * then with a class steps along the gradient that tells the classes apart, as long as that helps on
 * rows kept back. Missing cells are integrated out exactly.
 */
final class TractableTraining {
  private static final double FIRST_STEP = 0.4;
  private static final double LAST_STEP = 0.02;
  private static final double CLIMB_RATE = 0.02;
  private static final int FEWEST_EPOCHS = 15;
  private static final int MOST_EPOCHS = 60;
  private static final int FULL_STEPS = 2;
  private static final int BATCH = 128;
  private static final int SMALLEST_BATCH = 16;
  private static final int BATCHES_WISHED = 10;
  private static final int ROWS = 1024;

  private final TrainingData data;
  private final long keepEveryNanos;

  TractableTraining(TrainingData data, long keepEveryNanos) {
    this.data = reals(data);
    this.keepEveryNanos = keepEveryNanos;
  }

  /** Epochs of each kind that were learned, and after how many the rows kept back fit best. */
  private record Course(int em, int climb, int bestEm, int bestClimb, boolean isStopped) {}

  private record Fitted(Circuit circuit, Course course) {}

  /** Counts as reals, as all Gaussians read them. */
  private static TrainingData reals(TrainingData data) {
    if (data.variables().stream().noneMatch(TractableTraining::isCount)) {
      return data;
    }
    List<Variable> variables =
        data.variables().stream().map(v -> isCount(v) ? Variable.real(v.name()) : v).toList();
    TrainingData.Builder builder = TrainingData.builder(variables);
    double[] row = new double[variables.size()];
    for (int r = 0; r < data.numRows(); r++) {
      for (int v = 0; v < row.length; v++) {
        row[v] = data.value(r, v);
      }
      builder.addRow(row, data.weight(r));
    }
    return builder.build();
  }

  private static boolean isCount(Variable variable) {
    return variable instanceof Real real && real.isCount();
  }

  TrainedNetwork learn(TrainOptions options, NetworkOptions shape) {
    int classColumn = NetworkTraining.classColumn(data, options.classVariable());
    Inputs.requireFit(data, classColumn, shape);
    TrainingData own = options.valid();
    Folds folds =
        own == null
            ? Folds.of(data, classColumn, options.validFraction(), options.learn().seed())
            : Folds.of(data, reals(own));
    TrainingData train = folds.train().get(0);
    TrainingData valid = folds.valid().get(0);
    int roots = shape.last() > 1 ? classColumn : -1;
    long deadline = NetworkTraining.deadline(options.limitNanos());
    String run = Fingerprint.of(data, options) + "|" + shape;
    Run first = new Run(train, valid, options, shape, roots, deadline, run, "network");
    Fitted found = first.fit(null);
    Scores scores =
        valid.numRows() == 0 ? null : scores(found.circuit, valid, roots, shape.discriminative());
    Fitted last = found;
    boolean isAll = false;
    if (folds.isRefit() && !found.course.isStopped) {
      Fitted all =
          new Run(data, null, options, shape, roots, deadline, run, "all rows").fit(found.course);
      isAll = !all.course.isStopped;
      last = isAll ? all : found;
    }
    TrainedNetwork.Price price =
        roots < 0 || last.course.isStopped
            ? null
            : price(found.circuit, train, valid, roots, until(options, deadline), shape);
    return new TrainedNetwork(
        first.layers.network(last.circuit),
        last.course.em + last.course.climb,
        isAll
            ? last.course.em + last.course.climb
            : last.course.bestClimb > 0
                ? last.course.em + last.course.bestClimb
                : last.course.bestEm,
        isAll ? data.numRows() : train.numRows(),
        0,
        valid.numRows(),
        scores == null ? Double.NaN : scores.joint(),
        scores == null || roots < 0 ? Double.NaN : scores.classLog(),
        scores == null ? Double.NaN : scores.calibration(),
        scores == null || roots < 0 ? null : scores.accuracy(),
        0,
        last.course.isStopped || found.course.isStopped,
        price);
  }

  /** The same with what is left of the clock's time, which is for both forms together. */
  private static TrainOptions until(TrainOptions options, long deadline) {
    return deadline == Long.MAX_VALUE
        ? options
        : options.withBudget(options.budget(), Math.max(1, deadline - System.nanoTime()));
  }

  private static long seed(TrainOptions options) {
    return options.learn().seed();
  }

  /** The paper's form of the same sizes, learned from the same rows and asked about the same. */
  private static TrainedNetwork.@Nullable Price price(
      Circuit tractable,
      TrainingData train,
      TrainingData valid,
      int roots,
      TrainOptions options,
      NetworkOptions shape) {
    TrainingData asked = complete(valid);
    if (asked.numRows() == 0 || complete(train).numRows() == 0) {
      return null;
    }
    NetworkOptions linked =
        new NetworkOptions(
            shape.sizes(),
            shape.isTied(),
            shape.dropout(),
            shape.discriminative() == 0 ? 1 : shape.discriminative(),
            NetworkOptions.Recipe.DATA);
    TrainedNetwork other =
        NetworkTraining.of(train).learn(options.withValid(asked).withCheckpoints(null), linked);
    return other.isStopped() || other.accuracy() == null
        ? null
        : new TrainedNetwork.Price(scores(tractable, asked, roots, 1).accuracy(), other.accuracy());
  }

  private static TrainingData complete(TrainingData rows) {
    int width = rows.variables().size();
    return rows.select(
        IntStream.range(0, rows.numRows())
            .filter(r -> IntStream.range(0, width).noneMatch(v -> Double.isNaN(rows.value(r, v))))
            .toArray());
  }

  private static Scores scores(Circuit circuit, TrainingData rows, int classColumn, double share) {
    int width = circuit.numVariables();
    int numRoots =
        classColumn < 0 ? 1 : ((Categorical) circuit.variables().get(classColumn)).numStates();
    Evaluator evaluator = new Evaluator(circuit);
    double[] batch = new double[ROWS * width];
    double[] joint = new double[ROWS];
    double[] posterior = new double[ROWS * numRoots];
    Scores.Sums sums = new Scores.Sums(numRoots);
    for (int from = 0; from < rows.numRows(); from += ROWS) {
      int count = Math.min(ROWS, rows.numRows() - from);
      for (int i = 0; i < count; i++) {
        for (int v = 0; v < width; v++) {
          batch[i * width + v] = rows.value(from + i, v);
        }
      }
      evaluator.logDensity(batch, count, joint);
      if (numRoots > 1) {
        evaluator.posterior(classColumn, batch, count, posterior);
      }
      for (int i = 0; i < count * numRoots; i++) {
        posterior[i] = numRoots == 1 ? 0 : Math.log(posterior[i]);
      }
      for (int i = 0; i < count; i++) {
        double label = numRoots == 1 ? 0 : rows.value(from + i, classColumn);
        sums.add(
            rows.weight(from + i),
            posterior,
            i * numRoots,
            Double.isNaN(label) ? -1 : (int) label,
            joint[i]);
      }
    }
    return sums.scores(classColumn < 0 ? 0 : share, width);
  }

  /** Training on one table. */
  private final class Run {
    private final TrainingData rows;
    private final @Nullable TrainingData valid;
    private final TrainOptions options;
    private final int classColumn;
    private final double share;
    private final long deadline;
    private final String label;
    private final @Nullable Kept kept;
    private final TractableLayers layers;
    private final LearnOptions learn;
    private final int batch;
    private final int emEpochs;
    private final int climbEpochs;
    private boolean isStopped;

    Run(
        TrainingData rows,
        @Nullable TrainingData valid,
        TrainOptions options,
        NetworkOptions shape,
        int classColumn,
        long deadline,
        String run,
        String label) {
      this.rows = rows;
      this.valid = valid == null || valid.numRows() == 0 ? null : valid;
      this.options = options;
      this.classColumn = classColumn;
      this.deadline = deadline;
      this.label = label;
      share = classColumn < 0 ? 0 : shape.discriminative();
      learn = options.learn();
      layers = new TractableLayers(data.variables(), classColumn, shape, rows, seed(options));
      int n = rows.numRows();
      batch = Math.max(SMALLEST_BATCH, Math.min(BATCH, n / BATCHES_WISHED));
      double wished = 20 * Math.pow(2000.0 / Math.max(1, n), 0.3);
      double work = (double) layers.start().numEdges() * n;
      double affordable = options.budget() / 2 / work / (share > 0 ? 3 : 1);
      int epochs =
          options.epochs() > 0
              ? options.epochs()
              : (int)
                  Math.max(
                      1,
                      Math.min(
                          affordable,
                          Math.max(FEWEST_EPOCHS, Math.min(MOST_EPOCHS, Math.rint(wished)))));
      emEpochs = epochs;
      climbEpochs = share > 0 ? epochs : 0;
      Path folder = options.checkpoints();
      kept =
          folder == null
              ? null
              : new Kept(
                  folder.resolve((valid == null ? "last" : "first") + Kept.ENDING),
                  Fingerprint.text(run + "|" + emEpochs),
                  keepEveryNanos);
    }

    /**
     * Learns.
     *
     * @param known how many epochs are best; null to find out by the rows kept back
     */
    Fitted fit(@Nullable Course known) {
      int em = known == null ? emEpochs + FULL_STEPS : known.bestEm;
      int climb = known == null ? climbEpochs : known.bestClimb;
      Resumed resumed = resume();
      Learner learner = new Learner(resumed.circuit, rows, learn, rows);
      learner.resumeAfter(resumed.epoch);
      Circuit best = resumed.best;
      int bestEm = resumed.bestEpoch;
      double bestScore = resumed.bestScore;
      int done = resumed.epoch;
      long keptAt = System.nanoTime();
      for (; done < em && !isStopped; done++) {
        long began = System.nanoTime();
        double value =
            done < emEpochs
                ? learner.epoch(batch, step(done, emEpochs), step(done + 1, emEpochs))
                : learner.fullStep();
        double held = valid == null ? Double.NaN : learner.meanLogLikelihood(valid);
        if (valid == null || held > bestScore) {
          bestScore = held;
          best = learner.circuit();
          bestEm = done + 1;
        }
        report(done + 1, em + climb, value, held, began);
        isStopped = isOver();
        if (kept != null && !isStopped && System.nanoTime() - keptAt >= keepEveryNanos) {
          save(done + 1, learner.circuit(), best, bestEm, bestScore);
          keptAt = System.nanoTime();
        }
      }
      if (climb == 0 || isStopped) {
        return new Fitted(best, new Course(done, 0, bestEm, 0, isStopped));
      }
      return climb(best, done, bestEm, climb, known == null);
    }

    private Fitted climb(Circuit from, int em, int bestEm, int climb, boolean isSearched) {
      Objective objective = new Objective(data.variables().get(classColumn).name(), share);
      Learner learner = new Learner(from, rows, learn, rows);
      Circuit best = from;
      double least = isSearched && valid != null ? loss(from) : Double.POSITIVE_INFINITY;
      int bestClimb = 0;
      int done = 0;
      while (done < climb && !isStopped) {
        long began = System.nanoTime();
        double rate = 0.5 * CLIMB_RATE * (1 + Math.cos(Math.PI * done / climbEpochs));
        double value = learner.climbEpoch(batch, rate, objective);
        done++;
        double loss = Double.NaN;
        if (!isSearched || valid == null) {
          best = learner.circuit();
          bestClimb = done;
        } else {
          loss = loss(learner.circuit());
          if (loss < least) {
            least = loss;
            best = learner.circuit();
            bestClimb = done;
          }
        }
        report(em + done, em + climb, value, -loss, began);
        isStopped = isOver();
      }
      return new Fitted(best, new Course(em, done, bestEm, bestClimb, isStopped));
    }

    private double loss(Circuit circuit) {
      return valid == null ? Double.NaN : scores(circuit, valid, classColumn, share).loss();
    }

    private boolean isOver() {
      return options.stop().getAsBoolean() || System.nanoTime() > deadline;
    }

    private void report(int epoch, int epochs, double value, double held, long began) {
      double seconds = (System.nanoTime() - began) / 1e9;
      options
          .progress()
          .accept(
              new Progress(
                  label,
                  epoch,
                  epochs,
                  value,
                  held,
                  rows.numRows() / seconds,
                  (epochs - epoch) * seconds));
    }

    /** Where EM stood. */
    private record Resumed(
        int epoch, Circuit circuit, Circuit best, int bestEpoch, double bestScore) {}

    private Resumed resume() {
      byte[] state = kept == null ? null : kept.load();
      if (state == null) {
        Circuit start = layers.start();
        return new Resumed(0, start, start, 0, Double.NEGATIVE_INFINITY);
      }
      try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(state))) {
        return new Resumed(
            in.readInt(),
            layers.with(read(in)),
            layers.with(read(in)),
            in.readInt(),
            in.readDouble());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private double[] read(DataInputStream in) throws IOException {
      double[] parameters = new double[layers.start().numParameters()];
      for (int p = 0; p < parameters.length; p++) {
        parameters[p] = in.readDouble();
      }
      return parameters;
    }

    private void save(int epoch, Circuit present, Circuit best, int bestEpoch, double bestScore) {
      if (kept == null) {
        return;
      }
      kept.save(
          out -> {
            out.writeInt(epoch);
            for (Circuit c : List.of(present, best)) {
              for (double p : TractableLayers.parameters(c)) {
                out.writeDouble(p);
              }
            }
            out.writeInt(bestEpoch);
            out.writeDouble(bestScore);
          });
    }
  }

  private static double step(int epoch, int epochs) {
    return FIRST_STEP + (LAST_STEP - FIRST_STEP) * epoch / epochs;
  }
}
