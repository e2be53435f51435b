package org.ugmm.compiler.eliminate;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;

/**
 * Functions of discrete variables as reduced decision diagrams, all in one store: equal functions
 * are one diagram. A diagram tests a variable and goes on to the diagram of its state; it ends at a
 * leaf, which is a weight and, where variables have been summed out, the circuit node of the sum.
 */
final class Diagrams {
  /*
   * A diagram is a list of integers: a variable and one diagram for each of its states, or LEAF, the
   * bits of the weight and the circuit node. Every path tests variables from the last to be
   * eliminated down to the first, so that the next variable to be summed out is always at the bottom.
   */
  /** The diagram of the function that is 0. */
  static final int ZERO = 0;

  /** In the place of the node of a leaf that is only a weight. */
  static final int NONE = -1;

  private static final int LEAF = -1;

  private final Tuples tuples = new Tuples();

  /** [diagrams] the place in the order of the first variable to be eliminated; n at a leaf. */
  private final IntArrayList lowest = new IntArrayList();

  private final int[] place;
  private final int[] scratch = new int[4];

  /**
   * An empty store.
   *
   * @param place [variables] the place of each in the order of elimination
   */
  Diagrams(int[] place) {
    this.place = place;
    leaf(0, NONE);
  }

  /** A leaf. */
  int leaf(double weight, int node) {
    long bits = Double.doubleToLongBits(weight);
    scratch[0] = LEAF;
    scratch[1] = (int) (bits >>> 32);
    scratch[2] = (int) bits;
    scratch[3] = node;
    int id = tuples.intern(scratch, 4);
    if (id == lowest.size()) {
      lowest.add(place.length);
    }
    return id;
  }

  /**
   * A test of a variable.
   *
   * @param test [0] the variable, [1 + s] the diagram of its state s
   */
  int test(int[] test, int length) {
    boolean isConstant = true;
    int first = place[test[0]];
    for (int s = 1; s < length; s++) {
      isConstant &= test[s] == test[1];
      first = Math.min(first, lowest.getInt(test[s]));
    }
    if (isConstant) {
      return test[1];
    }
    int id = tuples.intern(test, length);
    if (id == lowest.size()) {
      lowest.add(first);
    }
    return id;
  }

  boolean isLeaf(int diagram) {
    return tuples.get(diagram, 0) == LEAF;
  }

  /** The variable that a diagram tests; -1 for a leaf. */
  int variable(int diagram) {
    return tuples.get(diagram, 0);
  }

  int child(int diagram, int state) {
    return tuples.get(diagram, 1 + state);
  }

  double weight(int leaf) {
    return Double.longBitsToDouble(
        (long) tuples.get(leaf, 1) << 32 | tuples.get(leaf, 2) & 0xFFFFFFFFL);
  }

  int node(int leaf) {
    return tuples.get(leaf, 3);
  }

  /** The place in the order of the first variable that a diagram tests; n when it tests none. */
  int lowest(int diagram) {
    return lowest.getInt(diagram);
  }

  /** The number of distinct tests in a diagram; -1 when it is zero somewhere. */
  int numTests(int diagram) {
    IntOpenHashSet seen = new IntOpenHashSet();
    IntArrayList open = IntArrayList.of(diagram);
    while (!open.isEmpty()) {
      int next = open.popInt();
      if (next == ZERO) {
        return -1;
      }
      if (!isLeaf(next) && seen.add(next)) {
        for (int s = 0; s < tuples.length(next) - 1; s++) {
          open.push(child(next, s));
        }
      }
    }
    return seen.size();
  }

  /** What the store holds, in integers. */
  int size() {
    return tuples.numInts();
  }
}
