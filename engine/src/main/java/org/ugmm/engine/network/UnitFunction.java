package org.ugmm.engine.network;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.ugmm.engine.kernel.Kernels;

/**
 * A layer of uGMM units as a differentiable function, for networks that are learned elsewhere:
 * {@code y_j = log SUM_k w_jk N(x_k; mean_jk, scale_jk^2)}, w the softmax of the logits over k, and
 * its vector-Jacobian products. What is asked for is computed by the kernels that {@link
 * NetworkLearner} learns with, in single precision.
 *
 * <p>All arrays are row-major, logs are natural. A NaN goes through to what depends on it. Not
 * thread-safe.
 */
public final class UnitFunction {
  private static final int TILE_ROWS = 64;

  private final Kernels<float[]> kernels = Kernels.FLOAT;
  private final UnitLayer<float[]> layer;
  private final List<RowTile<float[]>> tiles = new ArrayList<>();
  private final int numInputs;
  private final int numUnits;
  private final int tile;
  private int numRows;

  /**
   * Units that each read all inputs.
   *
   * @throws IllegalArgumentException if there is no input or no unit
   */
  public UnitFunction(int numInputs, int numUnits) {
    if (numInputs < 1 || numUnits < 1) {
      throw new IllegalArgumentException(
          "%d units of %d inputs; expected at least one of each".formatted(numUnits, numInputs));
    }
    this.numInputs = numInputs;
    this.numUnits = numUnits;
    layer = new UnitLayer<>(kernels, numUnits, numInputs);
    int lanes = kernels.tile();
    tile = (TILE_ROWS + lanes - 1) / lanes * lanes;
  }

  /**
   * Values of the units.
   *
   * @param mean (Input) [units][inputs]
   * @param logScale (Input) [units][inputs] natural logs of the scales
   * @param logit (Input) [units][inputs]
   * @param x (Input) [rows][inputs]
   * @param rows number of rows
   * @param y (Output) [rows][units] natural logs
   */
  public void forward(
      float[] mean, float[] logScale, float[] logit, float[] x, int rows, float[] y) {
    check("mean", mean, numUnits * numInputs);
    check("logScale", logScale, numUnits * numInputs);
    check("logit", logit, numUnits * numInputs);
    check("x", x, rows * numInputs);
    check("y", y, rows * numUnits);
    for (int j = 0; j < numUnits; j++) {
      for (int k = 0; k < numInputs; k++) {
        int at = j * numInputs + k;
        layer.set(j, k, 0, mean[at]);
        layer.set(j, k, 1, logScale[at]);
        layer.set(j, k, 2, logit[at]);
      }
    }
    for (int b = 0; b < layer.numBlocks; b++) {
      layer.refresh(b);
    }
    numRows = rows;
    float[][] table = new float[rows][numInputs];
    for (int r = 0; r < rows; r++) {
      System.arraycopy(x, r * numInputs, table[r], 0, numInputs);
    }
    int[] order = IntStream.range(0, rows).toArray();
    for (int t = 0; t * tile < rows; t++) {
      if (t == tiles.size()) {
        tiles.add(new RowTile<>(kernels, List.of(layer), tile));
      }
      int count = Math.min(tile, rows - t * tile);
      tiles.get(t).up(table, order, t * tile, count);
      for (int r = 0; r < count; r++) {
        for (int j = 0; j < numUnits; j++) {
          y[(t * tile + r) * numUnits + j] = (float) tiles.get(t).value(0, j, r);
        }
      }
    }
  }

  /**
   * Vector-Jacobian products at the rows and parameters of the last {@link #forward}.
   *
   * @param y (Input) [rows][units] gradient of a number with respect to the values
   * @param x (Output) [rows][inputs] its gradient with respect to the inputs
   * @param mean (Output) [units][inputs] with respect to the means, summed over the rows
   * @param logScale (Output) [units][inputs] with respect to the logs of the scales
   * @param logit (Output) [units][inputs] with respect to the logits
   */
  public void backward(float[] y, float[] x, float[] mean, float[] logScale, float[] logit) {
    check("y", y, numRows * numUnits);
    check("x", x, numRows * numInputs);
    check("mean", mean, numUnits * numInputs);
    check("logScale", logScale, numUnits * numInputs);
    check("logit", logit, numUnits * numInputs);
    int lanes = kernels.units().lanes();
    for (int t = 0; t * tile < numRows; t++) {
      RowTile<float[]> rows = tiles.get(t);
      rows.rootGradients(y, t * tile * numUnits);
      rows.down(true);
      for (int r = 0; r < rows.numRows(); r++) {
        for (int k = 0; k < numInputs; k++) {
          x[(t * tile + r) * numInputs + k] = (float) rows.inputGradient(k, r);
        }
      }
    }
    for (int b = 0; b < layer.numBlocks; b++) {
      kernels.training().fill(layer.gradient, layer.from(b), numInputs * lanes * 3, 0);
      for (int t = 0; t * tile < numRows; t++) {
        tiles.get(t).addSums(0, b);
      }
      layer.finishGradients(b, false);
    }
    for (int j = 0; j < numUnits; j++) {
      for (int k = 0; k < numInputs; k++) {
        int at = j * numInputs + k;
        mean[at] = (float) layer.get(layer.gradient, j, k, 0);
        logScale[at] = (float) layer.get(layer.gradient, j, k, 1);
        logit[at] = (float) layer.get(layer.gradient, j, k, 2);
      }
    }
  }

  private static void check(String name, float[] array, int length) {
    if (array.length < length) {
      throw new IllegalArgumentException(
          "%s has %d numbers; expected at least %d".formatted(name, array.length, length));
    }
  }
}
