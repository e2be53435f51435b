package org.ugmm.engine.learn;

import java.util.Arrays;
import org.ugmm.engine.data.NodeKind;

/**
 * One row at a time, node by node, in the natural-log domain: the plain twin of what is faster, and
 * the last resort for rows that are beyond its range. Not thread-safe.
 */
final class LogPass {
  private final TrainedCircuit c;
  private final Rows rows;

  /** [numNodes] natural log of each node's value; -infinity for zero. */
  private final double[] value;

  /** [numNodes] flow of each node, linear: d log root / d log node. */
  private final double[] flow;

  LogPass(TrainedCircuit c, Rows rows) {
    this.c = c;
    this.rows = rows;
    value = new double[c.numNodes];
    flow = new double[c.numNodes];
  }

  /** Natural log of the probability of what a row knows; -infinity for zero. */
  double up(int row) {
    for (int n = 0; n <= c.root; n++) {
      if (c.live[n]) {
        value[n] =
            switch (c.kind[n]) {
              case WEIGHTED_SUM -> sum(n);
              case PRODUCT -> product(n);
              default -> leaf(n, row);
            };
      }
    }
    return value[c.root];
  }

  private double leaf(int n, int row) {
    int v = c.variable[n];
    return LeafKind.of(c.kind[n])
        .logValue(
            c.variable(n),
            c.parameter,
            c.parameterStart[n],
            c.numParameters(n),
            v < 0 ? Double.NaN : rows.value(row, v),
            v < 0 ? null : rows.soft(row, v));
  }

  private double product(int n) {
    double log = 0;
    for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
      double factor = value[c.child[e]];
      if (factor == Double.NEGATIVE_INFINITY) {
        return factor;
      }
      log += factor;
    }
    return log;
  }

  private double sum(int n) {
    int toWeight = c.parameterStart[n] - c.edgeStart[n];
    double max = Double.NEGATIVE_INFINITY;
    for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
      if (c.parameter[e + toWeight] > 0) {
        max = Math.max(max, Math.log(c.parameter[e + toWeight]) + value[c.child[e]]);
      }
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
      double weight = c.parameter[e + toWeight];
      if (weight > 0) {
        sum += Math.exp(Math.log(weight) + value[c.child[e]] - max);
      }
    }
    return max + Math.log(sum);
  }

  /**
   * After {@link #up} of the same row, which was not zero: adds its flows to the statistics.
   *
   * @param weight flow of the root
   */
  void down(int row, double weight, double[] statistics) {
    Arrays.fill(flow, 0);
    flow[c.root] = weight;
    for (int n = c.root; n >= 0; n--) {
      double f = flow[n];
      if (f == 0) {
        continue;
      }
      if (c.kind[n] == NodeKind.WEIGHTED_SUM) {
        belowSum(n, f, statistics);
      } else if (c.kind[n] == NodeKind.PRODUCT) {
        for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
          flow[c.child[e]] += f;
        }
      } else if (c.variable[n] >= 0) {
        LeafKind.of(c.kind[n])
            .count(
                c.variable(n),
                c.parameter,
                c.parameterStart[n],
                c.numParameters(n),
                rows.value(row, c.variable[n]),
                rows.soft(row, c.variable[n]),
                f,
                statistics,
                c.statisticStart[n]);
      }
    }
  }

  private void belowSum(int n, double f, double[] statistics) {
    int toWeight = c.parameterStart[n] - c.edgeStart[n];
    int toStatistic = c.statisticStart[n] - c.edgeStart[n];
    for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
      double weight = c.parameter[e + toWeight];
      double below = value[c.child[e]];
      if (weight > 0 && below > Double.NEGATIVE_INFINITY) {
        double share = f * Math.exp(Math.log(weight) + below - value[n]);
        statistics[e + toStatistic] += share;
        flow[c.child[e]] += share;
      }
    }
  }
}
