package org.ugmm.compiler.build;

import java.util.SplittableRandom;
import org.ugmm.engine.CircuitBuilder;

/**
 * A hidden Chow-Liu tree: each column has a hidden variable of some states, the hidden variables
 * form the tree of the columns, and each state has a leaf of its own. Mixed columns need nothing
 * special.
 *
 * @param states number of hidden states
 * @param isBagged whether the tree is that of a random sample of the rows, to differ from others
 */
record HiddenTree(int states, boolean isBagged) implements Structure {
  @Override
  public int addTo(CircuitBuilder builder, Cloud cloud, int[] columns, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Bins bins = Bins.of(isBagged ? cloud.sample(random) : cloud, Bins.mostFor(columns.length));
    DependencyTree tree =
        DependencyTree.of(new PairInformation(bins), columns, cloud.data().variables().size());
    return new HiddenStates(builder, cloud, states, random).add(RegionTree.of(tree));
  }

  @Override
  public Structure atMost(int most) {
    return new HiddenTree(Math.min(states, most), isBagged);
  }

  @Override
  public Structure varied() {
    return new HiddenTree(states, true);
  }

  @Override
  public double numWeights(int numColumns) {
    return (double) numColumns * states * (states + 2);
  }

  @Override
  public String label() {
    return "tree K=" + states;
  }
}
