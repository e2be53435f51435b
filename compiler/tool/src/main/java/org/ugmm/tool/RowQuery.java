package org.ugmm.tool;

import java.util.List;
import java.util.Set;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.Precision;

/**
 * A query that is answered row by row. One a thread ({@link #fork}).
 *
 * <p>A row of probability zero has a log of -infinity; what is conditioned on it has empty cells.
 */
sealed interface RowQuery permits LogQuery, PosteriorQuery, MpeQuery {
  /**
   * A column of the answers.
   *
   * @param name its heading
   * @param states the names that its cells index; empty where they are numbers
   */
  record Column(String name, List<String> states) {
    static Column number(String name) {
      return new Column(name, List.of());
    }
  }

  /**
   * How rows are answered.
   *
   * @param allowed certificates that an answer may have
   * @param seed of random numbers
   * @param precision of the batches
   * @param wantsBounds whether the error bound of each row is wanted
   */
  record Settings(Set<Kind> allowed, long seed, Precision precision, boolean wantsBounds) {}

  /** Where a row of the batch comes from, for messages. */
  interface Places {
    /** Such as {@code iris.csv: line 7}. */
    String place(int row);
  }

  /** The columns of an answer, without that of the certificate. */
  List<Column> columns();

  /** What the mean of a summary is taken of, for people. */
  String statistic();

  /** The same query for another thread. */
  RowQuery fork();

  /**
   * Answers a batch, with {@link Scores#bounds} if {@link Settings} ask for them.
   *
   * @param rows row-major [rows][variables], NaN for unobserved; not modified
   * @throws org.ugmm.engine.data.RefusedException if a row has no answer with an allowed
   *     certificate
   */
  Scores score(double[] rows, int numRows, Places places);
}
