package org.ugmm.testdata;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.ugmm.testdata.RandomCircuits.Variant;

/** Grows one smooth and decomposable circuit from the scope of the root downwards. */
final class TractableGrower {

  private static final int CHAIN_LENGTH = 60;

  private final CircuitBuilder builder;
  private final Variant variant;
  private final Random random;
  private final Leaves leaves;
  // Units already grown for a scope; reusing them is what makes the circuit a graph, not a tree.
  private final Map<BitSet, int[]> units = new HashMap<>();

  TractableGrower(List<PlainVariable> variables, Variant variant, Random random) {
    this.builder = new CircuitBuilder(variables);
    this.variant = variant;
    this.random = random;
    this.leaves = new Leaves(builder, variant, random);
  }

  PlainCircuit grow() {
    int numVariables = builder.variables().size();
    BitSet scope = new BitSet();
    scope.set(0, numVariables);
    return builder.build(
        switch (variant) {
          case SINGLE_NODE -> leaves.leaf(0);
          case DETERMINISTIC -> decision(scope);
          case DEEP_CHAIN -> chain(numVariables);
          default -> root(scope);
        });
  }

  private int root(BitSet scope) {
    int[] top = region(scope);
    int root = builder.sum(top, leaves.weights(top.length));
    if (variant == Variant.WITH_BASE) {
      double log = random.nextBoolean() ? 2 * random.nextGaussian() : 900 * random.nextGaussian();
      return builder.product(root, builder.add(new PlainNode.Constant(log)));
    }
    return root;
  }

  private int[] region(BitSet scope) {
    int[] known = units.get(scope);
    if (known == null) {
      known = scope.cardinality() == 1 ? leafRegion(scope.nextSetBit(0)) : sumRegion(scope);
      units.put(scope, known);
    }
    return known;
  }

  private int[] leafRegion(int var) {
    int[] grown = new int[1 + random.nextInt(3)];
    for (int u = 0; u < grown.length; u++) {
      grown[u] = leaves.leaf(var);
    }
    return grown;
  }

  private int[] sumRegion(BitSet scope) {
    List<Integer> products = new ArrayList<>();
    int partitions = 1 + random.nextInt(2);
    for (int p = 0; p < partitions; p++) {
      BitSet[] sides = split(scope);
      int count = 1 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        products.add(builder.product(any(region(sides[0])), any(region(sides[1]))));
      }
    }
    int[] grown = new int[1 + random.nextInt(3)];
    for (int u = 0; u < grown.length; u++) {
      Collections.shuffle(products, random);
      int fanIn = 1 + random.nextInt(products.size());
      int[] children = products.subList(0, fanIn).stream().mapToInt(c -> c).toArray();
      // A bare product now and then: layers need not alternate.
      boolean bare = fanIn == 1 && random.nextBoolean();
      grown[u] = bare ? children[0] : builder.sum(children, leaves.weights(fanIn));
    }
    return grown;
  }

  private BitSet[] split(BitSet scope) {
    List<Integer> vars = new ArrayList<>(scope.stream().boxed().toList());
    Collections.shuffle(vars, random);
    int cut = 1 + random.nextInt(vars.size() - 1);
    BitSet[] sides = {new BitSet(), new BitSet()};
    for (int i = 0; i < vars.size(); i++) {
      sides[i < cut ? 0 : 1].set(vars.get(i));
    }
    return sides;
  }

  private int any(int[] from) {
    return from[random.nextInt(from.length)];
  }

  /** A sum over the states of one categorical variable, each with its own circuit for the rest. */
  private int decision(BitSet scope) {
    List<Integer> categoricals = new ArrayList<>();
    scope.stream().filter(this::isCategorical).forEach(categoricals::add);
    if (categoricals.isEmpty()) {
      return factorised(scope);
    }
    int var = categoricals.get(random.nextInt(categoricals.size()));
    BitSet rest = (BitSet) scope.clone();
    rest.clear(var);
    int numStates = ((PlainVariable.Categorical) builder.variables().get(var)).numStates();
    int shared = -1;
    int[] children = new int[numStates];
    for (int k = 0; k < numStates; k++) {
      children[k] = builder.indicator(var, k);
      if (!rest.isEmpty()) {
        // Share the rest between some states, and stop deciding early where many are left.
        boolean share = shared >= 0 && random.nextInt(3) == 0;
        int below = share ? shared : rest.cardinality() > 5 ? factorised(rest) : decision(rest);
        shared = below;
        children[k] = builder.product(children[k], below);
      }
    }
    return builder.sum(children, leaves.weights(numStates));
  }

  private boolean isCategorical(int var) {
    return builder.variables().get(var) instanceof PlainVariable.Categorical;
  }

  private int factorised(BitSet scope) {
    int[] children = scope.stream().map(leaves::leaf).toArray();
    return children.length == 1 ? children[0] : builder.product(children);
  }

  /** Sums of the node so far and a fresh one, with a new variable multiplied in at times. */
  private int chain(int numVariables) {
    BitSet scope = new BitSet();
    scope.set(0);
    int top = leaves.leaf(0);
    for (int step = 0; step < CHAIN_LENGTH; step++) {
      int next = scope.cardinality();
      if (next < numVariables && (step + 1) % (CHAIN_LENGTH / numVariables) == 0) {
        top = builder.product(top, leaves.leaf(next));
        scope.set(next);
      } else {
        top = builder.sum(new int[] {top, factorised(scope)}, leaves.weights(2));
      }
    }
    while (scope.cardinality() < numVariables) {
      top = builder.product(top, leaves.leaf(scope.cardinality()));
      scope.set(scope.cardinality());
    }
    return top;
  }
}
