package example;

import java.util.Arrays;

/**
 * How good answers are.
 *
 * @param accuracy share of rows whose most probable class is right
 * @param calibration expected calibration error, ten bins
 * @param nll mean of minus the log-probability of the right class
 * @param brier mean squared distance of the probabilities from the right answer
 */
record Verdict(double accuracy, double calibration, double nll, double brier) {
  private static final int BINS = 10;

  /**
   * Judges.
   *
   * @param logs [rows][classes] natural logs up to a constant a row
   */
  static Verdict of(double[][] logs, int[] label) {
    double[] sure = new double[BINS];
    double[] hits = new double[BINS];
    int right = 0;
    double nll = 0;
    double brier = 0;
    for (int r = 0; r < label.length; r++) {
      double total = logSum(logs[r]);
      int best = 0;
      for (int c = 0; c < logs[r].length; c++) {
        best = logs[r][c] > logs[r][best] ? c : best;
        double p = Math.exp(logs[r][c] - total);
        brier += (p - (c == label[r] ? 1 : 0)) * (p - (c == label[r] ? 1 : 0));
      }
      double p = Math.exp(logs[r][best] - total);
      int bin = Math.min(BINS - 1, (int) (BINS * p));
      sure[bin] += p;
      hits[bin] += best == label[r] ? 1 : 0;
      right += best == label[r] ? 1 : 0;
      nll -= logs[r][label[r]] - total;
    }
    double off = 0;
    for (int b = 0; b < BINS; b++) {
      off += Math.abs(sure[b] - hits[b]);
    }
    int n = label.length;
    return new Verdict((double) right / n, off / n, nll / n, brier / n);
  }

  static double logSum(double[] logs) {
    double max = Arrays.stream(logs).max().orElseThrow();
    return max + Math.log(Arrays.stream(logs).map(v -> Math.exp(v - max)).sum());
  }

  static double[] logSums(double[][] logs) {
    return Arrays.stream(logs).mapToDouble(Verdict::logSum).toArray();
  }

  /** The largest probability of each row. */
  static double[] confidences(double[][] logs) {
    return Arrays.stream(logs)
        .mapToDouble(row -> Math.exp(Arrays.stream(row).max().orElseThrow() - logSum(row)))
        .toArray();
  }

  /** How often a row of the first kind scores higher than one of the second. */
  static double auroc(double[] in, double[] out) {
    double above = 0;
    for (double a : in) {
      for (double b : out) {
        above += a > b ? 1 : a == b ? 0.5 : 0;
      }
    }
    return above / in.length / out.length;
  }
}
