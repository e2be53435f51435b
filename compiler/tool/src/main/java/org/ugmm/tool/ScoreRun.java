package org.ugmm.tool;

import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Answers a query for every row of a table, batch by batch, in the order of the rows. */
final class ScoreRun {
  /*
   * The calling thread splits the file into records and writes the answers; reading the numbers,
   * answering and formatting, which is nearly all of the work, is done a batch at a time by the
   * workers. At most BATCHES_AHEAD batches a worker exist at once, so memory does not grow with the
   * table.
   */
  private static final int BATCH_ROWS = 1024;
  private static final int BATCHES_AHEAD = 3;

  private final DataTable table;
  private final RowReader reader;
  private final RowQuery query;
  private final @Nullable RowFormat format;
  private final int numThreads;
  private final Summary summary = new Summary();

  /**
   * Prepares a run.
   *
   * @param format how answers are written; null where only the summary is wanted
   */
  ScoreRun(
      DataTable table,
      RowReader reader,
      RowQuery query,
      @Nullable RowFormat format,
      int numThreads) {
    this.table = table;
    this.reader = reader;
    this.query = query;
    this.format = format;
    this.numThreads = numThreads;
  }

  /** A batch of answers and the text of its rows. */
  private record Done(Scores scores, byte[] text) {}

  /**
   * Runs over what is left of the table.
   *
   * @param first rows that were read already
   * @param out where the answers go; not closed
   * @throws IOException if the answers cannot be written
   */
  Summary run(List<CsvRecord> first, OutputStream out) throws IOException {
    long start = System.nanoTime();
    if (format != null) {
      out.write(format.head().getBytes(StandardCharsets.UTF_8));
    }
    List<CsvRecord> batch = first.isEmpty() ? table.nextRows(BATCH_ROWS) : first;
    List<CsvRecord> second = batch.isEmpty() ? batch : table.nextRows(BATCH_ROWS);
    if (numThreads == 1 || second.isEmpty()) {
      while (!batch.isEmpty()) {
        take(answer(query, batch), out);
        batch = second;
        second = batch.isEmpty() ? batch : table.nextRows(BATCH_ROWS);
      }
    } else {
      onThreads(batch, second, out);
    }
    if (format != null) {
      out.write(format.foot(summary.rows() == 0).getBytes(StandardCharsets.UTF_8));
    }
    summary.elapsed(System.nanoTime() - start);
    return summary;
  }

  private void onThreads(List<CsvRecord> first, List<CsvRecord> second, OutputStream out)
      throws IOException {
    BlockingQueue<RowQuery> idle = new ArrayBlockingQueue<>(numThreads);
    idle.add(query);
    while (idle.remainingCapacity() > 0) {
      idle.add(query.fork());
    }
    ExecutorService workers = Executors.newFixedThreadPool(numThreads, ScoreRun::daemon);
    try {
      Queue<Future<Done>> ahead = new ArrayDeque<>();
      List<CsvRecord> batch = first;
      List<CsvRecord> next = second;
      while (!batch.isEmpty() || !ahead.isEmpty()) {
        if (batch.isEmpty() || ahead.size() >= BATCHES_AHEAD * numThreads) {
          take(await(ahead.remove()), out);
        } else {
          List<CsvRecord> rows = batch;
          ahead.add(workers.submit(() -> answerWithIdle(idle, rows)));
          batch = next;
          next = batch.isEmpty() ? batch : nextAfter(ahead, out);
        }
      }
    } finally {
      workers.shutdownNow();
    }
  }

  /** Reads the next rows; where they are not readable, an error in the rows before comes first. */
  private List<CsvRecord> nextAfter(Queue<Future<Done>> ahead, OutputStream out)
      throws IOException {
    try {
      return table.nextRows(BATCH_ROWS);
    } catch (InputException e) {
      while (!ahead.isEmpty()) {
        take(await(ahead.remove()), out);
      }
      throw e;
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "ugmm-score");
    thread.setDaemon(true);
    return thread;
  }

  private Done answerWithIdle(BlockingQueue<RowQuery> idle, List<CsvRecord> rows)
      throws InterruptedException {
    RowQuery mine = idle.take();
    try {
      return answer(mine, rows);
    } finally {
      idle.add(mine);
    }
  }

  private static Done await(Future<Done> batch) throws IOException {
    try {
      return batch.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private Done answer(RowQuery answering, List<CsvRecord> rows) {
    Scores scores = answering.score(reader.read(rows), rows.size(), r -> reader.place(rows.get(r)));
    byte[] text =
        format == null ? new byte[0] : format.rows(scores).getBytes(StandardCharsets.UTF_8);
    return new Done(scores, text);
  }

  private void take(Done done, OutputStream out) throws IOException {
    byte[] text = done.text;
    // a row of JSON begins with the comma that parts it from the row before
    int skipped = format != null && summary.rows() == 0 ? format.separatorLength() : 0;
    out.write(text, skipped, text.length - skipped);
    summary.add(done.scores);
  }
}
