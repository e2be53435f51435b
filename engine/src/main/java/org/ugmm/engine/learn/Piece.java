package org.ugmm.engine.learn;

import org.ugmm.engine.kernel.TrainingKernels;

/**
 * Children of a block of sums that are products of one column of each of the same blocks; they
 * stand side by side in the sums' input.
 *
 * @param from first column of the input
 * @param width number of children
 * @param block [F] the blocks that factors come from
 * @param column [F][width] the column of each child's factor
 * @param form how the columns run
 */
record Piece(int from, int width, TrainingBlock[] block, int[][] column, Form form) {
  /** How the columns of factors run. */
  enum Form {
    /** Child i is made of column i of each block, all of them. */
    ALIGNED,
    /** All products of the columns of two blocks, the second running faster. */
    CROSS,
    /** Any columns. */
    ANY
  }

  /** Columns of the input that the piece may write: some run over its width. */
  static int room(Form form, int width, TrainingBlock[] block, int lanes) {
    return switch (form) {
      case ANY -> width;
      case ALIGNED -> block[0].stride;
      case CROSS -> {
        int nb = block[1].width;
        yield pad(Math.max(width, width - nb + pad(nb, lanes)), lanes);
      }
    };
  }

  static int pad(int width, int lanes) {
    return (width + lanes - 1) / lanes * lanes;
  }

  /** Whether vectors work on it, so that it must start at a multiple of lanes. */
  boolean isVector() {
    return form != Form.ANY;
  }

  /** The form of some children's factors; swaps two blocks where the first runs faster. */
  static Form formOf(TrainingBlock[] block, int[][] column, int width, int lanes) {
    boolean aligned = block.length > 0;
    for (int f = 0; f < block.length; f++) {
      aligned &= block[f].width == width && block[f].stride % lanes == 0;
      for (int c = 0; c < width && aligned; c++) {
        aligned = column[f][c] == c;
      }
    }
    if (aligned) {
      return Form.ALIGNED;
    }
    if (block.length == 2 && block[0].width * block[1].width == width && width >= 4) {
      if (column[0].length > 1 && column[0][1] != column[0][0]) {
        TrainingBlock first = block[0];
        block[0] = block[1];
        block[1] = first;
        int[] columns = column[0];
        column[0] = column[1];
        column[1] = columns;
      }
      int nb = block[1].width;
      boolean cross = block[0].stride % lanes == 0 && block[1].stride % lanes == 0;
      for (int c = 0; c < width && cross; c++) {
        cross = column[0][c] == c / nb && column[1][c] == c % nb;
      }
      if (cross) {
        return Form.CROSS;
      }
    }
    return Form.ANY;
  }

  /**
   * Adds the flows of the children to the factors'.
   *
   * @param values of all blocks
   * @param flows of all blocks
   * @param x [rows][xStride] the children
   * @param u [rows][xStride] flow over value of the children; overwritten
   * @param pitch what the bases of blocks are multiplied by
   */
  <A> void passDown(
      TrainingKernels<A> k, A values, A flows, A x, A u, int xStride, int rows, int pitch) {
    if (form == Form.CROSS) {
      TrainingBlock a = block[0];
      TrainingBlock b = block[1];
      k.crossFlows(
          u,
          from,
          xStride,
          values,
          flows,
          a.base * pitch,
          a.stride,
          a.width,
          b.base * pitch,
          b.stride,
          b.width,
          rows);
      return;
    }
    int room = form == Form.ALIGNED ? block[0].stride : width;
    k.times(x, from, xStride, u, from, xStride, rows, room, false);
    for (int i = 0; i < block.length; i++) {
      TrainingBlock b = block[i];
      if (form == Form.ALIGNED) {
        k.add(u, from, xStride, flows, b.base * pitch, b.stride, rows, b.stride);
      } else {
        k.scatter(u, from, xStride, column[i], flows, b.base * pitch, b.stride, rows);
      }
    }
  }
}
