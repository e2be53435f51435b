package org.ugmm.compiler.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A layer of a network. The arrays belong to the layer and must not be changed. {@code from} names
 * the layers it reads, their units concatenated in that order.
 */
public sealed interface Layer {
  /** The name of the input layer, one unit a variable. */
  String INPUT = "input";

  /** The name, unique in a network. */
  String name();

  /** The layers it reads. */
  List<String> from();

  /** Number of units. */
  int numUnits();

  /** Number of numbers that are parameters. */
  long numParameters();

  /** The word for the type in the format. */
  String type();

  /**
   * The neuron of arXiv:2509.07569: unit j is {@code SUM_k w_jk N(z_k; mean_jk, scale_jk^2)}.
   *
   * @param inputs [M][N] what each component reads, as an index into {@code from}; null when every
   *     unit reads all N in order
   * @param mean [M][N], or [M][1] when a unit's components share one
   * @param scale [M][N] standard deviations, positive
   * @param logits [M][N] natural logs of weights up to a constant a unit; null when weights stand
   * @param weights [M][N] linear weights, not negative; null when logits stand
   * @param logScale [M][N] natural logs of the scales where the model gave those, of which the
   *     scales are rounded exponentials; null where it gave scales
   */
  record Ugmm(
      String name,
      List<String> from,
      int @Nullable [][] inputs,
      double[][] mean,
      double[][] scale,
      double @Nullable [][] logits,
      double @Nullable [][] weights,
      double @Nullable [][] logScale)
      implements Layer {
    @Override
    public int numUnits() {
      return mean.length;
    }

    @Override
    public long numParameters() {
      return total(mean) + 2 * total(scale);
    }

    @Override
    public String type() {
      return "ugmm";
    }
  }

  /**
   * Sums over units.
   *
   * @param weights [M][N] linear weights, not negative
   */
  record Mixture(String name, List<String> from, double[][] weights) implements Layer {
    @Override
    public int numUnits() {
      return weights.length;
    }

    @Override
    public long numParameters() {
      return total(weights);
    }

    @Override
    public String type() {
      return "mixture";
    }
  }

  /**
   * Products of units.
   *
   * @param children one list a unit, indices into {@code from}
   */
  record Product(String name, List<String> from, int[][] children) implements Layer {
    @Override
    public int numUnits() {
      return children.length;
    }

    @Override
    public long numParameters() {
      return 0;
    }

    @Override
    public String type() {
      return "product";
    }
  }

  /**
   * Categorical leaves.
   *
   * @param variable the index of the variable
   * @param probabilities [M][K] linear, one a state
   */
  record Categorical(String name, int variable, double[][] probabilities) implements Layer {
    @Override
    public List<String> from() {
      return List.of(INPUT);
    }

    @Override
    public int numUnits() {
      return probabilities.length;
    }

    @Override
    public long numParameters() {
      return total(probabilities);
    }

    @Override
    public String type() {
      return "categorical";
    }
  }

  private static long total(double[][] rows) {
    long sum = 0;
    for (double[] row : rows) {
      sum += row.length;
    }
    return sum;
  }
}
