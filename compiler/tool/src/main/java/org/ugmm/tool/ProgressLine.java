package org.ugmm.tool;

import java.util.Locale;
import org.ugmm.compiler.build.Progress;

/** One line on a terminal that says where training stands, written over and over. */
final class ProgressLine implements AutoCloseable {
  private static final long EVERY_NANOS = 100_000_000;

  private final Console console;
  private final boolean isShown;
  private long shownAt;
  private int width;

  ProgressLine(Console console, boolean quiet) {
    this.console = console;
    isShown = console.isTerminal() && !quiet;
  }

  void show(Progress p) {
    long now = System.nanoTime();
    boolean isLast = p.epoch() == p.epochs();
    if (!isShown || (!isLast && width > 0 && now - shownAt < EVERY_NANOS)) {
      return;
    }
    shownAt = now;
    String valid =
        Double.isNaN(p.valid()) ? "" : String.format(Locale.ROOT, " valid %.4g", p.valid());
    String line =
        String.format(
            Locale.ROOT,
            "%s epoch %d/%d train %.4g%s %,d rows/s %s left",
            p.candidate(),
            p.epoch(),
            p.epochs(),
            p.train(),
            valid,
            Math.round(p.rowsPerSecond()),
            duration(p.secondsLeft()));
    console.err().print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
    console.err().flush();
    width = line.length();
  }

  private static String duration(double seconds) {
    long whole = Math.round(seconds);
    return whole < 60 ? whole + "s" : "%dm%02ds".formatted(whole / 60, whole % 60);
  }

  /** Takes the line off the terminal. */
  void clear() {
    if (width > 0) {
      console.err().print("\r" + " ".repeat(width) + "\r");
      console.err().flush();
      width = 0;
    }
  }

  @Override
  public void close() {
    clear();
  }
}
