package org.ugmm.compiler.build;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * Rows as points: reals in units of their standard deviation, states as corners of a simplex but
 * where they are many numbers, missing cells in the middle of their column. Only for starts, where
 * a rough guess does. Groups of rows are found by k-means from a k-means++ start (Arthur and
 * Vassilvitskii 2007). Immutable.
 */
public final class Cloud {
  static final int MOST_ROWS = 8192;
  private static final int PASSES = 4;

  /** Scale over value of a column that has one value only. */
  private static final double CONSTANT_SCALE = 0.01;

  /** Corners of a column with more states are shared, unless they are numbers. */
  private static final int MOST_CORNERS = 16;

  private final TrainingData data;

  /** [rows used] of the data, all of them or an even sample. */
  private final int[] row;

  /** [columns] mean and standard deviation of the reals, and of the indices of states. */
  private final double[] mean;

  private final double[] deviation;

  /** [columns] whether there are many states that are numbers, such as the levels of a pixel. */
  private final boolean[] hasLevels;

  private final LeafChoice families;

  /** All rows of a table, with the usual families of leaves. */
  public Cloud(TrainingData data) {
    this(data, LeafChoice.usual(data.variables()));
  }

  /** All rows of a table. */
  Cloud(TrainingData data, LeafChoice families) {
    this.data = data;
    this.families = families;
    row = even(data.numRows());
    mean = new double[data.variables().size()];
    deviation = new double[data.variables().size()];
    hasLevels = new boolean[mean.length];
    for (int v = 0; v < mean.length; v++) {
      double squares = 0;
      int count = 0;
      for (int r : row) {
        double x = data.value(r, v);
        if (!Double.isNaN(x)) {
          count++;
          double d = x - mean[v];
          mean[v] += d / count;
          squares += d * (x - mean[v]);
        }
      }
      deviation[v] = count > 1 ? Math.sqrt(squares / count) : 0;
      hasLevels[v] =
          data.variables().get(v) instanceof Categorical categorical
              && categorical.numStates() > MOST_CORNERS
              && categorical.states().stream().allMatch(Cloud::isNumber);
    }
  }

  /** Some rows of a cloud, in the units of the whole. */
  private Cloud(Cloud whole, int[] rows) {
    data = whole.data;
    families = whole.families;
    mean = whole.mean;
    deviation = whole.deviation;
    hasLevels = whole.hasLevels;
    row = even(rows.length);
    for (int i = 0; i < row.length; i++) {
      row[i] = rows[row[i]];
    }
  }

  private static boolean isNumber(String text) {
    try {
      return Double.isFinite(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Whether the indices of a column's states are levels of something, in their order. */
  boolean hasLevels(int column) {
    return hasLevels[column];
  }

  /** The same units, other rows of the data. */
  Cloud of(int[] rows) {
    return new Cloud(this, rows);
  }

  /** As many rows, drawn with repeats. */
  Cloud sample(SplittableRandom random) {
    int[] rows = new int[row.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row[random.nextInt(row.length)];
    }
    return new Cloud(this, rows);
  }

  /**
   * Some of the rows of this cloud.
   *
   * @param used which of the rows used
   */
  Cloud only(int[] used) {
    int[] rows = new int[used.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row[used[i]];
    }
    return new Cloud(this, rows);
  }

  private static int[] even(int numRows) {
    int used = Math.min(MOST_ROWS, numRows);
    int[] row = new int[used];
    for (int i = 0; i < used; i++) {
      row[i] = (int) ((long) i * numRows / used);
    }
    return row;
  }

  TrainingData data() {
    return data;
  }

  /** The family of the leaves of a column. */
  NodeKind family(int column) {
    return families.of(column);
  }

  /** The mean of a real column; 0 where all cells are missing. */
  public double mean(int column) {
    return mean[column];
  }

  /** The standard deviation of a real column, or a part of its mean where it is constant. */
  public double scale(int column) {
    double size = Math.abs(mean[column]);
    return deviation[column] > 1e-12 * size
        ? deviation[column]
        : size > 0 ? CONSTANT_SCALE * size : 1;
  }

  /** Number of rows used. */
  public int numRows() {
    return row.length;
  }

  /** A cell of the i-th row used; NaN where it is missing. */
  public double value(int i, int column) {
    return data.value(row[i], column);
  }

  /** The weight of the i-th row used. */
  double weight(int i) {
    return data.weight(row[i]);
  }

  /**
   * Groups the rows used by some columns.
   *
   * @param columns whose cells are the coordinates
   * @param k number of groups
   * @param jitter standard deviation of noise on every coordinate; it splits equal rows
   * @param random what the start and the noise are drawn with
   * @return [rows used] groups 0 .. k-1, some of which may be empty
   */
  public int[] groups(int[] columns, int k, double jitter, SplittableRandom random) {
    float[][] point = points(columns, jitter, random);
    int[] group = new int[row.length];
    if (k == 1 || row.length == 0) {
      return group;
    }
    float[][] centre = spread(point, k, random);
    for (int pass = 0; pass < PASSES; pass++) {
      assign(point, centre, group);
      if (pass < PASSES - 1) {
        move(point, centre, group);
      }
    }
    return group;
  }

  /** [rows used][coordinates] */
  private float[][] points(int[] columns, double jitter, SplittableRandom random) {
    int dimensions = 0;
    for (int v : columns) {
      dimensions += dimensions(v);
    }
    float[][] point = new float[row.length][dimensions];
    int at = 0;
    for (int v : columns) {
      int width = dimensions(v);
      for (int i = 0; i < row.length; i++) {
        double x = value(i, v);
        if (!Double.isNaN(x)) {
          if (data.variables().get(v) instanceof Categorical && !hasLevels[v]) {
            point[i][width == 1 ? at : at + (int) x % width] = width == 1 ? (float) x : 1;
          } else {
            point[i][at] = deviation[v] > 0 ? (float) ((x - mean[v]) / deviation[v]) : 0;
          }
        } else if (width == 1 && data.variables().get(v) instanceof Categorical && !hasLevels[v]) {
          point[i][at] = 0.5f;
        }
      }
      at += width;
    }
    if (jitter > 0) {
      for (float[] p : point) {
        for (int j = 0; j < p.length; j++) {
          p[j] += (float) (jitter * gaussian(random));
        }
      }
    }
    return point;
  }

  private int dimensions(int v) {
    return data.variables().get(v) instanceof Categorical categorical
            && categorical.numStates() > 2
            && !hasLevels[v]
        ? Math.min(MOST_CORNERS, categorical.numStates())
        : 1;
  }

  /** The first centres: rows, each far from those before. */
  private static float[][] spread(float[][] point, int k, SplittableRandom random) {
    float[][] centre = new float[k][];
    centre[0] = point[random.nextInt(point.length)].clone();
    double[] nearest = new double[point.length];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
    for (int c = 1; c < k; c++) {
      double total = 0;
      for (int i = 0; i < point.length; i++) {
        nearest[i] = Math.min(nearest[i], distance(point[i], centre[c - 1]));
        total += nearest[i];
      }
      int chosen = random.nextInt(point.length);
      if (total > 0) {
        double left = random.nextDouble() * total;
        chosen = 0;
        while (chosen < point.length - 1 && (left -= nearest[chosen]) > 0) {
          chosen++;
        }
      }
      centre[c] = point[chosen].clone();
    }
    return centre;
  }

  private static void assign(float[][] point, float[][] centre, int[] group) {
    for (int i = 0; i < point.length; i++) {
      float best = Float.POSITIVE_INFINITY;
      for (int c = 0; c < centre.length; c++) {
        float d = distance(point[i], centre[c]);
        if (d < best) {
          best = d;
          group[i] = c;
        }
      }
    }
  }

  private static void move(float[][] point, float[][] centre, int[] group) {
    double[][] sum = new double[centre.length][centre[0].length];
    int[] size = new int[centre.length];
    for (int i = 0; i < point.length; i++) {
      size[group[i]]++;
      for (int j = 0; j < point[i].length; j++) {
        sum[group[i]][j] += point[i][j];
      }
    }
    for (int c = 0; c < centre.length; c++) {
      for (int j = 0; j < sum[c].length && size[c] > 0; j++) {
        centre[c][j] = (float) (sum[c][j] / size[c]);
      }
    }
  }

  private static float distance(float[] a, float[] b) {
    float sum = 0;
    for (int j = 0; j < a.length; j++) {
      float d = a[j] - b[j];
      sum += d * d;
    }
    return sum;
  }

  /** A standard normal number (Box and Muller). */
  static double gaussian(SplittableRandom random) {
    return Math.sqrt(-2 * Math.log(1 - random.nextDouble()))
        * Math.cos(2 * Math.PI * random.nextDouble());
  }
}
