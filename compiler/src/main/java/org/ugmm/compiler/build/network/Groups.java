package org.ugmm.compiler.build.network;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * Some rows of a table as points, and groups of them by k-means: reals in standard deviations from
 * their mean, a coordinate for each state of the others, what is missing in the middle.
 */
final class Groups {
  private static final int MOST_ROWS = 4096;
  private static final int PASSES = 6;

  /** Noise that parts rows which are equal, in standard deviations. */
  private static final double JITTER = 0.1;

  private final TrainingData data;
  private final int[] row;

  /** [columns] of the reals. */
  private final double[] mean;

  private final double[] deviation;

  Groups(TrainingData data) {
    this.data = data;
    int used = Math.min(MOST_ROWS, data.numRows());
    row = IntStream.range(0, used).map(i -> (int) ((long) i * data.numRows() / used)).toArray();
    int width = data.variables().size();
    mean = new double[width];
    deviation = new double[width];
    for (int v = 0; v < width; v++) {
      int column = v;
      double[] known =
          IntStream.of(row)
              .mapToDouble(r -> data.value(r, column))
              .filter(x -> !Double.isNaN(x))
              .toArray();
      double middle = Arrays.stream(known).average().orElse(0);
      mean[v] = middle;
      deviation[v] =
          Math.sqrt(Arrays.stream(known).map(x -> (x - middle) * (x - middle)).average().orElse(0));
    }
  }

  int numRows() {
    return row.length;
  }

  /** A cell of the i-th row used; NaN where it is missing. */
  double value(int i, int column) {
    return data.value(row[i], column);
  }

  double mean(int column) {
    return mean[column];
  }

  /** The standard deviation, or something above 0 where a column is constant. */
  double scale(int column) {
    return deviation[column] > 1e-12 * Math.abs(mean[column])
        ? deviation[column]
        : Math.max(1e-3 * Math.abs(mean[column]), 1e-3);
  }

  /**
   * Groups the rows by some columns.
   *
   * @return [rows] 0 .. k-1; a group may be empty
   */
  int[] of(int[] columns, int k, SplittableRandom random) {
    float[][] point = points(columns, random);
    int[] group = new int[row.length];
    if (k == 1 || row.length == 0) {
      return group;
    }
    float[][] centre = first(point, k, random);
    for (int pass = 0; pass < PASSES; pass++) {
      for (int i = 0; i < point.length; i++) {
        float best = Float.POSITIVE_INFINITY;
        for (int c = 0; c < k; c++) {
          float d = distance(point[i], centre[c]);
          if (d < best) {
            best = d;
            group[i] = c;
          }
        }
      }
      if (pass < PASSES - 1) {
        move(point, group, centre);
      }
    }
    return group;
  }

  private float[][] points(int[] columns, SplittableRandom random) {
    int dimensions = Arrays.stream(columns).map(this::dimensions).sum();
    float[][] point = new float[row.length][dimensions];
    int at = 0;
    for (int v : columns) {
      int width = dimensions(v);
      boolean isReal = !(data.variables().get(v) instanceof Categorical);
      for (int i = 0; i < row.length; i++) {
        double x = value(i, v);
        if (!Double.isNaN(x) && isReal) {
          point[i][at] = deviation[v] > 0 ? (float) ((x - mean[v]) / deviation[v]) : 0;
        } else if (!Double.isNaN(x)) {
          point[i][at + (int) x] = 1;
        }
      }
      at += width;
    }
    for (float[] p : point) {
      for (int d = 0; d < p.length; d++) {
        p[d] += (float) (JITTER * Start.gaussian(random));
      }
    }
    return point;
  }

  private int dimensions(int v) {
    return data.variables().get(v) instanceof Categorical c ? c.numStates() : 1;
  }

  /**
   * Rows, each the more likely the farther it is from those before (Arthur, Vassilvitskii 2007).
   */
  private static float[][] first(float[][] point, int k, SplittableRandom random) {
    float[][] centre = new float[k][];
    double[] nearest = new double[point.length];
    Arrays.fill(nearest, 1);
    for (int c = 0; c < k; c++) {
      double left = random.nextDouble() * Arrays.stream(nearest).sum();
      int chosen = 0;
      while (chosen < point.length - 1 && (left -= nearest[chosen]) > 0) {
        chosen++;
      }
      centre[c] = point[chosen].clone();
      for (int i = 0; i < point.length; i++) {
        double d = distance(point[i], centre[c]);
        nearest[i] = c == 0 ? d : Math.min(nearest[i], d);
      }
    }
    return centre;
  }

  private static void move(float[][] point, int[] group, float[][] centre) {
    double[][] sum = new double[centre.length][centre[0].length];
    int[] size = new int[centre.length];
    for (int i = 0; i < point.length; i++) {
      size[group[i]]++;
      for (int d = 0; d < point[i].length; d++) {
        sum[group[i]][d] += point[i][d];
      }
    }
    for (int c = 0; c < centre.length; c++) {
      for (int d = 0; d < sum[c].length && size[c] > 0; d++) {
        centre[c][d] = (float) (sum[c][d] / size[c]);
      }
    }
  }

  private static float distance(float[] a, float[] b) {
    float sum = 0;
    for (int d = 0; d < a.length; d++) {
      float difference = a[d] - b[d];
      sum += difference * difference;
    }
    return sum;
  }
}
