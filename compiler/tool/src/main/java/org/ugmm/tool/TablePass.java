package org.ugmm.tool;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.out.FileOutput;
import org.ugmm.tool.out.OutputException;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.run.TableRun;
import org.ugmm.tool.table.DataTable;
import org.ugmm.tool.table.SqlTable;
import org.ugmm.tool.table.TableFormat;
import org.ugmm.tool.table.TableStyle;

/**
 * A table that comes in and another that goes out, to a file or to standard output.
 *
 * @param command what is run, for the progress bar
 * @param model a file that must not be replaced
 * @param data the table; {@code -} for standard input
 * @param output where the other goes; null or {@code -} for standard output
 */
record TablePass(String command, Path model, Path data, @Nullable Path output, Console console) {

  /** Whether the answers go to a file. */
  boolean isToFile() {
    return output != null && !output.toString().equals("-");
  }

  /**
   * Opens the table, with a progress bar on a terminal, unless rows go to the same screen.
   *
   * @param isSilent whether no rows go to standard output
   */
  DataTable open(TableFormat format, boolean isSilent, boolean quiet) {
    boolean rowsOnScreen = !isToFile() && !isSilent && console.showsAnswers();
    boolean isShown = console.isTerminal() && !quiet && !rowsOnScreen;
    return DataTable.open(data, format, console.in(), in -> isShown ? withProgress(in) : in);
  }

  /** Shows how much of the file is read. */
  private InputStream withProgress(InputStream in) {
    long size = -1;
    try {
      size = Files.isRegularFile(data) ? Files.size(data) : -1;
    } catch (IOException e) {
      size = -1; // the bar goes without an end
    }
    return ProgressBar.wrap(
        in,
        new ProgressBarBuilder()
            .setTaskName(command)
            .setInitialMax(size)
            .setUnit(" MB", 1_000_000)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(250)
            .clearDisplayOnFinish()
            .setConsumer(
                new ConsoleProgressBarConsumer(
                    console.err(), Math.min(79, console.columns() - 1))));
  }

  /**
   * Runs over the table; a file is replaced as a whole or not at all.
   *
   * @param style of what the run writes
   * @return the nanoseconds that it took
   */
  long run(TableRun<?> run, TableStyle style) throws IOException {
    if (output == null || !isToFile()) {
      return run.run(console.out());
    }
    long[] nanos = new long[1];
    write(output, style, out -> nanos[0] = run.run(out), data, model);
    return nanos[0];
  }

  /** Writes the text of a CSV file. */
  interface Writing {
    void to(OutputStream out) throws IOException;
  }

  /** Writes a file as CSV, or what else its name says. */
  static void write(Path output, TableStyle style, Writing writing, Path... inputs) {
    SqlTable sql = SqlTable.of(output);
    if (sql != null) {
      sql.requireWritable();
    }
    try {
      if (sql == null) {
        try (FileOutput out = FileOutput.open(output, inputs)) {
          writing.to(out.stream());
          out.commit();
        }
        return;
      }
      Path[] read = Arrays.stream(inputs).map(SqlTable::fileOf).toArray(Path[]::new);
      FileOutput.requireOther(output, sql.file(), read);
      Path csv = Files.createTempFile("ugmm", ".csv");
      try {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(csv), 1 << 16)) {
          writing.to(out);
        }
        sql.write(csv, style);
      } finally {
        Files.deleteIfExists(csv);
      }
    } catch (IOException e) {
      throw new OutputException(output, e);
    }
  }

  /** Says which variables and columns found no partner. */
  static void note(DataTable table, List<String> unbound, List<String> unused, Console console) {
    if (!unbound.isEmpty()) {
      console.note(
          "%s has no column for %s; taken as unknown".formatted(table.name(), Words.some(unbound)));
    }
    if (!unused.isEmpty()) {
      console.note(
          "%s: no variable is named like %s; not read"
              .formatted(
                  table.name(),
                  (unused.size() == 1 ? "column " : "columns ") + Words.some(unused)));
    }
  }
}
