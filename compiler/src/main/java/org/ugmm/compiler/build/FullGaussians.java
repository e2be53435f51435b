package org.ugmm.compiler.build;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.TrainingData;
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
 * @param guide a column of states, each of which has components of its own; empty for none
 */
record FullGaussians(int components, double ridge, String guide) implements Structure {
  /** Rows of the whole column that a table of states has seen. */
  private static final double PRIOR_ROWS = 2;

  /** The same for the guide: its states are all but sure, yet none is impossible. */
  private static final double GUIDE_ROWS = 0.01;

  /** A leaf over more columns than this is none that a circuit takes. */
  static final int MOST_REALS = 1024;

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

  FullGaussians withRidge(double newRidge) {
    return new FullGaussians(components, newRidge, guide);
  }

  FullGaussians twice() {
    return new FullGaussians(2 * components, ridge, guide);
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
    int guided = guided(cloud.data().variables(), states);
    int numStates =
        guided < 0 ? 1 : ((Categorical) cloud.data().variables().get(states[guided])).numStates();
    int k = numStates * Math.max(1, components / numStates);
    FullGaussianEm em = new FullGaussianEm(cloud, columns, reals, states, guided, k, ridge);
    em.run(seed);
    int[] rest =
        IntStream.of(columns)
            .filter(v -> IntStream.of(reals).noneMatch(w -> w == v))
            .filter(v -> IntStream.of(states).noneMatch(w -> w == v))
            .toArray();
    int[][] leaf = new int[rest.length][];
    for (int i = 0; i < rest.length; i++) {
      leaf[i] = new Leaves(cloud).add(builder, cloud, rest[i], em.groups(), k);
    }
    int[] component = new int[k];
    for (int z = 0; z < k; z++) {
      int[] factors = new int[1 + states.length + rest.length];
      factors[0] = builder.gaussianBlock(reals, em.mean(z), em.covariance(z));
      for (int i = 0; i < states.length; i++) {
        factors[1 + i] =
            builder.categoricalLinear(
                states[i], em.states(z, i, i == guided ? GUIDE_ROWS : PRIOR_ROWS));
      }
      for (int i = 0; i < rest.length; i++) {
        factors[1 + states.length + i] = leaf[i][z];
      }
      component[z] = factors.length == 1 ? factors[0] : builder.product(factors);
    }
    return k == 1 ? component[0] : builder.sumLinear(component, em.weights());
  }

  private int guided(List<Variable> variables, int[] states) {
    return IntStream.range(0, states.length)
        .filter(i -> variables.get(states[i]).name().equals(guide))
        .findFirst()
        .orElse(-1);
  }

  @Override
  public Structure atMost(int states) {
    return new FullGaussians(Math.min(components, states), ridge, guide);
  }

  @Override
  public Structure varied() {
    return this;
  }

  /** Its passes over the rows are in what its start takes. */
  @Override
  public double numWeights(int numColumns) {
    return 0;
  }

  /** Expectation and maximisation, a factorisation for each pattern of missing cells. */
  @Override
  public double startWork(TrainingData train) {
    return FullGaussianEm.work(
            train, reals(train.variables(), IntStream.range(0, train.variables().size()).toArray()))
        * components;
  }

  /** It comes fitted. */
  @Override
  public boolean isLearned() {
    return false;
  }

  @Override
  public String label() {
    return "gaussians K=%d%s ridge %s"
        .formatted(components, guide.isEmpty() ? "" : " by " + guide, ridge);
  }
}
