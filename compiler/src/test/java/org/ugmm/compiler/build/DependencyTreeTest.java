package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.TrainingData;

final class DependencyTreeTest {
  @Test
  void a_chain_is_found_and_rooted_in_its_middle() {
    TrainingData data = SampleTables.chain(2000, 7, 1);
    PairInformation information = new PairInformation(Bins.of(new Cloud(data), 15));
    DependencyTree tree = DependencyTree.of(information, IntStream.range(0, 7).toArray(), 7);
    assertArrayEquals(new int[] {1, 2, 3, -1, 3, 4, 5}, tree.parent());
    assertEquals(3, tree.order()[0]);
  }

  /** Prim's tree weighs as much as Kruskal's, which looks at all pairs by their weight. */
  @Test
  void no_tree_weighs_more() {
    for (long seed = 1; seed <= 5; seed++) {
      TrainingData data = SampleTables.mixed(150, 12, 0.1, seed);
      PairInformation information = new PairInformation(Bins.of(new Cloud(data), 15));
      int[] columns = IntStream.range(0, 12).filter(v -> v != 4).toArray();
      DependencyTree tree = DependencyTree.of(information, columns, 12);
      double weight = 0;
      for (int v : columns) {
        weight += tree.parent()[v] < 0 ? 0 : information.of(v, tree.parent()[v]);
      }
      assertEquals(kruskal(information, columns), weight, 1e-9, "seed " + seed);
      assertEquals(columns.length, tree.order().length);
      assertParentsComeFirst(tree);
    }
  }

  private static void assertParentsComeFirst(DependencyTree tree) {
    boolean[] seen = new boolean[tree.parent().length];
    for (int v : tree.order()) {
      assertTrue(tree.parent()[v] < 0 || seen[tree.parent()[v]], "column " + v);
      seen[v] = true;
    }
  }

  private static double kruskal(PairInformation information, int[] columns) {
    List<int[]> pairs = new ArrayList<>();
    for (int a : columns) {
      for (int b : columns) {
        if (a < b) {
          pairs.add(new int[] {a, b});
        }
      }
    }
    pairs.sort(Comparator.comparingDouble(p -> -information.of(p[0], p[1])));
    int[] part = IntStream.range(0, 20).toArray();
    double weight = 0;
    for (int[] pair : pairs) {
      int from = part[pair[0]];
      int to = part[pair[1]];
      if (from != to) {
        weight += information.of(pair[0], pair[1]);
        for (int i = 0; i < part.length; i++) {
          part[i] = part[i] == from ? to : part[i];
        }
      }
    }
    return weight;
  }

  @Test
  void one_column_is_a_tree() {
    TrainingData data = SampleTables.chain(5, 3, 1);
    PairInformation information = new PairInformation(Bins.of(new Cloud(data), 15));
    DependencyTree tree = DependencyTree.of(information, new int[] {2}, 3);
    assertArrayEquals(new int[] {2}, tree.order());
  }
}
