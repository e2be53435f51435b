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
    String progress =
        String.format(
            Locale.ROOT, " epoch %d/%d train %.4g%s", p.epoch(), p.epochs(), p.train(), valid);
    String speed = String.format(Locale.ROOT, " %,d rows/s", Math.round(p.rowsPerSecond()));
    String left = " %s left".formatted(duration(p.secondsLeft()));
    String line = fitting(p.candidate(), progress, speed, left, console.columns() - 1);
    console.err().print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
    console.err().flush();
    width = line.length();
  }

  /** One line: without the speed where there is no room for it, then with less of the candidate. */
  static String fitting(String candidate, String progress, String speed, String left, int most) {
    String rest = progress + speed + left;
    if (candidate.length() + rest.length() > most) {
      rest = progress + left;
    }
    int room = most - rest.length();
    String name =
        candidate.length() <= room
            ? candidate
            : candidate.substring(0, Math.max(0, room - 3)) + "...";
    String line = name + rest;
    return line.length() <= most ? line : line.substring(0, most);
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
