package org.ugmm.engine.learn;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.ArrayList;
import java.util.List;

/** Products of leaves on the same variables, one of each kind a variable. */
final class LeafBlock extends TrainingBlock {
  /** [width] the leaves of each product, by variable. */
  final List<IntArrayList> products = new ArrayList<>();

  private final Object2IntOpenHashMap<IntArrayList> columnOf = new Object2IntOpenHashMap<>();

  /** The leaves of each variable. */
  final List<LeafColumns> columns = new ArrayList<>();

  LeafBlock(int index) {
    super(index);
  }

  /** The column of a product of leaves, a new one where there is none. */
  int columnOf(IntArrayList leaves) {
    int next = products.size();
    int column = columnOf.getOrDefault(leaves, next);
    if (column == next) {
      columnOf.put(leaves, next);
      products.add(leaves);
    }
    return column;
  }

  /** Whether values are read from one table of probabilities, and so need no exponent. */
  boolean isLinear() {
    return columns.size() == 1 && columns.get(0) instanceof TableColumns;
  }
}
