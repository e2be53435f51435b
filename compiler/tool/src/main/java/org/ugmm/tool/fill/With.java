package org.ugmm.tool.fill;

import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;

/**
 * What holes are filled with.
 *
 * @param draws how often each row stands, 1 where nothing is drawn
 */
public record With(Kind kind, int draws) {
  private static final int MOST_DRAWS = 10_000;

  /** The value that stands for a posterior. */
  public enum Kind {
    /** The mean of a real, the most probable state. */
    MEAN,
    /** The median of a real, the most probable state. */
    MEDIAN,
    /** The highest mode of the density of a real, the most probable state. */
    MODE,
    /** The values that are most probable together. */
    MPE,
    /** Values drawn together. */
    DRAWS
  }

  /**
   * Reads {@code mean}, {@code median}, {@code mode}, {@code mpe} or {@code draws=M}.
   *
   * @throws UsageException if it is none of these
   */
  public static With of(String text) {
    return switch (text) {
      case "mean" -> new With(Kind.MEAN, 1);
      case "median" -> new With(Kind.MEDIAN, 1);
      case "mode" -> new With(Kind.MODE, 1);
      case "mpe" -> new With(Kind.MPE, 1);
      default -> {
        if (text.matches("draws=\\d{1,5}")) {
          int draws = Integer.parseInt(text.substring(text.indexOf('=') + 1));
          if (draws >= 1 && draws <= MOST_DRAWS) {
            yield new With(Kind.DRAWS, draws);
          }
        }
        throw new UsageException(
            "--with '%s'; expected mean, median, mode, mpe or draws=M with M from 1 to %s"
                .formatted(Words.shorten(text), Words.count(MOST_DRAWS)));
      }
    };
  }

  boolean isDrawn() {
    return kind == Kind.DRAWS;
  }
}
