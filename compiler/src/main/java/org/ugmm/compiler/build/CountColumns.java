package org.ugmm.compiler.build;

import it.unimi.dsi.fastutil.doubles.Double2IntMap;
import it.unimi.dsi.fastutil.doubles.Double2IntOpenHashMap;
import java.util.Arrays;
import java.util.List;

/**
 * Which columns of whole numbers from 0 are counts: those with a tail, and that small mixtures of
 * counts describe better on rows kept back than mixtures of Gaussians do, of which each number gets
 * the mass within a half of it. Codes, ranks and ratings mostly end without a tail. Thread-safe.
 */
public final class CountColumns {
  /** Cells of all columns that are looked at, and least and most of a column. */
  private static final int CELLS = 64_000;

  private static final int FEWEST_ROWS = 100;
  private static final int MOST_ROWS = 1_000;

  /** A scale ends where so many columns, and most, have the same largest number, and often. */
  private static final int FEWEST_OF_A_SCALE = 3;

  private static final double OFTEN = 0.01;
  private static final int SOME = 2;

  /** The least third standardised moment of a column with a tail; a Poisson of mean 4 has it. */
  private static final double TAIL = 0.5;

  private CountColumns() {}

  /**
   * Says of each column whether it is a count. Columns that share a scale with an end, such as the
   * grey levels of pixels, are none, and neither are columns with too few known cells to tell.
   *
   * @param columns whole numbers from 0, NaN where a cell is missing
   */
  public static boolean[] areCounts(List<double[]> columns) {
    boolean[] are = new boolean[columns.size()];
    double end = endOfScale(columns);
    int most = Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, CELLS / Math.max(1, are.length)));
    for (int c = 0; c < are.length; c++) {
      double[] known = known(columns.get(c), most);
      are[c] =
          largest(columns.get(c)) > end
              && !endsOften(known)
              && LeafChoice.isSkewed(known, TAIL)
              && LeafChoice.areCounts(known);
    }
    return are;
  }

  /** The largest number at which most columns end, -1 where there is none. */
  private static double endOfScale(List<double[]> columns) {
    Double2IntOpenHashMap ending = new Double2IntOpenHashMap();
    for (double[] column : columns) {
      ending.addTo(largest(column), endsOften(column) ? 1 : 0);
    }
    int fewest = Math.max(FEWEST_OF_A_SCALE, columns.size() / 2 + 1);
    return ending.double2IntEntrySet().stream()
        .filter(e -> e.getIntValue() >= fewest)
        .mapToDouble(Double2IntMap.Entry::getDoubleKey)
        .max()
        .orElse(-1);
  }

  private static boolean endsOften(double[] column) {
    double most = largest(column);
    return Arrays.stream(column).filter(x -> x == most).count()
        > Math.max(SOME, OFTEN * column.length);
  }

  private static double largest(double[] column) {
    return Arrays.stream(column).filter(x -> !Double.isNaN(x)).max().orElse(-1);
  }

  /** The known cells of an even sample of the rows. */
  private static double[] known(double[] column, int most) {
    int used = Math.min(most, column.length);
    double[] known = new double[used];
    int n = 0;
    for (int i = 0; i < used; i++) {
      double x = column[(int) ((long) i * column.length / used)];
      if (!Double.isNaN(x)) {
        known[n++] = x;
      }
    }
    return Arrays.copyOf(known, n);
  }
}
