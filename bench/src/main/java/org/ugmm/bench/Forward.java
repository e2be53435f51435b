package org.ugmm.bench;

import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.Precision;

/**
 * One batch through one evaluator: log-densities, or the posterior where a workload asks for it.
 */
final class Forward {
  private final Workload workload;
  private final int numRows;
  private final double[] rows;
  private final double[] answer;
  private final Evaluator evaluator;

  /** Makes the batch and checks the answer. */
  Forward(Workload workload, Precision precision, int numRows, double missingRate) {
    this.workload = workload;
    this.numRows = numRows;
    Circuit circuit = workload.circuit();
    rows = workload.rows(circuit, numRows, missingRate);
    answer = new double[numRows * (workload.queried() < 0 ? 1 : Workload.NUM_CLASSES)];
    evaluator = new Evaluator(circuit, precision);
    Check.evaluator(workload, circuit, evaluator, precision, rows, numRows);
  }

  private Forward(Forward other) {
    workload = other.workload;
    numRows = other.numRows;
    rows = other.rows;
    answer = new double[other.answer.length];
    evaluator = other.evaluator.fork();
  }

  /** The same batch for another thread. */
  Forward fork() {
    return new Forward(this);
  }

  /** Evaluates the batch. */
  double[] run() {
    if (workload.queried() < 0) {
      evaluator.logDensity(rows, numRows, answer);
    } else {
      evaluator.posterior(workload.queried(), rows, numRows, answer);
    }
    return answer;
  }
}
