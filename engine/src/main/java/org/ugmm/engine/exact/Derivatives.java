package org.ugmm.engine.exact;

import java.util.Arrays;
import org.ugmm.engine.flat.FlatCircuit;

/** Derivatives of the log of a node with respect to the logs of all nodes below, by one pass. */
final class Derivatives {
  private Derivatives() {}

  /** Whether a sum has weights so large or small that shares must be compared as logs. */
  static boolean isWide(FlatCircuit c, int sum) {
    for (int p = c.parameterStart[sum]; p < c.parameterStart[sum + 1]; p++) {
      double weight = c.parameter[p];
      if (weight > 0x1p200 || (weight > 0 && weight < 0x1p-200)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Fills {@code flow[n] = d log top / d log n}; all zero when the top is zero.
   *
   * @param value (Input, not modified) [numNodes] natural logs
   * @param flow (Output) [numNodes] linear
   */
  static void fill(FlatCircuit c, int top, double[] value, double[] flow) {
    Arrays.fill(flow, 0, top + 1, 0);
    if (value[top] == Double.NEGATIVE_INFINITY) {
      return;
    }
    flow[top] = 1;
    for (int n = top; n >= 0; n--) {
      double f = flow[n];
      if (f == 0) {
        continue;
      }
      int from = c.edgeStart[n];
      int to = c.edgeStart[n + 1];
      switch (c.kind(n)) {
        case WEIGHTED_SUM -> {
          int toWeight = c.parameterStart[n] - from;
          for (int i = from; i < to; i++) {
            double share = share(c.parameter[i + toWeight], value[c.child[i]] - value[n]);
            if (share > 0) {
              flow[c.child[i]] += f * share;
            }
          }
        }
        case PRODUCT -> {
          for (int i = from; i < to; i++) {
            flow[c.child[i]] += f;
          }
        }
        case GAUSSIAN_LINK -> {
          double scale = c.parameter[c.parameterStart[n] + 1];
          double z = value[c.child[from]];
          flow[c.child[from]] -= f * (z - c.parameter[c.parameterStart[n]]) / scale / scale;
        }
        default -> {}
      }
    }
  }

  /**
   * weight * exp(logRatio), where the product is at most about 1 though the factor may overflow.
   */
  private static double share(double weight, double logRatio) {
    if (weight == 0) {
      return 0; // the child may be beyond the range of a double
    }
    return logRatio < 700 ? weight * Math.exp(logRatio) : Math.exp(Math.log(weight) + logRatio);
  }
}
