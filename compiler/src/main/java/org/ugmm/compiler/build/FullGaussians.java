package org.ugmm.compiler.build;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;

/**
 * A mixture of Gaussians with full covariances over the real columns; given the component, columns
 * of states form a tree and the others are independent. It knows linear relations between columns,
 * which mixtures of independent columns need many components for.
 *
 * @param components number of components
 * @param ridge what is added to each variance, in units of that of the whole column
 * @param guide a column of states, each of which has components of its own; empty for none
 */
record FullGaussians(int components, double ridge, String guide) implements Structure {
  /** Rows of the whole column that the guide has seen: its states are all but sure. */
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
    int guideColumn = guided < 0 ? -1 : states[guided];
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
    int[] others = IntStream.of(states).filter(v -> v != guideColumn).toArray();
    StateTree tree = others.length == 0 ? null : new StateTree(builder, cloud, others, em.shares());
    int[] component = new int[k];
    for (int z = 0; z < k; z++) {
      IntArrayList factors =
          IntArrayList.of(builder.gaussianBlock(reals, em.mean(z), em.covariance(z)));
      if (guided >= 0) {
        factors.add(builder.categoricalLinear(guideColumn, em.guide(z, GUIDE_ROWS)));
      }
      if (tree != null) {
        factors.add(tree.add(z));
      }
      for (int[] leaves : leaf) {
        factors.add(leaves[z]);
      }
      component[z] =
          factors.size() == 1 ? factors.getInt(0) : builder.product(factors.toIntArray());
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
