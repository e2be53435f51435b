package org.ugmm.compiler.build;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A tree of regions: sets of columns, each split into those of its children and at most one column
 * of its own.
 *
 * @param children [regions] children of each, which have smaller numbers; the root is the last
 * @param own [regions] the column of its own, -1 for none
 */
record RegionTree(int[][] children, int[] own) {

  /** Each column with what is below it in a dependency tree. */
  static RegionTree of(DependencyTree tree) {
    int n = tree.order().length;
    int[][] below = tree.children();
    int[] region = new int[below.length];
    int[][] children = new int[n][];
    int[] own = new int[n];
    for (int i = 0; i < n; i++) {
      int v = tree.order()[n - 1 - i];
      region[v] = i;
      own[i] = v;
      children[i] = new int[below[v].length];
      for (int c = 0; c < children[i].length; c++) {
        children[i][c] = region[below[v][c]];
      }
    }
    return new RegionTree(children, own);
  }

  /**
   * The pixels of an image, halved along the longer side again and again.
   *
   * @param columns [height * width] row by row
   */
  static RegionTree grid(int[] columns, int height, int width) {
    Growth growth = new Growth();
    growth.grid(columns, width, 0, height, 0, width);
    return growth.tree();
  }

  /** Columns in random order, halved again and again. */
  static RegionTree random(int[] columns, SplittableRandom random) {
    int[] shuffled = columns.clone();
    for (int i = shuffled.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = shuffled[i];
      shuffled[i] = shuffled[j];
      shuffled[j] = swapped;
    }
    Growth growth = new Growth();
    growth.grid(shuffled, shuffled.length, 0, 1, 0, shuffled.length);
    return growth.tree();
  }

  int size() {
    return own.length;
  }

  /** Columns of a region, those near its top first, at most so many. */
  int[] columns(int region, int most) {
    IntArrayList regions = IntArrayList.of(region);
    IntArrayList columns = new IntArrayList();
    for (int i = 0; i < regions.size() && columns.size() < most; i++) {
      int r = regions.getInt(i);
      if (own[r] >= 0) {
        columns.add(own[r]);
      }
      regions.addElements(regions.size(), children[r]);
    }
    return columns.toIntArray();
  }

  /** Regions as they are added, children first. */
  private static final class Growth {
    private final List<int[]> children = new ArrayList<>();
    private final IntArrayList own = new IntArrayList();

    int grid(int[] columns, int width, int top, int bottom, int left, int right) {
      if (bottom - top == 1 && right - left == 1) {
        return add(columns[top * width + left]);
      }
      if (bottom - top >= right - left) {
        int middle = (top + bottom) / 2;
        return add(
            -1,
            grid(columns, width, top, middle, left, right),
            grid(columns, width, middle, bottom, left, right));
      }
      int middle = (left + right) / 2;
      return add(
          -1,
          grid(columns, width, top, bottom, left, middle),
          grid(columns, width, top, bottom, middle, right));
    }

    private int add(int column, int... below) {
      children.add(below);
      own.add(column);
      return own.size() - 1;
    }

    RegionTree tree() {
      return new RegionTree(children.toArray(int[][]::new), own.toIntArray());
    }
  }
}
