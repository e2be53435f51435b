package org.ugmm.compiler.build;

import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;

/**
 * Which columns of whole numbers from 0 are counts: those with a tail, and that small mixtures of
 * counts describe better on rows kept back than mixtures of Gaussians do, of which each number gets
 * the mass within a half of it. Codes, ranks and ratings mostly end without a tail. Thread-safe.
 */
public final class CountColumns {
  private static final int MOST_ROWS = 1_000;

  /** So many columns of whole numbers are of one kind: pixels, words, ratings. */
  private static final int MOST_COLUMNS = 64;

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
    if (columns.size() > MOST_COLUMNS) {
      return are;
    }
    double end = endOfScale(columns);
    for (int c = 0; c < are.length; c++) {
      double[] known = known(columns.get(c));
      are[c] =
          largest(columns.get(c)) > end
              && known.length >= LeafChoice.FEWEST_ROWS
              && !endsOften(known)
              && LeafChoice.isSkewed(known, TAIL)
              && isBetterAsCount(known);
    }
    return are;
  }

  private static boolean isBetterAsCount(double[] known) {
    Variable.Real real = Variable.real("x");
    Variable.Real count = Variable.count("x");
    double asReal = LeafChoice.score(real, NodeKind.GAUSSIAN, known, true) + LeafChoice.LEAST_GAIN;
    return LeafChoice.score(count, NodeKind.POISSON, known, false) > asReal
        || LeafChoice.score(count, NodeKind.HISTOGRAM, known, false) > asReal;
  }

  /** The largest number at which most columns end, -1 where there is none. */
  private static double endOfScale(List<double[]> columns) {
    double end = -1;
    for (double[] column : columns) {
      double most = largest(column);
      if (most > end) {
        long same = columns.stream().filter(c -> largest(c) == most && endsOften(c)).count();
        end = same > columns.size() / 2 && same >= FEWEST_OF_A_SCALE ? most : end;
      }
    }
    return end;
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
  private static double[] known(double[] column) {
    int used = Math.min(MOST_ROWS, column.length);
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
