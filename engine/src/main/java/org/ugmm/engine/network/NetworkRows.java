package org.ugmm.engine.network;

import java.util.ArrayList;
import java.util.List;

/**
 * Complete rows to learn a layered network from, standardised, as floats: seven digits of the
 * spread of each input. Safe to share between threads once the last row is added.
 */
public final class NetworkRows {
  private final int numInputs;
  private final List<float[]> added = new ArrayList<>();
  private float[][] table = new float[0][];
  private int[] label = new int[16];
  private double[] weight = new double[16];

  /** Rows of so many inputs. */
  public NetworkRows(int numInputs) {
    this.numInputs = numInputs;
  }

  /**
   * Adds a row.
   *
   * @param standardised [inputs] finite numbers; copied
   * @param rowLabel index of the class; -1 where there is none
   * @param rowWeight how many rows it counts for, finite and not negative
   * @throws IllegalArgumentException if a number is not finite or there is not one an input
   */
  public void add(double[] standardised, int rowLabel, double rowWeight) {
    if (standardised.length != numInputs) {
      throw new IllegalArgumentException(
          "%d numbers; expected %d, one an input".formatted(standardised.length, numInputs));
    }
    float[] row = new float[numInputs];
    for (int k = 0; k < numInputs; k++) {
      row[k] = (float) standardised[k];
      if (!Float.isFinite(row[k])) {
        throw new IllegalArgumentException(
            "row %d, input %d: %s; expected a finite number"
                .formatted(added.size(), k, standardised[k]));
      }
    }
    int at = added.size();
    if (at == label.length) {
      label = java.util.Arrays.copyOf(label, 2 * at);
      weight = java.util.Arrays.copyOf(weight, 2 * at);
    }
    label[at] = rowLabel;
    weight[at] = rowWeight;
    added.add(row);
  }

  /** Number of rows. */
  public int numRows() {
    return added.size();
  }

  /** Inputs of a row. */
  public int numInputs() {
    return numInputs;
  }

  /** The class of a row; -1 where it has none. */
  public int label(int row) {
    return label[row];
  }

  /** The weight of a row. */
  public double weight(int row) {
    return weight[row];
  }

  /** [rows][inputs] the rows; not to be changed. */
  float[][] table() {
    if (table.length != added.size()) {
      table = added.toArray(float[][]::new);
    }
    return table;
  }
}
