package org.ugmm.compiler.build.network;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a network is to be like, beside what {@link org.ugmm.compiler.build.TrainOptions} say of
 * every kind of training. Immutable.
 *
 * @param sizes inputs, then units of each layer
 * @param isTied whether the components of a unit share a mean
 * @param dropout probability that a component of the first layer is left out of a step; NaN to
 *     choose
 * @param discriminative share of the class in what is climbed, 0 to 1
 * @param recipe where training starts and how far its steps go
 * @param components 0 for the paper's form, whose units read all that is below them; else the
 *     tractable form: Gaussians of each unit over one input, below products and mixtures
 */
public record NetworkOptions(
    List<Integer> sizes,
    boolean isTied,
    double dropout,
    double discriminative,
    Recipe recipe,
    int components) {

  /** Courses of training. */
  public enum Recipe {
    /** Standardised inputs, layers centred on the data, steps that shrink evenly. */
    DATA,
    /** The paper's: raw inputs, random numbers, steps that shrink twice. */
    PAPER
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public NetworkOptions {
    sizes = List.copyOf(sizes);
    if (sizes.size() < 2 || sizes.stream().anyMatch(s -> s < 1 || s > 1 << 16)) {
      throw new IllegalArgumentException(
          "network %s; expected two or more sizes of 1 .. 65536, such as 784-128-64-10"
              .formatted(text(sizes)));
    }
    if (!(dropout >= 0 && dropout < 1) && !Double.isNaN(dropout)) {
      throw new IllegalArgumentException("dropout %s; expected 0 .. 1".formatted(dropout));
    }
    if (!(discriminative >= 0 && discriminative <= 1)) {
      throw new IllegalArgumentException(
          "discriminative share %s; expected 0 .. 1".formatted(discriminative));
    }
    if (components < 0 || components > 256) {
      throw new IllegalArgumentException(
          "%d Gaussians of a unit; expected 1 .. 256, or 0 for the paper's form"
              .formatted(components));
    }
    if (components > 0 && sizes.size() < 3) {
      throw new IllegalArgumentException(
          "network %s; expected a layer between inputs and roots of the tractable form, such as 4-10-3"
              .formatted(text(sizes)));
    }
  }

  /** The paper's form. */
  public NetworkOptions(
      List<Integer> sizes, boolean isTied, double dropout, double discriminative, Recipe recipe) {
    this(sizes, isTied, dropout, discriminative, recipe, 0);
  }

  /** Whether units read one input each, below products and mixtures. */
  public boolean isTractable() {
    return components > 0;
  }

  /**
   * Reads sizes such as {@code 784-128-64-10}.
   *
   * @throws IllegalArgumentException if it is no such text
   */
  public static List<Integer> sizes(String text) {
    if (!text.matches("\\d{1,7}(-\\d{1,7})+")) {
      throw new IllegalArgumentException(
          "network '%s'; expected sizes of layers such as 784-128-64-10".formatted(text));
    }
    return Arrays.stream(text.split("-")).map(Integer::valueOf).toList();
  }

  /** The sizes as they are written. */
  public String shape() {
    return text(sizes);
  }

  private static String text(List<Integer> sizes) {
    return sizes.stream().map(String::valueOf).collect(Collectors.joining("-"));
  }

  int last() {
    return sizes.get(sizes.size() - 1);
  }

  /** Number of Gaussian components. */
  long numComponents() {
    long sum = 0;
    for (int l = 1; l < sizes.size(); l++) {
      sum += (long) sizes.get(l) * sizes.get(l - 1);
    }
    return sum;
  }
}
