package org.ugmm.compiler.build.network;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.build.Progress;
import org.ugmm.compiler.build.TrainOptions;
import org.ugmm.engine.network.NetworkLearner;
import org.ugmm.engine.network.NetworkObjective;
import org.ugmm.engine.network.NetworkRows;

/**
 * One course of training from a start, with the best parameters by rows kept back where there are
 * any. Goes on from what a killed run has kept.
 */
final class Fit implements AutoCloseable {
  private final NetworkLearner learner;
  private final NetworkRows train;
  private final @Nullable NetworkRows valid;
  private final NetworkObjective objective;
  private final Course course;
  private final TrainOptions options;
  private final @Nullable Kept kept;
  private final String label;
  private final long deadline;

  private int epoch;
  private int bestEpoch;
  private double bestLoss = Double.POSITIVE_INFINITY;
  private byte[] best = new byte[0];
  private int leftOut;
  private boolean isStopped;

  Fit(
      NetworkLearner learner,
      NetworkRows train,
      @Nullable NetworkRows valid,
      NetworkObjective objective,
      Course course,
      TrainOptions options,
      @Nullable Kept kept,
      String label,
      long deadline) {
    this.learner = learner;
    this.train = train;
    this.valid = valid;
    this.objective = objective;
    this.course = course;
    this.options = options;
    this.kept = kept;
    this.label = label;
    this.deadline = deadline;
  }

  NetworkLearner learner() {
    return learner;
  }

  /** Epochs that were learned. */
  int epochs() {
    return epoch;
  }

  /** The epoch whose parameters were kept, from 1; the last without rows kept back. */
  int bestEpoch() {
    return valid == null ? epoch : bestEpoch;
  }

  /** Steps that were left out because a number of them was not finite. */
  int leftOut() {
    return leftOut;
  }

  boolean isStopped() {
    return isStopped;
  }

  /** Trains to the end of the course, or until it no longer helps or is stopped. */
  void run() {
    try {
      resume();
      long keptAt = System.nanoTime();
      while (epoch < course.epochs() && epoch - bestEpoch < patience() && !isStopped) {
        long start = System.nanoTime();
        double loss = epoch();
        if (isStopped) {
          break;
        }
        epoch++;
        double score = score();
        long nanos = System.nanoTime() - start;
        boolean isEnd = epoch == course.epochs();
        if (kept != null && (isEnd || System.nanoTime() - keptAt >= kept.everyNanos())) {
          kept.save(this::save);
          keptAt = System.nanoTime();
        }
        report(loss, score, nanos);
        isStopped = options.stop().getAsBoolean() || System.nanoTime() > deadline;
      }
      if (best.length > 0) {
        learner.load(new DataInputStream(new ByteArrayInputStream(best)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int patience() {
    return valid == null ? Integer.MAX_VALUE : course.patience();
  }

  /** One pass over the rows in random order; the mean loss before each step. */
  private double epoch() {
    int n = train.numRows();
    int[] order = order(n, options.learn().seed(), epoch);
    int numSteps = course.numSteps(n);
    double all = (double) numSteps * course.epochs();
    double sum = 0;
    for (int s = 0; s < numSteps; s++) {
      int from = (int) ((long) n * s / numSteps);
      int to = (int) ((long) n * (s + 1) / numSteps);
      NetworkLearner.Step step =
          course.step((double) epoch * numSteps + s, all, options.learn().seed());
      double loss = learner.step(train, order, from, to - from, objective, step);
      if (Double.isNaN(loss)) {
        leftOut++;
      } else {
        sum += loss * (to - from);
      }
      if (options.stop().getAsBoolean() || System.nanoTime() > deadline) {
        isStopped = epoch > 0 || s + 1 < numSteps;
        if (isStopped) {
          return sum / to;
        }
      }
    }
    return sum / n;
  }

  /** Rows in an order that only the seed and the epoch decide. */
  static int[] order(int n, long seed, int epoch) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + epoch);
    int[] order = IntStream.range(0, n).toArray();
    for (int i = n - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int other = order[i];
      order[i] = order[j];
      order[j] = other;
    }
    return order;
  }

  /** The mean loss of the rows kept back, and the parameters if it is the least so far. */
  private double score() throws IOException {
    if (valid == null) {
      return Double.NaN;
    }
    double loss = Scores.of(learner, valid, objective).loss();
    if (loss < bestLoss) {
      bestLoss = loss;
      bestEpoch = epoch;
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      learner.save(new DataOutputStream(bytes));
      best = bytes.toByteArray();
    }
    return loss;
  }

  private void report(double loss, double score, long nanos) {
    double seconds = nanos / 1e9;
    options
        .progress()
        .accept(
            new Progress(
                label,
                epoch,
                course.epochs(),
                -loss,
                -score,
                train.numRows() / seconds,
                (course.epochs() - epoch) * seconds));
  }

  private void resume() throws IOException {
    byte[] state = kept == null ? null : kept.load();
    if (state == null) {
      return;
    }
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(state));
    epoch = in.readInt();
    bestEpoch = in.readInt();
    bestLoss = in.readDouble();
    leftOut = in.readInt();
    best = in.readNBytes(in.readInt());
    learner.load(in);
  }

  private void save(DataOutputStream out) throws IOException {
    out.writeInt(epoch);
    out.writeInt(bestEpoch);
    out.writeDouble(bestLoss);
    out.writeInt(leftOut);
    out.writeInt(best.length);
    out.write(best);
    learner.save(out);
  }

  @Override
  public void close() {
    learner.close();
  }
}
