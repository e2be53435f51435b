package org.ugmm.engine.learn;

import java.util.concurrent.atomic.AtomicInteger;
import org.ugmm.engine.kernel.TrainingKernels;

/** The present parameters as kernels read them: rounded, weights twice. Shared by the tiles. */
final class TrainingWeights<A> {
  final TrainingKernels<A> kernels;

  /** Parameters of leaf blocks and weights of sum blocks, where the plan says. */
  final A array;

  /** [blocks] whether a parameter became 0 that is not. */
  final boolean[] isCut;

  /** [variables] what reals are measured from and in. */
  final double[] center;

  final double[] unit;

  private final TrainingPlan plan;
  private final Workers workers;

  /** [threads] room for the weights of a block of sums; null until a thread needs it. */
  private final A[] matrix;

  @SuppressWarnings("unchecked")
  TrainingWeights(
      TrainingPlan plan,
      TrainingKernels<A> kernels,
      double[] center,
      double[] unit,
      Workers workers) {
    this.plan = plan;
    this.workers = workers;
    matrix = (A[]) new Object[workers.numThreads];
    this.kernels = kernels;
    this.center = center;
    this.unit = unit;
    array = kernels.zeros(plan.numWeights);
    isCut = new boolean[plan.blocks.size()];
  }

  /** Takes the present parameters of a circuit. */
  void load(TrainedCircuit c) {
    AtomicInteger next = new AtomicInteger();
    workers.run(
        workers.threadsFor(plan.numWeights),
        thread -> {
          if (matrix[thread] == null) {
            matrix[thread] = kernels.zeros(plan.matrixSize);
          }
          for (int b = next.getAndIncrement(); b < plan.blocks.size(); b = next.getAndIncrement()) {
            load(c, plan.blocks.get(b), matrix[thread]);
          }
        });
  }

  /**
   * Takes the parameters of a block.
   *
   * @param matrix room for the weights of a block of sums, [width][inputStride]
   */
  private void load(TrainedCircuit c, TrainingBlock block, A matrix) {
    if (block instanceof LeafBlock leaves) {
      for (LeafColumns columns : leaves.columns) {
        columns.load(c, this);
      }
      return;
    }
    SumBlock sums = (SumBlock) block;
    int stride = sums.inputStride;
    double least = Double.POSITIVE_INFINITY;
    for (int m = 0; m < sums.width; m++) {
      int row = m * stride;
      kernels.fill(matrix, row, stride, 0);
      if (sums.sums[m] < 0) {
        kernels.set(matrix, row, 1);
        continue;
      }
      int from = c.parameterStart[sums.sums[m]];
      for (int p = from; p < c.parameterStart[sums.sums[m] + 1]; p++) {
        least = c.parameter[p] > 0 ? Math.min(least, c.parameter[p]) : least;
      }
      for (int p = 0; p < sums.pieces.size(); p++) {
        int[] position = sums.position[m][p];
        int at = row + sums.pieces.get(p).from();
        for (int run = 0; run < position.length; ) {
          int n = TrainingPlan.run(position, run);
          kernels.load(c.parameter, from + position[run], matrix, at + run, n);
          run += n;
        }
      }
    }
    isCut[block.index] = Math.getExponent(least) < kernels.tiny();
    if (sums.isInStrips) {
      TrainingBlock[] factor = sums.pieces.get(0).block();
      int na = factor[0].width;
      int nb = factor[1].width;
      kernels
          .strips()
          .pack(matrix, stride, na, nb, sums.width, array, sums.weightFrom, sums.transposedFrom);
      return;
    }
    kernels.pack(matrix, stride, 1, sums.width, stride, array, sums.transposedFrom, stride);
    kernels.pack(matrix, 1, stride, sums.depth, sums.width, array, sums.weightFrom, sums.stride);
  }
}
