package org.ugmm.compiler.build;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;

/**
 * A mixture of Gaussians with full covariances over the real columns; the other columns are
 * independent given the component. It knows linear relations between columns, which mixtures of
 * independent columns need many components for.
 *
 * @param components number of components
 * @param ridge what is added to each variance, in units of that of the whole column
 */
record FullGaussians(int components, double ridge) implements Structure {
  /** Rows of the whole column that a table of states has seen. */
  private static final double PRIOR_ROWS = 2;

  /** The columns that a Gaussian over several is about. */
  static int[] reals(List<Variable> variables, int[] columns) {
    return Arrays.stream(columns).filter(v -> isFree(variables.get(v))).toArray();
  }

  private static boolean isFree(Variable variable) {
    return variable instanceof Real real
        && !real.isCount()
        && real.lo() == Double.NEGATIVE_INFINITY
        && real.hi() == Double.POSITIVE_INFINITY;
  }

  @Override
  public int addTo(CircuitBuilder builder, Cloud cloud, int[] columns, long seed) {
    int[] reals = reals(cloud.data().variables(), columns);
    if (reals.length < 2 || cloud.numRows() == 0) {
      return new Mixture(components).addTo(builder, cloud, columns, seed);
    }
    int[] states =
        Arrays.stream(columns)
            .filter(v -> cloud.data().variables().get(v) instanceof Categorical)
            .toArray();
    FullGaussianEm em = new FullGaussianEm(cloud, columns, reals, states, components, ridge);
    em.run(seed);
    int[] rest =
        IntStream.of(columns)
            .filter(v -> IntStream.of(reals).noneMatch(w -> w == v))
            .filter(v -> IntStream.of(states).noneMatch(w -> w == v))
            .toArray();
    int[][] leaf = new int[rest.length][];
    for (int i = 0; i < rest.length; i++) {
      leaf[i] = new Leaves(cloud).add(builder, cloud, rest[i], em.groups(), components);
    }
    int[] component = new int[components];
    for (int z = 0; z < components; z++) {
      int[] factors = new int[1 + states.length + rest.length];
      factors[0] = builder.gaussianBlock(reals, em.mean(z), em.covariance(z));
      for (int i = 0; i < states.length; i++) {
        factors[1 + i] = builder.categoricalLinear(states[i], em.states(z, i, PRIOR_ROWS));
      }
      for (int i = 0; i < rest.length; i++) {
        factors[1 + states.length + i] = leaf[i][z];
      }
      component[z] = factors.length == 1 ? factors[0] : builder.product(factors);
    }
    return components == 1 ? component[0] : builder.sumLinear(component, em.weights());
  }

  @Override
  public Structure atMost(int states) {
    return new FullGaussians(Math.min(components, states), ridge);
  }

  @Override
  public Structure varied() {
    return this;
  }

  /** A product of two columns takes a part of the time of a weight of a sum, and few steps do. */
  @Override
  public double numWeights(int numColumns) {
    return components * (1 + numColumns * (numColumns + 1.0) / 8);
  }

  /** It comes fitted. */
  @Override
  public boolean isLearned() {
    return false;
  }

  @Override
  public String label() {
    return "gaussians K=%d ridge %s".formatted(components, ridge);
  }
}
