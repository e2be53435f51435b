package org.ugmm.compiler.build;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The structures that training may try.
 *
 * @param kind which
 * @param height rows of an image, for {@link Kind#GRID}, else 0
 * @param width columns of an image
 */
public record Family(Kind kind, int height, int width) {
  /** Every family that suits the table. */
  public static final Family AUTO = new Family(Kind.AUTO, 0, 0);

  private static final Pattern GRID = Pattern.compile("grid:(\\d{1,5})x(\\d{1,5})");

  /** Kinds of structures. */
  public enum Kind {
    /** Every family that suits the table. */
    AUTO,
    /** The same without Gaussians over several columns, so that every kind of query is answered. */
    UNIVARIATE,
    /** One leaf a column. */
    INDEPENDENT,
    /** Mixtures of independent columns. */
    MIXTURE,
    /** Mixtures of Gaussians with full covariances over the reals. */
    GAUSSIAN,
    /** Hidden Chow-Liu trees. */
    TREE,
    /** Quad trees over the pixels of an image. */
    GRID,
    /** Random region graphs. */
    RANDOM,
    /** Deterministic trees: decisions with Chow-Liu trees below. */
    FOREST
  }

  /**
   * Reads {@code auto}, {@code univariate}, {@code independent}, {@code mixture}, {@code gaussian},
   * {@code tree}, {@code grid:HxW}, {@code random} or {@code forest}.
   *
   * @throws IllegalArgumentException for any other text
   */
  public static Family parse(String text) {
    Matcher grid = GRID.matcher(text);
    if (grid.matches()) {
      return new Family(
          Kind.GRID, Integer.parseInt(grid.group(1)), Integer.parseInt(grid.group(2)));
    }
    for (Kind kind : Kind.values()) {
      if (kind != Kind.GRID && kind.name().toLowerCase(Locale.ROOT).equals(text)) {
        return new Family(kind, 0, 0);
      }
    }
    throw new IllegalArgumentException(
        ("structure '%s'; expected auto, univariate, independent, mixture, gaussian, tree, grid:HxW, random,"
                + " forest or the file of a model that exists")
            .formatted(text));
  }

  @Override
  public String toString() {
    return kind == Kind.GRID
        ? "grid:%dx%d".formatted(height, width)
        : kind.name().toLowerCase(Locale.ROOT);
  }
}
