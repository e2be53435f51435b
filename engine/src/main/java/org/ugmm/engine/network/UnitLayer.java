package org.ugmm.engine.network;

import java.util.Arrays;
import org.ugmm.engine.kernel.GaussianBlock;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.number.RowRandom;

/** A layer of uGMM units in training: parameters, their moments, and what follows from them. */
final class UnitLayer<A> {
  final int numUnits;
  final int numInputs;
  final GaussianBlock block;

  /** What the kernels of mixtures are told, which keep one unit alone in another order. */
  final int numComputed;

  final int numBlocks;

  /** [blocks][inputs][3][lanes] mean, log scale and logit. */
  final A parameter;

  final A first;
  final A second;
  final A coef;
  final A gradient;

  /** [blocks][inputs][lanes] 0, or what leaves a component out. */
  private final A mask;

  final A weight;

  /** [units] log2 of what {@link #coef} has divided a unit's components by. */
  final A shift;

  /** [units] the sum of squares of the gradients of a unit. */
  final A squares;

  /** [inputs] of each input the natural log of its spread. */
  final A logSpread;

  /** [inputs] where z = 0 lies, and how far z = 1 is from there; of the first layer's not read. */
  final double[] centre;

  final double[] spread;

  /** [units] from log2 values to inputs of the next layer, and from their gradients back. */
  final A factor;

  final A offset;
  final A inverse;
  final A none;

  private final Kernels<A> kernels;
  private final int lanes;

  UnitLayer(Kernels<A> kernels, int numUnits, int numInputs) {
    this.kernels = kernels;
    this.numUnits = numUnits;
    this.numInputs = numInputs;
    lanes = kernels.units().lanes();
    numComputed = lanes > 1 ? Math.max(2, numUnits) : numUnits;
    block = GaussianBlock.of(numComputed, numInputs, lanes);
    numBlocks = block.numSlots() / lanes;
    parameter = zeros(block.size());
    first = zeros(block.size());
    second = zeros(block.size());
    coef = zeros(block.size());
    gradient = zeros(block.size());
    mask = zeros(block.size() / 3);
    weight = zeros(block.size() / 3);
    shift = zeros(block.numSlots());
    squares = zeros(block.numSlots());
    logSpread = zeros(numInputs);
    centre = new double[numInputs];
    spread = new double[numInputs];
    Arrays.fill(spread, 1);
    factor = zeros(block.numSlots());
    offset = zeros(block.numSlots());
    inverse = zeros(block.numSlots());
    none = zeros(block.numSlots());
  }

  private A zeros(int length) {
    return kernels.training().zeros(length);
  }

  int from(int unitBlock) {
    return unitBlock * numInputs * 3 * lanes;
  }

  int maskFrom(int unitBlock) {
    return unitBlock * numInputs * lanes;
  }

  /** Part 0 mean, 1 log scale, 2 logit. */
  double get(A numbers, int unit, int input, int part) {
    return kernels.training().get(numbers, block.at(unit, input) + part * lanes);
  }

  void set(int unit, int input, int part, double value) {
    kernels.training().set(parameter, block.at(unit, input) + part * lanes, value);
  }

  /** Where the parameters stand, in an order that does not depend on the kernels. */
  int[] places() {
    int[] places = new int[3 * numUnits * numInputs];
    int i = 0;
    for (int unit = 0; unit < numUnits; unit++) {
      for (int input = 0; input < numInputs; input++) {
        for (int part = 0; part < 3; part++) {
          places[i++] = block.at(unit, input) + part * lanes;
        }
      }
    }
    return places;
  }

  void setSpread(double[] newCentre, double[] newSpread) {
    for (int k = 0; k < numInputs; k++) {
      centre[k] = newCentre[k];
      spread[k] = newSpread[k];
      kernels.training().set(logSpread, k, Math.log(newSpread[k]));
    }
  }

  /**
   * Leaves out components of a block at random, but never all of a unit.
   *
   * @param dropout probability that a component is left out; 0 takes all back in
   */
  void drop(int unitBlock, double dropout, long seed, long stream) {
    int from = maskFrom(unitBlock);
    int size = numInputs * lanes;
    if (dropout == 0) {
      kernels.training().fill(mask, from, size, 0);
      return;
    }
    kernels.units().mask(mask, from, numInputs, dropout, RowRandom.mixed(seed, stream, unitBlock));
  }

  /** Computes what follows from the parameters of a block. */
  void refresh(int unitBlock) {
    kernels
        .units()
        .coefficients(
            parameter,
            from(unitBlock),
            mask,
            maskFrom(unitBlock),
            logSpread,
            numInputs,
            coef,
            weight,
            shift,
            unitBlock * lanes);
  }

  /** From the sums over rows of a block to the gradients of its parameters. */
  void finishGradients(int unitBlock, boolean isTied) {
    kernels
        .units()
        .gradients(
            gradient,
            coef,
            from(unitBlock),
            weight,
            maskFrom(unitBlock),
            numInputs,
            isTied,
            squares,
            unitBlock * lanes);
  }

  /** Computes how the values of a block become inputs of the next layer. */
  void connect(int unitBlock, UnitLayer<A> next) {
    int to = Math.min(numUnits, (unitBlock + 1) * lanes);
    for (int j = unitBlock * lanes; j < to; j++) {
      double scale = 1 / next.spread[j];
      double natural = kernels.training().get(shift, j) * Math.log(2);
      kernels.training().set(factor, j, Math.log(2) * scale);
      kernels.training().set(offset, j, (natural - next.centre[j]) * scale);
      kernels.training().set(inverse, j, scale);
    }
  }
}
