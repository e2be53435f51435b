package org.ugmm.tool.report;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Batch;
import org.ugmm.engine.BatchAnswers;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.UgmmException;
import org.ugmm.tool.run.Outcomes;
import org.ugmm.tool.run.RowWork;
import org.ugmm.tool.table.Rows;

/** How a model fits the rows of a table, and how right it is about their class. */
public final class Judged implements RowWork<Judged.Looked> {
  private static final int BINS = 10;
  private static final int LOGS_KEPT = 1_000_000;

  private final Inference inference;
  private final int classVariable;

  private final Map<Outcomes.Status, Long> counts = new EnumMap<>(Outcomes.Status.class);
  private final DoubleArrayList logs = new DoubleArrayList();
  private final int[] believedCount = new int[BINS];
  private final double[] believedSum = new double[BINS];
  private final int[] right = new int[BINS];
  private long rows;
  private long answered;
  private long zero;
  private double sum;
  private @Nullable String trouble;

  /**
   * Nothing yet.
   *
   * @param classVariable index of the variable whose states are predicted, -1 for none
   */
  public Judged(Inference inference, int classVariable) {
    this.inference = inference;
    this.classVariable = classVariable;
  }

  /** What was found of some rows. */
  public static final class Looked extends Outcomes {
    /** [rows]. */
    private final double[] log;

    /** [rows] the probability of the most probable class, NaN where that is not known. */
    private final double[] believed;

    /** [rows] whether that is the class of the row. */
    private final boolean[] isRight;

    private Looked(Rows rows) {
      super(rows);
      log = new double[rows.numRows()];
      believed = new double[rows.numRows()];
      isRight = new boolean[rows.numRows()];
      Arrays.fill(log, Double.NaN);
      Arrays.fill(believed, Double.NaN);
    }
  }

  @Override
  public RowWork<Looked> fork() {
    return this; // answering changes nothing here, and only one thread adds
  }

  @Override
  public byte[] head() {
    return new byte[0];
  }

  @Override
  public byte[] text(Looked answers, boolean isFirst) {
    return new byte[0];
  }

  @Override
  public byte[] foot(boolean isEmpty) {
    return new byte[0];
  }

  @Override
  public Looked answer(Rows rows) {
    Looked looked = new Looked(rows);
    if (rows.numRows() == 0) {
      return looked;
    }
    Batch batch = Batch.of(inference.circuit(), rows.values());
    BatchAnswers marginal = inference.marginal(batch);
    BatchAnswers states = classVariable < 0 ? null : inference.posterior(classVariable, batch);
    for (int r = 0; r < rows.numRows(); r++) {
      if (rows.errors()[r] != null) {
        continue;
      }
      UgmmException problem = marginal.problem(r);
      if (problem != null) {
        looked.mark(r, Outcomes.Status.REFUSED, String.valueOf(problem.getMessage()));
      } else {
        looked.log[r] = marginal.value(r, 0);
      }
      double actual = classVariable < 0 ? Double.NaN : batch.value(r, classVariable);
      if (states != null && states.status(r).isAnswered() && !Double.isNaN(actual)) {
        int best = 0;
        for (int s = 1; s < states.numColumns(); s++) {
          best = states.value(r, s) > states.value(r, best) ? s : best;
        }
        looked.believed[r] = states.value(r, best);
        looked.isRight[r] = best == (int) actual;
      }
    }
    return looked;
  }

  @Override
  public void add(Looked answers) {
    for (int r = 0; r < answers.numRows(); r++) {
      rows++;
      counts.merge(answers.status(r), 1L, Long::sum);
      if (answers.isRefused(r)) {
        trouble = trouble == null ? answers.note(r) : trouble;
        continue;
      }
      double log = answers.log[r];
      if (log == Double.NEGATIVE_INFINITY) {
        zero++;
      } else {
        answered++;
        sum += log;
        if (logs.size() < LOGS_KEPT) {
          logs.add(log);
        }
      }
      if (!Double.isNaN(answers.believed[r])) {
        int bin = (int) Math.min(BINS - 1, answers.believed[r] * BINS);
        believedCount[bin]++;
        believedSum[bin] += answers.believed[r];
        right[bin] += answers.isRight[r] ? 1 : 0;
      }
    }
  }

  long rows() {
    return rows;
  }

  long zero() {
    return zero;
  }

  long count(Outcomes.Status status) {
    return counts.getOrDefault(status, 0L);
  }

  /** The first reason why a row has no answer, null where all have one. */
  @Nullable String trouble() {
    return trouble;
  }

  double mean() {
    return answered == 0 ? Double.NaN : sum / answered;
  }

  /** Log-marginals in the order of the rows, of the first million. */
  double[] logs() {
    return logs.toDoubleArray();
  }

  /** Rows whose class is known and was asked for. */
  int judged() {
    return Arrays.stream(believedCount).sum();
  }

  double accuracy() {
    return (double) Arrays.stream(right).sum() / judged();
  }

  int[] believedCounts() {
    return believedCount.clone();
  }

  /** [bins] mean probability of the answers in it. */
  double[] believed() {
    return shares(b -> believedSum[b]);
  }

  /** [bins] share of the answers in it that are right. */
  double[] rightShares() {
    return shares(b -> right[b]);
  }

  private double[] shares(java.util.function.IntToDoubleFunction of) {
    double[] shares = new double[BINS];
    for (int b = 0; b < BINS; b++) {
      shares[b] = believedCount[b] == 0 ? Double.NaN : of.applyAsDouble(b) / believedCount[b];
    }
    return shares;
  }

  /** The expected calibration error: the mean gap of a bin, weighted by its answers. */
  double calibrationError() {
    double[] believed = believed();
    double[] shares = rightShares();
    double gap = 0;
    for (int b = 0; b < BINS; b++) {
      gap += believedCount[b] == 0 ? 0 : believedCount[b] * Math.abs(believed[b] - shares[b]);
    }
    return gap / judged();
  }
}
