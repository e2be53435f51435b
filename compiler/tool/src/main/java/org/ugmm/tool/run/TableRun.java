package org.ugmm.tool.run;

import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.table.DataTable;
import org.ugmm.tool.table.RowReader;

/**
 * Works through every row of a table, batch by batch, in the order of the rows.
 *
 * @param <A> what comes of some rows
 */
public final class TableRun<A extends Outcomes> {
  /*
   * One thread splits the file into records and closes a batch when it is full, or when it would
   * have to wait for more input, so that a slow input is answered row by row. Workers read the
   * numbers, answer and format, which is nearly all of the work. The calling thread writes the batches
   * in their order. At most BATCHES_AHEAD batches a worker exist at once, so memory does not grow
   * with the table; when the calling thread leaves, the others end.
   */
  private static final int BATCH_ROWS = 1024;
  private static final int BATCHES_AHEAD = 3;

  private final DataTable table;
  private final RowReader reader;
  private final RowWork<A> work;
  private final boolean isStrict;

  /** Batches in the order of the table; the last has no records. */
  private final BlockingQueue<Batch<A>> ordered;

  /** The same batches for the workers. */
  private final BlockingQueue<Batch<A>> asked;

  private final int numThreads;

  /** What ended the reading before the end of the table; written before the last batch. */
  private volatile @Nullable RuntimeException readFailure;

  private List<CsvRecord> filling = new ArrayList<>(BATCH_ROWS);
  private boolean isFirst = true;

  /**
   * Prepares a run.
   *
   * @param isStrict whether the first row in error or refused ends the run
   */
  public TableRun(
      DataTable table, RowReader reader, RowWork<A> work, int numThreads, boolean isStrict) {
    this.table = table;
    this.reader = reader;
    this.work = work;
    this.isStrict = isStrict;
    this.numThreads = numThreads;
    ordered = new ArrayBlockingQueue<>(BATCHES_AHEAD * numThreads);
    asked = new ArrayBlockingQueue<>(BATCHES_AHEAD * numThreads + numThreads);
  }

  /** Records and what will become of them. */
  private record Batch<A>(
      List<CsvRecord> records, boolean isFirst, CompletableFuture<Done<A>> done) {}

  /** A batch of answers and the text of its rows. */
  private record Done<A>(A answers, byte[] text) {}

  /**
   * Runs over the table.
   *
   * @param out where the answers go; not closed
   * @return the nanoseconds that it took
   * @throws IOException if the answers cannot be written, or this thread is interrupted; the work
   *     ends soon after
   * @throws InputException if the table is not CSV, or where the run is strict and a row in error
   * @throws Refusal where the run is strict and a row refused
   */
  public long run(OutputStream out) throws IOException {
    long start = System.nanoTime();
    out.write(work.head());
    boolean isEmpty = true;
    List<Thread> threads = new ArrayList<>();
    threads.add(daemon("ugmm-read", this::read));
    for (int t = 0; t < numThreads; t++) {
      RowWork<A> mine = t == 0 ? work : work.fork();
      threads.add(daemon("ugmm-ask-" + t, () -> work(mine)));
    }
    threads.forEach(Thread::start);
    try {
      for (Batch<A> batch = ordered.take(); !batch.records.isEmpty(); batch = ordered.take()) {
        take(batch.done.get(), out);
        isEmpty = false;
      }
      checkEnd();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IOException(e.getCause());
    } finally {
      threads.forEach(Thread::interrupt);
    }
    out.write(work.foot(isEmpty));
    return System.nanoTime() - start;
  }

  /**
   * Ends the work on rows, between two of them, when nobody waits for it any more.
   *
   * @throws CancellationException if that is so
   */
  public static void requireWanted() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException();
    }
  }

  /** Rethrows what ended the reading, after all rows before it are written. */
  private void checkEnd() {
    RuntimeException failure = readFailure;
    if (failure != null) {
      throw failure;
    }
  }

  private static Thread daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  private void read() {
    try {
      table.beforeWaiting(this::handOver);
      for (CsvRecord record = table.next(); record != null; record = table.next()) {
        filling.add(record);
        if (filling.size() == BATCH_ROWS) {
          handOver();
        }
      }
    } catch (Ended e) {
      return;
    } catch (RuntimeException e) {
      readFailure = e;
    }
    try {
      handOver();
      Batch<A> last = new Batch<>(List.of(), false, new CompletableFuture<>());
      ordered.put(last);
      for (int t = 0; t < numThreads; t++) {
        asked.put(last);
      }
    } catch (Ended | InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The run is over; nobody takes batches any more. */
  private static final class Ended extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Gives what was read so far to the workers. */
  private void handOver() {
    if (filling.isEmpty()) {
      return;
    }
    Batch<A> batch = new Batch<>(filling, isFirst, new CompletableFuture<>());
    isFirst = false;
    filling = new ArrayList<>(BATCH_ROWS);
    try {
      ordered.put(batch);
      asked.put(batch);
    } catch (InterruptedException e) {
      throw new Ended();
    }
  }

  private void work(RowWork<A> mine) {
    try {
      for (Batch<A> batch = asked.take(); !batch.records.isEmpty(); batch = asked.take()) {
        try {
          batch.done.complete(answer(mine, batch));
        } catch (RuntimeException | Error e) {
          batch.done.completeExceptionally(e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Done<A> answer(RowWork<A> mine, Batch<A> batch) {
    A answers = mine.answer(reader.read(batch.records));
    return new Done<>(answers, mine.text(answers, batch.isFirst));
  }

  private void take(Done<A> done, OutputStream out) throws IOException {
    for (int r = 0; isStrict && r < done.answers.numRows(); r++) {
      if (done.answers.isRefused(r)) {
        throw strictEnd(done.answers, r);
      }
    }
    out.write(done.text);
    out.flush();
    work.add(done.answers);
  }

  private RuntimeException strictEnd(A answers, int row) {
    String note = answers.note(row);
    if (answers.status(row) == Outcomes.Status.ERROR && note != null) {
      boolean hasPlace = note.startsWith("line ");
      return new InputException(
          table.name() + ": " + (hasPlace ? "" : place(answers, row) + ": ") + note);
    }
    return new Refusal(table.name() + ": " + place(answers, row) + ": " + note);
  }

  private String place(A answers, int row) {
    return "line " + answers.rows().records().get(row).getStartingLineNumber();
  }
}
