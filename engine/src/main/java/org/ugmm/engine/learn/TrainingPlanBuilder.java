package org.ugmm.engine.learn;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.kernel.TrainingKernels;

/**
 * Finds the blocks of a circuit: sums over the same children become one, their children are sorted
 * by the blocks that their factors come from. Products are formed where sums read them, also those
 * that several read.
 */
final class TrainingPlanBuilder {
  /** Sums of so many children have leaf blocks of their own, so that these share no exponents. */
  private static final int DENSE = 4;

  private final TrainedCircuit c;
  private final int lanes;
  private final int strip;

  /** [numNodes] block of a sum and its column there. */
  private final SumBlock[] blockOf;

  private final int[] columnOf;
  private final List<SumBlock> sumBlocks = new ArrayList<>();
  private final Map<IntArrayList, LeafBlock> leafBlocks = new LinkedHashMap<>();

  /** [numNodes] edges from live nodes. */
  private final int[] numParents;

  /** [numNodes] whether a node is a leaf or a product of leaves, however nested. */
  private final boolean[] isLeafProduct;

  private int numBlocks;

  private TrainingPlanBuilder(TrainedCircuit c, TrainingKernels<?> kernels) {
    this.c = c;
    lanes = kernels.lanes();
    strip = kernels.strips().strip();
    blockOf = new SumBlock[c.numNodes];
    columnOf = new int[c.numNodes];
    numParents = new int[c.numNodes];
    isLeafProduct = new boolean[c.numNodes];
    for (int n = 0; n < c.numNodes; n++) {
      isLeafProduct[n] = c.kind[n] != NodeKind.WEIGHTED_SUM;
      for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
        numParents[c.child[e]] += c.live[n] ? 1 : 0;
        isLeafProduct[n] &= isLeafProduct[c.child[e]];
      }
    }
  }

  static TrainingPlan plan(TrainedCircuit c, TrainingKernels<?> kernels) {
    return new TrainingPlanBuilder(c, kernels).build();
  }

  /** A child of a sum: factors that are sums, and products of leaves, each a column of a block. */
  private record Child(int position, int[] sums, LeafBlock[] leaves, int[] leafColumn) {}

  private TrainingPlan build() {
    Map<IntArrayList, IntArrayList> groups = new LinkedHashMap<>();
    for (int n = 0; n <= c.root; n++) {
      if (c.live[n] && c.kind[n] == NodeKind.WEIGHTED_SUM) {
        IntArrayList key = IntArrayList.wrap(children(n));
        key.sort(null);
        groups.computeIfAbsent(key, k -> new IntArrayList()).add(n);
      }
    }
    for (IntArrayList sums : groups.values()) {
      SumBlock block = new SumBlock(numBlocks++, sums.toIntArray());
      block.stride = block.width == 1 ? 1 : Piece.pad(block.width, lanes);
      sumBlocks.add(block);
      for (int m = 0; m < block.width; m++) {
        blockOf[block.sums[m]] = block;
        columnOf[block.sums[m]] = m;
      }
    }
    SumBlock root = blockOf[c.root];
    if (root == null) {
      root = new SumBlock(numBlocks++, new int[] {-1});
      root.stride = 1;
      sumBlocks.add(root);
    }
    List<Map<IntArrayList, List<Child>>> childrenOf = new ArrayList<>();
    for (SumBlock block : sumBlocks) {
      childrenOf.add(sortChildren(block));
    }
    for (LeafBlock block : leafBlocks.values()) {
      finish(block);
    }
    for (int i = 0; i < sumBlocks.size(); i++) {
      finish(sumBlocks.get(i), childrenOf.get(i));
    }
    List<TrainingBlock> blocks = new ArrayList<>(leafBlocks.values());
    blocks.addAll(sumBlocks);
    layInStrips(blocks, root);
    return new TrainingPlan(blocks, root, root.sums[0] < 0 ? 0 : columnOf[c.root], strip);
  }

  /**
   * Lays blocks in strips: Gaussians, and sums over all pairs of two such blocks, that are read by
   * such sums alone. One sum stands the same in strips and by rows, so anything may read it.
   */
  private static void layInStrips(List<TrainingBlock> blocks, SumBlock root) {
    for (TrainingBlock block : blocks) {
      block.isInStrips =
          block instanceof SumBlock sums
              ? sums.pieces.size() == 1 && sums.pieces.get(0).form() == Piece.Form.CROSS
              : ((LeafBlock) block).columns.stream().allMatch(GaussianColumns.class::isInstance);
    }
    root.isInStrips &= root.width == 1;
    for (boolean changed = true; changed; ) {
      changed = false;
      for (TrainingBlock block : blocks) {
        if (block instanceof SumBlock sums) {
          for (Piece piece : sums.pieces) {
            for (TrainingBlock factor : piece.block()) {
              boolean fits = sums.isInStrips || (factor.width == 1 && factor instanceof SumBlock);
              changed |= factor.isInStrips && !fits || sums.isInStrips && !factor.isInStrips;
              factor.isInStrips &= fits;
              sums.isInStrips &= factor.isInStrips;
            }
          }
        }
      }
    }
    for (TrainingBlock block : blocks) {
      block.stride = block.isInStrips ? block.width : block.stride;
    }
  }

  private int[] children(int sum) {
    return sum < 0
        ? new int[] {c.root}
        : Arrays.copyOfRange(c.child, c.edgeStart[sum], c.edgeStart[sum + 1]);
  }

  /** The children of a block's first sum by the blocks that their factors come from. */
  private Map<IntArrayList, List<Child>> sortChildren(SumBlock block) {
    int[] children = children(block.sums[0]);
    Map<IntArrayList, List<Child>> byBlocks = new LinkedHashMap<>();
    for (int i = 0; i < children.length; i++) {
      IntArrayList sums = new IntArrayList();
      List<IntArrayList> leaves = new ArrayList<>();
      flatten(children[i], sums, leaves);
      int[] factors = sums.toIntArray();
      sortByBlock(factors);
      IntArrayList key = new IntArrayList();
      for (int sum : factors) {
        key.add(blockOf[sum].index);
      }
      key.add(-1);
      int user = children.length >= DENSE ? block.index : -1;
      leaves.sort((a, b) -> Integer.compare(c.variable[a.getInt(0)], c.variable[b.getInt(0)]));
      LeafBlock[] leafBlock = new LeafBlock[leaves.size()];
      int[] leafColumn = new int[leafBlock.length];
      for (int f = 0; f < leafBlock.length; f++) {
        leafBlock[f] = leafBlock(leaves.get(f), user);
        leafColumn[f] = leafBlock[f].columnOf(leaves.get(f));
        key.add(leafBlock[f].index);
      }
      byBlocks
          .computeIfAbsent(key, k -> new ArrayList<>())
          .add(new Child(i, factors, leafBlock, leafColumn));
    }
    return byBlocks;
  }

  private void sortByBlock(int[] sums) {
    IntArrayList list = IntArrayList.wrap(sums);
    list.sort(
        (a, b) -> {
          int byBlock = Integer.compare(blockOf[a].index, blockOf[b].index);
          return byBlock != 0 ? byBlock : Integer.compare(a, b);
        });
  }

  /**
   * The sums and the products of leaves that a node is the product of. What other products read too
   * stays a factor of its own: it is evaluated once for all of them.
   */
  private void flatten(int node, IntArrayList sums, List<IntArrayList> leaves) {
    IntArrayList own = new IntArrayList();
    IntArrayList open = IntArrayList.of(node);
    while (!open.isEmpty()) {
      int n = open.popInt();
      if (c.kind[n] == NodeKind.WEIGHTED_SUM) {
        sums.add(n);
      } else if (isLeafProduct[n] && numParents[n] > 1 && n != node) {
        IntArrayList shared = new IntArrayList();
        addLeaves(n, shared);
        addSorted(shared, leaves);
      } else if (c.kind[n] == NodeKind.PRODUCT) {
        for (int e = c.edgeStart[n + 1] - 1; e >= c.edgeStart[n]; e--) {
          open.push(c.child[e]);
        }
      } else if (c.variable[n] >= 0) {
        own.add(n); // constants are 1 here
      }
    }
    addSorted(own, leaves);
  }

  private void addSorted(IntArrayList product, List<IntArrayList> leaves) {
    if (!product.isEmpty()) {
      product.sort((a, b) -> Integer.compare(c.variable[a], c.variable[b]));
      leaves.add(product);
    }
  }

  private void addLeaves(int node, IntArrayList to) {
    IntArrayList open = IntArrayList.of(node);
    while (!open.isEmpty()) {
      int n = open.popInt();
      for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
        open.push(c.child[e]);
      }
      if (c.variable[n] >= 0) {
        to.add(n);
      }
    }
  }

  /** The block that a product of leaves belongs to. */
  private LeafBlock leafBlock(IntArrayList leaves, int user) {
    IntArrayList key = new IntArrayList();
    key.add(user);
    for (int leaf : leaves) {
      key.add(c.variable[leaf]);
      key.add(c.kind[leaf].ordinal());
    }
    LeafBlock block = leafBlocks.get(key);
    if (block == null) {
      block = new LeafBlock(numBlocks++);
      leafBlocks.put(key, block);
    }
    return block;
  }

  private void finish(LeafBlock block) {
    block.width = block.products.size();
    block.stride = block.width <= 2 ? block.width : Piece.pad(block.width, lanes);
    IntArrayList first = block.products.get(0);
    for (int i = 0; i < first.size(); i++) {
      int[] leaves = new int[block.width];
      for (int j = 0; j < leaves.length; j++) {
        leaves[j] = block.products.get(j).getInt(i);
      }
      int variable = c.variable[leaves[0]];
      block.columns.add(
          switch (c.kind[leaves[0]]) {
            case GAUSSIAN -> new GaussianColumns(block, variable, leaves);
            case CATEGORICAL -> {
              Categorical categorical = (Categorical) c.source.variables.get(variable);
              yield new TableColumns(block, categorical, variable, leaves);
            }
            case HISTOGRAM, POISSON, UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL ->
                new FamilyColumns(block, variable, leaves, c.kind[leaves[0]]);
            default -> new OtherColumns(block, variable, leaves);
          });
    }
  }

  private void finish(SumBlock block, Map<IntArrayList, List<Child>> byBlocks) {
    List<Piece> pieces = new ArrayList<>();
    List<List<Child>> sorted = new ArrayList<>();
    int at = 0;
    boolean anyVector = false;
    for (List<Child> children : byBlocks.values()) {
      TrainingBlock[] factors = factors(children.get(0));
      int[][] column = new int[factors.length][children.size()];
      for (int i = 0; i < children.size(); i++) {
        Child child = children.get(i);
        for (int f = 0; f < child.sums.length; f++) {
          column[f][i] = columnOf[child.sums[f]];
        }
        for (int f = 0; f < child.leaves.length; f++) {
          column[child.sums.length + f][i] = child.leafColumn[f];
        }
      }
      int width = children.size();
      Piece.Form form = Piece.formOf(factors, column, width, lanes);
      at = form == Piece.Form.ANY ? at : Piece.pad(at, lanes);
      anyVector |= form != Piece.Form.ANY;
      pieces.add(new Piece(at, width, factors, column, form));
      sorted.add(children);
      block.depth = at + width;
      at += Piece.room(form, width, factors, lanes);
    }
    block.pieces = pieces;
    boolean isNarrow = block.width == 1 && !anyVector && at < lanes;
    block.inputStride = isNarrow ? at : Piece.pad(at, lanes);
    block.position = positions(block, sorted);
  }

  private TrainingBlock[] factors(Child child) {
    List<TrainingBlock> factors = new ArrayList<>();
    for (int sum : child.sums) {
      factors.add(blockOf[sum]);
    }
    factors.addAll(Arrays.asList(child.leaves));
    return factors.toArray(TrainingBlock[]::new);
  }

  /** [width][pieces][columns] where each sum of a block has the child of each column. */
  private int[][][] positions(SumBlock block, List<List<Child>> sorted) {
    int[][][] position = new int[block.width][][];
    int[] first = children(block.sums[0]);
    int[][] own = new int[sorted.size()][];
    for (int p = 0; p < own.length; p++) {
      own[p] = sorted.get(p).stream().mapToInt(Child::position).toArray();
    }
    for (int m = 0; m < block.width; m++) {
      int[] children = children(block.sums[m]);
      position[m] = Arrays.equals(children, first) ? own : permuted(own, first, children);
    }
    return position;
  }

  private static int[][] permuted(int[][] own, int[] first, int[] children) {
    Map<Integer, IntArrayList> places = new HashMap<>();
    for (int i = 0; i < children.length; i++) {
      places.computeIfAbsent(children[i], k -> new IntArrayList()).add(i);
    }
    int[][] result = new int[own.length][];
    for (int p = 0; p < own.length; p++) {
      result[p] = new int[own[p].length];
      for (int i = 0; i < result[p].length; i++) {
        result[p][i] =
            places.computeIfAbsent(first[own[p][i]], k -> new IntArrayList()).removeInt(0);
      }
    }
    return result;
  }
}
