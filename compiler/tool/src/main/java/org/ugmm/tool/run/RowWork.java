package org.ugmm.tool.run;

import org.ugmm.tool.table.Rows;

/**
 * What is done with the rows of a table and how it is written. {@link #answer} and {@link #text}
 * are called by one thread at a time, each thread with a fork of its own; the other methods by the
 * thread that writes.
 *
 * @param <A> what comes of some rows
 */
public interface RowWork<A extends Outcomes> {
  /** The same for another thread. */
  RowWork<A> fork();

  /** What is written before the rows. */
  byte[] head();

  /** Works on rows. */
  A answer(Rows rows);

  /** What is written for rows; {@code isFirst} if none came before. */
  byte[] text(A answers, boolean isFirst);

  /** Takes note of rows that are written, in the order of the table. */
  void add(A answers);

  /** What is written after the rows. */
  byte[] foot(boolean isEmpty);
}
